"""Two hundred clients beside backups without end, and jobs that are accepted while the service is stopped and killed.

Fifty databases, some of them written by processes of their own, are backed up again and again in a service with little memory, while
clients with tokens of different scopes list, wait, follow and download. All of it on the loopback. Then jobs are submitted while the
service is ended and started again: each that was accepted must be there and end.
"""

import contextlib
import sqlite3
import statistics
import threading
import time

import options as common
from clients import Clients
from memory import Memory
from orders import copy_of, original_database
from machine import require_space
from processes import unwind_on_sigterm
from report import Records, aim, ratio, report
from restarts import restarts
from service import Service
from writer import Writer

PARTS = ("clients", "restarts")
SHARES = {"lists": 0.4, "waits": 0.2, "follows": 0.15, "downloads": 0.07, "downloads slowly": 0.03, "downloads ranges": 0.05,
          "backs up": 0.1}
TOKENS = (("READ", None), ("READ", ["team=a"]), ("READ", 10), ("OPERATE", None), ("OPERATE", ["team=b"]), ("ADMIN", None))
CLIENTS_PER_PROCESS = 50
BACK_TO_REST_SECONDS = 150

# As many downloads as there are clients that make some: the defaults are 16, and 8 per caller. All else fits as it is.
LIMITS = {"AFTERIMAGE_LIMITS_DOWNLOADS": "40", "AFTERIMAGE_LIMITS_DOWNLOADSPERCALLER": "20"}


def main():
    unwind_on_sigterm()
    options = parse_options()
    require_space(options.work, int(options.databases * options.size_mb * 1e6 * 20 + 2e9))
    records, facts, found = Records(), {}, []
    with contextlib.ExitStack() as files:
        original = original_database(options.work, options.size_mb, batch=1_000)
        databases = {f"db-{i:02d}": files.enter_context(copy_of(original, options.work / f"load-{i:02d}.db"))
                     for i in range(options.databases)}
        if "clients" in options.only:
            found += clients(options, records, facts, databases)
        if "restarts" in options.only:
            found += restarts(options, records, facts, databases)
    report("load", options, f"{options.clients} clients, {options.databases} databases, {options.seconds} s, -Xmx{options.heap}",
           records, found, facts=facts)


def parse_options():
    parser = common.parser("bench/load", __doc__, size_mb=3, runs=None)
    parser.add_argument("--seconds", type=int, default=60, help="how long the clients go on, default 60")
    parser.add_argument("--clients", type=int, default=200, help="at once, default 200")
    parser.add_argument("--databases", type=int, default=50, help="default 50")
    parser.add_argument("--writers", type=int, default=5, help="processes that write to one of them each, default 5")
    parser.add_argument("--pause-seconds", type=float, default=2, help="of a client between two requests, default 2 on average")
    parser.add_argument("--rounds", type=int, default=3, help="of restarts after SIGTERM, and of as many after SIGKILL, default 3")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"parts of {','.join(PARTS)}")
    return common.parse(parser)


def clients(options, records, facts, databases):
    with Service(options, environment=LIMITS, java_options=Memory.java_options(options)) as service:
        register(service, databases)
        for name in databases:
            service.backup(name, "QUICK")
        memory = Memory(service, options)
        before = at_rest(service, memory)
        with memory, contextlib.ExitStack() as writing:
            writers = [writing.enter_context(Writer(file, 20, 5000)) for file in list(databases.values())[:options.writers]]
            writing.enter_context(changed_in_turns(list(databases.values())[options.writers:]))
            began = time.monotonic()
            met = merged(Clients(plans(service, options, databases)).run())
            written = [writer.stop(began, time.monotonic()) for writer in writers]
        records.add(0, "clients", {"seconds": memory.seconds})
        after = at_rest_again(service, memory, before)
        facts |= {"kinds": kinds(met), "counts": met["counts"], "errors": met["errors"], "writers": written, "limits": LIMITS,
                  "before": before, "after": after, "samples": memory.samples, "afterCollections": memory.after_collections()}
        print_kinds(facts)
        return figures(met, written, memory, before, after)


def register(service, databases):
    for number, (name, file) in enumerate(databases.items()):
        service.call("POST", "/databases", {"name": name, "path": str(file), "labels": {"team": "ab"[number % 2]}})


def at_rest(service, memory):
    return {"liveHeapBytes": memory.live_bytes(), "residentBytes": service.resident_bytes(),
            "descriptors": service.descriptors(), "threads": service.threads()}


def at_rest_again(service, memory, before):
    """When it has no more threads than before, or after a time: Tomcat ends idle threads after a minute."""
    until = time.monotonic() + BACK_TO_REST_SECONDS
    while service.threads() > before["threads"] and time.monotonic() < until:
        time.sleep(1)
    return at_rest(service, memory)


@contextlib.contextmanager
def changed_in_turns(files):
    """A transaction in one of the databases every 50 ms, so that each backup finds something."""
    ended = threading.Event()

    def change():
        turn = 0
        while not ended.wait(0.05):
            with contextlib.closing(sqlite3.connect(files[turn % len(files)], timeout=30)) as database, database:
                database.execute("UPDATE orders SET revision = revision + 1 WHERE rowid % 97 = ?", (turn % 97,))
            turn += 1

    changing = threading.Thread(target=change, daemon=True)
    changing.start()
    try:
        yield
    finally:
        ended.set()
        changing.join()


def plans(service, options, databases):
    """For each process: which clients it is to be."""
    tokens = [token(service, number, scope, limit, list(databases)) for number, (scope, limit) in enumerate(TOKENS)]
    roles = [role for role, share in SHARES.items() for _ in range(round(share * options.clients))]
    everybody = []
    for number, role in enumerate(roles):
        fit = [token for token in tokens if role != "backs up" or token["scope"] != "READ"]
        everybody.append({"number": number, "role": role, **fit[number % len(fit)]})
    processes = -(-len(everybody) // CLIENTS_PER_PROCESS)
    return [{"address": service.address, "seconds": options.seconds, "pauseSeconds": options.pause_seconds,
             "clients": everybody[process::processes]} for process in range(processes)]


def token(service, number, scope, limit, names):
    """A limit is a label that every other database has, or how many names."""
    entries = names[:limit] if isinstance(limit, int) else limit
    seen = names if entries is None else names[:limit] if isinstance(limit, int) else names["team=b" in limit::2]
    made = service.call("POST", "/tokens", {"name": f"load-{number}", "scope": scope, **({"databases": entries} if entries else {})})
    return {"token": made["token"], "scope": scope, "databases": seen, "limited": entries is not None}


def merged(met):
    """What the clients of all processes have met."""
    return {
        "millis": {kind: sorted(sum((each["millis"].get(kind, []) for each in met), []))
                   for kind in sorted({kind for each in met for kind in each["millis"]})},
        "errors": sum((each["errors"] for each in met), []),
        **{what: {name: sum(each[what].get(name, 0) for each in met) for name in sorted({name for each in met for name in each[what]})}
           for what in ("counts", "toldToWait")},
    }


def kinds(met):
    return {kind: {"requests": len(millis), "toldToWait": met["toldToWait"].get(kind, 0),
                   "errors": sum(error.startswith(kind + ":") for error in met["errors"]), "p50Millis": statistics.median(millis),
                   "p99Millis": millis[min(len(millis) - 1, int(len(millis) * 0.99))], "maxMillis": millis[-1]}
            for kind, millis in met["millis"].items()}


def print_kinds(facts):
    print(f"\n{'kind':26} {'requests':>9} {'told to wait':>13} {'p50 ms':>9} {'p99 ms':>9} {'max ms':>9}")
    for kind, each in facts["kinds"].items():
        print(f"{kind:26} {each['requests']:>9} {each['toldToWait']:>13} {each['p50Millis']:>9.1f} {each['p99Millis']:>9.1f} "
              f"{each['maxMillis']:>9.1f}")
    for what, count in facts["counts"].items():
        print(f"{what}: {count}")
    for error in facts["errors"][:20]:
        print(f"ERROR {error}")


def figures(met, written, memory, before, after):
    heap, resident = (memory.second_and_last_quarter(each) for each in (memory.after_collections(), memory.resident()))
    in_mb = lambda number: None if number is None else number / 1e6
    return [
        aim("clients: requests", sum(len(millis) for millis in met["millis"].values())),
        aim("clients: errors", len(met["errors"]), 0),
        aim("clients: told to wait (429, 503)", sum(met["toldToWait"].values())),
        aim("clients: contents proven by their SHA-256", met["counts"].get("contents proven", 0)),
        aim("clients: backups done", sum(count for what, count in met["counts"].items() if what.startswith("backups SUCCEEDED"))),
        aim("writers: errors", sum(writer["errors"] for writer in written), 0),
        aim("writers: p99 of a commit in ms, the highest of all", max((writer["p99Millis"] or 0 for writer in written), default=None)),
        aim("heap after collections in MB, second quarter", in_mb(heap[0])),
        aim("heap after collections, last quarter / second", ratio(heap[1], heap[0]), 1.15),
        aim("resident memory in MB, second quarter", in_mb(resident[0])),
        aim("resident memory, last quarter / second", ratio(resident[1], resident[0]), 1.15),
        aim("heap after a full collection in MB, before", in_mb(before["liveHeapBytes"])),
        aim("heap after a full collection in MB, afterwards", in_mb(after["liveHeapBytes"])),
        aim("descriptors, before", before["descriptors"]),
        aim("descriptors, at most", memory.most("descriptors")),
        aim("descriptors, afterwards", after["descriptors"], before["descriptors"] + 12),
        aim("threads, before", before["threads"]),
        aim("threads, at most", memory.most("threads")),
        aim("threads, afterwards", after["threads"], before["threads"] + 4),
    ]


if __name__ == "__main__":
    main()
