#!/usr/bin/env python3
"""Reads a snapshot out of an Afterimage repository, as docs/repository-format.md describes it, without Afterimage.

    read_snapshot.py REPOSITORY                                   lists the snapshots
    read_snapshot.py REPOSITORY DATABASE_ID SNAPSHOT_ID FILE      writes one as a plain SQLite file

    --passphrase-file FILE, --key-file FILE                       before the others: what opens a sealed repository

Needs Python 3.8 and the zstd command line tool, nothing else; for a sealed repository the package cryptography too, 44 or
newer for one that a passphrase opens. Every byte is proven before FILE gets its name.
"""
import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys

HEADER = struct.Struct(">8sHHI16s16s16s")  # magic, version, flags, page size, database, layer, reserved
ENTRY = struct.Struct(">QIIIIII16s16s")  # offset, bytes, pages, first, last, page list bytes, reserved, checksums
FOOTER = struct.Struct(">QQII32s8s")  # page lists at, block table at, blocks, reserved, index digest, magic
CHUNK = 1024  # entries of the block table that are proven together
BATCH = 64  # blocks handed to one zstd process
BLOCK, PAGE_LIST, BLOCK_TABLE = 1, 2, 3


def require(condition, otherwise):
    if not condition:
        sys.exit("damaged: " + otherwise)


def sha256(data):
    return hashlib.sha256(data).digest()


def hkdf(secret, salt, info):
    """RFC 5869 with SHA-256, 32 bytes."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), info + b"\1", "sha256")


class Plain:
    """What is stored is what was written."""

    def open_part(self, header, kind, number, stored, proof, what):
        require(sha256(stored)[:16] == proof, what)
        return stored

    def open_object(self, name, stored):
        return stored

    def page_digest(self, database):
        return lambda page: sha256(page)[:16]


class Sealed:
    """What is stored only opens with the key of the repository."""

    def __init__(self, key):
        self.key = key
        self.layer = None  # the header of the layer of which the key was made last

    def open(self, key, kind, number, stored, what):
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(key).decrypt(struct.pack(">IQ", kind, number), stored, None)
        except InvalidTag:
            sys.exit("damaged: " + what)

    def open_part(self, header, kind, number, stored, proof, what):
        if header != self.layer:
            self.layer, self.layer_key = header, hkdf(self.key, header[32:48], b"afterimage layer" + header)
        return self.open(self.layer_key, kind, number, stored + proof, what)

    def open_object(self, name, stored):
        require(stored[:8] == b"AIMGSEA1", name + " is not sealed, but the repository is")
        require(len(stored) >= 40 + 16, name + " is too short")
        key = hkdf(self.key, stored[8:40], b"afterimage object " + name.encode())
        size = (1 << 16) + 16
        parts = [stored[at : at + size] for at in range(40, len(stored), size)]
        kinds = [1] * (len(parts) - 1) + [2]
        return b"".join(self.open(key, kinds[i], i, part, name) for i, part in enumerate(parts))

    def opens(self, canary, identity):
        """Whether it is the key of the repository with that canary."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        stored = base64.b64decode(canary)
        key = hkdf(self.key, stored[8:40], b"afterimage object repository.json of " + identity.encode())
        try:
            return AESGCM(key).decrypt(struct.pack(">IQ", 2, 0), stored[40:], None) == b""
        except InvalidTag:
            return False

    def page_digest(self, database):
        key = hkdf(self.key, database, b"afterimage page digests")
        return lambda page: hmac.digest(key, page, "sha256")[:16]


def read_secret(path):
    """All of a file but one line end."""
    with open(path, "rb") as file:
        secret = file.read()
    if secret.endswith(b"\n"):
        secret = secret[:-2] if secret.endswith(b"\r\n") else secret[:-1]
    return secret


def unwrap(key, method, secret):
    """The repository's key, or None where this one was wrapped by another secret."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if key["format"] != 1 or key["method"] != method:
        return None
    salt = bytes.fromhex(key["salt"])
    if method == "PASSPHRASE":
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        cost = key["argon2id"]
        if not (cost["memoryKib"] <= 1 << 18 and cost["memoryKib"] * cost["passes"] <= 1 << 20 and cost["lanes"] <= 16):
            return None  # whoever can write the storage could have all memory taken
        argon2id = Argon2id(
            salt=salt, length=32, iterations=cost["passes"], lanes=cost["lanes"], memory_cost=cost["memoryKib"]
        )
        secret = argon2id.derive(secret)
    info = "afterimage key %s of repository %s" % (key["id"], key["repository"])
    try:
        wrapped = bytes.fromhex(key["wrapped"])
        return AESGCM(hkdf(secret, salt, info.encode())).decrypt(struct.pack(">IQ", 4, 0), wrapped, None)
    except InvalidTag:
        return None


def read_identity(repository):
    """Id and canary in repository.json; the canary is None where it is not sealed, the id too where there is no such file."""
    path = os.path.join(repository, "repository.json")
    if not os.path.exists(path):
        return None, None
    with open(path, "rb") as file:
        identity = json.load(file)
    require(identity["format"] == 3, "repository.json has format %s, known is 3" % identity["format"])
    return identity["id"], identity.get("canary")


def open_repository(repository, secrets):
    identity, canary = read_identity(repository)
    folder = os.path.join(repository, "keys")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    if canary is None and (identity or not names):
        if secrets:
            sys.exit("there is a passphrase or key file, but the repository is not sealed: it may be another one")
        return Plain()
    another = False
    for name in names:
        for method, secret in secrets:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    wrapped = json.load(file)
                key = unwrap(wrapped, method, secret) if wrapped["id"] == name else None
            except (ValueError, KeyError, TypeError):
                continue  # one that is broken opens nothing; the others do
            if key is None:
                continue
            if identity is None or wrapped["repository"] == identity and Sealed(key).opens(canary, identity):
                return Sealed(key)
            another = True
    if another:
        sys.exit("the key that opens is of another repository")
    sys.exit("the repository is sealed, and nothing that was given opens it")


def read_document(path, codec):
    """A manifest's or a compaction's file, proven by its checksum."""
    with open(path, "rb") as file:
        raw = codec.open_object("/".join(path.split(os.sep)[-3:]), file.read())
    document = json.loads(raw)
    require(document["format"] == 3, "%s has format %s, known is 3" % (path, document["format"]))
    end = len(raw) - len('"\n}\n')
    blank = raw[: end - 64] + b"0" * 64 + raw[end:]
    require(sha256(blank).hex().encode() == raw[end - 64 : end], path + " has another checksum")
    return document


def read_compactions(repository, database_id, codec):
    """By the first of the layers that were compacted."""
    folder = os.path.join(repository, "compactions", database_id)
    found = {}
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        compaction = read_document(os.path.join(folder, name), codec)["compaction"]
        require(compaction["databaseId"] == database_id, name + " is a compaction of another database")
        require(name == compaction["layers"][0] + ".json", name + " is another compaction")
        found[compaction["layers"][0]] = compaction
    return found


def layers_now(layers, compactions):
    """What became of the layers that a manifest names."""
    place = 0
    while place < len(layers):
        compaction = compactions.get(layers[place]["id"])
        end = place + len(compaction["layers"]) if compaction else place
        if compaction and [layer["id"] for layer in layers[place:end]] == compaction["layers"]:
            layers = layers[:place] + [compaction["into"]] + layers[end:]
            place = 0
        else:
            place += 1
    return layers


def read_manifest(path, codec):
    snapshot = read_document(path, codec)["snapshot"]
    folder, name = os.path.split(path)
    require(name == snapshot["id"] + ".json", path + " is the manifest of another snapshot")
    require(os.path.basename(folder) == snapshot["databaseId"], path + " is the manifest of another database")
    return snapshot


def read_at(file, offset, size):
    file.seek(offset)
    data = file.read(size)
    require(len(data) == size, "the layer is too short")
    return data


def read_index(file, snapshot, layer, codec):
    """Header, block table and footer, proven by the index digest in the manifest."""
    size = os.fstat(file.fileno()).st_size
    require(size == layer["bytes"], "the layer has %d bytes instead of %d" % (size, layer["bytes"]))
    database, name = (bytes.fromhex(text.replace("-", "")) for text in (snapshot["databaseId"], layer["id"]))
    header = HEADER.pack(b"AIMGLAYR", 3, 0, snapshot["pageSize"], database, name, bytes(16))
    require(read_at(file, 0, HEADER.size) == header, "the header is not that of this layer")
    footer = read_at(file, size - FOOTER.size, FOOTER.size)
    lists_at, table_at, count, _, digest, end_magic = FOOTER.unpack(footer)
    chunks = [min(CHUNK, count - first) * ENTRY.size for first in range(0, count, CHUNK)]
    table_size = sum(chunks) + len(chunks) * 16  # what proves a chunk comes behind it
    require(table_at + table_size + FOOTER.size == size, "the footer points astray")
    require(lists_at == size - layer["indexBytes"], "the index is not as long as the manifest says")
    table = read_at(file, table_at, table_size)
    require(sha256(header + table + footer[:24]).hex() == layer["indexDigest"], "the index is not the manifest's")
    require(digest.hex() == layer["indexDigest"] and end_magic == b"AIMGLEND", "the footer is not the index's")
    entries, at = [], 0
    for number, chunk in enumerate(chunks):
        stored, proof = table[at : at + chunk], table[at + chunk : at + chunk + 16]
        at += chunk + 16
        entries += ENTRY.iter_unpack(codec.open_part(header, BLOCK_TABLE, number, stored, proof, "the block table"))
    require(sum(entry[2] for entry in entries) == layer["pages"], "a layer of another number of pages")
    return header, lists_at, entries


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


def write_layer(file, snapshot, index, out, digests, codec):
    """Writes a layer's pages to their places, over those of the layers before, and keeps their digests."""
    (header, lists_at, entries), page_size = index, snapshot["pageSize"]
    page_digest = codec.page_digest(header[16:32])
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        frames = []
        for number, entry in enumerate(batch, start):
            block = read_at(file, entry[0], entry[1])
            frames.append(codec.open_part(header, BLOCK, number, block, entry[7], "the block at %d" % entry[0]))
        # Frames of zstd may follow each other: one process decompresses many blocks.
        plain = subprocess.run(["zstd", "-dcq"], input=b"".join(frames), stdout=subprocess.PIPE, check=True).stdout
        require(len(plain) == sum(entry[2] for entry in batch) * page_size, "blocks of another size")
        at = 0
        for block, (_, _, pages, first, last, list_bytes, _, _, proof) in enumerate(batch, start):
            what = "the page list of page %d" % first
            page_list = codec.open_part(header, PAGE_LIST, block, read_at(file, lists_at, list_bytes), proof, what)
            lists_at += list_bytes
            numbers, list_digests = read_page_list(page_list, pages)
            require((numbers[0], numbers[-1]) == (first, last), "the pages of a block")
            for slot, number in enumerate(numbers):
                page = plain[at : at + page_size]
                at += page_size
                if number <= snapshot["pageCount"]:
                    digest = list_digests[slot * 16 : slot * 16 + 16]
                    require(page_digest(page) == digest, "page %d" % number)
                    digests[(number - 1) * 16 : number * 16] = digest
                    out.seek((number - 1) * page_size)
                    out.write(page)


def write_database(repository, snapshot, out, codec):
    digests = bytearray(16 * snapshot["pageCount"])
    compactions = read_compactions(repository, snapshot["databaseId"], codec)
    for layer in layers_now(snapshot["layers"], compactions):  # the oldest first
        with open(os.path.join(repository, "layers", snapshot["databaseId"], layer["id"]), "rb") as file:
            write_layer(file, snapshot, read_index(file, snapshot, layer, codec), out, digests, codec)
    # Where no layer has a page its digest is still zero, and so this fails.
    require(sha256(digests).hex() == snapshot["treeDigest"], "the tree digest")
    if snapshot["sha256"] is not None:
        whole = hashlib.sha256()
        out.seek(0)
        for part in iter(lambda: out.read(1 << 20), b""):
            whole.update(part)
        require(whole.hexdigest() == snapshot["sha256"], "the SHA-256 of the file")


def main(arguments):
    secrets = []
    while len(arguments) > 1 and arguments[0] in ("--passphrase-file", "--key-file"):
        secrets.append(("PASSPHRASE" if arguments[0] == "--passphrase-file" else "KEY_FILE", read_secret(arguments[1])))
        arguments = arguments[2:]
    if not arguments:
        sys.exit(__doc__)
    codec = open_repository(arguments[0], secrets)
    if len(arguments) == 1:
        for folder, _, names in sorted(os.walk(os.path.join(arguments[0], "manifests"))):
            for found in (read_manifest(os.path.join(folder, name), codec) for name in sorted(names)):
                print(found["databaseName"], found["createdAt"], found["databaseId"], found["id"])
        return
    if len(arguments) != 4:
        sys.exit(__doc__)
    repository, database_id, snapshot_id, target = arguments
    snapshot = read_manifest(os.path.join(repository, "manifests", database_id, snapshot_id + ".json"), codec)
    part = target + ".part"
    try:
        # Only its owner may read it, as he alone may read what it is read from.
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as out:
            write_database(repository, snapshot, out, codec)
        os.rename(part, target)
    finally:
        if os.path.exists(part):
            os.remove(part)


if __name__ == "__main__":
    main(sys.argv[1:])
