"""Which pages of a database changed, and how few bytes they could take."""

import hashlib
import os
import pathlib
import subprocess

PAGE = 4096
GROUP = 1 << 20


def digests(database):
    """Of every page of the file, in order. Pages that are only in a WAL are not seen: checkpoint first."""
    found = []
    with open(database, "rb") as file:
        while chunk := file.read(GROUP):
            found += [hashlib.blake2b(chunk[at:at + PAGE], digest_size=16).digest() for at in range(0, len(chunk), PAGE)]
    return found


def changed(before, after):
    """Page numbers from 0, of those that are new or differ."""
    return [number for number, digest in enumerate(after) if number >= len(before) or before[number] != digest]


def compressed_bytes(database, numbers):
    """What `zstd -3` makes of these pages in groups of 1 MiB: what an incremental backup cannot do much better than."""
    per_group = GROUP // PAGE
    total = 0
    with open(database, "rb") as file:
        for start in range(0, len(numbers), per_group):
            pages = b"".join(os.pread(file.fileno(), PAGE, number * PAGE) for number in numbers[start:start + per_group])
            total += len(subprocess.run(["zstd", "-3", "-q", "-c"], input=pages, capture_output=True, check=True).stdout)
    return total


def bytes_under(directory):
    return sum(path.stat().st_size for path in pathlib.Path(directory).rglob("*") if path.is_file())
