"""The application's database: orders, made by a seeded generator, and what an application does with it."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import time

from processes import run_bounded

WORDS = "pending packed shipped returned express standard gift fragile north south east west paid invoice refund".split()


def original_database(work, size_mb, batch=20_000):
    """The orders database, made once: the same rows for the same size. It grows by so many rows until it is large enough."""
    original = work / f"orders-{size_mb}mb.db"
    if original.exists():
        return original
    seeded = random.Random(size_mb)

    def insert(database, first):
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, 0, ?, ?)",
                             (order(seeded, first + i) for i in range(batch)))
        return batch

    return make(original, size_mb, (
        "CREATE TABLE orders (number TEXT PRIMARY KEY, customer TEXT, status TEXT, cents INTEGER, "
        "revision INTEGER, note TEXT, signature BLOB)",
        "CREATE INDEX orders_customer ON orders (customer, status)",
    ), insert)


def make(file, size_mb, schema, insert):
    print(f"making {file.name} (once) ...", flush=True)
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as database:
        for statement in ("PRAGMA page_size = 4096", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *schema):
            database.execute(statement)
        count = 0
        while database.execute("PRAGMA page_count").fetchone()[0] * 4096 < size_mb * 1_000_000:
            database.execute("BEGIN")
            count += insert(database, count)
            database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
    subprocess.run(["sync", unfinished], check=True)
    unfinished.rename(file)
    return file


def order(seeded, number):
    """Text that compresses well beside a signature that does not."""
    return (
        f"ORD-{2020 + number % 6}-{number:09d}",
        f"customer-{seeded.randrange(50_000):06d}",
        WORDS[number % len(WORDS)],
        seeded.randrange(1_000_000),
        " ".join(seeded.choices(WORDS, k=24)),
        seeded.randbytes(96),
    )


@contextlib.contextmanager
def copy_of(original, live, journal_mode="WAL"):
    """A copy that may be written, synced and in the page cache; it goes when the context ends."""
    remove(live)
    shutil.copyfile(original, live)
    if journal_mode != "WAL":
        with contextlib.closing(sqlite3.connect(live)) as database:
            database.execute(f"PRAGMA journal_mode = {journal_mode}")
    os.sync()
    try:
        yield live
    finally:
        remove(live)


def remove(database):
    for suffix in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


class Application:
    """One connection that stays open, so that its WAL is not checkpointed behind the benchmark's back."""

    def __init__(self, live):
        self.database = sqlite3.connect(live, timeout=30, isolation_level=None)
        self.database.execute("PRAGMA wal_autocheckpoint = 0")
        self.last_row = self.database.execute("SELECT max(rowid) FROM orders").fetchone()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.database.close()

    def change(self, fraction, seed):
        """Updates random orders, one for each page of that fraction of the database, in one transaction."""
        pages = self.database.execute("PRAGMA page_count").fetchone()[0]
        rows = random.Random(seed).sample(range(1, self.last_row + 1), max(1, min(self.last_row, int(pages * fraction))))
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("UPDATE orders SET revision = revision + 1 WHERE rowid = ?", ((row,) for row in rows))
        self.database.execute("COMMIT")

    def checkpoint(self):
        busy = self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise RuntimeError("the checkpoint was kept from its end")


def state_of(database):
    """What is different in each state of the history, and the same in a right restore of it."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as restored:
        return restored.execute("SELECT count(*), sum(revision) FROM orders").fetchone()


def dot_backup(live, target, patience=None):
    """Seconds of `sqlite3 live ".backup target"` and of what makes the result durable."""
    began = time.monotonic()
    run_bounded(["sqlite3", live, f".backup '{target}'"], patience)
    run_bounded(["sync", target])
    return time.monotonic() - began


def dot_backup_and_zstd(live, work, compress=True, patience=None):
    """Seconds of `.backup`, with `zstd -3` of the copy if wanted, and the bytes of what is left in the end."""
    target, compressed = work / "competitor.db", work / "competitor.db.zst"
    try:
        seconds = dot_backup(live, target, patience)
        if not compress:
            return {"seconds": seconds, "bytes": target.stat().st_size}
        began = time.monotonic()
        run_bounded(["zstd", "-3", "-q", "-f", target, "-o", compressed])
        run_bounded(["sync", compressed])
        return {"seconds": seconds + time.monotonic() - began, "bytes": compressed.stat().st_size}
    except subprocess.TimeoutExpired:
        return {"seconds": None}
    finally:
        remove(target)
        compressed.unlink(missing_ok=True)


def cp_and_fsync(file, target):
    """Seconds of a plain copy and of what makes it durable. The copy is removed."""
    try:
        began = time.monotonic()
        run_bounded(["cp", file, target])
        run_bounded(["sync", target])
        return time.monotonic() - began
    finally:
        remove(target)
