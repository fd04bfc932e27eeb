"""Counts the requests that a service sends to its bucket, by kind: in a backup, a prune, a check, and while nothing happens.

From these it reckons a month of 100 databases that are backed up each hour, pruned each day and checked each week. The bucket is S3Proxy's on
this machine. The prices are those of S3 Standard in us-east-1: a PUT, POST or LIST is 0.005 $ for 1,000, a GET or HEAD 0.0004 $, a DELETE nothing.
"""

import collections
import contextlib
import time

import options as common
from bucket import ACCESS_KEY, SECRET_KEY, Server, Slow
from machine import require_commands
from orders import Application, copy_of, original_database
from processes import unwind_on_sigterm
from report import Records, report
from service import Service

KINDS = ("PUT", "POST", "LIST", "GET", "HEAD", "DELETE")
DOLLARS = {"PUT": 0.005, "POST": 0.005, "LIST": 0.005, "GET": 0.0004, "HEAD": 0.0004, "DELETE": 0}
DATABASES, HOURS, DAYS = 100, 720, 30
CHANGED = 0.01


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3")
    original = original_database(options.work, options.size_mb)
    records = Records()
    with Server(options.work, options.java) as server:
        with Slow(server.port, 0) as way:
            server.make_bucket("month")
            measure(options, original, way, records)
    report("month", options, f"{options.databases} databases of {options.size_mb} MB, {options.backups} backups of each", records, [], bytes_column="MB moved")
    print_month({each["step"]: each for each in records.all}, options)


def parse_options():
    parser = common.parser("bench/month", __doc__, size_mb=20, runs=1)
    parser.add_argument("--databases", type=int, default=5, help="default 5")
    parser.add_argument("--backups", type=int, default=24, help="of each database, default 24")
    parser.add_argument("--idle-seconds", type=int, default=330, help="default 330")
    return common.parse(parser)


def measure(options, original, way, records):
    environment = {
        "AFTERIMAGE_REPOSITORY_LOCATION": "s3://month/bench",
        "AFTERIMAGE_REPOSITORY_S3_ENDPOINT": way.address,
        "AFTERIMAGE_REPOSITORY_S3_REGION": "us-east-1",
        "AFTERIMAGE_REPOSITORY_S3_ACCESS_KEY_ID": ACCESS_KEY,
        "AFTERIMAGE_REPOSITORY_S3_SECRET_ACCESS_KEY": SECRET_KEY,
    }

    def count(step, times, work):
        way.reset()
        began = time.monotonic()
        work()
        records.add(0, step, {"seconds": time.monotonic() - began, "bytes": way.sent + way.received,
                              "times": times, **{kind: way.kinds[kind] for kind in KINDS}})

    with contextlib.ExitStack() as stack:
        service = stack.enter_context(Service(options, environment=environment))
        applications = []
        for number in range(options.databases):
            live = stack.enter_context(copy_of(original, options.work / f"live-{number}.db"))
            applications.append(stack.enter_context(Application(live)))
            service.register(f"db-{number}", live)
        names = [f"db-{number}" for number in range(options.databases)]

        def backup_all(seed):
            for application in applications:
                application.change(CHANGED, seed=seed)
            for name in names:
                service.backup(name, "AUTO")

        def backups():
            for hour in range(1, options.backups + 1):
                backup_all(hour)

        count("first backup", options.databases, lambda: backup_all(0))
        count("backup", options.databases * options.backups, backups)
        service.call("PUT", "/retention", {"last": max(1, options.backups // 2)})
        count("prune", 1, lambda: service.finished("POST", "/repository/prune", {}))
        count("check", 1, lambda: service.finished("POST", "/repository/checks", {}))
        count("nothing", options.idle_seconds, lambda: time.sleep(options.idle_seconds))


def print_month(steps, options):
    month = collections.Counter()
    share = DATABASES / options.databases
    times = {
        "backup": DATABASES * HOURS,
        "prune": DAYS * share,
        "check": DAYS / 7 * share,
        "nothing": HOURS * 3600,
    }
    print(f"\n{'':16} " + " ".join(f"{kind:>9}" for kind in KINDS) + f" {'$':>8}")
    for step, number in times.items():
        each = {kind: steps[step][kind] / steps[step]["times"] for kind in KINDS}
        print_row(f"one {step}" if step != "nothing" else "an hour", {kind: n * (3600 if step == "nothing" else 1) for kind, n in each.items()})
        for kind in KINDS:
            month[kind] += each[kind] * number
    print_row("a month", month)


def print_row(name, kinds):
    dollars = sum(kinds[kind] / 1000 * DOLLARS[kind] for kind in KINDS)
    print(f"{name:16} " + " ".join(f"{kinds[kind]:9.1f}" for kind in KINDS) + f" {dollars:8.4f}")


if __name__ == "__main__":
    main()
