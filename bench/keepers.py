"""The ways to keep versions of a live database that bench/all compares: one class for each kind, all with the same methods.

`needs` are the commands without which one is skipped, `command` is what a person would type, `one_by_one` whether it keeps versions at all,
or follows the database and is asked for the newest state only.
"""

import os
import pathlib
import shutil
import subprocess
import time

from competitors import Borg, Restic
from machine import first_line
from orders import copy_of, remove
from pages import bytes_under
from processes import CommandFailed, Usage, die_with_parent, run_bounded
from service import Service


class Keeper:
    """Versions are numbered from 0. What is kept lies below `kept`."""

    needs = ()
    one_by_one = True

    def __init__(self, options, scratch, original, live):
        self.options = options
        self.scratch = scratch
        self.original = original
        self.live = live
        self.kept = scratch / "kept"
        self.kept.mkdir()

    def begin(self):
        """What is done once, and not counted."""

    def stored(self):
        return bytes_under(self.kept)

    def largest_file(self, since):
        """Of what was written for the newest version."""
        return largest(self.kept.rglob("*"), since)

    def end(self):
        """Ends what begin has started."""

    @classmethod
    def version(cls):
        return None


class Copies(Keeper):
    """A plain copy for each version."""

    def file(self, number):
        return self.kept / f"{number}.db"

    def keep(self, number):
        usage = self.copy(self.file(number))
        run_bounded(["sync", self.file(number)])
        return usage

    def restore(self, number, target):
        run_bounded(["cp", self.file(number), target / "orders.db"])
        return target / "orders.db"

    def check(self):
        for file in sorted(self.kept.iterdir()):
            said = subprocess.run(["sqlite3", file, "PRAGMA integrity_check"], capture_output=True, text=True)
            if said.stdout != "ok\n":
                raise CommandFailed(f"{file}: {said.stdout}{said.stderr}")


class DotBackup(Copies):
    name = "`.backup`"
    command = "sqlite3 orders.db \".backup 'copy.db'\""

    def copy(self, target):
        return run_bounded(["sqlite3", self.live, f".backup '{target}'"], self.options.patience)


class VacuumInto(Copies):
    name = "`VACUUM INTO`"
    command = "sqlite3 orders.db \"VACUUM INTO 'copy.db'\""

    def copy(self, target):
        return run_bounded(["sqlite3", self.live, f"VACUUM INTO '{target}'"])


class Compressed(VacuumInto):
    name = "`VACUUM INTO`, `zstd -3`"
    command = VacuumInto.command + " && zstd -3 --rm copy.db"
    needs = ("zstd",)

    def file(self, number):
        return self.kept / f"{number}.db.zst"

    def keep(self, number):
        copy = self.scratch / "copy.db"
        usage = added(self.copy(copy), run_bounded(["zstd", "-3", "-q", "--rm", copy, "-o", self.file(number)]))
        run_bounded(["sync", self.file(number)])
        return usage

    def restore(self, number, target):
        run_bounded(["zstd", "-d", "-q", self.file(number), "-o", target / "orders.db"])
        return target / "orders.db"

    def check(self):
        run_bounded(["zstd", "-t", "-q", *sorted(self.kept.iterdir())])


class LiveFile(Copies):
    name = "`cp` of the live file"
    command = "cp orders.db copy.db"

    def copy(self, target):
        return run_bounded(["cp", self.live, target])


class ByTool(Keeper):
    """restic or borg. It gets the directory in which the application writes, or a copy that VACUUM INTO has made."""

    of_copy = True

    def begin(self):
        self.tool = self.kind(self.kept)
        self.tool.initialize()

    def keep(self, number):
        if not self.of_copy:
            return self.store(number, self.live.parent)
        copies = self.scratch / "copies"
        copies.mkdir(exist_ok=True)
        remove(copies / "orders.db")
        copied = run_bounded(["sqlite3", self.live, f"VACUUM INTO '{copies / 'orders.db'}'"])
        return added(copied, self.store(number, copies))

    def stored(self):
        return bytes_under(self.tool.repository)

    def largest_file(self, since):
        return largest(self.tool.repository.glob("data/*/*"), since)  # not an index, which can be made anew


class ByRestic(ByTool):
    name = "restic, of such a copy"
    needs = ("restic",)
    kind = Restic
    command = VacuumInto.command + " && restic backup copy.db"

    def store(self, number, directory):
        return self.tool.run("backup", "--tag", f"version-{number}", ".", cwd=directory)

    def restore(self, number, target):
        self.tool.run("restore", "latest", "--tag", f"version-{number}", "--target", target)
        return target / "orders.db"

    def check(self):
        self.tool.run("check", "--read-data")

    @classmethod
    def version(cls):
        return first_line(["restic", "version"])


class ByResticLive(ByRestic):
    name = "restic, of the live files"
    command = "restic backup ."
    of_copy = False


class ByBorg(ByTool):
    name = "borg, of such a copy"
    needs = ("borg",)
    kind = Borg
    chunker = ()
    command = VacuumInto.command + " && borg create --compression zstd,3 repository::version copy.db"

    def store(self, number, directory):
        archive = f"{self.tool.repository}::{number}"
        return self.tool.run("create", "--compression", "zstd,3", *self.chunker, archive, ".", cwd=directory, warns=1)

    def restore(self, number, target):
        self.tool.run("extract", f"{self.tool.repository}::{number}", cwd=target)
        return target / "orders.db"

    def check(self):
        self.tool.run("check", "--verify-data", self.tool.repository)

    @classmethod
    def version(cls):
        return first_line(["borg", "--version"])


class ByBorgPages(ByBorg):
    name = "the same, in chunks of a page"
    chunker = ("--chunker-params", "fixed,4096")
    command = ByBorg.command.replace("zstd,3", "zstd,3 --chunker-params fixed,4096")


class ByBorgLive(ByBorg):
    name = "borg, of the live files"
    command = "borg create --compression zstd,3 repository::version ."
    of_copy = False


class ByService(Keeper):
    """A service of its own, that has done one backup and one restore before, for the JVM."""

    name = "Afterimage"
    verify, restored_with = "AUTO", "QUICK"
    command = "curl … -X POST $API/databases/orders/backups"

    def begin(self):
        self.snapshots = []
        self.service = Service(self.options, home=self.kept.relative_to(self.options.work))
        self.service.__enter__()
        with copy_of(self.original, self.scratch / "warm-up.db") as warm:
            self.service.register("warm-up", warm)
            self.service.restore(self.service.backup("warm-up", "NONE")["snapshot"], self.scratch / "restored-warm-up.db")
        remove(self.scratch / "restored-warm-up.db")
        self.before = bytes_under(self.repository())
        self.service.register("orders", self.live)

    def repository(self):
        return self.service.home / "repository"

    def keep(self, number):
        return self.used(lambda: self.snapshots.append(self.service.backup("orders", self.verify)["snapshot"]))

    def used(self, work):
        before = self.service.processor_seconds()
        work()
        return Usage(self.service.processor_seconds() - before, self.service.peak_resident_bytes())

    def restore(self, number, target):
        self.service.restore(self.snapshots[number], target / "orders.db", self.restored_with)
        return target / "orders.db"

    def check(self):
        self.service.finished("POST", "/repository/checks", {})

    def stored(self):
        return bytes_under(self.repository()) - self.before

    def largest_file(self, since):
        return largest(self.repository().glob("layers/*/*"), since)

    def end(self):
        self.service.__exit__()


class ByServiceUnchecked(ByService):
    name = "Afterimage, checking nothing"
    verify = restored_with = "NONE"
    command = "the same with --json '{\"verify\": \"NONE\"}', and a restore with verify NONE"


class Following(ByService):
    name = "Afterimage, following"
    one_by_one = False
    command = "curl … -X PUT $API/databases/orders/follow --json '{\"interval\": \"1s\", \"besideSource\": true}'"

    def keep(self, number):
        return self.used(self.follow)

    def follow(self):
        self.service.call("PUT", "/databases/orders/follow", {"interval": "1s", "besideSource": True})
        while not self.service.call("GET", "/databases/orders/timeline")["reachable"]:
            time.sleep(0.05)

    def taken(self):
        return self.service.processor_seconds(), self.service.peak_resident_bytes()

    def behind(self):
        """How many commits the repository lacks of those that the service has seen."""
        position = self.service.call("GET", "/databases/orders/follow")["position"]
        return position["commit"] - position["storedCommit"]

    def caught_up(self):
        self.commit = self.service.call("POST", "/databases/orders/follow/flush?wait=60s")["commit"]

    def restore(self, number, target):
        body = {"database": "orders", "commit": self.commit, "target": {"path": str(target / "orders.db")}, "verify": self.restored_with}
        self.service.finished("POST", "/restores", body)
        return target / "orders.db"


class Litestream(Keeper):
    """Either format: snapshots and segments of the WAL (0.3), or LTX files (0.5)."""

    name = "Litestream"
    needs = ("litestream",)
    one_by_one = False
    command = "litestream replicate orders.db file:///replica; litestream restore -o restored.db file:///replica"

    def keep(self, number):
        with (self.scratch / "litestream.log").open("w") as log:
            self.process = subprocess.Popen(["litestream", "replicate", self.live, self.url(self.kept)], stdout=log,
                                            stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        until = time.monotonic() + 600
        while not any(path.suffix == ".ltx" or path.name.endswith(".snapshot.lz4") for path in self.kept.rglob("*")):
            if self.process.poll() is not None or time.monotonic() > until:
                raise CommandFailed("litestream made no snapshot: " + (self.scratch / "litestream.log").read_text()[-1000:])
            time.sleep(0.05)
        return Usage(*self.taken())

    @staticmethod
    def url(directory):
        return f"file://{directory}"

    def taken(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(status[status.index("VmHWM:") + 1]) * 1024

    def snatch(self, copy):
        """The replica as it is at a moment: what would be left if the machine were lost then."""
        shutil.copytree(self.kept, copy, ignore=shutil.ignore_patterns("*.tmp"))

    def restore_snatched(self, copy, target):
        run_bounded(["litestream", "restore", "-o", target, self.url(copy)])

    def caught_up(self):
        """It takes the rest when it is told to end."""
        self.process.terminate()
        self.process.wait(timeout=60)

    def restore(self, number, target):
        run_bounded(["litestream", "restore", "-o", target / "orders.db", self.url(self.kept)])
        return target / "orders.db"

    check = None

    def end(self):
        if hasattr(self, "process") and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @classmethod
    def version(cls):
        return "Litestream " + str(first_line(["litestream", "version"]))


ALL = {
    "service": ByService, "unchecked": ByServiceUnchecked, "backup": DotBackup, "vacuum": VacuumInto, "zstd": Compressed, "cp": LiveFile,
    "restic": ByRestic, "restic-live": ByResticLive, "borg": ByBorg, "borg-pages": ByBorgPages, "borg-live": ByBorgLive,
    "following": Following, "litestream": Litestream,
}


def added(*usages):
    """Of commands that ran one after the other."""
    return Usage(sum(each.processor_seconds for each in usages), max((each.peak_bytes for each in usages if each.peak_bytes), default=None),
                 any(each.warned for each in usages))


def largest(paths, since):
    return max((path for path in paths if path.is_file() and path.stat().st_mtime >= since), key=lambda path: path.stat().st_size)
