"""Jobs that are accepted while the service is stopped, killed and started again. Each must be there afterwards, and end."""

import http.client
import json
import random
import signal
import sys
import threading
import time
import uuid

from asking import Asking, Tally
from processes import LONGEST_SECONDS
from report import aim
from service import Service

SUBMITTERS = 8
PAUSE_SECONDS = 0.3
SECONDS_UNDER_WAY = 4
GRACE_SECONDS = 5


class Submitters:
    """Clients that submit backups, each with a key of its own, and ask again with the same key until it is accepted."""

    def __init__(self, service, databases):
        self.service = service
        self.databases = list(databases)
        self.token = (service.home / "admin-token").read_text().strip()
        self.ended = threading.Event()
        self.accepted = []
        self.refused = []
        self.asked_again = 0
        self.threads = [threading.Thread(target=self.submit, args=(random.Random(number),)) for number in range(SUBMITTERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def submit(self, chance):
        asking = Asking(self.service.address, self.token, Tally(), until=float("inf"))
        while not self.ended.wait(PAUSE_SECONDS):
            wanted = {"key": str(uuid.uuid4()), "path": f"/databases/{chance.choice(self.databases)}/backups",
                      "body": {"verify": chance.choice(("NONE", "QUICK"))}}
            status, answer = self.answered(asking, wanted)
            if status == 202:
                self.accepted.append({**wanted, "id": answer["id"]})
            else:
                self.refused.append({**wanted, "status": status, "answer": answer})
        asking.close()

    def answered(self, asking, wanted):
        """Of a service that may be away for a while, or about to go."""
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until:
            try:
                answer = asking.send("POST", wanted["path"], wanted["body"], {"Idempotency-Key": wanted["key"]})
                text = answer.read()
                if answer.status not in (429, 503):
                    return answer.status, json.loads(text)
            except (OSError, http.client.HTTPException):
                asking.close()
            self.asked_again += 1
            time.sleep(0.2)
        return None, None


def restarts(options, records, facts, databases):
    """Half of the time by SIGTERM, whose grace is short here, so that some jobs go back to the queue."""
    with Service(options, home="restarted", environment={"AFTERIMAGE_JOBS_SHUTDOWNGRACE": f"{GRACE_SECONDS}s"}) as service:
        for name, file in databases.items():
            service.register(name, file)
        with Submitters(service, databases) as submitters:
            for number in range(2 * options.rounds):
                sign = (signal.SIGTERM, signal.SIGKILL)[number % 2]
                time.sleep(SECONDS_UNDER_WAY)
                began = time.monotonic()
                service.end(sign)
                ended = time.monotonic()
                service.start()
                records.add(number // 2, f"{sign.name}: until it is gone", {"seconds": ended - began})
                records.add(number // 2, f"{sign.name}: until it answers again", {"seconds": time.monotonic() - ended})
            time.sleep(SECONDS_UNDER_WAY)
        jobs = [ended_job(service, each) for each in submitters.accepted]
        facts["restarts"] = {"accepted": len(jobs), "refused": submitters.refused,
                             "failed": [job for job in jobs if job and job["state"] == "FAILED"]}
        for job in facts["restarts"]["failed"]:
            print(f"FAILED {job['id']}: {job['problem']['code']}: {job['problem']['detail']}")
        for refused in submitters.refused[:10]:
            print(f"REFUSED {refused}")
        states = [job["state"] if job else "LOST" for job in jobs]
        return [
            aim("restarts: jobs accepted", len(jobs)),
            aim("restarts: requests that had to be sent again", submitters.asked_again),
            aim("restarts: refused for another reason than that the service was away", len(submitters.refused), 0),
            aim("restarts: accepted and not there afterwards", states.count("LOST"), 0),
            aim("restarts: accepted and neither SUCCEEDED nor FAILED", sum(s not in ("SUCCEEDED", "FAILED", "LOST") for s in states), 0),
            aim("restarts: FAILED, for the reasons above", states.count("FAILED")),
            aim("restarts: that ran more than once", sum(job["attempt"] > 1 for job in jobs if job)),
            aim("restarts: keys that were sent again and gave another job", sum(not same_job(service, each) for each in submitters.accepted), 0),
        ]


def ended_job(service, accepted):
    """None when it is not there."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        status, job = service.answer("GET", f"/jobs/{accepted['id']}?wait=60s")
        if status == 404:
            return None
        if status != 200:
            sys.exit(f"job {accepted['id']}: {status} {job}")
        if job["state"] not in ("QUEUED", "RUNNING"):
            return job
    return job


def same_job(service, accepted):
    asking = Asking(service.address, (service.home / "admin-token").read_text().strip(), Tally(), float("inf"))
    answer = asking.send("POST", accepted["path"], accepted["body"], {"Idempotency-Key": accepted["key"]})
    same = answer.status == 202 and json.loads(answer.read())["id"] == accepted["id"]
    asking.close()
    return same
