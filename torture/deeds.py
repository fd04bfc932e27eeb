"""What the service is asked to do while something fails: a deed for each kind of job, and for requests that do without one."""

import collections
import dataclasses
import json
import shutil
import signal
import time

from served import ENDED, Refused

SECONDS_TO_END = 45
SECONDS_ARMED = 4
SOON = "50ms"  # a job that meets an obstacle then does not wait for it to pass


@dataclasses.dataclass
class Outcome:
    """How a deed ended: SUCCEEDED, FAILED, CANCELLED, REFUSED by the request, or STUCK."""
    state: str
    code: str = None
    problem: dict = None
    result: dict = None
    job: str = None

    def told(self):
        return f"{self.state} {self.code}" if self.code else self.state


class Deed:
    """
    One kind of work in a world. prepare, then act with or without a fault, then the judge, then tidy.

    :param makes: databases of which it makes snapshots, of their content before
    :param most: so many of its faults are enough
    :param replaces: databases whose content it may replace
    """

    most = None

    def __init__(self, name, places, makes=(), replaces=()):
        self.name = name
        self.places = places
        self.makes = makes
        self.replaces = replaces

    def prepare(self, bench):
        """What must be there before; nothing fails meanwhile."""

    def act(self, bench):
        raise NotImplementedError

    def allowed(self, bench, outcome):
        """Of files beside sources and targets those that the deed may leave."""
        return []

    def content(self, bench, name):
        """The digest that the snapshot of the database has which the deed makes."""
        return bench.world.contents[name][bench.before[name]]

    def judge(self, bench, outcome):
        """Complaints about what only this deed promises."""
        return []

    def tidy(self, bench):
        """Takes away what it was made for."""


class Backup(Deed):

    def __init__(self, method, database, verify):
        super().__init__(f"backup {method} {'WAL' if database == 'ledger' else 'rollback'}", ("home", "repository", "staging", "source"), (database,))
        self.database = database
        self.body = {"method": method, "verify": verify}

    def prepare(self, bench):
        bench.world.change(self.database)

    def act(self, bench):
        return bench.job(f"/databases/{self.database}/backups", self.body)


class GroupBackup(Deed):

    def __init__(self):
        super().__init__("group backup", ("home", "repository", "staging", "source"), ("ledger", "plain"))

    def prepare(self, bench):
        for name in self.makes:
            bench.world.change(name)

    def act(self, bench):
        return bench.job("/backups", {"databases": list(self.makes), "verify": "QUICK"})

    def judge(self, bench, outcome):
        new = [snapshot for snapshot in bench.listed if snapshot["id"] not in bench.truths]
        return [] if len(new) in (0, 2) else [f"of the group's snapshots {len(new)} are listed"]


class Import(Deed):

    def __init__(self):
        super().__init__("import", ("home", "repository", "staging"), ("plain",))

    def prepare(self, bench):
        bench.world.change("file")
        bench.world.contents["plain"].insert(0, bench.world.contents["file"][-1])

    def act(self, bench):
        return bench.job("/databases/plain/snapshots?verify=QUICK", bench.world.path("file").read_bytes())

    def content(self, bench, name):
        return bench.world.contents["file"][-1]


class Ask(Deed):
    """A job that makes and replaces nothing."""

    def __init__(self, name, places, path, body):
        super().__init__(name, places)
        self.path = path
        self.body = body

    def prepare(self, bench):
        self.asked = self.path(bench)

    def act(self, bench):
        return bench.job(self.asked, dict(self.body))


class Restore(Deed):
    """Of an older snapshot of the database, so that the content changes."""

    def __init__(self, name, database, mode, verify="QUICK", safety=False):
        makes = (database,) if safety else ()
        super().__init__(name, ("home", "repository", "staging", "target"), makes, (database,) if mode != "NEW_FILE" else ())
        self.database = database
        self.mode = mode
        self.verify = verify
        self.safety = safety

    def prepare(self, bench):
        self.told = []
        if self.replaces:
            bench.world.change(self.database)
        self.snapshot = bench.snapshots_of(self.database)[0]
        self.old = bench.world.contents[self.database][-1]

    def path(self, bench):
        return bench.world.target / "new.db" if self.mode == "NEW_FILE" else bench.world.path(self.database)

    def act(self, bench):
        target = {"path": str(self.path(bench)), "mode": self.mode} if self.mode == "NEW_FILE" else {"database": self.database, "mode": self.mode}
        return bench.job("/restores", {"snapshot": self.snapshot, "target": target, "verify": self.verify, "safetySnapshot": self.safety})

    def allowed(self, bench, outcome):
        allowed = [self.path(bench)] if self.mode == "NEW_FILE" else []
        if self.mode == "REPLACE_FILE":
            allowed += bench.world.target.glob(f"{self.database}.db.replaced-*")
        if outcome is not None and outcome.job:
            self.told += [path for path in bench.world.target.glob(f".afterimage-{outcome.job}-*") if str(path) in str(outcome.result)]
        if outcome is not None and outcome.code == "TARGET_UNPROVEN":  # which the next application rolls back
            allowed.append(self.path(bench).with_name(f"{self.database}.db-journal"))
        return allowed + self.told

    def judge(self, bench, outcome):
        return target_complaints(bench, outcome, self.path(bench), self.database,
                                 None if self.mode == "NEW_FILE" else self.old, bench.truths[self.snapshot])

    def tidy(self, bench):
        for path in self.allowed(bench, None):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


class GroupRestore(Deed):
    """A group's snapshots over live databases: of the sources, which are left to it as targets."""

    def __init__(self, mode):
        super().__init__(f"group restore {mode}", ("home", "repository", "staging", "source" if mode == "REPLACE_LIVE" else "target"),
                         ("ledger", "plain") if mode == "REPLACE_LIVE" else (), ("ledger", "plain") if mode == "REPLACE_LIVE" else ())
        self.mode = mode

    def prepare(self, bench):
        self.group, self.members = bench.group()
        self.told = []
        self.old = {}
        for name in self.members:
            if self.replaces:
                bench.world.change(name)
                self.old[name] = bench.world.contents[name][-1]

    def path(self, bench, name):
        return bench.world.path(name) if self.replaces else bench.world.target / f"{name}-new.db"

    def act(self, bench):
        body = {"mode": self.mode, "verify": "QUICK"}
        if self.replaces:
            body["replaces"] = list(self.members)
        else:
            body["targets"] = {name: {"path": str(self.path(bench, name)), "mode": self.mode} for name in self.members}
        return bench.job(f"/groups/{self.group}/restores", body)

    def allowed(self, bench, outcome):
        if outcome is not None and outcome.job:
            self.told = [path for path in bench.world.target.glob(f".afterimage-{outcome.job}-*") if str(path) in str(outcome.result)]
        return self.told if self.replaces else self.told + [self.path(bench, name) for name in self.members]

    def judge(self, bench, outcome):
        complaints = []
        partly = Outcome("FAILED", "TARGET_UNPROVEN") if outcome.state == "FAILED" else outcome  # which of them is told in the problem
        for name, snapshot in self.members.items():
            complaints += target_complaints(bench, partly, self.path(bench, name), name, self.old.get(name), bench.truths[snapshot])
        return complaints

    def tidy(self, bench):
        for path in self.allowed(bench, None):
            path.unlink(missing_ok=True)


class Prune(Deed):

    def __init__(self):
        super().__init__("prune", ("home", "repository"))

    def prepare(self, bench):
        while len(bench.snapshots_of("plain")) < 4:
            bench.world.change("plain")
            bench.backup("plain")
        bench.served.call("PUT", "/databases/plain/retention", {"last": 2})
        # What is quarantined counts for no policy, and the newest that has passed a check stays: the service knows which go.
        preview = bench.served.call("POST", "/databases/plain/retention/preview")
        bench.may_go = {snapshot["id"] for snapshot in preview["snapshots"] if not snapshot["kept"]}

    def act(self, bench):
        return bench.job("/databases/plain/retention/prune", {})

    def judge(self, bench, outcome):
        left = [snapshot["id"] for snapshot in bench.listed if snapshot["id"] in bench.may_go]
        if outcome.state == "SUCCEEDED" and left:
            return [f"it SUCCEEDED and left {left}"]
        return []

    def tidy(self, bench):
        bench.served.call("DELETE", "/databases/plain/retention")


class Deletion(Deed):

    def __init__(self):
        super().__init__("snapshot deletion", ("home", "repository"))

    def prepare(self, bench):
        while len(bench.snapshots_of("plain")) < 3:
            bench.world.change("plain")
            bench.backup("plain")
        self.snapshot = bench.snapshots_of("plain")[0]
        bench.may_go = {self.snapshot}

    def act(self, bench):
        return bench.request("DELETE", f"/snapshots/{self.snapshot}")

    def judge(self, bench, outcome):
        listed = self.snapshot in [snapshot["id"] for snapshot in bench.listed]
        return ["it is still listed though its deletion was answered with success"] if listed and outcome.state == "SUCCEEDED" else []


class Look(Deed):
    """A request that only reads."""

    def __init__(self, name, places, path):
        super().__init__(name, places)
        self.path = path

    def prepare(self, bench):
        self.asked = self.path(bench)

    def act(self, bench):
        return bench.request("GET", self.asked)


def target_complaints(bench, outcome, path, database, old, new):
    """:param old: digest of what was there, None when nothing was"""
    try:
        if old is not None and database in bench.world.applications:
            found = bench.world.content(database)
        else:
            found = bench.world.content_at(path) if path.exists() else None
    except Exception as error:
        return [f"the target cannot be read: {error}"]
    state = "new" if found == new else "old" if found == old else "gone" if found is None else "neither old nor new"
    if outcome.state == "SUCCEEDED":
        return [] if state == "new" else [f"the target is {state} though the restore SUCCEEDED"]
    if state == "old" or state == "new" and outcome.code in ("TARGET_UNPROVEN", "STUCK"):
        return []
    if outcome.code == "TARGET_DISPLACED" and state == "gone":  # where it lies is told; the start puts it back
        return []
    return [f"the target is {state} though the restore is {outcome.told()}"]


def newest(name):
    return lambda bench: f"/snapshots/{bench.snapshots_of(name)[0]}"


def all_deeds():
    return [
        Backup("SCAN", "ledger", "QUICK"), Backup("SCAN", "plain", "NONE"), Backup("ONLINE", "ledger", "NONE"), Backup("ONLINE", "plain", "QUICK"),
        Backup("VACUUM", "ledger", "NONE"), Backup("LOCKED_COPY", "ledger", "NONE"), Backup("LOCKED_COPY", "plain", "QUICK"),
        GroupBackup(), Import(),
        Ask("check", ("home", "repository", "staging"), lambda bench: newest("plain")(bench) + "/checks", {"level": "FULL"}),
        Ask("drill", ("home", "repository", "staging"), lambda bench: "/databases/ledger/drills", {"snapshot": "LATEST", "verify": "QUICK"}),
        Ask("repository check", ("home", "repository"), lambda bench: "/repository/checks", {}),
        Ask("rebuild", ("home", "repository"), lambda bench: "/repository/rebuild", {}),
        Restore("restore NEW_FILE", "plain", "NEW_FILE"),
        Restore("restore REPLACE_LIVE WAL", "live", "REPLACE_LIVE", "NONE", safety=True),
        Restore("restore REPLACE_LIVE rollback", "quiet", "REPLACE_LIVE", "NONE", safety=True),
        Restore("restore REPLACE_FILE", "file", "REPLACE_FILE", "NONE"),
        Restore("restore REPLACE_FILE safety", "file", "REPLACE_FILE", "QUICK", safety=True),
        GroupRestore("REPLACE_LIVE"), GroupRestore("NEW_FILE"),
        Prune(), Deletion(),
        Look("download", ("home", "repository"), lambda bench: newest("plain")(bench) + "/content"),
        Look("schema", ("home", "repository", "staging"), lambda bench: newest("ledger")(bench) + "/schema"),
        Look("live facts", ("home", "source"), lambda bench: "/databases/ledger"),
        Start(),
    ]


class Start(Deed):
    """The service is killed, and started while something fails. It may refuse to start; a start without the fault must then do."""

    most = 60  # each takes as long as a hundred others

    def __init__(self):
        super().__init__("start", ("home", "repository", "staging"))

    def prepare(self, bench):
        bench.world.change("plain")
        bench.backup("plain")

    def act(self, bench):
        bench.served.stop(signal.SIGKILL)
        if bench.served.start():
            return Outcome("SUCCEEDED")
        refused = bench.served.process.poll() is not None
        bench.control.off()
        bench.served.stop(signal.SIGKILL)
        if not bench.served.start():
            return Outcome("DIED", "DIED")
        return Outcome("REFUSED") if refused else Outcome("FAILED", "HANGS")

    def allowed(self, bench, outcome):
        """A start settles what a restore before it could not: what was there is then kept under a dated name, as after any."""
        return list(bench.world.target.glob("*.db.replaced-*"))

    def judge(self, bench, outcome):
        return ["it neither starts nor ends"] if outcome.code == "HANGS" else []

    def tidy(self, bench):
        for path in self.allowed(bench, None):
            shutil.rmtree(path)


class Bench:
    """A served world, and what is known of its snapshots."""

    def __init__(self, served, world, control):
        self.served = served
        self.world = world
        self.control = control
        self.truths = {}
        self.may_go = set()
        self.listed = []
        self.pending = {}
        self.left_open = collections.Counter()
        self.files = {}
        self.before = {}
        self.footprints = {}

    def begin(self):
        """Databases, and a first group of snapshots of each."""
        for name in ("ledger", "plain", "live", "quiet", "file"):
            self.served.call("POST", "/databases", {"name": name, "path": str(self.world.path(name))})
        self.truths = {}
        self.files = {}
        for name in ("live", "quiet", "file"):
            self.backup(name)
        self.group()

    def list(self):
        self.listed = self.served.call("GET", "/snapshots?limit=500")["items"]
        return self.listed

    def snapshots_of(self, name):
        """Ids, newest first, of those that are good."""
        return [item["id"] for item in self.served.call("GET", f"/databases/{name}/snapshots?limit=500")["items"] if item["state"] == "AVAILABLE"]

    def group(self):
        """A group whose snapshots are all there: its id, and its snapshots by the names of their databases."""
        groups = {}
        for item in self.list():
            if item["groupId"] and item["state"] == "AVAILABLE":
                groups.setdefault(item["groupId"], {})[item["database"]] = item["id"]
        whole = [(group, members) for group, members in groups.items() if len(members) == 2]
        if whole:
            return whole[0]
        for name in ("ledger", "plain"):
            self.world.change(name)
        result = self.finished("/backups", {"databases": ["ledger", "plain"], "verify": "NONE"}).result
        for name, snapshot in result["snapshotIds"].items():
            self.truths[snapshot] = self.world.contents[name][-1]
        return result["groupId"], result["snapshotIds"]

    def backup(self, name):
        made = self.finished(f"/databases/{name}/backups", {"verify": "NONE"}).result["snapshotId"]
        self.truths[made] = self.world.contents[name][-1]

    def finished(self, path, body):
        """A job that must succeed."""
        outcome = self.job(path, {"deadline": "20s", **body})
        if outcome.state != "SUCCEEDED":
            raise Refused(f"POST {path}: {outcome.told()} {json.dumps(outcome.problem)}")
        return outcome

    def request(self, method, path):
        answer = self.served.ask(method, path)
        return Outcome("SUCCEEDED") if 200 <= answer.status < 300 else refused(answer)

    def job(self, path, body):
        """Submits a job and waits for its end. What stays in the way of it is taken away when it has had its effect."""
        if isinstance(body, bytes):
            path = f"{path}&deadline={SOON}"
        else:
            body = {"deadline": SOON, **body}
        answer = self.served.ask("POST", path, body)
        if answer.status != 202:
            return refused(answer)
        job = answer.body
        began = time.monotonic()
        while job["state"] not in ENDED and time.monotonic() < began + SECONDS_TO_END:
            answer = self.served.ask("GET", f"/jobs/{job['id']}?wait=2s")
            if answer.status == 200:
                job = answer.body
            elif self.served.process.poll() is not None:
                return Outcome("DIED", "DIED", job=job["id"])
            else:
                time.sleep(0.2)
            if time.monotonic() > began + SECONDS_ARMED:
                self.control.off()
        if job["state"] not in ENDED:
            return Outcome("STUCK", "STUCK", job=job["id"])
        problem = job["problem"] or {}
        if problem.get("code") == "INTERNAL_ERROR":
            self.served.defects.append(f"job {job['kind']} has INTERNAL_ERROR")
        return Outcome(job["state"], problem.get("code"), job["problem"], job["result"], job["id"])


def refused(answer):
    code = answer.body.get("code") if isinstance(answer.body, dict) else str(answer.body)[:60] if answer.status == 0 else None
    return Outcome("REFUSED", f"{answer.status} {code}", answer.body if isinstance(answer.body, dict) else None)
