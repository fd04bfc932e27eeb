"""An application that inserts row by row, each row a transaction, without any pause, as a process of its own."""

import json
import signal
import sqlite3
import subprocess
import sys
import time

from processes import die_with_parent

BUSY_TIMEOUT_SECONDS = 60


class Inserter:
    """Inserts until stop; leaving the context ends the process in any case."""

    def __init__(self, database, synchronous):
        self.command = [sys.executable, __file__, str(database), synchronous]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        if self.process.stdout.readline() != "inserting\n":
            sys.exit("the inserter did not start")
        return self

    def stop(self):
        self.process.terminate()
        return json.loads(self.process.communicate(timeout=2 * BUSY_TIMEOUT_SECONDS)[0])

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def insert(path, synchronous):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    database.execute(f"PRAGMA synchronous = {synchronous}")
    inserts, errors, longest = 0, [], 0.0
    print("inserting", flush=True)
    began = time.monotonic()
    while not stopped:
        at = time.monotonic()
        try:
            database.execute("INSERT INTO inserted (content) VALUES ('a row of its own')")
            inserts += 1
        except sqlite3.OperationalError as error:
            errors.append(f"{getattr(error, 'sqlite_errorname', None)} after {1000 * (time.monotonic() - at):.0f} ms: {error}")
        longest = max(longest, time.monotonic() - at)
    json.dump({"seconds": time.monotonic() - began, "inserts": inserts, "errors": errors, "longestMillis": longest * 1000},
              sys.stdout)


if __name__ == "__main__":
    insert(sys.argv[1], sys.argv[2])
