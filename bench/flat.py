"""Whether what was sampled stays flat: the first plateau beside the last quarter, and a line through all after the warm-up."""

import csv
import statistics

# What belongs to a process begins anew with each; what lies on the disk goes on.
OF_A_LIFE = {"descriptors": (0.05, 12), "threads": (0.05, 8), "liveHeapBytes": (0.08, 4e6), "nativeBytes": (0.08, 12e6)}
OF_ALL = {"catalogBytes": (0.08, 1e6), "catalogWalBytes": (0.25, 8e6), "stagingBytes": (0.25, 20e6), "stagingFiles": (0.25, 20),
          "spoolBytes": (0.25, 20e6), "tmpBytes": (0.25, 5e6), "tmpFiles": (0.25, 10), "unsentBytes": (0.25, 5e6), "uploadsBytes": (0.25, 5e6),
          "cacheBytes": (0.08, 5e6), "repositoryBytes": (0.08, 20e6), "repositoryFiles": (0.08, 400), "copyBytes": (0.08, 20e6),
          "copyFiles": (0.08, 400), "homeFiles": (0.08, 500), "databasesBytes": (0.08, 20e6)}
WARM_UP_OF_A_LIFE, WARM_UP_OF_ALL = 0.35, 0.4


def read(file):
    with file.open() as text:
        return list(csv.DictReader(text))


def judged(samples):
    """A row for each thing and life: what it was, what it is, and whether that is FLAT or GROWING."""
    rows = []
    for life in dict.fromkeys(sample["life"] for sample in samples):
        of_life = [sample for sample in samples if sample["life"] == life]
        name = f"life {life}, {of_life[0]['arenas']} arenas"
        rows += [row(name, what, of_life, "lifeSeconds", WARM_UP_OF_A_LIFE, tolerance) for what, tolerance in OF_A_LIFE.items()]
    rows += [row("all", what, samples, "at", WARM_UP_OF_ALL, tolerance) for what, tolerance in OF_ALL.items()]
    return [row for row in rows if row]


def row(name, what, samples, clock, warm_up, tolerance):
    """GROWING is what is more in the last quarter than in the quarter after the warm-up by more than both a share and a number allow, while
    the line rises, too. None where there is too little to tell."""
    last = float(samples[-1][clock])
    points = [(float(sample[clock]), float(sample[what])) for sample in samples if sample[what] and float(sample[clock]) >= warm_up * last]
    span = (1 - warm_up) * last
    early = [value for at, value in points if at < warm_up * last + span / 4]
    late = [value for at, value in points if at >= last - span / 4]
    if len(points) < 4 or not early or not late:
        return None
    first, then, slope = statistics.median(early), statistics.median(late), statistics.linear_regression(*zip(*points)).slope * 3600
    share, number = tolerance
    grows = then - first > max(share * first, number) and slope > 0
    return {"of": name, "what": what, "samples": len(points), "first": first, "last": then, "slopePerHour": slope, "toleratedShare": share,
            "toleratedNumber": number, "verdict": "GROWING" if grows else "FLAT"}


def print_judged(rows):
    print(f"\n{'':18} {'':16} {'samples':>7} {'first':>10} {'last':>10} {'per hour':>10}  tolerated")
    for each in rows:
        shown = (lambda number: f"{number / 1e6:.2f} MB") if each["what"].endswith("Bytes") else (lambda number: f"{number:.0f}")
        print(f"{each['of']:18} {each['what']:16} {each['samples']:>7} {shown(each['first']):>10} {shown(each['last']):>10} "
              f"{shown(each['slopePerHour']):>10}  {each['toleratedShare']:.0%} or {shown(each['toleratedNumber'])}: {each['verdict']}")
