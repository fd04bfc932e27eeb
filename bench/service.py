"""The service under test, in a process of its own, and the calls that the benchmarks need."""

import calendar
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from pages import bytes_under
from processes import LONGEST_SECONDS, CommandFailed, die_with_parent


class Service:
    """On a free loopback port or a given one, with a home that is removed at the end, unless it is to be kept for the next start."""

    def __init__(self, options, home="home", keep=False, environment=None, java_options=(), port=None):
        self.options = options
        self.home = options.work / home
        self.keep = keep
        self.environment = environment or {}
        self.java_options = java_options
        self.port = port
        self.log = options.work / "service.log"
        self.heap_peak = 0
        self.process = None

    def __enter__(self):
        if not self.keep:
            shutil.rmtree(self.home, ignore_errors=True)
        self.port = self.port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log.unlink(missing_ok=True)
        try:
            self.start()
            self.method = self.known_or_online(self.options.method)
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        """Returns when it answers. Another time after an end: with the home and on the port that it had."""
        environment = {
            **os.environ,
            "MALLOC_ARENA_MAX": "2",  # as the unit and the image have it
            "SERVER_ADDRESS": "127.0.0.1",
            "SERVER_PORT": str(self.port),
            "AFTERIMAGE_HOME": str(self.home),
            "AFTERIMAGE_DATABASES_ROOTS": str(self.options.work),
            **self.environment,
        }
        self.began = time.monotonic()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [self.options.java, f"-Xmx{self.options.heap}", *self.java_options, "-jar", str(self.options.jar.resolve())],
                env={name: value for name, value in environment.items() if value is not None}, cwd=self.options.work, stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent,
            )
        self.await_health(time.monotonic() + 600)
        self.start_seconds = time.monotonic() - self.began

    def end(self, sign, patience=60):
        """By SIGTERM or SIGKILL; returns when it has ended."""
        self.process.send_signal(sign)
        self.process.wait(timeout=patience)

    def await_health(self, deadline):
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.request("GET", "/actuator/health/liveness", timeout=5)
                return
            time.sleep(0.1)
        sys.exit(f"the service did not start; the end of {self.log}:\n" + self.log.read_text()[-3000:])

    def known_or_online(self, method):
        """A jar that knows the method looks for the database next; one that does not refuses the request at once."""
        status, _ = self.answer("POST", "/databases/nobody/backups", {"method": method})
        if status == 404:
            return method
        print(f"this jar does not know the method {method}: ONLINE is used", flush=True)
        return "ONLINE"

    def register(self, name, path):
        self.call("POST", "/databases", {"name": name, "path": str(path)})

    def backup(self, database, verify, method=None, writer=None):
        """A finished backup job: its time is from startedAt to finishedAt. A writer beside it is stopped at its end."""
        began = time.monotonic()
        job = self.finished("POST", f"/databases/{database}/backups", {"method": method or self.method, "verify": verify})
        ended = time.monotonic()
        snapshot = self.call("GET", f"/snapshots/{job['result']['snapshotId']}")
        return {
            "seconds": job_seconds(job),
            "requestToEndSeconds": ended - began,
            "snapshot": snapshot["id"],
            "method": snapshot["method"],
            "bytes": snapshot["newBytes"],
            "storedBytes": snapshot["storedBytes"],
            "lockHeldMillis": snapshot["lockHeldMillis"],
            **({"writer": writer.stop(began, ended)} if writer else {}),
        }

    def restore(self, snapshot, target, verify="NONE"):
        """Seconds of a restore job that makes a new file."""
        body = {"snapshot": snapshot, "target": {"path": str(target)}, "verify": verify}
        return job_seconds(self.finished("POST", "/restores", body))

    def stored_bytes(self, snapshot):
        """What the layers and manifests of the snapshot's database take on disk."""
        repository = self.home / "repository"
        database_id = next(repository.glob(f"manifests/*/{snapshot}.json")).parent.name
        return sum(bytes_under(repository / kind / database_id) for kind in ("layers", "manifests"))

    def told_repository(self):
        """What the service itself says of its repository; None where the jar has no such call."""
        status, body = self.answer("GET", "/repository")
        return body if status == 200 else None

    def finished(self, method, path, body):
        job = self.call(method, path, body)
        until = time.monotonic() + LONGEST_SECONDS
        while job["state"] in ("QUEUED", "RUNNING") and time.monotonic() < until:
            job = self.call("GET", f"/jobs/{job['id']}?wait=60s")
        if job["state"] != "SUCCEEDED":
            raise CommandFailed(f"the job ended as {job['state']}: {json.dumps(job.get('problem'), indent=2)}")
        return job

    def call(self, method, path, body=None):
        status, answer = self.answer(method, path, body)
        if status >= 300:
            raise CommandFailed(f"{method} {path} answered {status}: {json.dumps(answer, indent=2)}")
        return answer

    def answer(self, method, path, body=None):
        status, answer = self.request(method, "/api/v1" + path, body)
        return status, json.loads(answer) if answer else None

    def request(self, method, path, body=None, timeout=90):
        """The status and the bytes of an answer. All requests go through here."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=self.authorized({"Content-Type": "application/json"} if body is not None else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def authorized(self, headers):
        """With the admin token, which the service has written into its home when it answers."""
        return {**headers, "Authorization": "Bearer " + (self.home / "admin-token").read_text().strip()}

    def peak_resident_bytes(self):
        """The process's highest resident size so far, where the system tells it (Linux)."""
        return self.resident_bytes("VmHWM")

    def resident_bytes(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        found = re.search(rf"^{what}:\s+(\d+) kB", status.read_text(), re.M) if status.exists() else None
        return int(found[1]) * 1024 if found else None

    def descriptors(self):
        """Open descriptors of the process (Linux)."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self):
        """Of the process (Linux)."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def processor_seconds(self):
        """What all threads of the process have used so far (Linux)."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def heap_watched(self, every_seconds=0.25):
        """Samples the used heap into heap_peak; between two samples it may have been higher, but never above -Xmx."""
        ended = threading.Event()

        def watch():
            while not ended.wait(every_seconds):
                with contextlib.suppress(OSError):
                    self.heap_peak = max(self.heap_peak, self.heap_bytes())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def heap_bytes(self):
        metrics = self.request("GET", "/actuator/prometheus")[1].decode()
        return sum(float(value) for value in re.findall(r'^jvm_memory_used_bytes\{.*area="heap".*\} (\S+)', metrics, re.M))

    def __exit__(self, *_):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if not self.keep:
            shutil.rmtree(self.home, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def job_seconds(job):
    return instant(job["finishedAt"]) - instant(job["startedAt"])


def instant(text):
    """Seconds since the epoch of an RFC 3339 time in UTC with any number of fraction digits."""
    whole, fraction = re.fullmatch(r"([^.]+?)(\.\d+)?Z", text).groups()
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(fraction or 0)
