"""What following a database costs: how soon a commit is in the repository, what the application beside it notices, how many commits a second are
followed, what a thousand databases cost that do nothing, and how long a moment takes to restore beside a snapshot.

The repository is a directory on this machine. A commit counts as stored when the service says so.
"""

import random
import shutil
import sqlite3
import statistics
import time

import options as common
from machine import require_commands
from orders import copy_of, original_database
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from service import Service, job_seconds
from writer import Writer, quantile_millis

FOLLOW = {"interval": "1s", "window": "7d", "snapshotEvery": "1h", "besideSource": True}
MERGING = {"AFTERIMAGE_FOLLOW_MERGE_TO": "60s", "AFTERIMAGE_FOLLOW_KEEP_MERGED": "5s"}
FRAME = 4096 + 24
AT_MOST_IDLE = 0.03
AT_MOST_BYTES = 100_000
AT_MOST_RESTORE = 1.5

# The first restores of a process are slow; one of each does not count.
RESTORES = 6


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3")
    original = original_database(options.work, options.size_mb)
    records = Records()
    with copy_of(original, options.work / "live.db") as live, Service(options) as service:
        sqlite3.connect(live).execute("PRAGMA journal_mode = WAL").close()
        service.register("orders", live)
        aims = measure(options, live, service, records)
    with copy_of(original, options.work / "live.db") as live:
        merged(options, live, records)
    with Service(options) as service:
        aims += idle(options, service, records)
    report("follow", options, f"a database of {options.size_mb} MB, {options.seconds} s each", records, aims)


def parse_options():
    parser = common.parser("bench/follow", __doc__, size_mb=100, runs=0)
    parser.add_argument("--seconds", type=int, default=30, help="of each step, default 30")
    parser.add_argument("--samples", type=int, default=100, help="commits whose way is timed, default 100")
    parser.add_argument("--databases", type=int, default=1000, help="that do nothing, default 1000")
    parser.add_argument("--merge-seconds", type=int, default=120, help="for which a log is written that is merged then, default 120")
    parser.add_argument("--wal-limit-mb", type=int, default=0, help="above which writers are kept out for an instant, default never")
    common.add_writer_options(parser)
    return common.parse(parser)


def measure(options, live, service, records):
    alone = written(options, live, options.pause_ms)
    records.add(0, "writer alone", {"seconds": options.seconds, **alone})
    limit = {"walLimitBytes": options.wal_limit_mb << 20} if options.wal_limit_mb else {}
    service.call("PUT", "/databases/orders/follow", FOLLOW | limit)
    await_base(service, ["orders"])
    records.add(0, "commit to stored", way_of_commits(options, live, service))
    beside = written(options, live, options.pause_ms)
    records.add(0, "writer followed", {"seconds": options.seconds, **beside})

    used, pages, stored = service.processor_seconds(), pages_of(service), log_bytes(service)
    commits = written(options, live, 0)
    began = time.monotonic()
    flushed = service.call("POST", "/databases/orders/follow/flush?wait=600s")
    behind = time.monotonic() - began
    used = service.processor_seconds() - used
    frames = pages_of(service) - pages
    standing = service.call("GET", "/databases/orders/follow")
    chains = len(service.call("GET", "/databases/orders/timeline")["reachable"])
    records.add(0, "without a pause", {
        "seconds": options.seconds, **commits, "commitsPerSecond": commits["commits"] / options.seconds, "behindSeconds": behind,
        "cpuSecondsPerThousand": used / commits["commits"] * 1000, "storedPerWalByte": (log_bytes(service) - stored) / (frames * FRAME),
        "partsOfTheLog": chains, "walBytesAfter": standing["walBytes"], "walFileBytes": (options.work / "live.db-wal").stat().st_size,
        "longestWriteLockMillis": standing["longestWriteLockMillis"],
    })
    snapshot = service.call("GET", "/databases/orders/snapshots?limit=1")["items"][0]["id"]
    of_snapshot, of_moment = [], []
    for earlier in range(RESTORES):
        of_snapshot.append(service.restore(snapshot, options.work / f"snapshot-{earlier}.db"))
        of_moment.append(restore_moment(options, service, flushed["commit"] - earlier))
    of_snapshot, of_moment = (statistics.median(times[1:]) for times in (of_snapshot, of_moment))
    records.add(0, "restore a snapshot", {"seconds": of_snapshot})
    records.add(0, "restore a moment", {"seconds": of_moment})
    return [
        aim("p99 of a commit, followed / alone", ratio(beside["p99Millis"], alone["p99Millis"])),
        aim("restore of a moment / of the snapshot before it", ratio(of_moment, of_snapshot), AT_MOST_RESTORE),
    ]


def merged(options, live, records):
    """A log of many small segments, before and after they are merged: by the minute here, so that nobody waits for an hour."""
    home = options.work / "merged"
    shutil.rmtree(home, ignore_errors=True)
    sqlite3.connect(live).execute("PRAGMA journal_mode = WAL").close()
    with Service(options, home.name, keep=True, environment={"AFTERIMAGE_FOLLOW_MERGE_TO": "0"}) as service:
        service.register("orders", live)
        service.call("PUT", "/databases/orders/follow", FOLLOW | {"interval": "200ms"})
        await_base(service, ["orders"])
        with Writer(live, 50, options.busy_timeout_ms) as writer:
            began = time.monotonic()
            time.sleep(options.merge_seconds)
            commits = writer.stop(began, time.monotonic())["commits"]
        last = service.call("POST", "/databases/orders/follow/flush?wait=600s")["commit"]
        before = segments(home)
        of_many = statistics.median([restore_moment(options, service, last - earlier) for earlier in range(RESTORES)][1:])
    with Service(options, home.name, keep=True, environment=MERGING) as service:
        used = service.processor_seconds()
        while not is_merged(segments(home), before):
            time.sleep(1)
        used = service.processor_seconds() - used
        after = segments(home)
        of_few = statistics.median([restore_moment(options, service, last - RESTORES - earlier) for earlier in range(RESTORES)][1:])
    shutil.rmtree(home)
    records.add(0, "merged", {
        "seconds": options.merge_seconds, "commits": commits, "objects": len(before), "bytes": sum(before.values()),
        "objectsMerged": len(after), "bytesMerged": sum(after.values()), "restoreSeconds": of_many, "restoreSecondsMerged": of_few,
        "cpuSecondsUntilMerged": used})


def segments(home):
    """Their sizes by their names."""
    return {file.name: file.stat().st_size for file in (home / "repository" / "log").rglob("*-*") if file.is_file()}


def is_merged(now, before):
    """When of the old ones only those are left that were alone in their minute."""
    return len(before.keys() & now.keys()) <= 1


def restore_moment(options, service, commit):
    """Seconds of the job. Of a commit that was restored before, there would be a snapshot."""
    return job_seconds(service.finished("POST", "/restores", {
        "database": "orders", "commit": commit, "target": {"path": str(options.work / f"moment-{commit}.db")}, "verify": "NONE"}))


def written(options, live, pause_ms):
    with Writer(live, pause_ms, options.busy_timeout_ms) as writer:
        began = time.monotonic()
        time.sleep(options.seconds)
        return {name: value for name, value in writer.stop(began, time.monotonic()).items() if name != "errorMessages"}


def way_of_commits(options, live, service):
    """From the end of a commit until the service says that the repository has it, looked at each 10 ms."""
    database = sqlite3.connect(live, isolation_level=None)
    commit = service.call("POST", "/databases/orders/follow/flush")["commit"]
    ways = []
    for _ in range(options.samples):
        time.sleep(random.uniform(0, 0.3))
        database.execute("UPDATE orders SET revision = revision + 1 WHERE rowid = 1")
        began = time.monotonic()
        commit += 1
        while service.call("GET", "/databases/orders/follow")["position"]["storedCommit"] < commit:
            time.sleep(0.01)
        ways.append(time.monotonic() - began)
    database.close()
    ways.sort()
    return {"seconds": sum(ways), "p50Millis": quantile_millis(ways, 0.5), "p99Millis": quantile_millis(ways, 0.99)}


def pages_of(service):
    return sum(piece["pages"] for piece in service.call("GET", "/databases/orders/timeline?resolution=1h")["activity"])


def log_bytes(service):
    return sum(piece["bytes"] for piece in service.call("GET", "/databases/orders/timeline?resolution=1h")["activity"])


def await_base(service, names):
    """Until each has a snapshot from which its log is replayed."""
    for name in names:
        while not service.call("GET", f"/databases/{name}/timeline")["reachable"]:
            time.sleep(0.2)


def idle(options, service, records):
    names = [f"idle-{number}" for number in range(options.databases)]
    for name in names:
        path = options.work / f"{name}.db"
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (a)")
        database.close()
        service.register(name, path)
        service.backup(name, "NONE")
    before = over(options, service)
    resident = service.resident_bytes()
    for name in names:
        service.call("PUT", f"/databases/{name}/follow", FOLLOW)
    await_base(service, names)
    time.sleep(10)
    after = over(options, service)
    each = (service.resident_bytes() - resident) / options.databases
    records.add(0, f"{options.databases} databases that do nothing", {
        "seconds": options.seconds, "cores": after - before, "residentBytesEach": each, "coresBefore": before})
    for name in names:
        service.call("DELETE", f"/databases/{name}/follow")
        for suffix in ("", "-wal", "-shm"):
            (options.work / f"{name}.db{suffix}").unlink(missing_ok=True)
    return [
        aim(f"cores for 1,000 databases that do nothing, by {options.databases}", (after - before) * 1000 / options.databases, AT_MOST_IDLE),
        aim("bytes of memory for each", each, AT_MOST_BYTES),
    ]


def over(options, service):
    """Cores that the service takes for some time."""
    used = service.processor_seconds()
    time.sleep(options.seconds)
    return (service.processor_seconds() - used) / options.seconds


if __name__ == "__main__":
    main()
