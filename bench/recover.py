"""How long the command recover takes for a repository of many snapshots, without a copy of the catalog in it and with one."""

import argparse
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

import inside
from machine import find_java
from service import Service

BENCH = pathlib.Path(__file__).resolve().parent


def main():
    options = argparse.ArgumentParser(prog="bench/recover", description="How long it takes to make a home of a repository alone.")
    options.add_argument("--databases", type=int, default=20, help="default 20")
    options.add_argument("--snapshots", type=int, default=10_000, help="of all databases together, default 10000")
    options.add_argument("--runs", type=int, default=3, help="default 3")
    options.add_argument("--jar", type=pathlib.Path, default=BENCH.parent / "target" / "afterimage.jar")
    options = options.parse_args()
    base = BENCH / "work"
    base.mkdir(exist_ok=True)
    options.work = pathlib.Path(tempfile.mkdtemp(prefix="recover-", dir=base))
    options.java, options.heap, options.method = find_java(), "256m", "AUTO"
    try:
        measure(options)
    finally:
        shutil.rmtree(options.work)


def measure(options):
    file = options.work / "small.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
        database.executemany("INSERT INTO item (name) VALUES (?)", [(f"item {i}",) for i in range(100)])
    repository = options.work / "repository"
    inside.run(options.jar, BENCH / "Recover.java", "dev.afterimage.repository.Recover", [repository, file, options.databases, options.snapshots])
    without = [recover(options, repository, f"without-{run}") for run in range(options.runs)]
    with Service(options, home="without-0", keep=True, environment={"AFTERIMAGE_REPOSITORY_LOCATION": str(repository)}) as service:
        service.request("POST", "/api/v1/repository/catalog-copies", {})
    with_copy = [recover(options, repository, f"with-{run}") for run in range(options.runs)]
    print(f"{options.snapshots} snapshots of {options.databases} databases, {options.runs} runs, seconds:")
    print("without a copy of the catalog", *(f"{seconds:.1f}" for seconds in without))
    print("with one                     ", *(f"{seconds:.1f}" for seconds in with_copy))


def recover(options, repository, home):
    began = time.monotonic()
    told = subprocess.run(
        [options.java, "-Xmx256m", "-jar", options.jar.resolve(), "recover", "--from", repository, "--home", options.work / home],
        cwd=options.work, check=True, capture_output=True, text=True,
    ).stdout
    seconds = time.monotonic() - began
    if f"snapshots   {options.snapshots}\n" not in told:
        raise SystemExit(told)
    return seconds


main()
