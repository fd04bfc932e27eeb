"""Measures what a backup costs when little or nothing has changed since the one before, beside `sqlite3 .backup`.

parts, for --only:
  a  first backup, beside .backup + zstd -3; also while a writer commits
  b  1 % of the pages changed; also while a writer commits
  c  nothing changed
  d  a history of snapshots with 1 % changed before each: bytes in the repository, restores of the oldest to the newest
  e  rollback-journal mode: how long a writer has to wait, --method beside ONLINE
  f  0.1 % of the pages changed, verify STORED: all of it in the WAL that went on, or in one that was begun anew
"""

import argparse
import contextlib
import sys

import options as common
import pages
from machine import require_commands, require_space
from history import History, in_turns, what_changed
from orders import (Application, copy_of, cp_and_fsync, dot_backup, dot_backup_and_zstd, original_database, remove,
                    state_of)
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from service import Service
from writer import Writer

CHANGED = 0.01
LITTLE = 0.001
BUSY_TIMEOUT_ROLLBACK_MS = 30_000  # longer than any wait that is to be measured


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "zstd", "sync", "cp")
    full_layers = 2 * options.runs + (options.snapshots if "d" in options.only else 0) + 6
    require_space(options.work, int(options.size_mb * 1e6 * (5 + 0.6 * full_layers)))
    original = original_database(options.work, options.size_mb)
    records, aims, facts = Records(), [], {}
    with Service(options) as service:
        bench = Bench(options, original, service, records)
        bench.warm_up()
        for part in options.only:
            aims += getattr(bench, f"part_{part}")()
        facts = {"method": service.method, "history": bench.history, "repository": service.told_repository(),
                 "peakResidentBytes": service.peak_resident_bytes()}
    title = f"{original.stat().st_size / 1e6:.0f} MB database, method {facts['method']}, {options.runs} runs, medians"
    report("incremental", options, title, records, aims, bytes_column="MB new", facts=facts)


def parse_options():
    parser = common.parser("bench/incremental", __doc__)
    common.add_writer_options(parser)
    parser.add_argument("--only", type=parts, default=parts("a,b,c,d,e,f"), help="parts to run, such as b,c; default all")
    parser.add_argument("--snapshots", type=int, default=30, help="snapshots of part d after the first, default 30")
    return common.parse(parser)


def parts(text):
    wanted = text.split(",")
    if not set(wanted) <= set("abcdef"):
        raise argparse.ArgumentTypeError("parts are a to f, with commas between them")
    return wanted


class Bench:
    def __init__(self, options, original, service, records):
        self.options = options
        self.original = original
        self.service = service
        self.records = records
        self.history = None
        self.copies = 0

    def warm_up(self):
        with self.registered_copy() as (_, name):
            seconds = self.service.backup(name, "NONE")["seconds"]
        print(f"warm-up, not counted: first job of the process {seconds:.2f} s", flush=True)

    def part_a(self):
        for run in range(self.options.runs):
            self.add(run, in_turns(run, {
                "a: .backup + zstd -3": self.dot_backup_and_zstd,
                "a: first job": self.first_job,
                "a: first job, writing": lambda: self.first_job(writing=True),
            }))
        median = self.median
        return [
            aim("a: first backup, job time / (.backup + zstd -3)",
                ratio(median("a: first job"), median("a: .backup + zstd -3")), 0.6),
            aim("a: first backup, new bytes / (.backup + zstd -3)",
                ratio(median("a: first job", "bytes"), median("a: .backup + zstd -3", "bytes"))),
        ]

    def dot_backup_and_zstd(self):
        with self.registered_copy() as (live, _):
            return dot_backup_and_zstd(live, self.options.work)

    def first_job(self, writing=False):
        with self.registered_copy() as (live, name), self.writer(live) if writing else contextlib.nullcontext() as writer:
            return self.service.backup(name, "NONE", writer=writer)

    def part_b(self):
        with self.registered_copy() as (live, name), Application(live) as application:
            for run in range(self.options.runs):
                self.service.backup(name, "NONE")
                application.checkpoint()
                before = pages.digests(live)
                application.change(CHANGED, seed=run)  # stays in the WAL, where a backup finds it
                measured = in_turns(run, {
                    "b: .backup": lambda: self.dot_backup(live),
                    "b: job, 1 % changed": lambda: self.service.backup(name, "NONE"),
                })
                measured["b: job, 1 % changed"] |= what_changed(application, live, before)[0]
                application.change(CHANGED, seed=1000 + run)
                with self.writer(live) as writer:
                    measured["b: job, 1 % changed, writing"] = self.service.backup(name, "NONE", writer=writer)
                self.add(run, measured)
        job = self.records.steps()["b: job, 1 % changed"]
        return [
            aim("b: 1 % changed, job time / .backup", ratio(job["seconds"], self.median("b: .backup")), 0.25),
            aim("b: 1 % changed, new bytes / zstd -3 of the changed pages",
                ratio(job["bytes"], job["changedBytesZstd"]), 1.2),
            aim("b: pages that really changed, %", 100 * job["changedPages"] / len(before)),
        ]

    def part_c(self):
        with self.registered_copy() as (live, name), Application(live) as application:
            application.change(CHANGED, seed=1)
            self.service.backup(name, "NONE")
            for run in range(self.options.runs):
                self.add(run, in_turns(run, {
                    "c: .backup": lambda: self.dot_backup(live),
                    "c: job, nothing changed": lambda: self.service.backup(name, "NONE"),
                }))
        return [
            aim("c: nothing changed, job time / .backup",
                ratio(self.median("c: job, nothing changed"), self.median("c: .backup")), 0.15),
            aim("c: nothing changed, new bytes", self.median("c: job, nothing changed", "bytes"), 4096),
        ]

    def part_d(self):
        with self.registered_copy() as (live, name), Application(live) as application:
            self.history = History(self.service, name, live, application, CHANGED)
            for number in range(self.options.snapshots):
                self.records.add(0, "d: job of the history", self.history.go_on(seed=number))
            for run in range(self.options.runs):
                self.records.add(run, "d: cp + fsync", self.copy(live))
                for age, snapshot in self.history.oldest_middle_newest().items():
                    self.records.add(run, f"d: restore of the {age}", self.restore(snapshot, check=run == 0))
            self.history = self.history.facts()
        copied = self.median("d: cp + fsync")
        return [
            aim(f"d: bytes of {self.options.snapshots} snapshots after the first / zstd -3 of their changed pages",
                ratio(self.history["addedBytes"], self.history["changedBytesZstd"]), 1.3),
            aim("d: repository in MB", self.history["repositoryBytes"] / 1e6),
            *(aim(f"d: restore of the {age} / cp + fsync", ratio(self.median(f"d: restore of the {age}"), copied), 1.5)
              for age in ("oldest", "middle", "newest")),
        ]

    def part_f(self):
        with self.registered_copy() as (live, name), Application(live) as application:
            application.change(LITTLE, seed=1)
            self.service.backup(name, "STORED")
            for run in range(self.options.runs):
                measured = {"f: .backup": self.dot_backup(live)}
                application.change(LITTLE, seed=10 + run)
                measured["f: job, the WAL went on"] = self.service.backup(name, "STORED")
                application.checkpoint()
                application.change(LITTLE, seed=100 + run)
                measured["f: job, the WAL was begun anew"] = self.service.backup(name, "STORED")
                self.add(run, measured)
        return [aim(f"f: 0.1 % changed, {what}, job time / .backup",
                    ratio(self.median(f"f: job, {what}"), self.median("f: .backup")))
                for what in ("the WAL went on", "the WAL was begun anew")]

    def part_e(self):
        if self.service.method == "ONLINE":
            print("e: skipped, it compares another method with ONLINE", flush=True)
            return []
        step = "e: job {}, rollback mode, writing"
        for run in range(self.options.runs):
            self.add(run, in_turns(run, {
                step.format(method): lambda method=method: self.job_in_rollback_mode(method)
                for method in ("ONLINE", self.service.method)
            }))
        online, ours = (self.records.steps()[step.format(method)] for method in ("ONLINE", self.service.method))
        return [
            aim(f"e: writer's longest wait, {self.service.method} / ONLINE",
                ratio(ours["writer"]["maxMillis"], online["writer"]["maxMillis"]), 0.35),
            aim(f"e: lock held, {self.service.method} / ONLINE", ratio(ours["lockHeldMillis"], online["lockHeldMillis"])),
            aim("e: writer's errors", ours["writer"]["errors"], 0),
        ]

    def dot_backup_and_zstd(self):
        with self.registered_copy() as (live, _):
            return dot_backup_and_zstd(live, self.options.work)

    def first_job(self, writing=False):
        with self.registered_copy() as (live, name), self.writer(live) if writing else contextlib.nullcontext() as writer:
            return self.service.backup(name, "NONE", writer=writer)

    def job_in_rollback_mode(self, method):
        with self.registered_copy("DELETE") as (live, name), \
                Writer(live, self.options.pause_ms, BUSY_TIMEOUT_ROLLBACK_MS) as writer:
            return self.service.backup(name, "NONE", method, writer)

    def dot_backup(self, live):
        target = self.options.work / "competitor.db"
        remove(target)
        try:
            return {"seconds": dot_backup(live, target)}
        finally:
            remove(target)

    def copy(self, live):
        return {"seconds": cp_and_fsync(live, self.options.work / "copied.db")}

    def restore(self, snapshot, check):
        target = self.options.work / "restored.db"
        try:
            seconds = self.service.restore(snapshot["snapshot"], target)
            if check and state_of(target) != snapshot["state"]:
                sys.exit(f"the restore of snapshot {snapshot['snapshot']} is not the state that was backed up")
            return {"seconds": seconds}
        finally:
            remove(target)

    @contextlib.contextmanager
    def registered_copy(self, journal_mode="WAL"):
        self.copies += 1
        name = f"live-{self.copies}"
        with copy_of(self.original, self.options.work / f"{name}.db", journal_mode) as live:
            self.service.register(name, live)
            yield live, name

    def writer(self, live):
        return Writer(live, self.options.pause_ms, self.options.busy_timeout_ms)

    def add(self, run, measured):
        for step, measurement in measured.items():
            self.records.add(run, step, measurement)

    def median(self, step, what="seconds"):
        return self.records.steps()[step][what]


if __name__ == "__main__":
    main()
