"""Takes a first and an incremental backup of a large database and restores it, and compares memory with a tenth of it.

The content is rows of one page each that compress very well, so that the repository stays small; the pages are all read,
digested and compressed all the same. Each size has a service of its own, because a peak cannot be reset.
"""

import random

import options as common
from machine import require_commands, require_space
from orders import Application, make, remove, state_of
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from service import Service

CHANGED = 0.01
BODY_BYTES = 3_900  # with its row's header nearly a page


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_commands("sqlite3", "sync")
    require_space(options.work, int(options.size_mb * 1e6 * 3.3))
    records = Records()
    sizes = (max(1, options.size_mb // 10), options.size_mb)
    peaks = {size: measure(options, records, size) for size in sizes}
    title = f"databases of {sizes[0]} and {sizes[1]} MB, -Xmx{options.heap}"
    report("large", options, title, records, aims(*peaks.values(), options), facts={"peaks": peaks})


def parse_options():
    parser = common.parser("bench/large", __doc__, size_mb=10_000, runs=None)
    parser.add_argument("--keep", action="store_true", help="leave the database in the work directory for the next time")
    return common.parse(parser)


def measure(options, records, size_mb):
    live = options.work / f"large-{size_mb}mb.db"
    try:
        if not live.exists():
            large_database(live, size_mb)
        with Service(options) as service, service.heap_watched(), Application(live) as application:
            steps(records, service, application, live, size_mb)
            return {"heap": service.heap_peak, "resident": service.peak_resident_bytes()}
    finally:
        if not options.keep:
            remove(live)


def large_database(file, size_mb):
    seeded = random.Random(size_mb)

    def insert(database, first):
        rows = 2_000
        body = seeded.randbytes(60)
        database.executemany("INSERT INTO orders (revision, body) VALUES (0, ?)",
                             ((body * (BODY_BYTES // len(body)),) for _ in range(rows)))
        return rows

    return make(file, size_mb, ("CREATE TABLE orders (id INTEGER PRIMARY KEY, revision INTEGER, body BLOB)",), insert)


def steps(records, service, application, live, size_mb):
    restored = live.with_name("restored.db")
    remove(restored)
    try:
        service.register("large", live)
        records.add(0, f"{size_mb} MB: first backup", service.backup("large", "NONE"))
        application.change(CHANGED, seed=random.randrange(1 << 30))
        second = records.add(0, f"{size_mb} MB: backup after 1 % changed", service.backup("large", "NONE"))
        records.add(0, f"{size_mb} MB: restore", {"seconds": service.restore(second["snapshot"], restored)})
        if state_of(restored) != state_of(live):
            raise SystemExit("the restore is not the state that was backed up")
    finally:
        remove(restored)


def aims(small, large, options):
    found = [
        aim("peak used heap in MB, smaller", small["heap"] / 1e6),
        aim("peak used heap in MB, larger", large["heap"] / 1e6),
    ]
    if large["resident"]:
        found += [
            aim("peak resident memory in MB, smaller", small["resident"] / 1e6),
            aim("peak resident memory in MB, larger", large["resident"] / 1e6),
            aim("peak resident memory, larger / smaller", ratio(large["resident"], small["resident"])),
        ]
    return found


if __name__ == "__main__":
    main()
