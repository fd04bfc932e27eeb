"""An application as the service meets it: one SQLite database in WAL mode, an order committed every 100 ms.

A commit adds an order and its sum to a running total, so that any snapshot can be proven to be one committed state:
SELECT (SELECT sum(cents) FROM orders) = (SELECT cents FROM total) answers 1.
"""

import random
import sqlite3
import sys
import time

database = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, customer TEXT, cents INTEGER, at TEXT)")
database.execute("CREATE TABLE IF NOT EXISTS total (id INTEGER PRIMARY KEY CHECK (id = 1), cents INTEGER)")
database.execute("INSERT OR IGNORE INTO total VALUES (1, 0)")

while True:
    customer, cents = f"customer-{random.randrange(1000)}", random.randrange(100, 100_000)
    database.execute("BEGIN IMMEDIATE")
    order = database.execute(
        "INSERT INTO orders (customer, cents, at) VALUES (?, ?, datetime('now'))", (customer, cents)
    ).lastrowid
    database.execute("UPDATE total SET cents = cents + ?", (cents,))
    database.execute("COMMIT")
    if order % 100 == 0:
        print(f"{order} orders committed")
    time.sleep(0.1)
