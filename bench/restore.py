"""Measures restores of one large database, beside the plainest way to have its file again.

parts, for --only:
  new  a new file: of a full snapshot, and of the newest of a history with 1 % changed before each, beside cp + fsync
  live  REPLACE_LIVE, beside sqlite3 .restore, and what an application's reads and writes wait for meanwhile
  drill  a drill of the newest snapshot, by what it checks
"""

import argparse
import sys

import options as common
import replacing
from history import History, in_turns
from machine import require_commands, require_space
from orders import Application, copy_of, cp_and_fsync, original_database, remove, state_of
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from service import Service

CHANGED = 0.01


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "sync", "cp")
    require_space(options.work, int(options.size_mb * 1e6 * (5 + 0.03 * options.snapshots)))
    original = original_database(options.work, options.size_mb)
    records, aims = Records(), []
    with Service(options) as service:
        bench = Bench(options, original, service, records)
        for part in options.only:
            aims += PARTS[part](bench)
        facts = {"method": service.method, "peakResidentBytes": service.peak_resident_bytes()}
    aims.append(aim(f"peak resident memory in MB, -Xmx{options.heap}", ratio(facts["peakResidentBytes"], 1e6), 350))
    title = f"{original.stat().st_size / 1e6:.0f} MB database, {options.runs} runs, medians"
    report("restore", options, title, records, aims, facts=facts)


def parse_options():
    parser = common.parser("bench/restore", __doc__, runs=5)
    parser.add_argument("--only", type=parts, default=list(PARTS), help="parts to run, with commas between; default all")
    parser.add_argument("--snapshots", type=int, default=30, help="snapshots of the history after the first, default 30")
    return common.parse(parser)


def parts(text):
    wanted = text.split(",")
    if not set(wanted) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"parts are {', '.join(PARTS)}, with commas between them")
    return wanted


class Bench:
    """What the parts have in common. A part measures its steps into the records, and returns what it aims at."""

    def __init__(self, options, original, service, records):
        self.options = options
        self.original = original
        self.service = service
        self.records = records

    def add(self, run, steps):
        for step, measured in in_turns(run, steps).items():
            self.records.add(run, step, measured)

    def seconds(self, step):
        return self.records.steps()[step]["seconds"]

    def history(self, application, name, live):
        history = History(self.service, name, live, application, CHANGED)
        for number in range(self.options.snapshots):
            history.go_on(seed=number)
            print(f"history: snapshot {number + 1} of {self.options.snapshots}", flush=True)
        return history

    def cp(self, file):
        return {"seconds": cp_and_fsync(file, self.options.work / "copied.db"), "bytes": file.stat().st_size}

    def restore(self, snapshot):
        """A job NEW_FILE, verify NONE: cp checks nothing either. The restored file must have the state of the snapshot."""
        target = self.options.work / "restored.db"
        try:
            seconds = self.service.restore(snapshot["snapshot"], target)
            if state_of(target) != snapshot["state"]:
                sys.exit(f"the restore of snapshot {snapshot['snapshot']} is not the state that was backed up")
            return {"seconds": seconds, "bytes": target.stat().st_size}
        finally:
            remove(target)


def new_file(bench):
    full, newest = "new: restore, full snapshot", f"new: restore, newest of {bench.options.snapshots} incrementals"
    with copy_of(bench.original, bench.options.work / "live.db") as live, Application(live) as application:
        bench.service.register("live", live)
        history = bench.history(application, "live", live)
        snapshots = {full: history.snapshots[0], newest: history.snapshots[-1]}
        for _ in range(2):
            for snapshot in snapshots.values():
                bench.restore(snapshot)  # not counted, for the JVM
        for run in range(bench.options.runs):
            bench.add(run, {
                "new: cp + fsync": lambda: bench.cp(live),
                **{step: lambda snapshot=snapshot: bench.restore(snapshot) for step, snapshot in snapshots.items()},
            })
    return [aim(f"{step} / cp + fsync", ratio(bench.seconds(step), bench.seconds("new: cp + fsync")), most)
            for step, most in ((full, 1.2), (newest, 1.4))]


PARTS = {"new": new_file, "live": replacing.live, "drill": replacing.drill}


if __name__ == "__main__":
    main()
