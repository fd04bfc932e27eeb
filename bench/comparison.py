"""Keeps versions of a database that an application goes on writing, in all the ways that are installed, and compares what that takes,
what the application notices, and what comes back. Writes a table in Markdown.

A way whose command is not on the PATH is left out (Debian: apt-get install restic borgbackup zstd).
"""

import contextlib
import hashlib
import mmap
import pathlib
import shutil
import statistics
import subprocess
import time

import options as common
from keepers import ALL
from machine import describe_machine, require_commands, require_space
from orders import copy_of, original_database
from processes import CommandFailed, run_bounded, unwind_on_sigterm
from report import Records, report
from shop import OLD, RIGHT, TORN, Shop, prepare

CHANGED = 0.01
BEGIN, END = "<!-- bench/all begins -->\n", "<!-- bench/all ends -->\n"
LOOKS = 5
FOLLOWED_SECONDS = 5


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "sync", "cp")
    require_space(options.work, int(max(options.sizes_mb) * 1e6 * (6 + options.versions)))
    ways = {name: ALL[name] for name in options.only}
    missing = sorted({command for way in ways.values() for command in way.needs if shutil.which(command) is None})
    if missing:
        print(f"not installed, and left out: {', '.join(missing)}", flush=True)
    ways = {name: way for name, way in ways.items() if not set(way.needs) & set(missing)}
    records, tables = Records(), []
    for size_mb in options.sizes_mb:
        original = original_database(options.work, size_mb)
        results = {}
        for name, way in ways.items():
            results[name] = compared(options, original, name, way, records, size_mb)
        tables.append(table(original, ways, results))
    versions = sorted({way.version() for way in ways.values()} - {None})
    report("all", options, f"{', '.join(map(str, options.sizes_mb))} MB, {options.versions} versions", records, [], facts={"versions": versions})
    publish(options, heading(options, versions) + "\n".join(tables) + commands(ways))


def parse_options():
    parser = common.parser("bench/all", __doc__, size_mb=None, runs=None)
    parser.add_argument("--sizes-mb", type=lambda text: [int(each) for each in text.split(",")], default=[100, 800],
                        help="sizes of the databases in MB (10^6 bytes), default 100,800")
    parser.add_argument("--versions", type=int, default=5, help="versions to keep, 1 %% of the pages changed before each but the first, default 5")
    parser.add_argument("--quick", action="store_true", help="20 MB and 3 versions: whether it works here")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ALL), help=f"of {','.join(ALL)}; default all that are installed")
    parser.add_argument("--patience", type=float, default=30, help="seconds given to .backup beside the application, default 30")
    parser.add_argument("--write", type=pathlib.Path, help="put the tables into this page, between its two marks, instead of printing them")
    common.add_writer_options(parser)
    options = common.parse(parser)
    if options.quick:
        options.sizes_mb, options.versions = [20], 3
    return options


def compared(options, original, name, way, records, size_mb):
    """One way, with a copy of the database, an application and a place of its own."""
    scratch = options.work / "all" / name
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "shop").mkdir(parents=True)
    try:
        with copy_of(original, scratch / "shop" / "orders.db") as live, contextlib.ExitStack() as stack:
            prepare(live)
            keeper = way(options, scratch, original, live)
            stack.callback(keeper.end)
            keeper.begin()
            commits, kept, facts = keep_beside(options, keeper, live, size_mb, name, records)
            return facts | come_back(keeper, commits, kept, scratch, size_mb, name, records)
    finally:
        shutil.rmtree(scratch)


def keep_beside(options, keeper, live, size_mb, name, records):
    """Keeps the versions while the application commits. What it did, the versions with what each took, and what is left of all."""
    kept, facts = [], {}
    with Shop(live, options.pause_ms, options.busy_timeout_ms) as shop:
        quiet = time.monotonic()
        time.sleep(2)
        began = time.monotonic()
        for number in range(options.versions):
            if number:
                shop.change(CHANGED)
            if not number or keeper.one_by_one:
                kept.append(timed(keeper, number))
                if kept[-1]["seconds"] is None:
                    break
        if not keeper.one_by_one and kept[0]["seconds"] is not None:
            facts |= {"followed": followed(keeper)}
        stopped = time.monotonic()
        commits = shop.stop()
    if not keeper.one_by_one and kept[0]["seconds"] is not None:
        keeper.caught_up()
        kept[0]["needed"] = stopped
        facts |= {"followed": facts["followed"] | lost(keeper, commits, facts["followed"])}
    for version in kept:
        version["writer"] = commits.between(version["began"], version["ended"])
        records.add(0, f"{size_mb} MB, {name}: {'a later version' if version['number'] else 'the first version'}", version)
    return commits, kept, facts | {
        "kept": kept, "stored": keeper.stored(), "alone": commits.between(quiet, began), "beside": commits.between(began, stopped)}


def timed(keeper, number):
    before, since, usage, failed = keeper.stored(), time.time(), None, None
    began = time.monotonic()
    try:
        usage = keeper.keep(number)
    except subprocess.TimeoutExpired:
        failed = "did not end"
    except CommandFailed as error:
        failed = "failed"
        print(error, flush=True)
    ended = time.monotonic()
    return {"number": number, "since": since, "began": began, "ended": ended, "needed": began,
            "seconds": None if failed else ended - began, "failed": failed, "bytes": keeper.stored() - before,
            "processorSeconds": usage and usage.processor_seconds, "peakBytes": usage and usage.peak_bytes, "warned": bool(usage and usage.warned)}


def followed(keeper):
    """What it takes to follow for some seconds, and how far what is stored is behind at some moments of them."""
    before, began = keeper.taken()[0], time.monotonic()
    looks = []
    for look in range(LOOKS):
        time.sleep(FOLLOWED_SECONDS / LOOKS + 0.1 * look)  # not in step with what it does each second
        if hasattr(keeper, "snatch"):
            copy = keeper.scratch / f"snatched-{look}"
            at = time.monotonic()
            keeper.snatch(copy)
            looks.append({"at": at, "copy": copy})
        else:
            looks.append({"at": time.monotonic(), "behind": keeper.behind()})
    used, peak = keeper.taken()
    return {"cores": (used - before) / (time.monotonic() - began), "peakBytes": peak, "looks": looks}


def lost(keeper, commits, found):
    """For how many seconds before each look the commits would have been lost with the machine; the median and the most."""
    seconds = []
    for look in found["looks"]:
        known = commits.ended_before(look["at"])
        if "copy" in look:
            target = keeper.scratch / "lost.db"
            keeper.restore_snatched(look["copy"], target)
            stored = commits.commit_of(target)
            for left in keeper.scratch.glob("lost.db*"):
                left.unlink()
            if stored is None:
                raise CommandFailed("what was restored of the replica is the state after no commit")
        else:
            stored = known - look["behind"]
        seconds.append(max(0.0, look["at"] - commits.ended_at(stored + 1)) if stored < known else 0.0)
    return {"looks": None, "lostMedian": statistics.median(seconds), "lostMost": max(seconds)}


def come_back(keeper, commits, kept, scratch, size_mb, name, records):
    """Restores all versions, compares them with what was committed, then damages one byte and asks again."""
    target = scratch / "restored"
    verdicts, seconds = [], []
    kept = [version for version in kept if version["seconds"] is not None]
    for version in kept:
        took, file = restored(keeper, version["number"], target)
        seconds.append(took)
        records.add(0, f"{size_mb} MB, {name}: restore", {"seconds": took})
        before = digest(file)
        verdicts.append(commits.verdict(file, version["needed"]))
    if not kept:
        return {"verdicts": [], "restoreSeconds": None, "restoreSays": None, "checkSays": None, "checkSeconds": None}
    flip_byte(keeper.largest_file(kept[-1]["since"]))
    told = {"restoreSays": by_restore(keeper, kept[-1]["number"], target, before)}
    shutil.rmtree(target)
    return {"verdicts": verdicts, "restoreSeconds": statistics.median(seconds), **told, **by_check(keeper)}


def restored(keeper, number, target):
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    began = time.monotonic()
    file = keeper.restore(number, target)
    run_bounded(["sync", file])
    return time.monotonic() - began, file


def digest(file):
    """Not of the file as a whole at once: it may be large."""
    found = hashlib.sha256()
    with open(file, "rb") as opened:
        while chunk := opened.read(1 << 20):
            found.update(chunk)
    return found.digest()


def flip_byte(file):
    """In the middle; of a file that is not compressed, in the next note of an order."""
    with open(file, "r+b") as opened, mmap.mmap(opened.fileno(), 0) as content:
        at = content.find(b" fragile ", len(content) // 2)
        at = at if at >= 0 else len(content) // 2
        content[at] ^= 0xFF


def by_restore(keeper, number, target, before):
    try:
        file = restored(keeper, number, target)[1]
    except CommandFailed:
        return "refused"
    return "as before" if digest(file) == before else "**a wrong file**"


def by_check(keeper):
    if keeper.check is None:
        return {"checkSays": None, "checkSeconds": None}
    began = time.monotonic()
    try:
        keeper.check()
        says = "**nothing**"
    except CommandFailed:
        says = "told"
    return {"checkSays": says, "checkSeconds": time.monotonic() - began}


def heading(options, versions):
    machine = describe_machine(options)
    load = f", load {options.load_before:.1f} before: other work ran beside it" if options.load_before > 0.5 else ""
    return (f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())} by `bench/all`: {machine['cores']} cores ({machine['processor']}){load}; "
            f"sqlite3 {str(machine['sqlite3']).split(' ')[0]}, {', '.join(short(version) for version in versions)}, "
            f"Afterimage with `-Xmx{options.heap}` on Java {str(machine['java']).split(' ')[1]}. "
            f"The application commits each {options.pause_ms:g} ms, with a `busy_timeout` of {options.busy_timeout_ms} ms.\n\n")


def short(version):
    return " ".join(version.split()[:2])


def table(original, ways, results):
    megabytes = original.stat().st_size / 1e6
    versions = max(len(result["kept"]) for result in results.values())
    base = results.get("service")
    alone = [result["alone"] for result in results.values()]
    lines = [
        f"### {megabytes:.0f} MB, {versions} versions", "",
        f"The application alone: 99 of 100 commits within {statistics.median(each['p99Millis'] for each in alone):.1f} ms, the longest "
        f"{statistics.median(each['maxMillis'] for each in alone):.0f} ms (medians of {len(alone)} times two seconds).", "",
        "| | first, s | its CPU, s | a later one, s | its CPU, s | MB of the first | MB of all | memory, MB | the application's commits: 99 of 100 within, ms "
        "| the longest, ms | refused |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(backups_row(ways[name], result, base) for name, result in results.items()), "",
        "| | restore, s | right | too old | torn | one byte damaged: a restore | a check | which takes, s |",
        "|---|---|---|---|---|---|---|---|",
        *(comes_back_row(ways[name], result, base) for name, result in results.items()), ""]
    followers = [(way, results[name]["followed"]) for name, way in ways.items() if "followed" in results[name]]
    if followers:
        lines += ["| | cores while it follows | memory, MB | lost with the machine, s: median | most |", "|---|---|---|---|---|",
                  *(f"| {way.name} | {found['cores']:.2f} | {found['peakBytes'] / 1e6:.0f} | {found['lostMedian']:.1f} | {found['lostMost']:.1f} |"
                    for way, found in followers), ""]
    return "\n".join(lines)


def backups_row(way, result, base):
    first, later = result["kept"][0], [version for version in result["kept"][1:] if version["seconds"] is not None]
    beside = result["beside"]
    cells = [
        way.name,
        beside_base(first["seconds"], base and base["kept"][0]["seconds"]) or f"**{first['failed']}**",
        number(first["processorSeconds"]),
        later_cell(way, result["kept"], later, base),
        "" if not way.one_by_one else number(middle(later, "processorSeconds")),
        number(first["bytes"] / 1e6, 0) if first["seconds"] is not None else "",
        number(result["stored"] / 1e6, 0) if first["seconds"] is not None else "",
        number(first["peakBytes"] / 1e6, 0) if first["peakBytes"] else "",
        number(beside["p99Millis"]), number(beside["maxMillis"], 0), str(beside["errors"])]
    return "| " + " | ".join(cells) + " |"


def later_cell(way, kept, later, base):
    if not way.one_by_one:
        return "goes on"
    failed = [f"**{version['failed']}**" for version in kept[1:] if version["failed"]]
    took = beside_base(middle(later, "seconds"), base and middle(base["kept"][1:], "seconds"))
    return ", ".join([took] * bool(took) + failed)


def comes_back_row(way, result, base):
    verdicts = result["verdicts"]
    counted = [f"{verdicts.count(which)} of {len(verdicts)}" if verdicts.count(which) else "0" for which in (RIGHT, OLD, TORN)] if verdicts else ["", "", ""]
    counted = [f"**{cell}**" if position and cell not in ("", "0") else cell for position, cell in enumerate(counted)]
    if any(version["warned"] for version in result["kept"]):
        counted[-1] += ", with a warning"
    cells = [way.name, beside_base(result["restoreSeconds"], base and base["restoreSeconds"]), *counted,
             result["restoreSays"] or "", result["checkSays"] or ("has none" if verdicts else ""), number(result["checkSeconds"])]
    return "| " + " | ".join(cells) + " |"


def middle(versions, what):
    known = [version[what] for version in versions if version[what] is not None]
    return statistics.median(known) if known else None


def beside_base(seconds, base):
    """Seconds, and how many times those of the first row."""
    if seconds is None:
        return ""
    return number(seconds) if not base else f"{number(seconds)} ({seconds / base:.2g} ×)"


def number(value, digits=2):
    return "" if value is None else f"{value:,.{digits}f}"


def commands(ways):
    return "\n".join(["", "### What was typed", "", "| | by |", "|---|---|", *(f"| {way.name} | `{way.command}` |" for way in ways.values())]) + "\n"


def publish(options, markdown):
    if not options.write:
        print("\n" + markdown)
        return
    page = options.write.read_text()
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    options.write.write_text(before + BEGIN + markdown + END + after)
    print(f"written: {options.write}")


if __name__ == "__main__":
    main()
