"""Faults of the file system under every kind of job: each is followed by a look at everything that was promised."""

import argparse
import collections
import json
import pathlib
import random
import signal
import sqlite3
import sys
import time
import zlib

import judging
import plan
from control import CALLS, Control, build_shim
from deeds import Bench, all_deeds
from machine import find_java
from processes import unwind_on_sigterm
from served import Refused, Served
from tally import Tally, excerpt
from world import DATABASES, World

HERE = pathlib.Path(__file__).resolve().parent
MOST_SNAPSHOTS = 30
KILLED_MEANWHILE = 0.01
RESTARTED_BEHIND = 0.02
PAST_ITS_FAULT = {"DIED": "the service died", "STUCK": "stuck: the job has not ended though the fault is over"}
LEAVES_UNTIL_RESTART = ("unlink", "list", "stat", "open", "close", "rename", "FULL", "READ_ONLY", "DEAD")


def main():
    unwind_on_sigterm()
    options = parsed()
    if options.report:
        report = Tally.of(work / "results.jsonl" for work in options.report)
        report.print()
        sys.exit(1 if report.findings else 0)
    deeds = {deed.name: deed for deed in all_deeds()}
    deeds = {name: deed for name, deed in deeds.items() if any(word in name for word in options.only)} if options.only else deeds
    world = World(options.work)
    control = Control(options.work / "control", world.places())
    torture = Torture(options, world, control, Served(options, world, build_shim(options.work), control), deeds)
    try:
        world.make()
        torture.served.make_ready()
        torture.fresh()
        faults = [parsed_fault(key, deeds) for key in options.fault] if options.fault else torture.planned()
        torture.meet(faults)
    finally:
        control.off()
        torture.served.stop()
        world.close()
    torture.tally.print()
    sys.exit(1 if torture.tally.findings else 0)


def parsed():
    parser = argparse.ArgumentParser(prog="torture/faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=500, help="how many faults, default 500")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after this time with what there is")
    parser.add_argument("--seed", type=int, default=1, help="which faults, in which order; default 1")
    parser.add_argument("--only", action="append", help="deeds whose names contain this; may be repeated")
    parser.add_argument("--place", action="append", help="home, repository, staging, source or target; may be repeated")
    parser.add_argument("--call", action="append", help=f"one of {', '.join(CALLS)}, FULL, READ_ONLY, DEAD; may be repeated")
    parser.add_argument("--each", type=int, default=12, help="most numbers n of one call at one place, default 12")
    parser.add_argument("--fault", action="append", help="this one, as a finding names it; may be repeated")
    parser.add_argument("--restart-every", type=int, default=200, help="faults between two restarts, default 200")
    parser.add_argument("--part", default="1/1", help="such as 2/3: the second of three that share the faults, each with a --work of its own")
    parser.add_argument("--report", action="append", type=pathlib.Path, help="run nothing: print the table of this working directory; may be repeated")
    parser.add_argument("--resume", action="store_true", help="go on behind what is in results.jsonl of the working directory")
    parser.add_argument("--jar", type=pathlib.Path, default=HERE.parent / "target" / "afterimage.jar")
    parser.add_argument("--java", default=None, help="java command; default: JAVA_HOME, the usual places, the PATH")
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work", help="where all files go, default torture/work")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    options.java = options.java or find_java()
    if not options.report and not options.jar.exists():
        parser.error(f"{options.jar} is not there: ./mvnw package -DskipTests makes it")
    return options


def parsed_fault(key, deeds):
    deed = next((name for name in deeds if key.startswith(name + " ")), None)
    if deed is None:
        sys.exit(f"no deed has the name of {key!r}: {', '.join(deeds)}")
    place, name, nth, error, how = key[len(deed) + 1:].split(" ")
    calls = {"FULL": plan.GROWING, "READ_ONLY": plan.MODIFYING, "DEAD": plan.ALL}.get(name, (name,))
    half = error.endswith("half")
    return plan.Fault(deed, place, name, calls, int(nth), error.removesuffix("half").removesuffix("-after-") or None, half, how == "on")


class Torture:

    def __init__(self, options, world, control, served, deeds):
        self.options = options
        self.world = world
        self.control = control
        self.served = served
        self.deeds = deeds
        self.bench = Bench(served, world, control)
        self.tally = Tally.begun(options.work / "results.jsonl", options.resume)
        self.chance = random.Random(options.seed)
        self.since_restart = 0

    def fresh(self):
        """A new world, in which nothing has happened."""
        self.control.off()
        self.served.stop(signal.SIGKILL)
        self.world.make()
        self.bench.pending = {}
        self.bench.left_open = collections.Counter()
        if not self.served.start():
            sys.exit("the service does not start:\n" + self.served.log.read_text()[-3000:])
        self.bench.begin()
        self.served.defects.clear()
        self.since_restart = 0

    def planned(self):
        faults = []
        for deed in self.deeds.values():
            counts = self.counted(deed)
            places = [place for place in deed.places if place in (self.options.place or deed.places)]
            faults += plan.in_turn(plan.faults_of(deed.name, counts, places, self.options.each), self.options.seed)[:deed.most]
        if self.options.call:
            faults = [fault for fault in faults if fault.name in self.options.call]
        print(f"{len(faults)} faults are possible", flush=True)
        part, parts = map(int, self.options.part.split("/"))
        mine = [fault for fault in faults if zlib.crc32(fault.key().encode()) % parts == part - 1]  # however the others' plans differ
        return plan.in_turn(mine, self.options.seed)

    def counted(self, deed):
        """What was counted in this working directory before is good enough for a jar of another day: a number too high is not met."""
        file = self.options.work / "counts" / deed.name.replace(" ", "-")
        if not file.exists():
            counts = self.without_fault(deed)
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps([[place, call, number] for (place, call), number in counts.items()]))
        return {(place, call): number for place, call, number in json.loads(file.read_text())}

    def without_fault(self, deed):
        self.prepare(deed)
        self.control.count()
        outcome = deed.act(self.bench)
        self.control.off()
        complaints = [*judging.settle(self.bench), *judging.harms(self.bench, deed, outcome), *deed.judge(self.bench, outcome)]
        files, descriptors = judging.leaks(self.bench, deed, outcome)
        if outcome.state != "SUCCEEDED" or complaints or files or descriptors:
            sys.exit(f"{deed.name} without a fault: {outcome} {complaints} {files} {descriptors}")
        self.tidy(deed)
        return self.control.counts()

    def meet(self, faults):
        until = time.monotonic() + self.options.seconds
        faults = [fault for fault in faults if fault.key() not in self.tally.done]
        for fault in faults:
            if time.monotonic() > until or self.tally.met >= self.options.faults:
                return
            began = time.monotonic()
            try:
                self.one(fault)
            except (Refused, sqlite3.Error, OSError) as error:
                self.tally.add(fault, "BROKEN", [f"what must succeed afterwards does not: {error}"], self.control.told(), self.log_excerpt(), began)
                self.fresh()

    def one(self, fault):
        deed = self.deeds[fault.deed]
        began = time.monotonic()
        self.prepare(deed)
        self.control.arm(fault)
        outcome = deed.act(self.bench)
        killed = fault.on and self.chance.random() < KILLED_MEANWHILE
        if killed:
            self.served.stop(signal.SIGKILL)
        self.control.off()
        met, told = self.control.failed(), self.control.told()

        complaints = [PAST_ITS_FAULT[outcome.state]] if outcome.state in PAST_ITS_FAULT else []
        if killed or complaints or self.restart_is_due(fault):
            complaints += self.restarted(deed, outcome, already_dead=killed)
        complaints += judging.settle(self.bench)
        harms = judging.harms(self.bench, deed, outcome)
        targets = deed.judge(self.bench, outcome)
        if targets and fault.on:
            complaints += ["until the restart: " + complaint for complaint in targets]
            complaints += self.restarted(deed, outcome)
            targets = deed.judge(self.bench, outcome)
        complaints += self.leaks(deed, outcome, fault)
        complaints += harms + targets + sorted(set(self.served.defects))
        label = outcome.told() if met else "NOT MET: " + outcome.told()
        self.tally.add(fault, label, complaints, told, self.log_excerpt() if complaints else [], began)
        displaced = outcome.code == "TARGET_DISPLACED"  # which a start settles, and nothing else can be done with it until then
        if displaced or targets or outcome.state in PAST_ITS_FAULT or any("QUARANTINED" not in harm for harm in harms):
            self.fresh()
        else:
            self.tidy(deed)

    def restart_is_due(self, fault):
        self.since_restart += 1
        lasting = fault.on and fault.place == "home" and self.chance.random() < RESTARTED_BEHIND
        return lasting or self.since_restart >= self.options.restart_every

    def prepare(self, deed):
        self.bench.may_go = set()
        deed.prepare(self.bench)
        self.bench.before = {name: len(self.world.contents[name]) - 1 for name in DATABASES}
        self.bench.footprints = {name: self.world.footprint(name) for name in DATABASES}
        self.served.defects.clear()
        self.logged = self.served.log_size()

    def restarted(self, deed, outcome, already_dead=False):
        """Complaints about what a clean start leaves behind, with the fault that it is of; what was told before is not told again."""
        if not already_dead:
            self.served.stop(self.chance.choice((signal.SIGTERM, signal.SIGKILL)))
        self.since_restart = 0
        self.bench.left_open.clear()
        self.logged = 0
        if not self.served.start():
            raise Refused("the service does not start any more")
        complaints = judging.settle(self.bench)
        left_by = self.bench.pending
        self.bench.pending = {}
        files, _ = judging.leaks(self.bench, deed, outcome)
        self.bench.pending = dict.fromkeys(files, None)
        return complaints + [f"left after a restart: {self.named(path)} of {left_by.get(path) or 'this'}"
                             for path in files if left_by.get(path, "") is not None]

    def leaks(self, deed, outcome, fault):
        files, descriptors = judging.leaks(self.bench, deed, outcome)
        if files and fault.name in LEAVES_UNTIL_RESTART:  # what could not be deleted is deleted at the next start
            self.bench.pending.update(dict.fromkeys(files, fault.key()))
            self.since_restart += self.options.restart_every // 20
            files = []
        self.bench.pending.update(dict.fromkeys(files, None))
        complaints = [f"left: {self.named(path)}" for path in files]
        if descriptors:
            complaints.append("left open: " + ", ".join(self.named(path) for path in descriptors[:3]))
            self.bench.left_open.update(descriptors)
        return complaints

    def named(self, path):
        return str(path).replace(str(self.world.root) + "/", "")

    def log_excerpt(self):
        return excerpt(self.served.logged_since(self.logged)) if self.served.log.exists() else []

    def tidy(self, deed):
        """So that each fault meets few snapshots."""
        deed.tidy(self.bench)
        for name in deed.replaces:
            self.world.settled(name)
        quarantined = any(item["state"] != "AVAILABLE" for item in self.bench.listed)
        if len(self.bench.listed) < MOST_SNAPSHOTS and not quarantined:
            return
        kept = collections.Counter()
        for item in self.bench.list():
            kept[item["database"]] += 1
            if kept[item["database"]] > 3 or item["state"] != "AVAILABLE":
                if item["pinned"]:
                    self.served.call("PATCH", f"/snapshots/{item['id']}", {"pinned": False})
                self.served.call("DELETE", f"/snapshots/{item['id']}?force=true")
                self.bench.truths.pop(item["id"], None)
        self.bench.files = self.world.repository_files()


if __name__ == "__main__":
    main()
