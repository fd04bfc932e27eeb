"""A process with clients of the soak: its plan comes as JSON on the standard input, what they met goes to the output after a SIGTERM.

Unlike those of bench/load they live through restarts: what breaks while the service was said to be away is no error.
"""

import base64
import collections
import hashlib
import json
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

from asking import CHUNK, Asking, Tally
from processes import die_with_parent

LISTS = ("/databases?limit=50", "/databases?limit=500", "/jobs", "/jobs?limit=500", "/jobs?state=RUNNING", "/jobs?kind=BACKUP&state=SUCCEEDED",
         "/snapshots", "/snapshots?limit=500", "/snapshots?verification=PASSED&limit=20", "/runs", "/runs/upcoming", "/protection",
         "/repository", "/repository/copies", "/repository/usage", "/schedule", "/retention")
OF_A_DATABASE = ("", "/snapshots", "/protection", "/methods", "/schedule/runs", "/holders", "/drills")
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
LONGEST_WATCHED = 60


class Visitors:
    """The process with all clients, as seen by who starts it."""

    def __init__(self, plan, options):
        self.plan = plan
        self.errors = options.work / "visitors.log"

    def __enter__(self):
        with self.errors.open("a") as errors:
            self.process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            text=True, preexec_fn=die_with_parent)
        self.process.stdin.write(json.dumps(self.plan))
        self.process.stdin.close()
        return self

    def stop(self):
        self.process.terminate()
        return json.loads(self.process.stdout.read())

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Aways:
    """When the service was not there because the soak ended it: a file with a line for each beginning and each end."""

    def __init__(self, file):
        self.file = pathlib.Path(file)

    def note(self):
        with self.file.open("a") as file:
            file.write(f"{time.monotonic()}\n")

    def overlap(self, began):
        """Whether it was away at some time since then."""
        times = [float(line) for line in self.file.read_text().split()] if self.file.exists() else []
        return len(times) % 2 == 1 or bool(times) and times[-1] > began


class Noting(Tally):
    """Says at once what went wrong, and forgives what came of an end that was meant."""

    def __init__(self, aways):
        super().__init__()
        self.aways = aways
        self.began = {}

    def begins(self):
        self.began[threading.get_ident()] = time.monotonic()

    def error(self, kind, what):
        if self.aways.overlap(self.began[threading.get_ident()]):
            self.count("broken by a restart")
            time.sleep(1)
            return
        super().error(kind, what)
        print(time.strftime("%H:%M:%S", time.gmtime()), f"{kind}: {what}", file=sys.stderr, flush=True)


def main():
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    plan = json.load(sys.stdin)
    tally = Noting(Aways(plan["aways"]))
    threads = [threading.Thread(target=go_on, args=(plan, number, role, tally, stopped), daemon=True)
               for number, role in enumerate(plan["roles"])]
    for thread in threads:
        thread.start()
    stopped.wait()
    for thread in threads:
        thread.join(timeout=90)
    told = tally.as_json()
    json.dump({**told, "millis": {kind: summary(sorted(millis)) for kind, millis in told["millis"].items()},
               "stuck": sum(thread.is_alive() for thread in threads)}, sys.stdout)


def summary(millis):
    return {"requests": len(millis), "p50": millis[len(millis) // 2], "p99": millis[min(len(millis) - 1, int(len(millis) * 0.99))],
            "max": millis[-1]}


def go_on(plan, number, role, tally, stopped):
    asking = Asking(plan["address"], plan["token"], tally, float("inf"))
    chance = random.Random(plan["seed"] + number)
    stopped.wait(chance.random() * plan["pauseSeconds"])
    while not stopped.is_set():
        tally.begins()
        try:
            ROLES[role](asking, plan, chance, stopped)
        except Exception as error:  # else its thread would end unseen
            tally.error(role, repr(error))
        stopped.wait(chance.uniform(0.5, 1.5) * plan["pauseSeconds"])
    asking.close()


def look(asking, plan, chance, stopped):
    """Protection is answered with 503 where something is not protected."""
    of_one = f"/databases/{chance.choice(plan['databases'])}{chance.choice(OF_A_DATABASE)}"
    path = chance.choice((chance.choice(LISTS), of_one))
    asking.json("look", "GET", path, expected=(200, 503) if path.endswith("/protection") else (200,))


def overview(asking, plan, chance, stopped):
    """What the dashboard asks for when it is opened."""
    asking.json("summary", "GET", "/summary")
    asking.json("summary", "GET", "/jobs?limit=20")


def time_line(asking, plan, chance, stopped):
    name = chance.choice(plan["followed"] or plan["databases"])
    found = asking.json("time line", "GET", f"/databases/{name}/timeline?resolution=1m")
    if found and found["reachable"]:
        asking.json("moment", "POST", f"/databases/{name}/moments", {"at": found["reachable"][-1]["last"]["at"]})


def download(asking, plan, chance, stopped):
    snapshot = newest(asking, plan, chance)
    if snapshot is None:
        return
    with asking.answer("download", "GET", f"/snapshots/{snapshot['id']}/content") as answer:
        if answer is None:
            return
        digest = hashlib.sha256()
        while chunk := answer.read(CHUNK):
            digest.update(chunk)
        told = answer.headers["Repr-Digest"]
        if told and told != f"sha-256=:{base64.b64encode(digest.digest()).decode()}:":
            asking.tally.error("download", f"{snapshot['id']}: other bytes than {told}")
        asking.tally.count("contents proven" if told else "contents without a known SHA-256")


def newest(asking, plan, chance):
    found = asking.json("newest", "GET", f"/databases/{chance.choice(plan['databases'])}/snapshots?limit=1")
    return found["items"][0] if found and found["items"] and found["items"][0]["state"] == "AVAILABLE" else None


def dry_run(asking, plan, chance, stopped):
    snapshot = newest(asking, plan, chance)
    if snapshot:
        asking.json("dry run", "POST", "/restores?dryRun=true",
                    {"snapshot": snapshot["id"], "target": {"database": snapshot["database"], "mode": "REPLACE_LIVE"}})


def restore(asking, plan, chance, stopped):
    target = pathlib.Path(plan["restored"]) / f"{chance.getrandbits(64):016x}.db"
    job = ended(asking, stopped, asking.json("restore", "POST", "/restores", {
        "snapshot": "latest", "database": chance.choice(plan["databases"]), "target": {"path": str(target)}}))
    if job:
        if job["state"] == "SUCCEEDED" and not target.exists():
            asking.tally.error("restore", f"{job['id']}: SUCCEEDED, and {target} is not there")
        asking.tally.count(f"restores {job['state']}")
        target.unlink(missing_ok=True)


def check(asking, plan, chance, stopped):
    snapshot = newest(asking, plan, chance)
    if snapshot:
        ended(asking, stopped, asking.json("check", "POST", f"/snapshots/{snapshot['id']}/checks",
                                           {"level": chance.choice(("QUICK", "FULL"))}))


def ended(asking, stopped, job):
    """Also over a restart of the service; None when it was not accepted."""
    wanted = job and f"/jobs/{job['id']}?wait=20s"
    while wanted and not stopped.is_set():
        asking.tally.begins()
        job = asking.json("wait", "GET", wanted)
        if job and job["state"] in ENDED:
            return job
    return None


def ask(asking, plan, chance, stopped):
    """A question in SQL, for which a copy of the database is kept for a while."""
    asking.json("query", "POST", f"/databases/{chance.choice(plan['databases'])}/query", {"sql": "SELECT commits FROM counter"})


def watch(asking, plan, chance, stopped):
    """All that changes, for up to a minute; every other client goes away in the middle."""
    answer, began = asking.accepted("events", "GET", f"/events?lasts={LONGEST_WATCHED}s", None, None, (200,))
    if answer is None:
        return
    until = began + (LONGEST_WATCHED + 30 if chance.random() < 0.5 else chance.uniform(1, LONGEST_WATCHED))
    try:
        while time.monotonic() < until and not stopped.is_set() and (line := answer.readline()):
            if line.startswith(b"event:"):
                asking.tally.count("events")
    except OSError as error:
        asking.tally.error("events", repr(error))
    finally:
        asking.tally.took("events", began)
        asking.close()


def tend(asking, plan, chance, stopped):
    """The administrator, of whom there is one: prunes a database, which compacts it, and now and then the repository, which is also checked."""
    turn = chance.random()
    if turn < 0.03:
        asking.json("repository", "POST", "/repository/checks", {"sample": "20%"})
    elif turn < 0.06:
        asking.json("repository", "POST", "/repository/prune", {})
    elif turn < 0.07:
        asking.json("repository", "POST", "/repository/copies/bucket/copy", {})
    else:
        asking.json("prune", "POST", f"/databases/{chance.choice(plan['databases'])}/retention/prune", {})


ROLES = {"looks": look, "opens the overview": overview, "looks at time lines": time_line, "downloads": download, "tries restores": dry_run,
         "restores": restore, "checks": check, "asks": ask, "watches": watch, "tends": tend}
SHARES = {"looks": 0.3, "opens the overview": 0.1, "looks at time lines": 0.1, "downloads": 0.14, "tries restores": 0.08, "restores": 0.08,
          "checks": 0.04, "asks": 0.06, "watches": 0.1}


def roles(clients):
    """So many clients, and the one who tends."""
    return [*random.Random(clients).choices(list(SHARES), SHARES.values(), k=clients), "tends"]


if __name__ == "__main__":
    main()
