"""Measures backups of one large WAL database beside `sqlite3 .backup` and `.backup` + `zstd -3`, in one run on one machine.

Only the standard library, plus the sqlite3 and zstd commands and a JDK 25. bench/README.md says what is measured and how.
"""

import contextlib
import time

import options as common
from machine import require_commands, require_space
from orders import copy_of, dot_backup_and_zstd, original_database
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from service import Service
from writer import Writer


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "zstd", "sync")
    require_space(options.work, int(options.size_mb * 1e6 * (5 + (0 if options.without_service else 1 + 4 * options.runs))))
    original = original_database(options.work, options.size_mb)
    records = Records()
    with Service(options) if not options.without_service else contextlib.nullcontext() as service:
        bench = Bench(options, original, service)
        if service:
            warm_up = bench.job("NONE", writing=False)
            print(f"warm-up, not counted: first job of the process {warm_up['seconds']:.2f} s", flush=True)
        for run in range(options.runs):
            steps = bench.steps() if run % 2 == 0 else list(reversed(bench.steps()))
            for name, step in steps:
                records.add(run, name, step())
        peak = service.peak_resident_bytes() if service else None
    title = f"{original.stat().st_size / 1e6:.0f} MB WAL database, {options.runs} runs, medians"
    report("backup", options, title, records, aims(records.steps(), peak, options), facts={"peakResidentBytes": peak})


def parse_options():
    parser = common.parser("bench/backup", __doc__.splitlines()[0])
    common.add_writer_options(parser)
    parser.add_argument("--quiet-seconds", type=float, default=5, help="how long the writer is watched alone, default 5")
    parser.add_argument("--patience", type=float, default=60, help="seconds given to .backup beside the writer, default 60")
    parser.add_argument("--without-service", action="store_true", help="measure the writer and sqlite3 only")
    return common.parse(parser)


class Bench:
    """The steps of one run. Every step gets a fresh copy of the original, so that each job is a database's first backup."""

    def __init__(self, options, original, service):
        self.options = options
        self.original = original
        self.service = service
        self.copies = 0

    def steps(self):
        steps = [
            (".backup, idle", lambda: self.dot_backup(writing=False)),
            (".backup + zstd -3, idle", lambda: self.dot_backup(writing=False, compress=True)),
            ("writer alone", self.writer_alone),
            (".backup, writing", lambda: self.dot_backup(writing=True)),
        ]
        if self.service:
            for verify in ("NONE", "FULL"):
                steps.append((f"job {verify}, idle", lambda verify=verify: self.job(verify, writing=False)))
                steps.append((f"job {verify}, writing", lambda verify=verify: self.job(verify, writing=True)))
        return steps

    def writer_alone(self):
        with self.live_copy() as live, self.writer(live) as writer:
            began = time.monotonic()
            time.sleep(self.options.quiet_seconds)
            return {"seconds": self.options.quiet_seconds, "writer": writer.stop(began, time.monotonic())}

    def dot_backup(self, writing, compress=False):
        """`sqlite3 .backup` and what makes its result durable; beside a writer it may start over for ever."""
        with self.live_copy() as live, self.writer(live) if writing else contextlib.nullcontext() as writer:
            began = time.monotonic()
            measured = dot_backup_and_zstd(live, self.options.work, compress, self.options.patience if writing else None)
            if writer:
                measured["writer"] = writer.stop(began, time.monotonic())
            return measured

    def job(self, verify, writing):
        """A first backup over the API."""
        with self.live_copy() as live, self.writer(live) if writing else contextlib.nullcontext() as writer:
            name = f"bench-{self.copies}"
            self.service.register(name, live)
            measured = self.service.backup(name, verify, writer=writer)
            return {**measured, "bytes": measured["storedBytes"]}

    def live_copy(self):
        self.copies += 1
        return copy_of(self.original, self.options.work / f"live-{self.copies}.db")

    def writer(self, live):
        return Writer(live, self.options.pause_ms, self.options.busy_timeout_ms)


def aims(steps, peak_resident_bytes, options):
    """What docs/design.md section 10 aims at, as far as this command measures it."""
    found = []
    for verify in ("NONE", "FULL"):
        if f"job {verify}, idle" not in steps:
            continue
        ours = steps[f"job {verify}, idle"]["seconds"]
        # The competitor checks nothing, so the aim is for the job that checks nothing either.
        found.append(aim(f"first backup, verify {verify}: job time / (.backup + zstd -3)",
                         ratio(ours, steps[".backup + zstd -3, idle"]["seconds"]), 0.6 if verify == "NONE" else None))
        found.append(aim(f"first backup, verify {verify}: job time / .backup", ratio(ours, steps[".backup, idle"]["seconds"])))
        writing, alone = steps[f"job {verify}, writing"]["writer"], steps["writer alone"]["writer"]
        found.append(aim(f"writer p99 during a backup, verify {verify} / alone",
                         ratio(writing["p99Millis"], alone["p99Millis"]), 1.25))
        found.append(aim(f"writer errors during backups, verify {verify}", writing["errors"], 0))
    if peak_resident_bytes:
        found.append(aim(f"peak resident memory in MB, -Xmx{options.heap}", peak_resident_bytes / 1e6))
    return found


if __name__ == "__main__":
    main()
