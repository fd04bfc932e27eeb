"""The table that bench/backup prints, and the JSON file that keeps every measurement behind it."""

import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time


def report(options, original, records, peak_resident_bytes):
    steps = {name: summary([r for r in records if r["step"] == name]) for name in dict.fromkeys(r["step"] for r in records)}
    machine = describe_machine(options)
    aims = compare_with_aims(steps, peak_resident_bytes, options)
    print_tables(original, options, machine, steps, aims)
    result = options.work / "results" / time.strftime("backup-%Y%m%dT%H%M%SZ.json", time.gmtime())
    result.write_text(json.dumps({
        "machine": machine,
        "options": {name: str(value) for name, value in vars(options).items()},
        "databaseBytes": original.stat().st_size,
        "peakResidentBytes": peak_resident_bytes,
        "measurements": records,
        "medians": steps,
        "aims": aims,
    }, indent=2))
    print(f"\nEvery measurement: {result}")


def summary(records):
    """Medians over the runs; a step that did not finish in some run has no time."""
    seconds = [r["seconds"] for r in records]
    summarized = {
        "seconds": None if None in seconds else statistics.median(seconds),
        "unfinished": seconds.count(None),
        "bytes": max((r.get("bytes", 0) for r in records), default=0),
    }
    writers = [r["writer"] for r in records if "writer" in r]
    if writers:
        summarized["writer"] = {
            "commits": sum(w["commits"] for w in writers),
            "errors": sum(w["errors"] for w in writers),
            **{q: median_of(w[q] for w in writers) for q in ("p50Millis", "p99Millis", "maxMillis")},
        }
    return summarized


def median_of(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def describe_machine(options):
    cpu = re.search(r"model name\s*: (.+)", read("/proc/cpuinfo"))
    return {
        "system": platform.platform(),
        "processor": cpu[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "sqlite3": first_line(["sqlite3", "--version"]),
        "zstd": first_line(["zstd", "--version"]),
        "java": first_line([options.java, "--version"]) if not options.without_service else None,
        "writerSqlite": first_line([sys.executable, "-c", "import sqlite3; print(sqlite3.sqlite_version)"]),
    }


def read(path):
    return pathlib.Path(path).read_text() if pathlib.Path(path).exists() else ""


def first_line(command):
    return (subprocess.run(command, capture_output=True, text=True).stdout.splitlines() or [""])[0].strip()


def compare_with_aims(steps, peak_resident_bytes, options):
    """What docs/design.md section 10 aims at, as far as this command measures it."""
    aims = []
    for verify in ("NONE", "FULL"):
        if f"job {verify}, idle" not in steps:
            continue
        ours = steps[f"job {verify}, idle"]["seconds"]
        # The competitor checks nothing, so the aim is for the job that checks nothing either.
        aims.append(aim(f"first backup, verify {verify}: job time / (.backup + zstd -3)",
                        ours / steps[".backup + zstd -3, idle"]["seconds"], 0.6 if verify == "NONE" else None))
        aims.append(aim(f"first backup, verify {verify}: job time / .backup", ours / steps[".backup, idle"]["seconds"], None))
        writing, alone = steps[f"job {verify}, writing"]["writer"], steps["writer alone"]["writer"]
        if writing["p99Millis"] is not None:
            aims.append(aim(f"writer p99 during a backup, verify {verify} / alone",
                            writing["p99Millis"] / alone["p99Millis"], 1.25))
        aims.append(aim(f"writer errors during backups, verify {verify}", writing["errors"], 0))
    if peak_resident_bytes:
        aims.append(aim(f"peak resident memory in MB, -Xmx{options.heap}", peak_resident_bytes / 1e6, None))
    return aims


def aim(name, measured, at_most):
    return {"name": name, "measured": measured, "atMost": at_most, "met": None if at_most is None else measured <= at_most}


def print_tables(original, options, machine, steps, aims):
    print(f"\n{original.stat().st_size / 1e6:.0f} MB WAL database, {options.runs} runs, medians; {machine['cores']} cores, "
          f"{machine['processor']}, sqlite3 {machine['sqlite3'].split(' ')[0]}")
    print(f"\n{'step':26} {'seconds':>15} {'MB stored':>10} {'commits':>8} {'errors':>7} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    for name, step in steps.items():
        seconds = f"{step['unfinished']} did not finish" if step["seconds"] is None else f"{step['seconds']:.2f}"
        writer = step.get("writer")
        latencies = " ".join(f"{shown(writer[q], 2):>8}" for q in ("p50Millis", "p99Millis", "maxMillis")) if writer else ""
        counts = f"{writer['commits']:>8} {writer['errors']:>7}" if writer else ""
        stored = f"{step['bytes'] / 1e6:.0f}" if step["bytes"] else ""
        print(f"{name:26} {seconds:>15} {stored:>10} {counts} {latencies}".rstrip())
    if aims:
        print(f"\n{'ratio':62} {'measured':>9} {'aim':>7}")
        for each in aims:
            limit = "" if each["atMost"] is None else f"<= {each['atMost']}"
            print(f"{each['name']:62} {shown(each['measured'], 2):>9} {limit:>7} {'' if each['met'] in (None, True) else 'MISSED'}".rstrip())


def shown(number, digits):
    return "-" if number is None else f"{number:.{digits}f}"
