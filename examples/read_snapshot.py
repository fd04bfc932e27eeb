#!/usr/bin/env python3
"""Reads a snapshot out of an Afterimage repository, as docs/repository-format.md describes it, without Afterimage.

    read_snapshot.py REPOSITORY                                   lists the snapshots
    read_snapshot.py REPOSITORY DATABASE_ID SNAPSHOT_ID FILE      writes one as a plain SQLite file

Needs Python 3.8 and the zstd command line tool, nothing else. Every byte is proven before FILE gets its name.
"""
import hashlib
import json
import os
import struct
import subprocess
import sys

HEADER = struct.Struct(">8sHHI16s16s16s")  # magic, version, flags, page size, database, layer, reserved
ENTRY = struct.Struct(">QIIIIII16s16s")  # offset, bytes, pages, first, last, page list bytes, reserved, checksums
FOOTER = struct.Struct(">QQII32s8s")  # page lists at, block table at, blocks, reserved, index digest, magic
BATCH = 64  # blocks handed to one zstd process


def require(condition, otherwise):
    if not condition:
        sys.exit("damaged: " + otherwise)


def sha256(data):
    return hashlib.sha256(data).digest()


def read_manifest(path):
    with open(path, "rb") as file:
        raw = file.read()
    document = json.loads(raw)
    require(document["format"] == 3, "%s has format %s, known is 3" % (path, document["format"]))
    end = len(raw) - len('"\n}\n')
    blank = raw[: end - 64] + b"0" * 64 + raw[end:]
    require(sha256(blank).hex().encode() == raw[end - 64 : end], path + " has another checksum")
    snapshot = document["snapshot"]
    folder, name = os.path.split(path)
    require(name == snapshot["id"] + ".json", path + " is the manifest of another snapshot")
    require(os.path.basename(folder) == snapshot["databaseId"], path + " is the manifest of another database")
    return snapshot


def read_at(file, offset, size):
    file.seek(offset)
    data = file.read(size)
    require(len(data) == size, "the layer is too short")
    return data


def read_index(file, snapshot, layer):
    """Header, block table and footer, proven by the index digest in the manifest."""
    size = os.fstat(file.fileno()).st_size
    require(size == layer["bytes"], "the layer has %d bytes instead of %d" % (size, layer["bytes"]))
    database, name = (bytes.fromhex(text.replace("-", "")) for text in (snapshot["databaseId"], layer["id"]))
    header = HEADER.pack(b"AIMGLAYR", 3, 0, snapshot["pageSize"], database, name, bytes(16))
    require(read_at(file, 0, HEADER.size) == header, "the header is not that of this layer")
    footer = read_at(file, size - FOOTER.size, FOOTER.size)
    lists_at, table_at, count, _, digest, end_magic = FOOTER.unpack(footer)
    require(table_at + count * ENTRY.size + FOOTER.size == size, "the footer points astray")
    require(lists_at == size - layer["indexBytes"], "the index is not as long as the manifest says")
    table = read_at(file, table_at, count * ENTRY.size)
    require(sha256(header + table + footer[:24]).hex() == layer["indexDigest"], "the index is not the manifest's")
    require(digest.hex() == layer["indexDigest"] and end_magic == b"AIMGLEND", "the footer is not the index's")
    entries = list(ENTRY.iter_unpack(table))
    require(sum(entry[2] for entry in entries) == layer["pages"], "a layer of another number of pages")
    return lists_at, entries


def read_page_list(data, pages):
    """Page numbers, and the concatenated page digests."""
    numbers, number, at = [], 0, 0
    for _ in range(pages):
        distance, shift = 0, 0
        while True:
            group = data[at]
            at += 1
            distance |= (group & 0x7F) << shift
            shift += 7
            if group < 0x80:
                break
        number += distance
        numbers.append(number)
    return numbers, data[at:]


def write_layer(file, snapshot, index, out, digests):
    """Writes a layer's pages to their places, over those of the layers before, and keeps their digests."""
    (lists_at, entries), page_size = index, snapshot["pageSize"]
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        stored = [read_at(file, entry[0], entry[1]) for entry in batch]
        for entry, block in zip(batch, stored):
            require(sha256(block)[:16] == entry[7], "the block at %d" % entry[0])
        # Frames of zstd may follow each other: one process decompresses many blocks.
        plain = subprocess.run(["zstd", "-dcq"], input=b"".join(stored), stdout=subprocess.PIPE, check=True).stdout
        require(len(plain) == sum(entry[2] for entry in batch) * page_size, "blocks of another size")
        at = 0
        for _, _, pages, first, last, list_bytes, _, _, list_checksum in batch:
            page_list = read_at(file, lists_at, list_bytes)
            lists_at += list_bytes
            require(sha256(page_list)[:16] == list_checksum, "the page list of page %d" % first)
            numbers, list_digests = read_page_list(page_list, pages)
            require((numbers[0], numbers[-1]) == (first, last), "the pages of a block")
            for slot, number in enumerate(numbers):
                page = plain[at : at + page_size]
                at += page_size
                if number <= snapshot["pageCount"]:
                    digest = list_digests[slot * 16 : slot * 16 + 16]
                    require(sha256(page)[:16] == digest, "page %d" % number)
                    digests[(number - 1) * 16 : number * 16] = digest
                    out.seek((number - 1) * page_size)
                    out.write(page)


def write_database(repository, snapshot, out):
    digests = bytearray(16 * snapshot["pageCount"])
    for layer in snapshot["layers"]:  # the oldest first
        with open(os.path.join(repository, "layers", snapshot["databaseId"], layer["id"]), "rb") as file:
            write_layer(file, snapshot, read_index(file, snapshot, layer), out, digests)
    # Where no layer has a page its digest is still zero, and so this fails.
    require(sha256(digests).hex() == snapshot["treeDigest"], "the tree digest")
    if snapshot["sha256"] is not None:
        whole = hashlib.sha256()
        out.seek(0)
        for part in iter(lambda: out.read(1 << 20), b""):
            whole.update(part)
        require(whole.hexdigest() == snapshot["sha256"], "the SHA-256 of the file")


def main(arguments):
    if len(arguments) == 1:
        for folder, _, names in sorted(os.walk(os.path.join(arguments[0], "manifests"))):
            for found in (read_manifest(os.path.join(folder, name)) for name in sorted(names)):
                print(found["databaseName"], found["createdAt"], found["databaseId"], found["id"])
        return
    if len(arguments) != 4:
        sys.exit(__doc__)
    repository, database_id, snapshot_id, target = arguments
    snapshot = read_manifest(os.path.join(repository, "manifests", database_id, snapshot_id + ".json"))
    with open(target + ".part", "w+b") as out:
        write_database(repository, snapshot, out)
    os.rename(target + ".part", target)


if __name__ == "__main__":
    main(sys.argv[1:])
