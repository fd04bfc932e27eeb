"""The tables that a benchmark prints, and the JSON file that keeps every measurement behind them."""

import json
import statistics
import time

from machine import describe_machine

SUMMED = ("commits", "errors")


class Records:
    """Measurements, in the order in which they were made. A measurement is a dictionary; `seconds` None: not finished."""

    def __init__(self):
        self.all = []

    def add(self, run, step, measured):
        self.all.append({"run": run + 1, "step": step, **measured})
        seconds = measured.get("seconds")
        print(f"run {run + 1}: {step}: " + ("did not finish" if seconds is None else f"{seconds:.2f} s"), flush=True)
        return measured

    def steps(self):
        return {name: summary([r for r in self.all if r["step"] == name])
                for name in dict.fromkeys(r["step"] for r in self.all)}


def summary(records):
    """Medians over the runs; a step that did not finish in some run has no time."""
    summarized = {name: median(r.get(name) for r in records)
                  for name in dict.fromkeys(name for r in records for name in r) if name not in ("run", "step", "seconds")
                  and all(isinstance(r.get(name), (int, float, type(None))) for r in records)}
    seconds = [r["seconds"] for r in records]
    summarized["seconds"] = None if None in seconds else statistics.median(seconds)
    summarized["unfinished"] = seconds.count(None)
    writers = [r["writer"] for r in records if "writer" in r]
    if writers:
        summarized["writer"] = {name: sum(w[name] for w in writers) for name in SUMMED}
        summarized["writer"] |= {q: median(w[q] for w in writers) for q in ("p50Millis", "p99Millis", "maxMillis")}
    return summarized


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def aim(name, measured, at_most=None):
    """A ratio or number beside what docs/design.md section 10 aims at; none where it aims at nothing."""
    met = None if at_most is None or measured is None else measured <= at_most
    return {"name": name, "measured": measured, "atMost": at_most, "met": met}


def ratio(one, other):
    return None if one is None or not other else one / other


def report(name, options, title, records, aims, bytes_column="MB stored", facts=None):
    machine = describe_machine(options)
    steps = records.steps()
    print(f"\n{title}; {machine['cores']} cores, {machine['processor']}, sqlite3 {str(machine['sqlite3']).split(' ')[0]}")
    if machine["loadBefore"] > 0.5:
        print(f"The machine was not idle before: load {machine['loadBefore']:.1f}. Do not compare these numbers with others.")
    print_steps(steps, bytes_column)
    print_aims(aims)
    result = options.work / "results" / f"{name}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    result.write_text(json.dumps({
        "machine": machine,
        "options": {option: str(value) for option, value in vars(options).items()},
        "facts": facts or {},
        "measurements": records.all,
        "medians": steps,
        "aims": aims,
    }, indent=2))
    print(f"\nEvery measurement: {result}")


def print_steps(steps, bytes_column):
    writers = any("writer" in step for step in steps.values())
    heads = f" {'commits':>8} {'errors':>7} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}" if writers else ""
    print(f"\n{'step':38} {'seconds':>16} {bytes_column:>10}{heads}")
    for name, step in steps.items():
        seconds = f"{step['unfinished']} did not finish" if step["seconds"] is None else f"{step['seconds']:.2f}"
        stored = f"{step['bytes'] / 1e6:.2f}" if step.get("bytes") is not None else ""
        print(f"{name:38} {seconds:>16} {stored:>10}{latencies(step.get('writer'))}".rstrip())


def latencies(writer):
    if not writer:
        return ""
    return f" {writer['commits']:>8} {writer['errors']:>7} " + " ".join(
        f"{shown(writer[q]):>8}" for q in ("p50Millis", "p99Millis", "maxMillis"))


def print_aims(aims):
    if aims:
        print(f"\n{'ratio or number':68} {'measured':>10} {'aim':>8}")
        for each in aims:
            limit = "" if each["atMost"] is None else f"<= {each['atMost']:g}"
            missed = "MISSED" if each["met"] is False else ""
            print(f"{each['name']:68} {shown(each['measured']):>10} {limit:>8} {missed}".rstrip())


def shown(number, digits=2):
    return "-" if number is None else f"{number:.{digits}f}"
