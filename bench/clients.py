"""A process with some of the clients: its plan comes as JSON on the standard input, what they met goes to the output."""

import base64
import hashlib
import json
import random
import subprocess
import sys
import threading
import time

from asking import CHUNK, Asking, Tally
from processes import die_with_parent

LISTS = (
    "/jobs", "/jobs?limit=500", "/jobs?state=FAILED", "/jobs?state=RUNNING", "/jobs?kind=BACKUP&state=SUCCEEDED",
    "/snapshots", "/snapshots?limit=500", "/snapshots?verification=FAILED", "/snapshots?verification=PASSED&limit=20",
    "/snapshots?label=round=1", "/databases", "/databases?limit=5",
)
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
SLOW_BYTES_PER_SECOND = 1_000_000
RANGES_PER_FILE = 10
LONGEST_FOLLOWED = 10


class Clients:
    """The processes with all clients, as seen by who starts them."""

    def __init__(self, plans):
        self.plans = plans

    def run(self):
        """Waits for the ends of all; what they met, of all together."""
        processes = [subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      preexec_fn=die_with_parent) for _ in self.plans]
        try:
            for process, plan in zip(processes, self.plans):
                process.stdin.write(json.dumps(plan))
                process.stdin.close()
            return [json.loads(process.stdout.read()) for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.wait()


def main():
    plan = json.load(sys.stdin)
    tally, until = Tally(), time.monotonic() + plan["seconds"]
    threads = [threading.Thread(target=go_on, args=(plan, client, tally, until)) for client in plan["clients"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(tally.as_json(), sys.stdout)


def go_on(plan, client, tally, until):
    """One client does what it does until the time is over."""
    asking = Asking(plan["address"], client["token"], tally, until)
    chance = random.Random(client["number"])
    time.sleep(chance.random())
    turn = ROLES[client["role"]]
    try:
        while not asking.over():
            turn(asking, client, chance)
            time.sleep(chance.uniform(0.5, 1.5) * plan["pauseSeconds"])
    except Exception as error:  # else its thread would end unseen
        tally.error(client["role"], repr(error))
    finally:
        asking.close()


def list_something(asking, client, chance):
    """A client that is limited to some databases must not see others."""
    path = chance.choice([*LISTS, f"/databases/{chance.choice(client['databases'])}/snapshots",
                          f"/jobs?database={chance.choice(client['databases'])}&limit=20"])
    found = asking.json("list " + path.partition("?")[0].split("/")[-1], "GET", path)
    for item in found["items"] if found else ():
        named = item.get("database", item.get("name"))
        if client["limited"] and named not in client["databases"]:
            asking.tally.error("list", f"{path} shows {named} to who may not see it")


def wait_for_a_job(asking, client, chance):
    job = some_job(asking, chance)
    if job:
        asking.json("wait=5s", "GET", f"/jobs/{job['id']}?wait=5s")


def some_job(asking, chance):
    found = asking.json("list jobs", "GET", f"/jobs?state={chance.choice(('QUEUED', 'RUNNING'))}&limit=20")
    return chance.choice(found["items"]) if found and found["items"] else None


def follow_a_job(asking, client, chance):
    """To its end, or for ten seconds: then the client goes away in the middle. The time is that to the first event."""
    job = some_job(asking, chance)
    if not job:
        return
    answer, began = asking.accepted("events, the first", "GET", f"/jobs/{job['id']}/events", None, None, (200,))
    if answer is None:
        return
    name, told = None, 0
    try:
        while name != "end" and time.monotonic() < min(asking.until, began + LONGEST_FOLLOWED):
            line = answer.readline().decode()
            if not line:
                asking.tally.error("events", f"job {job['id']}: no end after {told} events, the last {name}")
                return
            if line.startswith("event:"):
                name, told = line.partition(":")[2].strip(), told + 1
                if told == 1:
                    asking.tally.took("events, the first", began)
        asking.tally.count("events to the end" if name == "end" else "events left in the middle")
        asking.tally.count("events", told)
    except OSError as error:
        asking.tally.error("events", repr(error))
    finally:
        asking.close()


def download(asking, client, chance):
    snapshot = some_snapshot(asking, chance)
    if snapshot:
        content(asking, "download", snapshot)


def download_slowly(asking, client, chance):
    snapshot = some_snapshot(asking, chance)
    if snapshot:
        content(asking, "download, slow client", snapshot, SLOW_BYTES_PER_SECOND)


def download_ranges(asking, client, chance):
    """Held against the whole file, which was held against its digest."""
    snapshot = some_snapshot(asking, chance)
    whole = content(asking, "download", snapshot) if snapshot else None
    for _ in range(RANGES_PER_FILE if whole else 0):
        first = chance.randrange(len(whole))
        last = min(len(whole) - 1, first + chance.choice((1, 99, 4095, 300_000)))
        with asking.answer("download, range", "GET", f"/snapshots/{snapshot['id']}/content", None,
                           {"Range": f"bytes={first}-{last}"}, (206,)) as answer:
            if answer is not None and answer.read() != whole[first:last + 1]:
                asking.tally.error("download, range", f"{snapshot['id']}: bytes {first}-{last} are others")


def some_snapshot(asking, chance):
    """One whose SHA-256 is known."""
    found = asking.json("list snapshots", "GET", "/snapshots?verification=PASSED&limit=100")
    known = [snapshot for snapshot in found["items"] if snapshot["sha256"]] if found else []
    return chance.choice(known) if known else None


def content(asking, kind, snapshot, bytes_per_second=None):
    """The file, proven; None when it was not, which is noted."""
    with asking.answer(kind, "GET", f"/snapshots/{snapshot['id']}/content") as answer:
        if answer is None:
            return None
        told = base64.b64encode(bytes.fromhex(snapshot["sha256"])).decode()
        if answer.headers["Repr-Digest"] != f"sha-256=:{told}:":
            asking.tally.error(kind, f"{snapshot['id']}: Repr-Digest is {answer.headers['Repr-Digest']}, sha256 {told}")
        chunks = []
        while chunk := answer.read(CHUNK):
            chunks.append(chunk)
            if bytes_per_second:
                time.sleep(len(chunk) / bytes_per_second)
        whole = b"".join(chunks)
        asking.tally.count("bytes", len(whole))
        if hashlib.sha256(whole).hexdigest() != snapshot["sha256"]:
            asking.tally.error(kind, f"{snapshot['id']}: {len(whole)} bytes with another SHA-256")
            return None
        asking.tally.count("contents proven")
        return whole


def back_up(asking, client, chance):
    """And waits for the end, so that there are never more jobs than clients."""
    verify = chance.choice(("NONE", "QUICK", "QUICK", "FULL"))
    job = asking.json("POST backups", "POST", f"/databases/{chance.choice(client['databases'])}/backups",
                      {"verify": verify, "labels": {"round": str(chance.randrange(5))}})
    while job and job["state"] not in ENDED:
        job = asking.json("wait=30s", "GET", f"/jobs/{job['id']}?wait=30s")
    if job:
        asking.tally.count(f"backups {job['state']}, verify {verify}")
        if job["state"] != "SUCCEEDED":
            asking.tally.error("backups", f"{job['state']}: {json.dumps(job['problem'])[:300]}")


ROLES = {
    "lists": list_something,
    "waits": wait_for_a_job,
    "follows": follow_a_job,
    "downloads": download,
    "downloads slowly": download_slowly,
    "downloads ranges": download_ranges,
    "backs up": back_up,
}

if __name__ == "__main__":
    main()
