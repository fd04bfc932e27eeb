"""How long each method keeps a writer of a large database in rollback mode from committing, beside what an administrator has.

The writer commits as fast as it can. The database lies on XFS with reflinks, in a file that is mounted: needs root and xfsprogs. Two
services are asked: of one the staging directory is on another file system, of the other on the same one, where LOCKED_COPY can clone.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time

import options as common
from machine import require_commands, require_space
from orders import dot_backup, original_database, remove
from processes import CommandFailed, run_bounded, unwind_on_sigterm
from report import Records, aim, median, ratio, report
from service import Service
from writer import Writer

PATIENT_MS = 120_000
CLONED = "LOCKED_COPY, cloned"
FROZEN = "FILESYSTEM_SNAPSHOT, cp --reflink"
METHODS = {"ONLINE": "ONLINE", "SCAN": "SCAN", "LOCKED_COPY, read under the lock": "LOCKED_COPY",
           CLONED: "LOCKED_COPY", FROZEN: "FILESYSTEM_SNAPSHOT"}
DOT_BACKUP = "sqlite3 .backup"
COPIED = "BEGIN IMMEDIATE, cp, sync"


def main():
    unwind_on_sigterm()
    options = parse_options()
    records = Records()
    with contextlib.ExitStack() as ended:
        mount = ended.enter_context(xfs(options.work / "waits", options.size_mb))
        original = in_rollback_mode(original_database(options.work, options.size_mb), mount / "original.db")
        apart = ended.enter_context(Service(options, environment=freezing(mount)))
        beside = ended.enter_context(Service(options, home=mount / "home"))
        warm_up(apart, beside, original)
        for run in range(options.runs):
            for step, method in METHODS.items():
                backed_up(records, run, step, method, beside if step == CLONED else apart, original)
            copied(records, run, original, options)
    report("waits", options, f"{options.size_mb} MB in rollback mode, a writer without pauses", records, list(found(records)))


def parse_options():
    parser = common.parser("bench/waits", __doc__)
    parser.add_argument("--patience", type=int, default=30, help="seconds that .backup gets, default 30")
    options = common.parse(parser)
    require_commands("sqlite3", "mkfs.xfs", "mount")
    if os.geteuid() != 0:
        sys.exit("It mounts a file system, for which it has to be root.")
    require_space(options.work, 6 * options.size_mb * 1_000_000)
    return options


@contextlib.contextmanager
def xfs(mount, size_mb):
    image = mount.with_suffix(".img")
    mount.mkdir(exist_ok=True)
    with image.open("wb") as file:
        file.truncate((5 * size_mb + 1000) * 1_000_000)
    try:
        run_bounded(["mkfs.xfs", "-q", "-m", "reflink=1", image])
        run_bounded(["mount", "-o", "loop", image, mount])
        try:
            yield mount
        finally:
            run_bounded(["umount", mount])
    finally:
        image.unlink()
        mount.rmdir()


def in_rollback_mode(original, target):
    run_bounded(["cp", original, target])
    with contextlib.closing(sqlite3.connect(target)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    os.sync()
    return target


def freezing(mount):
    """For databases with the label fs=xfs."""
    entry = "afterimage.file-system-snapshots[fs=xfs]"
    create = f'mkdir -p "{mount}/clones/$AFTERIMAGE_JOB" && cp --reflink=always "$AFTERIMAGE_PATH" "$AFTERIMAGE_FROZEN_PATHS"'
    release = f'rm -rf "{mount}/clones/$AFTERIMAGE_JOB"'
    settings = {f"{entry}.path": f"{mount}/clones/{{job}}/{{name}}.db"}
    for name, script in (("create", create), ("release", release)):
        for at, word in enumerate(("sh", "-c", script)):
            settings[f"{entry}.{name}.command[{at}]"] = word
    return {"SPRING_APPLICATION_JSON": json.dumps(settings)}


def warm_up(apart, beside, original):
    """Each way once, of a small database beside the large one, for the JVM."""
    with small(original.with_name("warm-up.db")) as file:
        for service, methods in ((apart, ("ONLINE", "SCAN", "LOCKED_COPY", "FILESYSTEM_SNAPSHOT")), (beside, ("LOCKED_COPY",))):
            register(service, "warm-up", file)
            for method in methods:
                service.backup("warm-up", "NONE", method)


@contextlib.contextmanager
def small(file):
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE t (b BLOB)")
        database.execute("INSERT INTO t VALUES (zeroblob(3000000))")
        database.commit()
    yield file
    remove(file)


def register(service, name, file):
    service.call("POST", "/databases", {"name": name, "path": str(file), "labels": {"fs": "xfs"}})


def backed_up(records, run, step, method, service, original):
    """The first backup of a database, and the next one, each beside the writer."""
    name = f"run{run}-{step.split(',')[0].lower()}-{len(step)}"
    with cloned(original, name) as live:
        register(service, name, live)
        for which in ("first", "next"):
            with Writer(live, 0, PATIENT_MS) as writer:
                records.add(run, f"{step}: {which}", service.backup(name, "NONE", method, writer))


def copied(records, run, original, options):
    with cloned(original, f"run{run}-copied") as live:
        target = options.work / "competitor.db"
        for step, copy in ((DOT_BACKUP, lambda: dot_backup(live, target, options.patience)), (COPIED, lambda: locked_cp(live, target))):
            with Writer(live, 0, PATIENT_MS) as writer:
                records.add(run, step, measured(copy, writer))
            remove(target)


def measured(copy, writer):
    began = time.monotonic()
    try:
        seconds = copy()
    except (subprocess.TimeoutExpired, CommandFailed):  # .backup: "database is locked", or begun anew again and again
        seconds = None
    return {"seconds": seconds, "writer": writer.stop(began, time.monotonic())}


def locked_cp(live, target):
    """What scripts do by hand."""
    began = time.monotonic()
    with contextlib.closing(sqlite3.connect(live, timeout=PATIENT_MS / 1000, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        run_bounded(["cp", "--reflink=never", live, target])
        holder.execute("ROLLBACK")
    run_bounded(["sync", target])
    return time.monotonic() - began


@contextlib.contextmanager
def cloned(original, name):
    live = original.with_name(f"{name}.db")
    run_bounded(["cp", "--reflink=always", original, live])
    try:
        yield live
    finally:
        remove(live)


def found(records):
    """Medians of the longest waits, and ratios of one run to the longest one beside a copy under a lock."""
    def longest(step):
        return median(r["writer"]["maxMillis"] for r in records.all if r["step"] == step)

    copy = longest(COPIED)
    if all(r["seconds"] is not None for r in records.all if r["step"] == DOT_BACKUP):
        yield aim(f"{DOT_BACKUP}: longest commit, of that of {COPIED}", ratio(longest(DOT_BACKUP), copy))
    for step in METHODS:
        for which in ("first", "next"):
            name = f"{step}: {which}"
            yield aim(f"{name}: longest commit, ms", longest(name))
            yield aim(f"{name}: lockHeld, ms", median(r["lockHeldMillis"] for r in records.all if r["step"] == name))
            yield aim(f"{name}: longest commit, of that of {COPIED}", ratio(longest(name), copy))


if __name__ == "__main__":
    main()
