"""The way to a bucket that is often bad: late answers, 503, answers that are lost, and now and then nothing for minutes."""

import collections
import contextlib
import random
import time

from bucket import Slow, read_head

UNAVAILABLE = (b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 52\r\nConnection: close\r\n\r\n"
               b"<Error><Code>SlowDown</Code><Message/></Error>      ")
OUTAGES = ("refused", "silent", "503")


class BadWay(Slow):
    """As the options say, from start() on; until then, and after calm(), it only takes its time."""

    def __init__(self, port, options):
        super().__init__(port, options.latency_ms)
        self.options = options
        self.chance = random.Random(options.seed)
        self.begins = None
        self.met = collections.Counter()

    def start(self):
        self.begins = time.monotonic()

    def calm(self):
        self.begins = None

    def outage(self):
        """Which kind it is now; None for none. Half of the time between two goes by before the first."""
        if self.begins is None or not self.options.outage_minutes:
            return None
        number, into = divmod(time.monotonic() - self.begins - 30 * self.options.outage_every, 60 * self.options.outage_every)
        return OUTAGES[int(number) % len(OUTAGES)] if number >= 0 and into < 60 * self.options.outage_minutes else None

    def request(self, client, from_client, server, from_server):
        outage = self.outage()
        if outage == "silent":
            while self.outage() == "silent":
                time.sleep(0.5)
        if outage in ("refused", "silent"):
            self.met[f"outage, {outage}"] += 1
            return False
        if outage == "503" or self.happens(self.options.unavailable_share):
            if read_head(from_client):
                self.met["outage, 503" if outage else "503"] += 1
                client.sendall(UNAVAILABLE)
            return False
        return super().request(client, from_client, server, from_server)

    def later(self, from_server):
        """What the server has answered, and done, may be lost on the way."""
        head = read_head(from_server)
        if not head:
            raise EOFError
        time.sleep(self.chance.expovariate(1 / self.latency) if self.latency else 0)
        if self.happens(self.options.cut_share):
            self.met["answers lost"] += 1
            raise EOFError
        return head

    def happens(self, share):
        return self.begins is not None and self.chance.random() < share

    def serve(self, client):
        with contextlib.suppress(ValueError):  # a file of a socket that was closed in the middle
            super().serve(client)
