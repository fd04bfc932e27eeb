"""When nobody writes any more: whether each database is in the repository as it is, and in the bucket."""

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import time

from bucket import ACCESS_KEY, SECRET_KEY
from processes import LONGEST_SECONDS, die_with_parent

OF_THE_BUCKET, OF_MOMENTS = 6, 8
SLOWEST_COPY_SECONDS = 1800


def prove(soak):
    """Notes what was found wrong, as sentences; what was compared."""
    service, wrong, compared = soak.service, soak.facts["wrong"], {}
    service.call("DELETE", "/schedule")
    for name in soak.followed:
        service.call("POST", f"/databases/{name}/follow/flush?wait=60s")
    commits = {name: service.call("GET", f"/databases/{name}/follow")["position"]["storedCommit"] for name in soak.followed}
    snapshots = backed_up(service, soak.files)
    moments = restored_moments(soak, commits)
    await_copy(service, wrong)
    for name in soak.followed:
        service.call("DELETE", f"/databases/{name}/follow")
    for file in soak.files.values():
        checkpoint(file)
    for name, file in moments.items():
        compare(f"the last commit of {name}", file, soak.files[name], wrong)
    compared["moments restored"] = len(moments)
    for name, snapshot in snapshots.items():
        downloaded = soak.options.work / "restored" / f"last-{name}.db"
        downloaded.write_bytes(content(service, snapshot))
        compare(f"the last snapshot of {name}", downloaded, soak.files[name], wrong)
    compared["snapshots downloaded"] = len(snapshots)
    compared["snapshots extracted from the bucket"] = prove_bucket(soak, snapshots, wrong)
    status, protection = service.answer("GET", "/protection")
    compared["protection"] = protection["counts"]
    if status != 200:
        wrong.append(f"in the end not all are protected: {protection['counts']}")
    return compared


def content(service, snapshot):
    """Also where one download after the other is too many at once: one counts for a moment longer than its last byte takes."""
    status, content = service.request("GET", f"/api/v1/snapshots/{snapshot}/content")
    while status == 429:
        time.sleep(1)
        status, content = service.request("GET", f"/api/v1/snapshots/{snapshot}/content")
    if status != 200:
        raise SystemExit(f"the download of {snapshot} answered {status}: {content[:500]!r}")
    return content


def backed_up(service, names):
    """All asked for at once; the snapshot of each."""
    jobs = {name: service.call("POST", f"/databases/{name}/backups", {"verify": "FULL"})["id"] for name in names}
    return {name: ended(service, job)["result"]["snapshotId"] for name, job in jobs.items()}


def ended(service, id_):
    until = time.monotonic() + LONGEST_SECONDS
    job = service.call("GET", f"/jobs/{id_}?wait=60s")
    while job["state"] in ("QUEUED", "RUNNING") and time.monotonic() < until:
        job = service.call("GET", f"/jobs/{id_}?wait=60s")
    if job["state"] != "SUCCEEDED":
        raise SystemExit(f"job {id_} ended as {job['state']}: {json.dumps(job.get('problem'))}")
    return job


def restored_moments(soak, commits):
    restored = {}
    for name in random.Random(soak.options.seed).sample(sorted(commits), min(OF_MOMENTS, len(commits))):
        target = soak.options.work / "restored" / f"moment-{name}.db"
        ended(soak.service, soak.service.call("POST", "/restores", {
            "database": name, "commit": commits[name], "target": {"path": str(target)}, "verify": "FULL"})["id"])
        restored[name] = target
    return restored


def await_copy(service, wrong):
    """Until it has all, which a job or two bring: one may fail of what the network did before."""
    until = time.monotonic() + SLOWEST_COPY_SECONDS
    while True:
        job = service.call("POST", "/repository/copies/bucket/copy", {})
        while job["state"] in ("QUEUED", "RUNNING") and time.monotonic() < until:
            job = service.call("GET", f"/jobs/{job['id']}?wait=60s")
        copy = service.call("GET", "/repository/copies")[0]
        if job["state"] == "SUCCEEDED" and copy["state"] == "CURRENT":
            return
        if time.monotonic() > until:
            wrong.append(f"the copy is {copy['state']}, lacks {copy['lacking']} snapshots: {copy['problem']}")
            return


def checkpoint(file):
    """All of the database is in its file, which nobody has open: so its bytes can be compared."""
    with contextlib.closing(sqlite3.connect(file, timeout=60)) as database:
        busy = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise SystemExit(f"{file} could not be checkpointed")


def compare(what, copy, source, wrong):
    """Byte for byte, and SQLite finds it sound. The copy goes."""
    if copy.read_bytes() != source.read_bytes():
        wrong.append(f"{what} has other bytes than {source}" + ("" if dumped(copy) == dumped(source) else ", and other rows"))
    with contextlib.closing(sqlite3.connect(copy)) as database:
        found = database.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        wrong.append(f"{what}: integrity_check says {found[:3]}")
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def dumped(file):
    with contextlib.closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def prove_bucket(soak, snapshots, wrong):
    """By the commands that need no service. All last snapshots are listed, and some, the largest database's among them, extracted."""
    listed = command(soak, "list", "--json")
    for name, snapshot in snapshots.items():
        if snapshot not in listed:
            wrong.append(f"the bucket does not list {snapshot}, the last snapshot of {name}")
    largest = max(soak.files, key=lambda name: soak.files[name].stat().st_size)
    chosen = {largest, *random.Random(soak.options.seed).sample(sorted(soak.files), min(OF_THE_BUCKET, len(soak.files)))}
    for name in chosen:
        target = soak.options.work / "restored" / f"bucket-{name}.db"
        command(soak, "extract", "--database", name, "--snapshot", snapshots[name], "--to", target)
        compare(f"{name} of the bucket", target, soak.files[name], wrong)
    return len(chosen)


def command(soak, *words):
    environment = {**os.environ, "AFTERIMAGE_REPOSITORY_LOCATION": soak.location, "AFTERIMAGE_REPOSITORY_S3_ENDPOINT": soak.bucket_address,
                   "AFTERIMAGE_REPOSITORY_S3_REGION": "us-east-1", "AFTERIMAGE_REPOSITORY_S3_ACCESS_KEY_ID": ACCESS_KEY,
                   "AFTERIMAGE_REPOSITORY_S3_SECRET_ACCESS_KEY": SECRET_KEY}
    done = subprocess.run([soak.options.java, "-jar", str(soak.options.jar.resolve()), *map(str, words)], env=environment, text=True,
                          capture_output=True, timeout=LONGEST_SECONDS, preexec_fn=die_with_parent)
    if done.returncode:
        raise SystemExit(f"{words} failed: {done.stderr[-2000:]}")
    return done.stdout
