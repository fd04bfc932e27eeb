"""Applications that use many databases in turn, as processes of their own: the plan comes as JSON on the standard input, what became of it goes
to the output after a SIGTERM.

Each database keeps about the size that it was made with: rows are changed, and replaced by as many new ones.
"""

import collections
import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time

from processes import die_with_parent

ROW_BYTES = 400
CONNECTIONS_KEPT = 25
BUSY_SECONDS = 30
ACTS = {"change": 0.75, "replace": 0.12, "roll back": 0.03, "replace many": 0.01, "read": 0.04, "PASSIVE": 0.01, "FULL": 0.005,
        "RESTART": 0.005, "TRUNCATE": 0.01, "VACUUM": 0.004, "reconnect": 0.016}
LARGE_BYTES = 10_000_000


def make(file, size_bytes, seed):
    """A database in WAL mode of about this size."""
    chance = random.Random(seed)
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, number TEXT NOT NULL, note TEXT, content BLOB)")
            database.execute("CREATE INDEX item_number ON item (number)")
            database.execute("CREATE TABLE counter (commits INTEGER NOT NULL)")
            database.execute("INSERT INTO counter VALUES (0)")
            database.executemany("INSERT INTO item (number, note, content) VALUES (?, ?, ?)",
                                 (row(chance) for _ in range(size_bytes // ROW_BYTES)))


def row(chance):
    return f"{chance.getrandbits(48):012x}", "a note that compresses well, " * chance.randrange(9), chance.randbytes(150)


class Applications:
    """The processes of all applications, as seen by who starts them."""

    def __init__(self, files, options):
        self.plans = [{"files": [str(file) for file in files[process::options.writers]], "seed": options.seed + process,
                       "perSecond": options.commits_per_second / options.writers} for process in range(options.writers)]
        self.errors = options.work / "applications.log"

    def __enter__(self):
        self.processes = []
        for plan in self.plans:
            with self.errors.open("a") as errors:
                process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                           text=True, preexec_fn=die_with_parent)
            self.processes.append(process)
            process.stdin.write(json.dumps(plan))
            process.stdin.close()
        return self

    def stop(self):
        """Ends them; what all of them did, and which errors they met."""
        for process in self.processes:
            process.terminate()
        told = [json.loads(process.stdout.read()) for process in self.processes]
        did = sum((collections.Counter(each["did"]) for each in told), collections.Counter())
        return {"did": dict(did), "errors": sum((each["errors"] for each in told), []),
                "longestMillis": max(each["longestMillis"] for each in told)}

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()


class Application:
    def __init__(self, plan):
        self.plan = plan
        self.chance = random.Random(plan["seed"])
        self.connections = collections.OrderedDict()
        self.did = collections.Counter()
        self.errors = []
        self.longest = 0

    def run(self, stopped):
        pause = 1 / self.plan["perSecond"]
        while not stopped:
            file = self.chance.choice(self.plan["files"])
            act = self.chance.choices(list(ACTS), ACTS.values())[0]
            began = time.monotonic()
            try:
                self.act(file, act)
            except sqlite3.Error as error:
                self.failed(file, act, error)
            took = time.monotonic() - began
            self.longest = max(self.longest, took)
            time.sleep(max(0, self.chance.uniform(0.5, 1.5) * pause - took))
        for database in self.connections.values():
            database.close()

    def failed(self, file, act, error):
        self.errors.append(f"{time.strftime('%H:%M:%S', time.gmtime())} {file}: {act}: {error}")
        print(self.errors[-1], file=sys.stderr, flush=True)
        self.connections.pop(file).close()

    def act(self, file, act):
        database = self.connection(file)
        if act in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
            busy = database.execute(f"PRAGMA wal_checkpoint({act})").fetchone()[0]
            act = f"checkpoint {act}" + (", busy" if busy else "")
        elif act == "VACUUM":
            if database.execute("PRAGMA page_count").fetchone()[0] * 4096 > LARGE_BYTES and self.chance.random() > 0.1:
                return
            database.execute("VACUUM")
        elif act == "reconnect":
            self.connections.pop(file).close()
        elif act == "read":
            database.execute("SELECT count(*), sum(length(content)) FROM (SELECT * FROM item LIMIT 1000)").fetchone()
        else:
            self.write(database, act)
        self.did[act] += 1

    def write(self, database, act):
        database.execute("BEGIN IMMEDIATE")
        first, last = database.execute("SELECT min(id), max(id) FROM item").fetchone()
        database.execute("UPDATE counter SET commits = commits + 1")
        if act == "change":
            for _ in range(self.chance.randrange(1, 6)):
                number, note, content = row(self.chance)
                database.execute("UPDATE item SET number = ?, note = ?, content = ? WHERE id = ?",
                                 (number, note, content, self.chance.randint(first, last)))
        else:
            many = self.chance.randrange(1, 10) if act != "replace many" else min(2000, (last - first) // 5)
            gone = database.execute("DELETE FROM item WHERE id < ?", (first + many,)).rowcount
            database.executemany("INSERT INTO item (number, note, content) VALUES (?, ?, ?)", (row(self.chance) for _ in range(gone)))
        database.execute("ROLLBACK" if act == "roll back" else "COMMIT")

    def connection(self, file):
        """The ones used last stay open; the others are closed, which for the last of a database is a checkpoint."""
        if file not in self.connections:
            self.connections[file] = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
            self.connections[file].execute("PRAGMA synchronous = NORMAL")
        self.connections.move_to_end(file)
        while len(self.connections) > CONNECTIONS_KEPT:
            self.connections.popitem(last=False)[1].close()
        return self.connections[file]


def main():
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    application = Application(json.load(sys.stdin))
    application.run(stopped)
    json.dump({"did": application.did, "errors": application.errors, "longestMillis": application.longest * 1000}, sys.stdout)


if __name__ == "__main__":
    main()
