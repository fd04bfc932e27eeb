"""A database that goes on changing, and what was kept of it."""

import pages
from orders import state_of


class History:
    """Snapshots of one database, a fraction of whose pages changes before each, and how few bytes could hold them."""

    def __init__(self, service, name, live, application, changed):
        self.service = service
        self.name = name
        self.live = live
        self.application = application
        self.changed = changed
        first = service.backup(name, "NONE")
        self.first_bytes = first["storedBytes"]
        self.changed_bytes = 0
        self.snapshots = [first | {"state": state_of(live)}]
        self.digests = pages.digests(live)

    def go_on(self, seed):
        self.application.change(self.changed, seed)
        job = self.service.backup(self.name, "NONE")
        changed, self.digests = what_changed(self.application, self.live, self.digests)
        self.changed_bytes += changed["changedBytesZstd"]
        self.snapshots.append(job | {"state": state_of(self.live)})
        return job | changed

    def oldest_middle_newest(self):
        return {"oldest": self.snapshots[0], "middle": self.snapshots[len(self.snapshots) // 2], "newest": self.snapshots[-1]}

    def facts(self):
        repository_bytes = self.service.stored_bytes(self.snapshots[-1]["snapshot"])
        return {"snapshots": len(self.snapshots), "firstBytes": self.first_bytes, "repositoryBytes": repository_bytes,
                "addedBytes": repository_bytes - self.first_bytes, "changedBytesZstd": self.changed_bytes}


def in_turns(run, steps):
    """Measures them in their order in odd runs and in the reverse order in even ones; answers in their order."""
    measured = {name: steps[name]() for name in (steps if run % 2 == 0 else reversed(steps))}
    return {name: measured[name] for name in steps}


def what_changed(application, live, before):
    """Checkpoints; counts the pages that differ from those digests, and the bytes of them. Also returns the new digests."""
    application.checkpoint()
    after = pages.digests(live)
    numbers = pages.changed(before, after)
    return {"changedPages": len(numbers), "changedBytesZstd": pages.compressed_bytes(live, numbers)}, after
