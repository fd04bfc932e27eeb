"""What ten thousand databases cost while nothing happens, a backup of all of them, and lists of a million rows.

The databases are registered by discovery. The rows of the lists are made by SQL in the catalog of the stopped service.
"""

import json
import shutil
import statistics
import time

import many
import options as common
from machine import require_commands, require_space
from processes import LONGEST_SECONDS, unwind_on_sigterm
from report import Records, aim, report
from service import Service, instant

PARTS = ("idle", "round", "lists")
NEVER = "0 0 29 2 *"
SECONDS_TO_STAY = 61  # younger files are not registered by the first scan that finds them


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3")
    require_space(options.work, int(options.databases * 200e3 + options.rows * 2e3))
    folder = options.work / "many"
    records, found = Records(), []
    try:
        if not options.reuse:
            shutil.rmtree(options.work / "home", ignore_errors=True)
            discovery(options, records, many.databases(folder, options.databases))
        if "idle" in options.only:
            found += idle(options, records, emptiness(options))
        if "round" in options.only:
            found += backup_round(options, records)
        if "lists" in options.only:
            found += lists(options, records)
        report("scale", options, f"{options.databases} databases, {options.rows} rows, -Xmx{options.heap}", records, found)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(options.work / "home", ignore_errors=True)


def parse_options():
    parser = common.parser("bench/scale", __doc__, size_mb=None, runs=None)
    parser.add_argument("--databases", type=int, default=10_000, help="how many are registered, default 10000")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of jobs and of snapshots in the lists, default 1000000")
    parser.add_argument("--calls", type=int, default=200, help="of each request whose time is taken, default 200")
    parser.add_argument("--idle-seconds", type=int, default=60, help="how long the idle service is watched, default 60")
    parser.add_argument("--warm-seconds", type=int, default=240,
                        help="how long a service has run idle before it is watched, default 240: the JIT compiler works on for minutes")
    parser.add_argument("--verify", default="FULL", help="of the round's backups, default FULL")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS),
                        help=f"parts to run after the discovery, of {','.join(PARTS)}")
    parser.add_argument("--keep", action="store_true", help="leave the databases and the service's home in the work directory")
    parser.add_argument("--reuse", action="store_true", help="go on with what --keep has left, and keep it again")
    options = common.parse(parser)
    options.keep |= options.reuse
    return options


def emptiness(options):
    """What a service without databases needs, to compare with."""
    with Service(options, home="empty") as service:
        settle(service)
        time.sleep(options.warm_seconds)
        return {"start": service.start_seconds, "descriptors": service.descriptors(),
                "resident": service.resident_bytes(), "share": idle_share(service, options)}


def settle(service):
    """A start has ended, also that of its threads, when a second of the processor's time goes unused five times in a row."""
    quiet, used = 0, service.processor_seconds()
    until = time.monotonic() + 120
    while quiet < 5 and time.monotonic() < until:
        time.sleep(1)
        now = service.processor_seconds()
        quiet = quiet + 1 if now - used < 0.1 else 0
        used = now


def idle_share(service, options):
    """Of one core."""
    before, began = service.processor_seconds(), time.monotonic()
    time.sleep(options.idle_seconds)
    return (service.processor_seconds() - before) / (time.monotonic() - began)


def discovery(options, records, folder):
    time.sleep(SECONDS_TO_STAY)
    watched = {"AFTERIMAGE_DISCOVERY_DIRECTORIES_0_PATH": str(folder), "AFTERIMAGE_DISCOVERY_INTERVAL": "5s"}
    with Service(options, keep=True, environment=watched) as service:
        first = scan_after(service, None)
        second = scan_after(service, first["startedAt"])
    if first["registered"] != options.databases or second["found"] != options.databases:
        raise SystemExit(f"discovery did not find all databases: {first}, {second}")
    for name, scan in (("first scan, which registers all", first), ("second scan", second)):
        records.add(0, name, {"seconds": instant(scan["finishedAt"]) - instant(scan["startedAt"])})


def scan_after(service, started):
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        status, scan = service.answer("GET", "/discovery")
        if status == 200 and scan.get("finishedAt") and scan["startedAt"] != started:
            return scan
        time.sleep(0.2)
    raise SystemExit("no scan ended")


def idle(options, records, empty):
    with Service(options, keep=True) as service:
        service.call("PUT", "/schedule", {"cron": NEVER})
        settle(service)
        time.sleep(options.warm_seconds)
        descriptors, share, resident = service.descriptors(), idle_share(service, options), service.resident_bytes()
        records.add(0, "start without databases", {"seconds": empty["start"]})
        records.add(0, "start with all registered", {"seconds": service.start_seconds})
        heap = service.heap_bytes()
        scrape = timed(service, options, "scrape", lambda i: "/actuator/prometheus", calls=5)
        return [
            aim("idle: processor, percent of one core", 100 * share, 1),
            aim("idle: the same without databases", 100 * empty["share"]),
            aim("idle: open descriptors more than without databases, per database",
                (descriptors - empty["descriptors"]) / options.databases, 0.01),
            aim("idle: resident memory in MB", resident / 1e6),
            aim("idle: the same without databases", empty["resident"] / 1e6),
            aim("idle: used heap in MB, as it is between two collections", heap / 1e6),
            aim("scrape: size in MB", len(service.request("GET", "/actuator/prometheus")[1]) / 1e6),
            *scrape,
            *timed(service, options, "GET /protection", lambda i: "/api/v1/protection", calls=10),
            *timed(service, options, "GET /actuator/health", lambda i: "/actuator/health", calls=10),
        ]


def backup_round(options, records):
    """All databases are due at once by the default schedule; meanwhile somebody wants one backup now, again and again."""
    with Service(options, keep=True) as service, service.heap_watched(every_seconds=10):
        due = time.gmtime(time.time() + 65)
        service.call("PUT", "/schedule", {
            "cron": f"{due.tm_min} {due.tm_hour} {due.tm_mday} {due.tm_mon} *", "verify": options.verify})
        while time.gmtime().tm_min != due.tm_min:
            time.sleep(0.2)
        began = time.monotonic()
        waits, rounds = [], 0
        while not (rounds > 3 and done(service, options)):
            waits.append(manual_backup(service, rounds * 7919 % options.databases))
            rounds += 1
            time.sleep(5)
            if time.monotonic() - began > LONGEST_SECONDS:
                raise SystemExit("the round did not end")
        jobs = round_of(service, options)
        seconds = max(instant(job["finishedAt"]) for job in jobs) - min(instant(job["createdAt"]) for job in jobs)
        records.add(0, f"backup of all, verify {options.verify}", {"seconds": seconds})
        service.call("PUT", "/schedule", {"cron": NEVER})
        return [
            aim("round: databases per second", len(jobs) / seconds),
            *percentiles(f"round: wait of {len(waits)} backups asked for meanwhile", waits),
            aim("round: peak used heap in MB", service.heap_peak / 1e6),
            aim("round: peak resident memory in MB", service.peak_resident_bytes() / 1e6),
            aim("round: open descriptors afterwards", service.descriptors()),
        ]


def manual_backup(service, number):
    """Milliseconds until it started."""
    job = service.finished("POST", f"/databases/{number // many.PER_DIRECTORY:04d}-{number:06d}/backups", {"verify": "NONE"})
    return 1000 * (instant(job["startedAt"]) - instant(job["createdAt"]))


def done(service, options):
    waiting = any(service.call("GET", f"/jobs?kind=BACKUP&state={state}&limit=1")["items"] for state in ("QUEUED", "RUNNING"))
    return not waiting and service.call("GET", "/protection")["counts"]["PROTECTED"] == options.databases


def round_of(service, options):
    """The jobs of the schedule."""
    jobs, cursor = [], ""
    while cursor is not None:
        page = service.call("GET", f"/jobs?kind=BACKUP&limit=500{cursor}")
        jobs += [job for job in page["items"] if job["priority"] == "LOW"]
        cursor = page["nextCursor"] and f"&cursor={page['nextCursor']}"
    failed = [job for job in jobs if job["state"] != "SUCCEEDED"]
    if failed or len(jobs) != options.databases:
        raise SystemExit(f"{len(jobs)} jobs, {len(failed)} of them not SUCCEEDED: {json.dumps(failed[:1], indent=2)}")
    return jobs


def lists(options, records):
    began = time.monotonic()
    many.grow(options.work / "home" / "catalog.db", options.rows)
    records.add(0, "making the rows", {"seconds": time.monotonic() - began})
    with Service(options, keep=True) as service:
        records.add(0, "start with all rows", {"seconds": service.start_seconds})
        settle(service)
        found = []
        for path in list_requests(service, options):
            shown = path.partition("&cursor=")[0] + (" deep in the list" if "cursor=" in path else "")
            found += timed(service, options, shown, lambda i, path=path: "/api/v1" + path.replace("{name}", name_of(i, options)), 50)
        found += timed(service, options, "GET /repository", lambda i: "/api/v1/repository", calls=5)
        found += timed(service, options, "GET /actuator/health", lambda i: "/actuator/health", calls=10)
        found.append(aim("lists: processor while idle, percent of one core", 100 * idle_share(service, options), 1))
        return found


def list_requests(service, options):
    job = deep(service, "/jobs", options)
    snapshot = deep(service, "/snapshots", options)
    databases = service.call("GET", "/databases?limit=500")["nextCursor"]
    return [
        "/jobs", f"/jobs?limit=50&cursor={job}", "/jobs?limit=500",
        "/jobs?state=FAILED", f"/jobs?state=FAILED&cursor={job}", "/jobs?state=RUNNING", "/jobs?kind=PRUNE",
        "/jobs?kind=BACKUP&state=SUCCEEDED", "/jobs?kind=BACKUP&state=CANCELLED", "/jobs?database={name}",
        "/jobs?database={name}&state=FAILED",
        "/snapshots", f"/snapshots?limit=50&cursor={snapshot}", "/snapshots?limit=500",
        "/snapshots?verification=FAILED", "/snapshots?verification=UNVERIFIED",
        "/snapshots?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z", f"/snapshots?to={long_ago(options)}",
        "/snapshots?label=environment=production", "/snapshots?label=ticket", "/snapshots?label=ticket=4711", "/snapshots?label=nobody",
        "/databases/{name}/snapshots", "/databases/{name}/snapshots?verification=FAILED",
        "/databases", "/databases?limit=500", f"/databases?limit=50&cursor={databases}", "/databases/{name}",
    ]


def long_ago(options):
    """In the middle of the rows, which go back an hour for each repetition."""
    hours = options.rows / options.databases / 2
    return time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() - hours * 3600))


def deep(service, path, options):
    """The cursor of a place some hundred pages down the list; going there takes a request per page."""
    cursor = ""
    for _ in range(min(100, options.rows // 1000)):
        cursor = "&cursor=" + service.call("GET", f"{path}?limit=500{cursor}")["nextCursor"]
    return cursor.removeprefix("&cursor=")


def name_of(i, options):
    number = i * 7919 % options.databases
    return f"{number // many.PER_DIRECTORY:04d}-{number:06d}"


def timed(service, options, name, path, at_most=None, calls=None):
    """Milliseconds of requests one after the other, each on a new connection, as this client sees them."""
    took = []
    calls = calls or options.calls
    for i in range(calls + min(20, calls)):
        began = time.perf_counter()
        status, _ = service.request("GET", path(i))
        took.append(1000 * (time.perf_counter() - began))
        if status not in (200, 503):
            raise SystemExit(f"{path(i)} answered {status}")
        if sum(took) > 60_000 and len(took) >= 3:
            break
    return percentiles(name, took[min(20, calls):] or took, at_most)


def percentiles(name, millis, at_most=None):
    ordered = sorted(millis)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{name}: p50 {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms", flush=True)
    return [aim(f"{name}: p50 in ms", statistics.median(ordered)), aim(f"{name}: p99 in ms", p99, at_most)]


if __name__ == "__main__":
    main()
