"""Which faults there are: for each deed what a run without faults calls where, and for each call what can become of it."""

import collections
import dataclasses
import random

MODIFYING = ("write", "create", "sync", "rename", "link", "unlink", "truncate", "mkdir", "copy", "mode")
GROWING = ("write", "create", "truncate", "mkdir", "link", "copy")
ALL = ("read", "open", "list", "stat", "close", "map", *MODIFYING)

ERRORS = {
    "read": ("EIO", "half"),
    "open": ("EIO", "EACCES", "EMFILE"),
    "write": ("EIO", "ENOSPC", "half"),
    "create": ("EIO", "ENOSPC", "EROFS"),
    "sync": ("EIO", "ENOSPC"),
    "rename": ("EIO", "ENOSPC", "EROFS"),
    "link": ("EIO", "ENOSPC", "EROFS"),
    "unlink": ("EIO", "EROFS"),
    "truncate": ("EIO", "ENOSPC"),
    "mkdir": ("EIO", "ENOSPC", "EROFS"),
    "copy": ("EIO", "ENOSPC", "half"),
    "map": ("ENOMEM",),
    "list": ("EIO",),
    "stat": ("EIO",),
    "close": ("EIO",),
    "mode": ("EIO", "EROFS"),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """
    The n-th of these calls at that place fails, or all from it on.

    :param name: of the call, or of what befell the disk: FULL, READ_ONLY, DEAD
    :param error: None when the call only transfers half of what was asked for
    :param half: the first one transfers half; with an error, all that follow fail
    """
    deed: str
    place: str
    name: str
    calls: tuple
    nth: int
    error: str
    half: bool
    on: bool

    def key(self):
        error = (self.error or "half") + ("-after-half" if self.half and self.error else "")
        return f"{self.deed} {self.place} {self.name} {self.nth} {error} {'on' if self.on else 'once'}"


def faults_of(deed, counts, places, most):
    """:param counts: calls by place and kind of a run without faults"""
    faults = []
    for place in places:
        for call, errors in ERRORS.items():
            for nth in spread(counts.get((place, call), 0), most):
                for error in errors:
                    half = error == "half"
                    for on in (False, True):
                        faults.append(Fault(deed, place, call, (call,), nth, None if half else error, half, on))
        for name, calls, error, half in (("FULL", GROWING, "ENOSPC", True), ("READ_ONLY", MODIFYING, "EROFS", False), ("DEAD", ALL, "EIO", False)):
            for nth in spread(sum(counts.get((place, call), 0) for call in calls), 2 * most):
                faults.append(Fault(deed, place, name, calls, nth, error, half, True))
    return faults


def spread(count, most):
    """All numbers from 1 to count, or so many of them, the first and the last ones closer together."""
    if count <= most:
        return list(range(1, count + 1))
    near = max(1, most // 4)
    chosen = set(range(1, near + 1)) | set(range(count - near + 1, count + 1))
    between = most - len(chosen)
    chosen |= {near + round((count - 2 * near) * (number + 1) / (between + 1)) for number in range(between)}
    return sorted(chosen)


def in_turn(faults, seed):
    """Shuffled, and so that however many are taken, each deed, place and call has had nearly as many as the others."""
    chance = random.Random(seed)
    lots = collections.defaultdict(list)
    for fault in faults:
        lots[fault.deed, fault.place, fault.name].append(fault)
    for lot in lots.values():
        chance.shuffle(lot)
    order = list(lots.values())
    ordered = []
    while order:
        chance.shuffle(order)
        ordered += [lot.pop() for lot in order]
        order = [lot for lot in order if lot]
    return ordered
