"""Keeps the same history of one database with restic, with borg and with the service, and compares bytes and times.

restic and borg cannot read a live SQLite database, so they get the copy that `sqlite3 .backup` makes, and its time is in
theirs. Install them first (Debian: apt-get install restic borgbackup); one that is missing is skipped.
"""

import contextlib
import os
import shutil
import time

import options as common
from machine import first_line, require_commands, require_space
from orders import Application, copy_of, dot_backup, original_database, remove, state_of
from pages import bytes_under
from processes import run_bounded, unwind_on_sigterm
from report import Records, aim, median, ratio, report
from service import Service

CHANGED = 0.01

# Of the service's backups, and of the restore of each history. AUTO is what a backup does by default, QUICK what a restore does.
RESTORED_WITH = {"NONE": "NONE", "AUTO": "QUICK", "FULL": "FULL"}


class Restic:
    """Encrypts always. Its own default compression."""

    name = "restic"
    command = "restic"

    def __init__(self, work):
        self.repository = work / "restic"
        self.environment = {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(self.repository),
                            "RESTIC_CACHE_DIR": str(work / "restic-cache"), "RESTIC_PROGRESS_FPS": "0.01"}

    def initialize(self):
        self.run("init")

    def keep(self, copy, number):
        self.run("backup", copy.name, cwd=copy.parent)

    def restore_newest(self, copy, target):
        self.run("restore", "latest", "--target", target)
        return target / copy.name

    def run(self, *arguments, **how):
        return run_bounded(["restic", *arguments], env=self.environment, **how)

    def version(self):
        return first_line(["restic", "version"])


class Borg:
    """Not encrypted, zstd,3."""

    name = "borg"
    command = "borg"

    def __init__(self, work):
        self.repository = work / "borg"
        self.environment = {**os.environ, "BORG_BASE_DIR": str(work / "borg-home"),
                            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}

    def initialize(self):
        self.run("init", "--encryption", "none", self.repository)

    def keep(self, copy, number):
        self.newest = f"{self.repository}::{number}"
        self.run("create", "--compression", "zstd,3", self.newest, copy.name, cwd=copy.parent)

    def restore_newest(self, copy, target):
        self.run("extract", self.newest, cwd=target)
        return target / copy.name

    def run(self, *arguments, **how):
        return run_bounded(["borg", *arguments], env=self.environment, **how)

    def version(self):
        return first_line(["borg", "--version"])


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "sync")
    require_space(options.work, int(options.size_mb * 1e6 * (8 + options.snapshots * 2 * 0.5)))
    scratch = options.work / "competitors"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        compare(options, scratch)
    finally:
        shutil.rmtree(scratch)


def parse_options():
    parser = common.parser("bench/competitors", __doc__, runs=None)
    parser.add_argument("--snapshots", type=int, default=10, help="snapshots of the history, default 10")
    return common.parse(parser)


def compare(options, scratch):
    original = original_database(options.work, options.size_mb)
    others = [tool(scratch) for tool in (Restic, Borg) if is_installed(tool)]
    records = Records()
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(Service(options))
        lives = {verify: stack.enter_context(copy_of(original, options.work / f"live-{verify.lower()}.db"))
                 for verify in RESTORED_WITH}
        applications = [stack.enter_context(Application(live)) for live in lives.values()]
        warm_up(service, original, options.work)
        for verify, live in lives.items():
            service.register(verify.lower(), live)
        for other in others:
            other.initialize()
        for number in range(options.snapshots):
            if number:
                for application in applications:  # the same changes to all
                    application.change(CHANGED, seed=number)
            keep(records, number, others, service, lives, scratch)
        results = restore_all(records, others, service, lives["NONE"], scratch)
        facts = {"method": service.method, "tools": {other.name: other.version() for other in others},
                 "results": results, "repository": service.told_repository()}
    title = (f"{original.stat().st_size / 1e6:.0f} MB WAL database, {options.snapshots} snapshots, "
             "1 % of the pages changed between")
    report("competitors", options, title, records, aims(results), facts=facts)
    print_side_by_side(results)


def is_installed(tool):
    there = shutil.which(tool.command) is not None
    if not there:
        print(f"{tool.name} is not installed and is skipped; apt-get install restic borgbackup", flush=True)
    return there


def warm_up(service, original, work):
    with copy_of(original, work / "live-warm-up.db") as live:
        service.register("warm-up", live)
        seconds = service.backup("warm-up", "NONE")["seconds"]
    print(f"warm-up, not counted: first job of the process {seconds:.2f} s", flush=True)


def keep(records, number, others, service, lives, scratch):
    """One snapshot of the same state, by each."""
    copy = scratch / "orders.db"
    remove(copy)
    copied = dot_backup(lives["NONE"], copy)
    for other in others if number % 2 == 0 else reversed(others):
        began = time.monotonic()
        other.keep(copy, number)
        records.add(number, moment(other.name, number), {"seconds": copied + time.monotonic() - began})
    for verify, live in lives.items():
        job = service.backup(verify.lower(), verify)
        records.add(number, moment(f"service, {verify}", number), {**job, "bytes": None, "newBytes": job["bytes"]})


def moment(name, number):
    return f"{name}: {'later' if number else 'first'} snapshot"


def restore_all(records, others, service, live, scratch):
    """Seconds in all, bytes in all and seconds of a restore of the newest, by name; each restored file is looked at."""
    expected = state_of(live)
    results = {}
    for other in others:
        target = scratch / "restored"
        target.mkdir()
        began = time.monotonic()
        restored = other.restore_newest(scratch / "orders.db", target)
        run_bounded(["sync", restored])
        seconds = time.monotonic() - began
        results[other.name] = result(records, other.name, bytes_under(other.repository), seconds, restored, expected)
        shutil.rmtree(target)
    for verify, check in RESTORED_WITH.items():
        name = f"service, {verify}"
        snapshot = [r for r in records.all if r["step"].startswith(name)][-1]["snapshot"]
        restored = scratch / "restored.db"
        seconds = service.restore(snapshot, restored, check)
        results[name] = result(records, name, service.stored_bytes(snapshot), seconds, restored, expected)
        remove(restored)
    return results


def result(records, name, stored, restore_seconds, restored, expected):
    if state_of(restored) != expected:
        raise SystemExit(f"what {name} restored is not the state that was backed up")
    records.add(0, f"{name}: restore of the newest", {"seconds": restore_seconds, "bytes": stored})
    times = {which: [r["seconds"] for r in records.all if r["step"] == f"{name}: {which} snapshot"]
             for which in ("first", "later")}
    return {
        "firstSeconds": median(times["first"]),
        "laterSeconds": median(times["later"]),
        "totalSeconds": sum(times["first"] + times["later"]),
        "totalBytes": stored,
        "restoreSeconds": restore_seconds,
    }


def aims(results):
    compared = {"bytes in all": "totalBytes", "seconds in all": "totalSeconds", "restore": "restoreSeconds"}
    ours = results["service, NONE"]
    others = {name: other for name, other in results.items() if not name.startswith("service")}
    found = [aim(f"{words}, service verify NONE / {name}", ratio(ours[what], other[what]))
             for name, other in others.items() for words, what in compared.items()]
    by_default = results["service, AUTO"]
    return found + [aim(f"{words} by default / {name}", ratio(by_default[what], other[what]), limit if name == "restic" else None)
                    for name, other in others.items()
                    for words, what, limit in (("later backup", "laterSeconds", 0.1), ("restore", "restoreSeconds", 0.8))]


def print_side_by_side(results):
    print(f"\n{'':16} {'first s':>9} {'later s':>9} {'all s':>9} {'all MB':>9} {'restore s':>9}")
    for name, each in results.items():
        numbers = (each["firstSeconds"], each["laterSeconds"], each["totalSeconds"],
                   each["totalBytes"] / 1e6, each["restoreSeconds"])
        print(f"{name:16} " + " ".join(f"{'-' if number is None else format(number, '.2f'):>9}" for number in numbers))


if __name__ == "__main__":
    main()
