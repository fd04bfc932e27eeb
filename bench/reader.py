"""The application's reads beside a restore: a process of its own that reads single rows without end and keeps the time of each."""

import json
import pathlib
import random
import signal
import sqlite3
import sys
import time

from writer import Writer


class Reader(Writer):
    """Runs the reader until stop, as a writer; its reads are told as commits."""

    def __init__(self, database, pause_ms, busy_timeout_ms):
        super().__init__(database, pause_ms, busy_timeout_ms)
        self.command[1] = str(pathlib.Path(__file__))


def read(path, pause_ms, busy_timeout_ms):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    database = sqlite3.connect(path, timeout=busy_timeout_ms / 1000, isolation_level=None)
    numbers = [row[0] for row in database.execute("SELECT number FROM orders WHERE rowid % 97 = 0")]
    reads, errors = [], []
    print("committing", flush=True)
    while not stopped:
        at = time.monotonic()
        try:
            database.execute("SELECT * FROM orders WHERE number = ?", (random.choice(numbers),)).fetchall()
            reads.append((at, time.monotonic() - at))
        except sqlite3.OperationalError as error:
            errors.append((at, str(error)))
        time.sleep(pause_ms / 1000)
    database.close()
    json.dump({"commits": reads, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    read(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
