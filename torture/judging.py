"""What must hold after each fault, whatever it was."""

import collections
import sqlite3
import time

from served import ENDED

SECONDS_TO_SETTLE = 20


def settle(bench):
    """Waits until no job is left; complaints when some are."""
    until = time.monotonic() + SECONDS_TO_SETTLE
    while True:
        jobs = [job for job in bench.served.call("GET", "/jobs?limit=5")["items"] if job["state"] not in ENDED]
        if not jobs:
            return []
        if time.monotonic() > until:
            return [f"stuck: job {job['kind']} is {job['state']}" for job in jobs]
        time.sleep(0.05)


def harms(bench, deed, outcome):
    """Complaints about snapshots and sources: after these the world is not what it should be."""
    return [*snapshot_harms(bench, deed), *source_harms(bench, deed), *promise_harms(bench, deed, outcome)]


def promise_harms(bench, deed, outcome):
    """A job that SUCCEEDED has made what it names."""
    if outcome.state != "SUCCEEDED" or not outcome.result:
        return []
    result = outcome.result
    made = result.get("snapshotIds") or {name: result["safetySnapshot" if deed.replaces else "snapshotId"] for name in deed.makes if len(deed.makes) == 1}
    return [f"the job SUCCEEDED, and its snapshot of {name} is not listed with the content of that time"
            for name, snapshot in made.items() if bench.truths.get(snapshot) != deed.content(bench, name)]


def snapshot_harms(bench, deed):
    """
    Each listed snapshot that is new is downloaded, and all of them when a file of the repository is not as it was when they were last. One
    that is new may be of a deed before, whose end was not stored.
    """
    complaints = []
    listed = {item["id"]: item for item in bench.list()}
    for lost in bench.truths.keys() - listed.keys() - bench.may_go:
        complaints.append("a snapshot is not listed any more")
    bench.truths = {snapshot: truth for snapshot, truth in bench.truths.items() if snapshot in listed}
    files = bench.world.repository_files()
    all_as_before = bench.files.items() <= files.items()
    bench.files = files
    for snapshot, item in listed.items():
        known = bench.truths.get(snapshot)
        if known and all_as_before and item["state"] == "AVAILABLE":
            continue
        if item["state"] != "AVAILABLE":
            complaints.append(f"a snapshot {'that was good' if known else 'of the deed'} is {item['state']}")
            continue
        expected = [known] if known else bench.world.contents[item["database"]]
        answer = bench.served.ask("GET", f"/snapshots/{snapshot}/content")
        if answer.status != 200:
            complaints.append(f"the download of a listed snapshot is answered with {answer.status} {answer.body}")
            continue
        try:
            found = bench.world.content_of(answer.body)
        except sqlite3.DatabaseError as error:
            complaints.append(f"a listed snapshot is malformed: {error}")
            continue
        if found not in expected:
            complaints.append("a listed snapshot has another content" if known else f"a new snapshot has a content that {item['database']} never had")
        bench.truths[snapshot] = found
    return complaints


def source_harms(bench, deed):
    complaints = []
    for name, before in bench.footprints.items():
        if deed and name in deed.replaces:
            continue
        if bench.world.footprint(name) == before:
            continue  # then its content is the same
        complaints.append(f"the bytes of {name} have changed")
        try:
            if bench.world.content(name) != bench.world.contents[name][-1]:
                complaints.append(f"the content of {name} has changed")
        except (sqlite3.DatabaseError, OSError) as error:
            complaints.append(f"{name} cannot be read: {error}")
    return complaints


def leaks(bench, deed, outcome):
    """Files and descriptors that nobody needs any more."""
    allowed = set(deed.allowed(bench, outcome)) if deed else set()
    until = time.monotonic() + 2
    while True:
        files = [path for path in bench.world.strays() if path not in allowed and path not in bench.pending]
        descriptors = list((collections.Counter(bench.served.descriptors()) - bench.left_open).elements())
        if not files and not descriptors or time.monotonic() > until:
            return files, descriptors
        time.sleep(0.02)
