"""What came of the faults: a line for each in a file, so that a run can go on where another ended, and a table of all."""

import collections
import json
import re
import time


class Tally:

    def __init__(self, file, results):
        self.file = file
        self.results = results
        self.done = {result["fault"] for result in results}
        self.met = sum(met(result) for result in results)
        self.findings = [result for result in results if result["complaints"]]
        self.said = collections.Counter()

    @classmethod
    def begun(cls, file, resume):
        """To be added to."""
        if not resume:
            file.unlink(missing_ok=True)
        return cls(file, read(file))

    @classmethod
    def of(cls, files):
        """Of several runs together."""
        return cls(None, [result for file in files for result in read(file)])

    def add(self, fault, outcome, complaints, told, log, began):
        result = {"fault": fault.key(), "deed": fault.deed, "place": fault.place, "call": fault.name, "on": fault.on, "outcome": outcome,
                  "complaints": complaints, "told": told, "log": log, "seconds": round(time.monotonic() - began, 3)}
        self.results.append(result)
        self.done.add(result["fault"])
        self.met += met(result)
        with self.file.open("a") as file:
            file.write(json.dumps(result) + "\n")
        if complaints:
            self.findings.append(result)
            self.say(result)
        if len(self.results) % 100 == 0:
            print(f"… {self.met} faults met, {len(self.findings)} with findings", flush=True)

    def say(self, result):
        """Each kind of finding is told in full once."""
        kind = signature(result)
        self.said[kind] += 1
        if self.said[kind] == 1:
            print(f"FINDING {result['fault']!r}: {result['outcome']}", flush=True)
            for line in [*result["complaints"], *("  failed: " + line for line in result["told"][:3]), *("  log: " + line for line in result["log"][:12])]:
                print(f"    {line}", flush=True)

    def print(self):
        columns = ("SUCCEEDED", "FAILED", "REFUSED", "other", "findings")
        rows = collections.defaultdict(collections.Counter)
        for result in self.results:
            if met(result):
                state = result["outcome"].split(" ")[0]
                rows[result["deed"]]["faults"] += 1
                rows[result["deed"]][state if state in columns else "other"] += 1
                rows[result["deed"]]["findings"] += bool(result["complaints"])
        print(f"\n{'deed':32}{'faults':>9}" + "".join(f"{column:>11}" for column in columns))
        total = sum(rows.values(), collections.Counter())
        for deed, row in [*rows.items(), ("all", total)]:
            print(f"{deed:32}{row['faults']:>9}" + "".join(f"{row[column]:>11}" for column in columns))
        codes = collections.Counter(result["outcome"] for result in self.results if met(result))
        print("\n" + "\n".join(f"{number:>7}  {outcome}" for outcome, number in codes.most_common()))
        kinds = collections.Counter(signature(result) for result in self.findings)
        print(f"\n{len(self.findings)} faults with findings, of {len(kinds)} kinds")
        for kind, number in kinds.most_common():
            first = next(result for result in self.findings if signature(result) == kind)
            print(f"{number:>5}  {kind}\n       --fault {first['fault']!r}")


def read(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def met(result):
    return not result["outcome"].startswith("NOT MET")


def signature(result):
    """What two findings of one cause have in common."""
    complaints = sorted({re.sub(r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "…", complaint)[:100] for complaint in result["complaints"]})
    frame = next((line.strip() for line in result["log"] if "at dev.afterimage" in line and "Problem" not in line), "")
    frame = frame.split("~[")[0].strip()
    return f"{result['deed']} | {result['place']} | {' + '.join(complaints)} | {frame}"[:300]


def excerpt(log):
    """Errors, causes and our own frames of a log."""
    lines = [line for line in log.splitlines() if " ERROR " in line or "Exception" in line or "at dev.afterimage" in line]
    return [line[:300] for line in lines[:60]]
