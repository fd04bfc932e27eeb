"""An S3 server (S3Proxy, which the Maven build copies to target/), and a proxy in front of it that counts and takes its time."""

import collections
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

from processes import die_with_parent

JAR = pathlib.Path(__file__).resolve().parent.parent / "target" / "s3proxy.jar"
ACCESS_KEY, SECRET_KEY = "bench-access-key", "bench-secret-key"
CHUNK = 1 << 18


class Server:
    """On a free loopback port; its objects lie in a directory that is removed at the end."""

    def __init__(self, work, java):
        self.directory = work / "s3-server"
        self.java = java

    def __enter__(self):
        if not JAR.exists():
            sys.exit(f"{JAR} is not there; run ./mvnw process-test-resources first.")
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "store").mkdir(parents=True)
        properties = self.directory / "s3proxy.properties"
        properties.write_text(
            "s3proxy.endpoint=http://127.0.0.1:0\ns3proxy.authorization=aws-v2-or-v4\n"
            f"s3proxy.identity={ACCESS_KEY}\ns3proxy.credential={SECRET_KEY}\n"
            "s3proxy.v4-max-non-chunked-request-size=134217728\n"
            f"jclouds.provider=filesystem-nio2\njclouds.filesystem.basedir={self.directory / 'store'}\n")
        log = self.directory / "log"
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [self.java, "-Xmx512m", "-jar", str(JAR), "--properties", str(properties)],
                stdout=output, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        until = time.monotonic() + 120
        while not (found := re.search(r"Started .*ServerConnector.*\{127\.0\.0\.1:(\d+)\}", log.read_text())):
            if self.process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                sys.exit("S3Proxy did not start")
            time.sleep(0.05)
        self.port = int(found[1])
        return self

    def make_bucket(self, name):
        """As S3Proxy's file store keeps them."""
        (self.directory / "store" / name).mkdir()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Slow:
    """A proxy: each answer, and each 100 Continue, comes so much later. Counts requests and the bytes of bodies."""

    def __init__(self, port, latency_ms):
        self.port = port
        self.latency = latency_ms / 1000
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.requests, self.sent, self.received = 0, 0, 0
        self.kinds = collections.Counter()

    def __enter__(self):
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listening.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError, EOFError), client, socket.create_connection(("127.0.0.1", self.port)) as server:
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            from_client, from_server = client.makefile("rb", CHUNK), server.makefile("rb", CHUNK)
            while self.request(client, from_client, server, from_server):
                pass

    def request(self, client, from_client, server, from_server):
        head = read_head(from_client)
        if not head:
            return False
        with self.lock:
            self.requests += 1
            self.kinds[kind(head)] += 1
        server.sendall(head)
        if re.search(rb"(?i)\r\nexpect: *100-continue", head):
            answer = self.later(from_server)
            client.sendall(answer)
            if not answer.startswith(b"HTTP/1.1 100"):
                body(answer, head, from_server, client)
                return False
        sent = copy(from_client, server, length(head))
        answer = self.later(from_server)
        client.sendall(answer)
        received = body(answer, head, from_server, client)
        with self.lock:
            self.sent += sent
            self.received += received
        return not re.search(rb"(?i)\r\nconnection: *close", answer + head)

    def later(self, from_server):
        head = read_head(from_server)
        if not head:
            raise EOFError
        time.sleep(self.latency)
        return head


def kind(head):
    """Of a request, as vendors bill it."""
    method, target = head.split(b" ", 2)[:2]
    if method == b"GET" and re.search(rb"[?&]list-type=", target):
        return "LIST"
    if method == b"POST" and b"?delete" in target:
        return "DELETE"
    return method.decode()


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    return head


def length(head):
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


def body(answer, request, stream, to):
    """Passes on what belongs to an answer; its bytes."""
    if request.startswith(b"HEAD ") or answer.split()[1] in (b"204", b"304"):
        return 0
    if not re.search(rb"(?i)\r\ntransfer-encoding: *chunked", answer):
        return copy(stream, to, length(answer))
    received = 0
    while True:
        line = stream.readline()
        size = int(line.split(b";")[0], 16)
        to.sendall(line)
        received += copy(stream, to, size + 2)
        if not size:
            return received


def copy(stream, to, count):
    left = count
    while left:
        piece = stream.read1(min(left, CHUNK))
        if not piece:
            raise EOFError
        to.sendall(piece)
        left -= len(piece)
    return count
