"""An application that commits without end and tells what each commit changed, so that a copy can be compared with every state that there was.

A commit raises the revision of some orders and adds a row to a journal with an index. The journal tells which commit a copy ends with, and all
revisions must be those of that commit. A process of its own; it changes few orders again and again, and many at once when it is told to.
"""

import collections
import contextlib
import json
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time

from processes import die_with_parent
from writer import between

OFTEN_CHANGED = 200

RIGHT, OLD, TORN = "right", "old", "torn"


class Shop:
    """Commits until stop; leaving the context ends the process in any case."""

    def __init__(self, database, pause_ms, busy_timeout_ms):
        self.command = [sys.executable, __file__, str(database), str(pause_ms), str(busy_timeout_ms)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=die_with_parent)
        self.await_line("committing\n")
        return self

    def change(self, fraction):
        """Returns when as many orders have changed, in one commit, as make that fraction of the pages."""
        self.process.stdin.write(f"{fraction}\n")
        self.process.stdin.flush()
        self.await_line("changed\n")

    def await_line(self, line):
        if self.process.stdout.readline() != line:
            sys.exit("the application ended by itself")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        told = json.loads(self.process.communicate(timeout=60)[0])
        return Commits(told["commits"], told["errors"])

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Commits:
    """What the application did: when each commit began, how long it took, and which orders it changed."""

    def __init__(self, commits, errors):
        self.commits = commits
        self.errors = errors

    def between(self, began, ended):
        return between(((at, latency) for at, latency, _ in self.commits), self.errors, began, ended)

    def ended_before(self, moment):
        return sum(at + latency <= moment for at, latency, _ in self.commits)

    def ended_at(self, number):
        at, latency, _ = self.commits[number - 1]
        return at + latency

    def verdict(self, file, began):
        """Whether a copy is the state after a commit, and has all that was committed before its backup began."""
        commit = self.commit_of(file)
        return TORN if commit is None else OLD if commit < self.ended_before(began) else RIGHT

    def commit_of(self, file):
        """The number of the last commit in a copy; None when it is the state after none, or damaged."""
        try:
            with contextlib.closing(sqlite3.connect(file)) as copy:
                if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    return None
                journal = copy.execute("SELECT number, changed FROM journal ORDER BY number").fetchall()
                revisions = dict(copy.execute("SELECT rowid, revision FROM orders WHERE revision > 0"))
        except sqlite3.DatabaseError:
            return None
        known = self.commits[:len(journal)]
        expected = [(number, rows[0]) for number, (_, _, rows) in enumerate(known, 1)]
        changed = collections.Counter(row for _, _, rows in known for row in rows)
        return len(journal) if journal == expected and revisions == changed else None


def prepare(database):
    with contextlib.closing(sqlite3.connect(database)) as made:
        made.executescript("CREATE TABLE journal (number INTEGER PRIMARY KEY, changed INTEGER); CREATE INDEX journal_changed ON journal (changed)")


def commit_on(path, pause_ms, busy_timeout_ms):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    database = sqlite3.connect(path, timeout=busy_timeout_ms / 1000, isolation_level=None)
    database.execute("PRAGMA synchronous = NORMAL")
    last_row = database.execute("SELECT max(rowid) FROM orders").fetchone()[0]
    often = random.sample(range(1, last_row + 1), OFTEN_CHANGED)
    commits, errors = [], []

    def commit(rows):
        at = time.monotonic()
        try:
            database.execute("BEGIN IMMEDIATE")
            database.executemany("UPDATE orders SET revision = revision + 1 WHERE rowid = ?", ((row,) for row in rows))
            database.execute("INSERT INTO journal (changed) VALUES (?)", (rows[0],))
            database.execute("COMMIT")
            commits.append((at, time.monotonic() - at, rows))
            return True
        except sqlite3.OperationalError as error:
            errors.append((at, str(error)))
            if database.in_transaction:
                database.execute("ROLLBACK")
            return False

    print("committing", flush=True)
    while not stopped:
        commit([random.choice(often)])
        if select.select([sys.stdin], [], [], pause_ms / 1000)[0] and (asked := sys.stdin.readline()):
            pages = database.execute("PRAGMA page_count").fetchone()[0]
            rows = random.sample(range(1, last_row + 1), int(pages * float(asked)))
            while not commit(rows):
                pass
            print("changed", flush=True)
    database.close()
    json.dump({"commits": commits, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    commit_on(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
