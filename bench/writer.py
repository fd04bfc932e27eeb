"""The application beside the backup: a process of its own that commits without end and keeps the time of each commit.

A commit changes one order that exists, so the database keeps its size. Latency is from BEGIN IMMEDIATE to the end of COMMIT.
"""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time

from processes import die_with_parent


class Writer:
    """Runs the writer until stop; leaving the context ends the process in any case."""

    def __init__(self, database, pause_ms, busy_timeout_ms):
        self.command = [sys.executable, __file__, str(database), str(pause_ms), str(busy_timeout_ms)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        if self.process.stdout.readline() != "committing\n":
            sys.exit("the writer did not start")
        return self

    def stop(self, began, ended):
        """Ends the writer; what happened to the commits that began between two times of the monotonic clock."""
        self.process.terminate()
        told = json.loads(self.process.communicate(timeout=60)[0])
        return between(told["commits"], told["errors"], began, ended)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def between(commits, errors, began, ended):
    """What happened to the commits that began between two times, of pairs of a time and a latency, and of a time and an error."""
    latencies = sorted(latency for at, latency in commits if began <= at <= ended)
    met = [error for at, error in errors if began <= at <= ended]
    return {
        "commits": len(latencies),
        "errors": len(met),
        "errorMessages": sorted(set(met)),
        "p50Millis": quantile_millis(latencies, 0.50),
        "p99Millis": quantile_millis(latencies, 0.99),
        "maxMillis": quantile_millis(latencies, 1.00),
    }


def quantile_millis(ascending, fraction):
    return ascending[min(len(ascending) - 1, int(len(ascending) * fraction))] * 1000 if ascending else None


def write(path, pause_ms, busy_timeout_ms):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    database = sqlite3.connect(path, timeout=busy_timeout_ms / 1000, isolation_level=None)
    database.execute("PRAGMA synchronous = NORMAL")
    numbers = [row[0] for row in database.execute("SELECT number FROM orders WHERE rowid % 97 = 0")]
    commits, errors = [], []
    print("committing", flush=True)
    while not stopped:
        at = time.monotonic()
        try:
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE orders SET revision = revision + 1 WHERE number = ?", (random.choice(numbers),))
            database.execute("COMMIT")
            commits.append((at, time.monotonic() - at))
        except sqlite3.OperationalError as error:
            errors.append((at, str(error)))
            if database.in_transaction:
                database.execute("ROLLBACK")
        time.sleep(pause_ms / 1000)
    database.close()
    json.dump({"commits": commits, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    write(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
