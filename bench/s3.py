"""Keeps one database in a bucket with the service and with restic: a first backup, one after 1 % of the pages changed, a restore and a list.

The restore is also done from a repository on this machine, for the aim: from a bucket that answers at once it takes at most 1.25 times as long.

The bucket is S3Proxy's on this machine, without TLS, behind a proxy by which each answer comes so many milliseconds later. restic cannot
read a live SQLite database, so it gets the copy that `sqlite3 .backup` makes, and its time is in restic's.
"""

import contextlib
import os
import shutil
import time

import options as common
from bucket import ACCESS_KEY, SECRET_KEY, Server, Slow
from machine import first_line, require_commands, require_space
from orders import Application, copy_of, dot_backup, original_database, remove, state_of
from processes import run_bounded, unwind_on_sigterm
from report import Records, aim, ratio, report, shown
from service import Service

CHANGED = 0.01
STEPS = ("first backup", "later backup", "restore", "list")


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "restic", "sync")
    require_space(options.work, int(options.size_mb * 1e6 * 6))
    original = original_database(options.work, options.size_mb)
    records = Records()
    with Server(options.work, options.java) as server:
        for run in range(options.runs):
            for latency in options.latency_ms:
                with Slow(server.port, latency) as way:
                    one_run(options, original, server, way, records, run, latency)
    steps = records.steps()
    found = [aim(f"{step}, {latency} ms, {words}: service / restic",
                 ratio(steps[name("service", step, latency)][what], steps[name("restic", step, latency)][what]))
             for latency in options.latency_ms for step in STEPS for what, words in
             (("seconds", "time"), ("requests", "requests"), ("bytes", "bytes"), ("peakResidentBytes", "memory"))]
    if 0 in options.latency_ms:
        found.append(aim("restore, 0 ms, time: service / from this machine",
                         ratio(steps[name("service", "restore", 0)]["seconds"], steps[name("local", "restore", 0)]["seconds"]), 1.25))
    title = f"{original.stat().st_size / 1e6:.0f} MB WAL database in a bucket of S3Proxy on this machine, {options.runs} runs, medians"
    report("s3", options, title, records, found, bytes_column="MB moved", facts={"restic": first_line(["restic", "version"])})
    print_side_by_side(options, steps)


def parse_options():
    parser = common.parser("bench/s3", __doc__, size_mb=200)
    parser.add_argument("--latency-ms", type=lambda text: [int(each) for each in text.split(",")], default=[0, 30],
                        help="of each answer, one or several, default 0,30")
    return common.parse(parser)


def name(tool, step, latency):
    return f"{tool}, {latency} ms: {step}"


def one_run(options, original, server, way, records, run, latency):
    for tool in ("service", "restic"):
        server.make_bucket(f"{tool}-{run}-{latency}")
    scratch = options.work / "s3"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    environment = {
        "AFTERIMAGE_REPOSITORY_LOCATION": f"s3://service-{run}-{latency}/bench",
        "AFTERIMAGE_REPOSITORY_S3_ENDPOINT": way.address,
        "AFTERIMAGE_REPOSITORY_S3_REGION": "us-east-1",
        "AFTERIMAGE_REPOSITORY_S3_ACCESS_KEY_ID": ACCESS_KEY,
        "AFTERIMAGE_REPOSITORY_S3_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        service = stack.enter_context(Service(options, environment=environment))
        live = stack.enter_context(copy_of(original, options.work / "live.db"))
        application = stack.enter_context(Application(live))
        warm = stack.enter_context(copy_of(original, options.work / "live-warm-up.db"))
        service.register("warm-up", warm)
        service.restore(service.backup("warm-up", "NONE")["snapshot"], scratch / "warm-up.db")
        service.register("orders", live)
        restic = Restic(scratch, f"s3:{way.address}/restic-{run}-{latency}")
        restic.run("init")

        def measured(tool, step, work):
            way.reset()
            seconds, resident = work()
            records.add(run, name(tool, step, latency), {
                "seconds": seconds, "requests": way.requests, "bytes": way.sent + way.received, "peakResidentBytes": resident})

        snapshot = None
        for number, step in enumerate(STEPS[:2]):
            if number:
                application.change(CHANGED, seed=number)
            snapshot = backup_by_service(service, step, measured)
            backup_by_restic(restic, live, scratch, step, measured)
        expected = state_of(live)
        restored = scratch / "service.db"
        measured("service", "restore", lambda: (service.restore(snapshot, restored), service.peak_resident_bytes()))
        target = scratch / "restored"
        measured("restic", "restore", lambda: restic.timed("restore", "latest", "--target", target, then=target / "orders.db"))
        for each in (restored, target / "orders.db"):
            if state_of(each) != expected:
                raise SystemExit(f"{each} is not the state that was backed up")
        if not latency:
            restore_locally(options, live, scratch, records, run)
        measured("service", "list", lambda: (timed_list(service), service.peak_resident_bytes()))
        measured("restic", "list", lambda: restic.timed("snapshots"))


def restore_locally(options, live, scratch, records, run):
    """As from the bucket: two backups, a restore of the second by a service that has done one before."""
    with Service(options, home="home-local") as service:
        service.register("orders", live)
        service.restore(service.backup("orders", "NONE")["snapshot"], scratch / "local-warm-up.db")
        seconds = service.restore(service.backup("orders", "NONE")["snapshot"], scratch / "local.db")
        records.add(run, name("local", "restore", 0), {
            "seconds": seconds, "requests": 0, "bytes": 0, "peakResidentBytes": service.peak_resident_bytes()})


def backup_by_service(service, step, measured):
    found = {}

    def work():
        found.update(service.backup("orders", "NONE"))
        return found["seconds"], service.peak_resident_bytes()

    measured("service", step, work)
    return found["snapshot"]


def backup_by_restic(restic, live, scratch, step, measured):
    copy = scratch / "orders.db"
    remove(copy)
    copied = dot_backup(live, copy)

    def work():
        seconds, resident = restic.timed("backup", copy.name, cwd=copy.parent)
        return copied + seconds, resident

    measured("restic", step, work)


def timed_list(service):
    began = time.monotonic()
    service.call("GET", "/databases/orders/snapshots")
    return time.monotonic() - began


class Restic:
    """Encrypts always. Its own default compression. Keeps a cache, as it does by default."""

    def __init__(self, work, repository):
        self.environment = {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": repository,
                            "RESTIC_CACHE_DIR": str(work / "restic-cache"), "RESTIC_PROGRESS_FPS": "0.01",
                            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}

    def run(self, *arguments):
        run_bounded(["restic", *arguments], env=self.environment)

    def timed(self, *arguments, then=None, cwd=None):
        """Seconds, until a file is on disk, and the most memory that it had."""
        began = time.monotonic()
        usage = run_bounded(["restic", *arguments], env=self.environment, cwd=cwd)
        if then:
            run_bounded(["sync", then])
        return time.monotonic() - began, usage.peak_bytes


def print_side_by_side(options, steps):
    print(f"\n{'':34} {'s':>8} {'requests':>9} {'MB moved':>9} {'RSS MB':>8}")
    for latency in options.latency_ms:
        for step in STEPS:
            for tool in ("service", "restic"):
                found = steps[name(tool, step, latency)]
                print(f"{name(tool, step, latency):34} {found['seconds']:8.2f} {found['requests']:9.0f} "
                      f"{found['bytes'] / 1e6:9.1f} {shown(ratio(found['peakResidentBytes'], 1e6), 0):>8}")


if __name__ == "__main__":
    main()
