"""What clients of a loaded service do with HTTP: connections that are kept, waits that are obeyed, times that are noted."""

import collections
import contextlib
import http.client
import json
import threading
import time
import urllib.parse

CHUNK = 64 * 1024


class Tally:
    """What the clients of a process have met: milliseconds per kind of request, who was told to wait, and errors."""

    def __init__(self):
        self.lock = threading.Lock()
        self.millis = collections.defaultdict(list)
        self.told_to_wait = collections.Counter()
        self.counts = collections.Counter()
        self.errors = []

    def took(self, kind, began):
        with self.lock:
            self.millis[kind].append(1000 * (time.monotonic() - began))

    def wait_told(self, kind):
        with self.lock:
            self.told_to_wait[kind] += 1

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] += number

    def error(self, kind, what):
        with self.lock:
            self.errors.append(f"{kind}: {what}")

    def as_json(self):
        return {"millis": self.millis, "toldToWait": self.told_to_wait, "counts": self.counts, "errors": self.errors}


class Asking:
    """One client's connection, which is opened again when it is broken. Not for several threads."""

    def __init__(self, address, token, tally, until):
        self.host = urllib.parse.urlsplit(address).netloc
        self.token = token
        self.tally = tally
        self.until = until
        self.connection = None

    def over(self):
        return time.monotonic() >= self.until

    def json(self, kind, method, path, body=None, headers=None, expected=(200, 202)):
        """What was answered, as JSON; None when the time is over or it was an error, which is noted."""
        with self.answer(kind, method, path, body, headers, expected) as answer:
            return None if answer is None else json.loads(answer.read())

    @contextlib.contextmanager
    def answer(self, kind, method, path, body=None, headers=None, expected=(200,)):
        """An answer whose body the block reads; its time ends with the block. None as above."""
        answer, began = self.accepted(kind, method, path, body, headers, expected)
        if answer is None:
            yield None
            return
        try:
            yield answer
            answer.read()
            self.tally.took(kind, began)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self.tally.error(kind, f"{path}: {error!r}")

    def accepted(self, kind, method, path, body, headers, expected):
        while not self.over():
            began = time.monotonic()
            try:
                answer = self.send(method, path, body, headers)
                if answer.status in expected:
                    return answer, began
                text = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                self.tally.error(kind, f"{path}: {error!r}")
                break
            if answer.status not in (429, 503) or not answer.headers.get("Retry-After"):
                self.tally.error(kind, f"{path}: {answer.status} {text[:300]!r}")
                break
            self.tally.wait_told(kind)
            time.sleep(int(answer.headers["Retry-After"]))
        return None, None

    def send(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, timeout=60)
        sent = {"Authorization": "Bearer " + self.token, **(headers or {})}
        if body is not None:
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        self.connection.request(method, "/api/v1" + path, body, sent)
        return self.connection.getresponse()

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
