"""How long it takes to get in beside writers in rollback mode that never pause, what the waiting costs, and what they feel of it.

Each writer is a process that inserts row by row, each row a transaction, as fast as it can. Asked for are live facts
(GET /databases/{name}: a read lock), backups by SCAN (the same), and by LOCKED_COPY (the lock of a writer). Then one process keeps
the database locked all the time, and what waiting for it takes of the processor is measured.
"""

import contextlib
import sqlite3
import statistics
import time

import options as common
from inserter import Inserter
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from service import Service, job_seconds

P99_MILLIS = 50
PERCENT_OF_A_CORE = 20
NAME = "locked"


def main():
    unwind_on_sigterm()
    options = parse_options()
    records, found = Records(), []
    with contextlib.ExitStack() as ended:
        file = ended.enter_context(database(options.work / "locks.db"))
        service = ended.enter_context(Service(options))
        service.register(NAME, file)
        warm_up(service)
        idle = asked(service, options.calls)
        records.add(0, "live facts, nobody writes", idle)
        for writers in (1, 4):
            alone = beside(file, writers, options, lambda: time.sleep(options.seconds))
            records.add(0, f"{writers} writing alone", alone)
            for name, work in works(service, options).items():
                step = f"{name}, {writers} writing"
                measured = beside(file, writers, options, work, service)
                records.add(0, step, measured)
                found += judged(step, measured, idle, alone)
        waiting = waiting_for_a_lock_that_lasts(service, file, options.seconds)
        records.add(0, "a backup waits, one holds EXCLUSIVE", waiting)
        found.append(aim("waiting for a lock that lasts, % of a core", waiting["percentOfACore"], PERCENT_OF_A_CORE))
    report("locks", options, f"{options.calls} calls, backups for {options.seconds} s", records, found)


def parse_options():
    parser = common.parser("bench/locks", __doc__, size_mb=None, runs=None)
    parser.add_argument("--calls", type=int, default=500, help="of GET /databases/{name} beside the writers, default 500")
    parser.add_argument("--seconds", type=int, default=20, help="of backups, and of each other step, default 20")
    parser.add_argument("--synchronous", default="FULL", help="of the writers: FULL, or OFF for more commits than the disk can do")
    return common.parse(parser)


@contextlib.contextmanager
def database(file):
    remove(file)
    with contextlib.closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode = DELETE")
        made.execute("CREATE TABLE inserted (id INTEGER PRIMARY KEY, content TEXT)")
    try:
        yield file
    finally:
        remove(file)


def remove(file):
    for name in (file.name, f"{file.name}-journal"):
        file.with_name(name).unlink(missing_ok=True)


def warm_up(service):
    asked(service, 200)
    service.backup(NAME, "NONE", "SCAN")
    service.backup(NAME, "NONE", "LOCKED_COPY")


def works(service, options):
    return {
        "live facts": lambda: asked(service, options.calls),
        "SCAN": lambda: backed_up(service, options.seconds, "SCAN"),
        "LOCKED_COPY": lambda: backed_up(service, options.seconds, "LOCKED_COPY"),
    }


def asked(service, calls):
    """One call after the other; an answer without facts was not let in."""
    millis, refused = [], 0
    began = time.monotonic()
    for _ in range(calls):
        at = time.monotonic()
        refused += service.call("GET", f"/databases/{NAME}")["journalMode"] is None
        millis.append((time.monotonic() - at) * 1000)
    return {"seconds": time.monotonic() - began, "refused": refused, **quantiles(millis)}


def backed_up(service, seconds, method):
    """A backup each second, as a schedule would have it; a job that does not succeed ends the benchmark."""
    millis = []
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        at = time.monotonic()
        job = service.finished("POST", f"/databases/{NAME}/backups", {"method": method, "verify": "NONE"})
        millis.append(job_seconds(job) * 1000)
        time.sleep(max(0, at + 1 - time.monotonic()))
    return {"seconds": time.monotonic() - began, "refused": 0, **quantiles(millis)}


def quantiles(millis):
    ascending = sorted(millis)
    return {
        "count": len(ascending),
        "p50": statistics.median(ascending),
        "p99": ascending[min(len(ascending) - 1, int(len(ascending) * 0.99))],
        "longest": ascending[-1],
    }


def beside(file, writers, options, work, service=None):
    with contextlib.ExitStack() as stack:
        inserters = [stack.enter_context(Inserter(file, options.synchronous)) for _ in range(writers)]
        cpu = service.processor_seconds() if service else 0
        began = time.monotonic()
        measured = work() or {}
        took = time.monotonic() - began
        percent = 100 * (service.processor_seconds() - cpu) / took if service else None
        told = [inserter.stop() for inserter in inserters]
        for error in [error for each in told for error in each["errors"]][:5]:
            print("a writer: " + error, flush=True)
    return {
        "seconds": took,
        **measured,
        "percentOfACore": percent,
        "insertsPerSecond": sum(each["inserts"] / each["seconds"] for each in told),
        "errors": sum(len(each["errors"]) for each in told),
        "longestInsertMillis": max(each["longestMillis"] for each in told),
    }


def judged(step, measured, idle, alone):
    """The wait is what a call takes longer than one that nobody is beside of."""
    facts = step.startswith("live facts")
    over = idle["p50"] if facts else 0
    yield aim(f"{step}: p50 of getting in, ms" if facts else f"{step}: job p50, ms", measured["p50"] - over)
    yield aim(f"{step}: p99, ms", measured["p99"] - over, P99_MILLIS if facts else None)
    yield aim(f"{step}: longest, ms", measured["longest"] - over)
    yield aim(f"{step}: refused", measured["refused"], 0)
    yield aim(f"{step}: errors of writers", measured["errors"], 0)
    yield aim(f"{step}: % of a core, all of the service", measured["percentOfACore"])
    yield aim(f"{step}: inserts, of those alone", ratio(measured["insertsPerSecond"], alone["insertsPerSecond"]))


def waiting_for_a_lock_that_lasts(service, file, seconds):
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        job = service.call("POST", f"/databases/{NAME}/backups", {"verify": "NONE", "deadline": "10m"})
        cpu, began = service.processor_seconds(), time.monotonic()
        time.sleep(seconds)
        percent = 100 * (service.processor_seconds() - cpu) / (time.monotonic() - began)
        holder.execute("ROLLBACK")
    while service.call("GET", f"/jobs/{job['id']}?wait=60s")["state"] in ("QUEUED", "RUNNING"):
        pass
    return {"seconds": seconds, "percentOfACore": percent}


if __name__ == "__main__":
    main()
