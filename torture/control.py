"""What the shim is told and tells: a file that both map. The layout is that of shim.c."""

import errno
import mmap
import pathlib
import struct
import subprocess
import sys

CALLS = ("read", "open", "write", "create", "sync", "rename", "link", "unlink", "truncate", "mkdir", "copy", "map", "list", "stat",
         "close", "mode")
PLACES = ("home", "repository", "staging", "source", "target")
ERRORS = {name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EROFS", "EACCES", "EMFILE", "ENOMEM", "EINVAL")}

OFF, COUNTING, ARMED = range(3)
HEADER = struct.Struct("<IIIiIIIIIIII")
ROOM_OF_CALLS, ROOM_OF_PLACES, TOLD, TEXT, PREFIXES = 32, 8, 8, 256, 16
COUNTS = struct.Struct(f"<{ROOM_OF_PLACES * ROOM_OF_CALLS}I")
PREFIX = struct.Struct(f"<I{TEXT - 4}s")
AT_COUNTS = HEADER.size
AT_TOLD = AT_COUNTS + COUNTS.size
AT_PREFIXES = AT_TOLD + TOLD * TEXT
SIZE = AT_PREFIXES + PREFIXES * PREFIX.size


def build_shim(work):
    """gcc makes it anew each time: that takes a second, and an old one would speak another layout."""
    source = pathlib.Path(__file__).with_name("shim.c")
    shim = work / "shim.so"
    made = subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", shim, source, "-ldl"], capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(f"gcc could not make the shim:\n{made.stderr}")
    return shim


class Control:
    """Of one process at a time: the prefixes stay, faults come and go while it runs."""

    def __init__(self, path, prefixes):
        """:param prefixes: place by path; the longest path that fits decides"""
        self.path = path
        path.write_bytes(bytes(SIZE))
        self.file = path.open("r+b")
        self.map = mmap.mmap(self.file.fileno(), SIZE)
        for number, (prefix, place) in enumerate(prefixes.items()):
            self.map[AT_PREFIXES + number * PREFIX.size:AT_PREFIXES + (number + 1) * PREFIX.size] = PREFIX.pack(
                PLACES.index(place), str(prefix).encode())
        self.prefixes = len(prefixes)
        self.header(OFF)

    def header(self, state, calls=(), places=(), error=None, half=False, nth=0, on=False):
        loaded = HEADER.unpack_from(self.map, 0)[7]
        packed = HEADER.pack(
            OFF, bits(CALLS, calls), bits(PLACES, places), ERRORS[error] if error else 0, half, nth, on, loaded, 0, 0, self.prefixes, 0)
        self.map[0:4] = struct.pack("<I", OFF)
        self.map[4:HEADER.size] = packed[4:]
        self.map[0:4] = struct.pack("<I", state)

    def arm(self, fault):
        self.forget()
        self.header(ARMED, fault.calls, [fault.place], fault.error, fault.half, fault.nth, fault.on)

    def count(self):
        self.forget()
        self.header(COUNTING)

    def off(self):
        """What was met stays to be read."""
        self.map[0:4] = struct.pack("<I", OFF)

    def forget(self):
        self.off()
        self.map[AT_COUNTS:AT_PREFIXES] = bytes(AT_PREFIXES - AT_COUNTS)

    def counts(self):
        """Calls by place and kind since the last change, without those that were not made at all."""
        numbers = COUNTS.unpack_from(self.map, AT_COUNTS)
        return {(place, call): numbers[p * ROOM_OF_CALLS + c]
                for p, place in enumerate(PLACES) for c, call in enumerate(CALLS) if numbers[p * ROOM_OF_CALLS + c]}

    def loaded(self):
        return HEADER.unpack_from(self.map, 0)[7]

    def failed(self):
        return HEADER.unpack_from(self.map, 0)[9]

    def told(self):
        """The first calls that failed, as function and path."""
        texts = (self.map[AT_TOLD + number * TEXT:AT_TOLD + (number + 1) * TEXT] for number in range(TOLD))
        return [text.split(b"\0")[0].decode(errors="replace") for text in texts if text[0]]


def bits(names, chosen):
    return sum(1 << names.index(name) for name in chosen)
