"""Measures backups of one large WAL database beside `sqlite3 .backup` and `.backup` + `zstd -3`, in one run on one machine.

Only the standard library, plus the sqlite3 and zstd commands and a JDK 25. bench/README.md says what is measured and how.
"""

import argparse
import calendar
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

from report import report
from writer import Writer, die_with_parent

BENCH = pathlib.Path(__file__).resolve().parent
WORDS = "pending packed shipped returned express standard gift fragile north south east west paid invoice refund".split()


def main():
    # A SIGTERM unwinds as Ctrl-C does, so that every process is ended and every copy removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    options = parse_options()
    work = options.work
    (work / "results").mkdir(parents=True, exist_ok=True)
    require_commands_and_space(options)
    original = original_database(work, options.size_mb)
    bench = Bench(options, original)
    with contextlib.ExitStack() as stack:
        stack.callback(bench.remove_copies)
        if not options.without_service:
            bench.service = stack.enter_context(Service(options))
            warm_up = bench.job("NONE", writing=False)
            print(f"warm-up, not counted: first job of the process {warm_up['seconds']:.2f} s", flush=True)
        for run in range(options.runs):
            steps = bench.steps() if run % 2 == 0 else list(reversed(bench.steps()))
            for name, step in steps:
                bench.record(run, name, step)
        peak = bench.service.peak_resident_bytes() if bench.service else None
    report(options, original, bench.records, peak)


def parse_options():
    parser = argparse.ArgumentParser(prog="bench/backup", description=__doc__.splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=800, help="size of the database in MB (10^6 bytes), default 800")
    parser.add_argument("--runs", type=int, default=3, help="repetitions; medians are reported, default 3")
    parser.add_argument("--pause-ms", type=float, default=1, help="the writer's pause after each commit, default 1")
    parser.add_argument("--busy-timeout-ms", type=int, default=5000, help="the writer's busy_timeout, default 5000")
    parser.add_argument("--quiet-seconds", type=float, default=5, help="how long the writer is watched alone, default 5")
    parser.add_argument("--patience", type=float, default=60, help="seconds given to .backup beside the writer, default 60")
    parser.add_argument("--heap", default="256m", help="the service's -Xmx, default 256m")
    parser.add_argument("--jar", type=pathlib.Path, default=BENCH.parent / "target" / "afterimage.jar")
    parser.add_argument("--java", default=None, help="java command; default: JAVA_HOME, the usual places, the PATH")
    parser.add_argument("--work", type=pathlib.Path, default=BENCH / "work", help="where all files go, default bench/work")
    parser.add_argument("--without-service", action="store_true", help="measure the writer and sqlite3 only")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.java = options.java or find_java()
    return options


def require_commands_and_space(options):
    for command in ("sqlite3", "zstd", "sync"):
        if shutil.which(command) is None:
            sys.exit(f"{command} is not on the PATH; install it first (Debian: apt install sqlite3 zstd).")
    if not options.without_service and not options.jar.exists():
        sys.exit(f"{options.jar} is not there; run ./mvnw package first, or use --without-service.")
    needed = int(options.size_mb * 1e6 * (5 + (0 if options.without_service else 1 + 4 * options.runs)))
    free = shutil.disk_usage(options.work).free
    if free < needed:
        sys.exit(f"{options.work} has {free / 1e9:.1f} GB free; up to {needed / 1e9:.1f} GB are needed.")


def find_java():
    homes = [os.environ.get("JAVA_HOME", "")]
    for pattern in ("/usr/lib/jvm/*", "/opt/*", "/opt/java/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home"):
        homes += sorted(str(path) for path in pathlib.Path("/").glob(pattern[1:]))
    for pattern in (".sdkman/candidates/java/*", ".jdks/*"):
        homes += sorted(str(path) for path in pathlib.Path.home().glob(pattern))
    for home in filter(None, homes):
        release = pathlib.Path(home) / "release"
        version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.M) if release.is_file() else None
        if version and int(version[1]) >= 25:
            return str(pathlib.Path(home) / "bin" / "java")
    return "java"


def original_database(work, size_mb):
    """The orders database, made once by a seeded generator: the same rows for the same size."""
    original = work / f"orders-{size_mb}mb.db"
    if original.exists():
        return original
    print(f"making {original.name} (once) ...", flush=True)
    unfinished = work / (original.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    seeded = random.Random(size_mb)
    with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as database:
        database.execute("PRAGMA page_size = 4096")
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE orders (number TEXT PRIMARY KEY, customer TEXT, status TEXT, cents INTEGER, "
            "revision INTEGER, note TEXT, signature BLOB)"
        )
        database.execute("CREATE INDEX orders_customer ON orders (customer, status)")
        count = 0
        while database.execute("PRAGMA page_count").fetchone()[0] * 4096 < size_mb * 1_000_000:
            database.execute("BEGIN")
            database.executemany(
                "INSERT INTO orders VALUES (?, ?, ?, ?, 0, ?, ?)", (order(seeded, count + i) for i in range(20_000))
            )
            database.execute("COMMIT")
            count += 20_000
        database.execute("PRAGMA journal_mode = WAL")
    subprocess.run(["sync", unfinished], check=True)
    unfinished.rename(original)
    return original


def order(seeded, number):
    """Text that compresses well beside a signature that does not."""
    return (
        f"ORD-{2020 + number % 6}-{number:09d}",
        f"customer-{seeded.randrange(50_000):06d}",
        WORDS[number % len(WORDS)],
        seeded.randrange(1_000_000),
        " ".join(seeded.choices(WORDS, k=24)),
        seeded.randbytes(96),
    )


class Bench:
    """The steps of one run. Every step gets a fresh copy of the original, so that each job is a database's first backup."""

    def __init__(self, options, original):
        self.options = options
        self.original = original
        self.service = None
        self.records = []
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

    def record(self, run, name, step):
        measured = step()
        self.records.append({"run": run + 1, "step": name, **measured})
        seconds = measured.get("seconds")
        told = "did not finish" if seconds is None else f"{seconds:.2f} s"
        print(f"run {run + 1}: {name}: {told}", flush=True)

    def writer_alone(self):
        with self.live_copy() as live, self.writer(live) as writer:
            began = time.monotonic()
            time.sleep(self.options.quiet_seconds)
            return {"seconds": self.options.quiet_seconds, "writer": writer.stop(began, time.monotonic())}

    def dot_backup(self, writing, compress=False):
        """`sqlite3 .backup` and what makes its result durable; beside a writer it may start over for ever."""
        target = self.options.work / "competitor.db"
        compressed = self.options.work / "competitor.db.zst"
        with self.live_copy() as live, self.writer(live) if writing else contextlib.nullcontext() as writer:
            began = time.monotonic()
            try:
                run_bounded(["sqlite3", str(live), f".backup '{target}'"], self.options.patience if writing else None)
                subprocess.run(["sync", target], check=True)
                if compress:
                    subprocess.run(["zstd", "-3", "-q", "-f", target, "-o", compressed], check=True)
                    subprocess.run(["sync", compressed], check=True)
                measured = {
                    "seconds": time.monotonic() - began,
                    "bytes": (compressed if compress else target).stat().st_size,
                }
            except subprocess.TimeoutExpired:
                measured = {"seconds": None}
            if writer:
                measured["writer"] = writer.stop(began, time.monotonic())
        for leftover in (target, compressed, pathlib.Path(f"{target}-journal")):
            leftover.unlink(missing_ok=True)
        return measured

    def job(self, verify, writing):
        """A backup job over the API; its time is from startedAt to finishedAt."""
        with self.live_copy() as live, self.writer(live) if writing else contextlib.nullcontext() as writer:
            name = f"bench-{self.copies}"
            self.service.call("POST", "/databases", {"name": name, "path": str(live)})
            began = time.monotonic()
            job = self.service.call("POST", f"/databases/{name}/backups", {"method": "ONLINE", "verify": verify})
            while job["state"] in ("QUEUED", "RUNNING"):
                job = self.service.call("GET", f"/jobs/{job['id']}?wait=60s")
            ended = time.monotonic()
            if job["state"] != "SUCCEEDED":
                sys.exit(f"the backup job ended as {job['state']}: {json.dumps(job.get('problem'), indent=2)}")
            snapshot = self.service.call("GET", f"/snapshots/{job['result']['snapshotId']}")
            measured = {
                "seconds": instant(job["finishedAt"]) - instant(job["startedAt"]),
                "requestToEndSeconds": ended - began,
                "bytes": snapshot["storedBytes"],
            }
            if writer:
                measured["writer"] = writer.stop(began, ended)
            return measured

    @contextlib.contextmanager
    def live_copy(self):
        self.copies += 1
        live = self.options.work / f"live-{self.copies}.db"
        shutil.copyfile(self.original, live)
        os.sync()
        try:
            yield live
        finally:
            self.remove_copies()

    def writer(self, live):
        return Writer(live, self.options.pause_ms, self.options.busy_timeout_ms)

    def remove_copies(self):
        for leftover in [*self.options.work.glob("live-*.db*"), *self.options.work.glob("competitor.db*")]:
            leftover.unlink()


def run_bounded(command, seconds):
    """Ends the process when the time is over; an error of the command ends the benchmark."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    try:
        errors = process.communicate(timeout=seconds)[1]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0:
        sys.exit(f"{command} failed: {errors}")


class Service:
    """The service in a process of its own, on a free loopback port, with a home that is removed at the end."""

    def __init__(self, options):
        self.options = options
        self.home = options.work / "home"
        self.log = options.work / "service.log"

    def __enter__(self):
        shutil.rmtree(self.home, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "SERVER_ADDRESS": "127.0.0.1",
            "SERVER_PORT": str(port),
            "AFTERIMAGE_HOME": str(self.home),
            "AFTERIMAGE_DATABASES_ROOTS": str(self.options.work),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [self.options.java, f"-Xmx{self.options.heap}", "-jar", str(self.options.jar.resolve())],
                env=environment, cwd=self.options.work, stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent,
            )
        try:
            self.await_health(time.monotonic() + 120)
        except BaseException:
            self.__exit__()
            raise
        return self

    def await_health(self, deadline):
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(self.address + "/actuator/health", timeout=5):
                return
            time.sleep(0.2)
        sys.exit(f"the service did not start; the end of {self.log}:\n" + self.log.read_text()[-3000:])

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.address + "/api/v1" + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"} if body is not None else {},
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path} answered {error.code}: {error.read().decode()}")

    def peak_resident_bytes(self):
        """The process's highest resident size so far, where the system tells it (Linux)."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.M) if status.exists() else None
        return int(found[1]) * 1024 if found else None

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def instant(text):
    """Seconds since the epoch of an RFC 3339 time in UTC with any number of fraction digits."""
    whole, fraction = re.fullmatch(r"([^.]+?)(\.\d+)?Z", text).groups()
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(fraction or 0)


if __name__ == "__main__":
    main()
