"""Hours with everything at once: many databases in use, schedules, following, a copy in a bucket behind a bad network, drills, checks, prunes,
clients, and restarts of the service. Does it stay flat, does no job fail that should not, and is every database there in the end?

What the service holds (descriptors, threads, heap, native memory) and what it has written is sampled all the time, into samples.csv of the work
directory. The lives of the service have MALLOC_ARENA_MAX=2 and glibc's own number of arenas in turn. In the end nobody writes any more,
and each database is compared with its last snapshot byte for byte. Linux only: it reads /proc. Exits with 1 when something was not as it should be.
"""

import collections
import contextlib
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import flat
import options as common
import proving
from applications import Applications, make
from bucket import ACCESS_KEY, SECRET_KEY, Server
from faults import BadWay
from machine import describe_machine, require_space
from memory import Memory
from processes import unwind_on_sigterm
from sampling import Samples
from service import Service
from visitors import Aways, Visitors, roles

BUCKET, LOCATION = "soak", "s3://soak/copy"
INTERVALS = ("1s", "2s", "3s", "5s")
SERVICE_LIMITS = {"AFTERIMAGE_JOBS_KEEP": "20m", "AFTERIMAGE_ACCESS_AUDIT_KEEP": "20m", "AFTERIMAGE_RETENTION_INTERVAL": "5m"}

# Of a copy whose place is behind a bad network, and of what reads that copy.
EXCUSED = {("COPY", "STORAGE_UNREACHABLE"), ("DRILL", "STORAGE_UNREACHABLE")}


def main():
    unwind_on_sigterm()
    options = parse_options()
    if options.report:
        sys.exit(report(options.report))
    options.work = options.work / "soak"
    shutil.rmtree(options.work, ignore_errors=True)
    for each in ("databases", "restored", "tmp"):
        (options.work / each).mkdir(parents=True)
    require_space(options.work, int(options.databases * 10e6 + 5e9))
    Soak(options).run()
    sys.exit(report(options.work))


def parse_options():
    parser = common.parser("bench/soak", __doc__, size_mb=None, runs=None)
    parser.add_argument("--minutes", type=float, default=120, help="before the end, default 120")
    parser.add_argument("--databases", type=int, default=500, help="default 500")
    parser.add_argument("--large", type=int, default=3, help="of them, of 20 to 50 MB; the others have 40 to 400 KB, default 3")
    parser.add_argument("--followed", type=int, default=50, help="of them, default 50")
    parser.add_argument("--window", default="15m", help="of following, default 15m")
    parser.add_argument("--snapshot-every", default="5m", help="of following, default 5m")
    parser.add_argument("--writers", type=int, default=4, help="processes of applications, default 4")
    parser.add_argument("--commits-per-second", type=float, default=30, help="of all of them together, default 30")
    parser.add_argument("--backup-minutes", type=int, default=10, help="between two backups of a database, default 10")
    parser.add_argument("--drilled", type=int, default=100, help="databases with drills, default 100")
    parser.add_argument("--drill-minutes", type=int, default=20, help="between two drills of a database, default 20")
    parser.add_argument("--keep-last", type=int, default=4, help="snapshots of each database that retention leaves, default 4")
    parser.add_argument("--clients", type=int, default=50, help="of the API, default 50")
    parser.add_argument("--pause-seconds", type=float, default=12, help="of a client between two things that it does, default 12 on average")
    parser.add_argument("--latency-ms", type=float, default=15, help="of the bucket's answers on average, default 15")
    parser.add_argument("--unavailable-share", type=float, default=0.01, help="of requests to the bucket that are answered 503, default 0.01")
    parser.add_argument("--cut-share", type=float, default=0.005, help="of its answers that are lost, default 0.005")
    parser.add_argument("--outage-every", type=float, default=20, help="minutes from an outage of the bucket to the next, default 20")
    parser.add_argument("--outage-minutes", type=float, default=2, help="that it lasts, default 2; 0 for none")
    parser.add_argument("--restart-minutes", type=float, default=30, help="that each life of the service lasts, default 30")
    parser.add_argument("--sample-seconds", type=float, default=30, help="default 30")
    parser.add_argument("--deep-every", type=int, default=10, help="each so manieth sample comes after a full collection, default 10")
    parser.add_argument("--port", type=int, default=8500, help="of the service, default 8500")
    parser.add_argument("--seed", type=int, default=1, help="of what is chosen by chance, default 1")
    parser.add_argument("--report", type=pathlib.Path, help="only report on what lies in such a work directory, also of a run that goes on")
    return common.parse(parser)


class Soak:
    def __init__(self, options):
        self.options = options
        self.chance = random.Random(options.seed)
        self.files = {f"db-{number:04d}": options.work / "databases" / f"db-{number:04d}.db" for number in range(options.databases)}
        self.followed = {name: INTERVALS[number % len(INTERVALS)] for number, name in enumerate(list(self.files)[:options.followed])}
        self.life, self.arenas = 0, "2"
        self.location = LOCATION
        self.aways = Aways(options.work / "aways")
        self.failed = {}
        self.facts = {"machine": describe_machine(options), "options": {name: str(value) for name, value in vars(options).items()},
                      "limits": SERVICE_LIMITS, "lives": [], "wrong": []}

    def run(self):
        self.make_databases()
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(Server(self.options.work, self.options.java))
            server.make_bucket(BUCKET)
            self.bucket_directory, self.bucket_address = server.directory / "store" / BUCKET, f"http://127.0.0.1:{server.port}"
            self.way = stack.enter_context(BadWay(server.port, self.options))
            self.service = stack.enter_context(Service(self.options, java_options=self.java_options(), port=self.options.port,
                                                       environment=self.environment()))
            self.set_up()
            self.samples = Samples(self)
            with Applications(list(self.files.values()), self.options) as applications, Visitors(self.plan(), self.options) as visitors:
                self.way.start()
                self.go_on()
                self.facts["visitors"] = visitors.stop()
                self.facts["applications"] = applications.stop()
            self.way.calm()
            self.note_failures()
            self.facts["way"] = {"requests": self.way.requests, "kinds": self.way.kinds, "met": self.way.met}
            self.lived("the end")
            self.say("proving")
            self.facts["proving"] = "did not end"
            self.save()
            try:
                self.facts["proving"] = proving.prove(self)
                self.note_failures()
            finally:
                self.save()

    def make_databases(self):
        """The large ones are followed in part: the first, and the last."""
        large = set(list(self.files)[:1] + list(self.files)[-self.options.large + 1:] if self.options.large > 1
                    else list(self.files)[:self.options.large])
        for number, (name, file) in enumerate(self.files.items()):
            size = self.chance.randrange(20_000_000, 50_000_000) if name in large else self.chance.randrange(40_000, 400_000)
            make(file, size, number)
        self.say(f"{len(self.files)} databases made")

    def java_options(self):
        """The heap is touched from the start, so that what grows later is something else."""
        copy = {"location": LOCATION, "s3.endpoint": self.way.address, "s3.region": "us-east-1", "s3.access-key-id": ACCESS_KEY,
                "s3.secret-access-key": SECRET_KEY}
        return [f"-Xms{self.options.heap}", "-XX:+AlwaysPreTouch", "-XX:NativeMemoryTracking=summary",
                f"-Djava.io.tmpdir={self.options.work / 'tmp'}", *Memory.java_options(self.options),
                *(f"-Dafterimage.copies.bucket.{name}={value}" for name, value in copy.items())]

    def environment(self):
        return SERVICE_LIMITS | {"MALLOC_ARENA_MAX": "2" if self.arenas == "2" else None}

    def set_up(self):
        self.service.call("PUT", "/retention", {"last": self.options.keep_last})
        self.service.call("PUT", "/schedule", {"cron": every(self.options.backup_minutes, 0, 0), "jitter": f"{self.options.backup_minutes}m"})
        for name, file in self.files.items():
            self.service.register(name, file)
        proving.backed_up(self.service, self.files)
        self.say("all backed up")
        for number, name in enumerate(list(self.files)[:self.options.drilled]):
            minute, second = divmod(number * 60 * self.options.drill_minutes // self.options.drilled, 60)
            kind = {"snapshot": "MOMENT"} if name in self.followed and number % 2 else {"from": "bucket"} if number % 10 == 0 else {}
            self.service.call("PUT", f"/databases/{name}/drill", {"cron": every(self.options.drill_minutes, minute, second), **kind})
        for name, interval in self.followed.items():
            self.service.call("PUT", f"/databases/{name}/follow", {
                "interval": interval, "window": self.options.window, "snapshotEvery": self.options.snapshot_every, "besideSource": True})
        self.say("schedules, drills and following are set")

    def plan(self):
        return {"address": self.service.address, "token": (self.service.home / "admin-token").read_text().strip(), "seed": self.options.seed,
                "pauseSeconds": self.options.pause_seconds, "databases": list(self.files), "followed": list(self.followed),
                "restored": str(self.options.work / "restored"), "aways": str(self.aways.file), "roles": roles(self.options.clients)}

    def go_on(self):
        began, number, restarts = time.monotonic(), 0, 0
        while (elapsed := time.monotonic() - began) < 60 * self.options.minutes:
            if elapsed >= 60 * self.options.restart_minutes * (restarts + 1):
                restarts += 1
                self.restart(restarts)
            number += 1
            try:
                self.samples.take(deeply=number % self.options.deep_every == 0)
                self.note_failures()
            except (OSError, subprocess.SubprocessError) as error:
                self.say(f"sample {number} is missing: {error!r}")
                self.facts["wrong"].append(f"sample {number} is missing: {error!r}")
            time.sleep(max(0, min(number * self.options.sample_seconds, 60 * self.options.minutes) - (time.monotonic() - began)))

    def restart(self, number):
        """Each second one, such as that in the middle of four lives, is a kill -9; the last one is not."""
        sign = signal.SIGKILL if number % 2 == 0 else signal.SIGTERM
        self.note_failures()
        self.aways.note()
        self.lived(sign.name)
        self.service.end(sign, patience=120)
        self.life, self.arenas = self.life + 1, "glibc's" if self.arenas == "2" else "2"
        self.service.environment = self.environment()
        self.service.start()
        self.aways.note()
        self.say(f"{sign.name}; life {self.life} answers after {self.service.start_seconds:.1f} s")
        self.save()

    def lived(self, sign):
        self.facts["lives"].append({"life": self.life, "arenas": self.arenas, "seconds": time.monotonic() - self.service.began,
                                    "processorSeconds": self.service.processor_seconds(), "peakResidentBytes": self.service.peak_resident_bytes(),
                                    "startSeconds": self.service.start_seconds, "endedBy": sign})

    def note_failures(self):
        """Of all jobs so far that FAILED. They are forgotten later than they are asked for."""
        cursor = ""
        while cursor is not None:
            page = self.service.call("GET", f"/jobs?state=FAILED&limit=500{cursor}")
            for job in page["items"]:
                if job["id"] not in self.failed:
                    self.failed[job["id"]] = job
                    self.say(f"FAILED {job['kind']} {job.get('database')} {job['problem']['code']}: {job['problem'].get('detail')}")
            cursor = f"&cursor={page['nextCursor']}" if page.get("nextCursor") else None

    def save(self):
        codes = collections.Counter(f"{job['kind']} {job['problem']['code']}" for job in self.failed.values())
        self.facts["failed"] = dict(codes)
        self.facts["failedUnexcused"] = [job for job in self.failed.values() if (job["kind"], job["problem"]["code"]) not in EXCUSED]
        self.facts["errorsInTheLog"] = re.findall(r"^\S+\s+ERROR .*$", self.service.log.read_text(), re.M)[:50]
        (self.options.work / "soak.json").write_text(json.dumps(self.facts, indent=2))

    def say(self, what):
        print(time.strftime("%H:%M:%S", time.gmtime()), what, flush=True)


def every(minutes, minute, second):
    """Cron with seconds: at that second after that minute of each period."""
    return f"{second} {minute % minutes}/{minutes} * * * *" if minutes > 1 else f"{second} * * * * *"


def report(directory):
    """Prints what became of a run; 0 when all was as it should be, else 1."""
    facts = json.loads((directory / "soak.json").read_text()) if (directory / "soak.json").exists() else {}
    rows = flat.judged(flat.read(directory / "samples.csv"))
    flat.print_judged(rows)
    for life in facts.get("lives", []):
        print(f"life {life['life']}: {life['arenas']} arenas, {life['seconds'] / 60:.0f} min, {life['processorSeconds'] / life['seconds']:.2f} cores, "
              f"ended by {life['endedBy']}")
    for what in ("way", "applications", "visitors", "failed", "proving"):
        print(f"{what}: {json.dumps(facts.get(what))[:3000]}")
    wrong = [f"{row['of']}: {row['what']} is GROWING" for row in rows if row["verdict"] == "GROWING"]
    wrong += facts.get("wrong", [])
    wrong += [f"job {job['id']}: {job['kind']} {job['problem']['code']}" for job in facts.get("failedUnexcused", [])]
    wrong += facts.get("errorsInTheLog", [])
    for who in ("applications", "visitors"):
        wrong += [f"{who}: {error}" for error in facts.get(who, {}).get("errors", [])]
    if not isinstance(facts.get("proving"), dict):
        wrong.append("nothing is proven: the run goes on, or did not come to its end")
    print(f"\n{'NOT AS IT SHOULD BE' if wrong else 'ALL AS IT SHOULD BE'}")
    for each in wrong[:100]:
        print("  " + each)
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
