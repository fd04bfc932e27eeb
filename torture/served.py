"""The service under test, with the shim loaded into it, and the calls to it."""

import collections
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from processes import die_with_parent, run_bounded

ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
Answer = collections.namedtuple("Answer", "status body")


class Served:
    """On a free loopback port. All requests go through here, so none that is answered with 500 is overlooked."""

    def __init__(self, options, world, shim, control):
        self.options = options
        self.world = world
        self.shim = shim
        self.control = control
        self.log = options.work / "service.log"
        self.defects = []
        self.process = None
        self.connection = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def make_ready(self):
        """
        A service that is started a hundred times is unpacked once, and what its first start loads is kept for the others (an AOT cache): that
        takes a start from 22 s of processor time to 9.
        """
        jar = self.options.jar.resolve()
        place = self.options.work / f"unpacked-{hashlib.sha256(jar.read_bytes()).hexdigest()[:16]}"
        self.java = [self.options.java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Djava.io.tmpdir={self.world.temporary}"]
        self.jar = place / jar.name
        if not (place / "cache").exists():
            shutil.rmtree(place, ignore_errors=True)
            run_bounded([self.options.java, "-Djarmode=tools", "-jar", jar, "extract", "--destination", place])
            self.java.append(f"-XX:AOTCacheOutput={place / 'cache'}")
            if not self.start():
                sys.exit("the service does not start:\n" + self.log.read_text()[-3000:])
            self.stop()
            self.java.pop()
        self.java.append(f"-XX:AOTCache={place / 'cache'}")

    def start(self):
        """Whether it answers."""
        self.log.unlink(missing_ok=True)
        loaded = self.control.loaded()
        environment = {
            **os.environ,
            "LD_PRELOAD": str(self.shim),
            "AFTERIMAGE_FAULTS": str(self.control.path),
            "SERVER_PORT": str(self.port),
            "AFTERIMAGE_HOME": str(self.world.home),
            "AFTERIMAGE_DATABASES_ROOTS": f"{self.world.source},{self.world.target}",
            "AFTERIMAGE_JOBS_LEASE": "6s",
            "AFTERIMAGE_JOBS_SHUTDOWNGRACE": "2s",
            "AFTERIMAGE_RETENTION_INTERVAL": "0s",
            "AFTERIMAGE_STORAGE_SWEEPGRACE": "0s",
            "LOGGING_LEVEL_ROOT": "WARN",
            "SPRINGDOC_APIDOCS_ENABLED": "false",
            "SPRINGDOC_SWAGGERUI_ENABLED": "false",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*self.java, "-jar", str(self.jar)],
                env=environment, cwd=self.options.work, stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        until = time.monotonic() + 900  # a busy machine is not a failure
        while time.monotonic() < until and self.process.poll() is None:
            if self.answered("GET", "/actuator/health/liveness").status == 200:
                if self.control.loaded() == loaded:
                    sys.exit("the service runs without the shim")
                return True
            time.sleep(0.05)
        return False

    def stop(self, sign=signal.SIGTERM):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        if self.process is None:
            return
        self.process.send_signal(sign)
        try:
            self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self.defects.append("it does not end within 120 s after SIGTERM")
            self.process.kill()
            self.process.wait()
        self.process = None

    def call(self, method, path, body=None):
        """Without a fault armed: anything but success ends the run."""
        answer = self.ask(method, path, body)
        if answer.status >= 300:
            raise Refused(f"{method} {path} is answered with {answer.status}: {json.dumps(answer.body)}")
        return answer.body

    def ask(self, method, path, body=None):
        """An answer to a path of the API; with status 0 when there was none. Bytes are sent as they are."""
        answer = self.answered(method, "/api/v1" + path, body)
        if answer.status == 500 or isinstance(answer.body, dict) and answer.body.get("code") == "INTERNAL_ERROR":
            self.defects.append(f"{method} {re.sub(r'[0-9a-f-]{36}', '…', path)} is answered with {answer.status} INTERNAL_ERROR")
        return answer

    def answered(self, method, path, body=None):
        headers = {}
        try:
            headers["Authorization"] = "Bearer " + (self.world.home / "admin-token").read_text().strip()
        except OSError:
            pass
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        elif body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        for attempt in range(2):  # a connection that was kept may have been closed meanwhile
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                self.connection = None
                if fresh or isinstance(error, (TimeoutError, http.client.IncompleteRead)):
                    return Answer(0, repr(error))
                continue
            if "json" in (answer.getheader("Content-Type") or ""):
                return Answer(answer.status, json.loads(content) if content else None)
            return Answer(answer.status, content)
        return Answer(0, "no answer")

    def descriptors(self):
        """Paths of the world that the process has open, the catalog's own excepted."""
        folder = f"/proc/{self.process.pid}/fd"
        paths = []
        for name in os.listdir(folder):
            try:
                path = os.readlink(f"{folder}/{name}")
            except OSError:
                continue
            if path.startswith(str(self.world.root)) and not self.world.is_kept_open(path):
                paths.append(path)
        return sorted(paths)

    def log_size(self):
        return self.log.stat().st_size

    def logged_since(self, size):
        with self.log.open("rb") as log:
            log.seek(size)
            return log.read().decode(errors="replace")


class Refused(Exception):
    """A call that must succeed without a fault has not."""
