"""The parts of bench/restore about a database that is there, and about drills."""

import subprocess
import time

from orders import copy_of
from report import aim, ratio
from reader import Reader
from service import job_seconds
from writer import Writer

PAUSE_MS = 1
BUSY_TIMEOUT_MS = 60_000


def live(bench):
    """REPLACE_LIVE beside `sqlite3 .restore` of a plain file, nobody else there; then with an application beside it."""
    plain, safe, shell = "live: REPLACE_LIVE", "live: REPLACE_LIVE, safety snapshot", "live: sqlite3 .restore"
    beside = "live: REPLACE_LIVE, application beside"
    with copy_of(bench.original, bench.options.work / "replaced.db") as file:
        bench.service.register("replaced", file)
        snapshot = bench.service.backup("replaced", "NONE")["snapshot"]
        replace(bench, snapshot, safety=False)  # not counted, for the JVM
        for run in range(bench.options.runs):
            bench.add(run, {
                shell: lambda: restore_by_shell(bench.original, file),
                plain: lambda: replace(bench, snapshot, safety=False),
                safe: lambda: replace(bench, snapshot, safety=True),
                beside: lambda: replace_beside_application(bench, snapshot, file),
            })
    return [aim(f"{plain} / sqlite3 .restore", ratio(bench.seconds(plain), bench.seconds(shell)), 1.3),
            *(aim(f"{beside}: {who} {name}, ms", bench.records.steps()[beside][f"{who}{name}"])
              for who in ("reader", "writer") for name in ("P50", "Max", "Errors"))]


def restore_by_shell(source, live_file):
    began = time.monotonic()
    subprocess.run(["sqlite3", str(live_file), f".restore {source}"], check=True)
    return {"seconds": time.monotonic() - began, "bytes": live_file.stat().st_size}


def replace(bench, snapshot, safety):
    body = {"snapshot": snapshot, "target": {"database": "replaced", "mode": "REPLACE_LIVE"}, "verify": "NONE", "safetySnapshot": safety}
    job = bench.service.finished("POST", "/restores", body)
    return {"seconds": job_seconds(job), "lockHeldMillis": job["result"]["lockHeldMillis"]}


def replace_beside_application(bench, snapshot, file):
    with Writer(file, PAUSE_MS, BUSY_TIMEOUT_MS) as writer, Reader(file, PAUSE_MS, BUSY_TIMEOUT_MS) as reader:
        began = time.monotonic()
        measured = replace(bench, snapshot, safety=True)
        ended = time.monotonic()
        for who, told in (("writer", writer.stop(began, ended)), ("reader", reader.stop(began, ended))):
            measured |= {f"{who}P50": told["p50Millis"], f"{who}Max": told["maxMillis"], f"{who}Errors": told["errors"]}
    return measured


def drill(bench):
    """A drill of the newest snapshot: restored from the repository, checked, deleted."""
    with copy_of(bench.original, bench.options.work / "drilled.db") as file:
        bench.service.register("drilled", file)
        bench.service.backup("drilled", "NONE")
        for run in range(bench.options.runs):
            bench.add(run, {"drill, verify FULL": lambda: drilled(bench, "FULL"), "drill, verify QUICK": lambda: drilled(bench, "QUICK")})
    return []


def drilled(bench, verify):
    job = bench.service.finished("POST", "/databases/drilled/drills", {"verify": verify})
    return {"seconds": job_seconds(job), "restoreMillis": job["result"]["restoreMillis"], "checkMillis": job["result"]["checkMillis"]}
