"""The directories and databases of a run, and what the content of each is known to be."""

import hashlib
import os
import shutil
import sqlite3

ROWS = 400


class World:
    """Everything below one directory. Two applications have their databases open all the time, as applications do."""

    def __init__(self, work):
        self.root = work / "world"
        self.home = self.root / "home"
        self.source = self.root / "source"
        self.target = self.root / "target"
        self.temporary = work / "tmp"
        self.judged = work / "judged.db"
        self.applications = {}
        self.turn = 0
        self.contents = {}

    def places(self):
        return {self.home: "home", self.home / "repository": "repository", self.home / "staging": "staging", self.home / "uploads": "staging",
                self.source: "source", self.target: "target"}

    def make(self):
        self.close()
        shutil.rmtree(self.root, ignore_errors=True)
        for directory in (self.home, self.source, self.target, self.temporary):
            directory.mkdir(parents=True, exist_ok=True)
        for name in DATABASES:
            connection = sqlite3.connect(self.path(name), isolation_level=None)
            connection.execute(f"PRAGMA journal_mode = {'WAL' if name in WAL else 'DELETE'}")
            connection.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, account TEXT NOT NULL, amount INTEGER NOT NULL, note BLOB)")
            connection.execute("CREATE INDEX entry_account ON entry (account)")
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO entry (account, amount, note) VALUES (?, ?, ?)", (
                (f"{name}-{number % 97}", number * 7, hashlib.sha256(f"{name} {number}".encode()).digest() * 6) for number in range(ROWS)))
            connection.execute("COMMIT")
            if name in WAL:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self.applications[name] = connection
            else:
                connection.close()
            self.contents[name] = [self.content(name)]

    def path(self, name):
        return (self.source if name in SOURCES else self.target) / f"{name}.db"

    def change(self, name):
        """Commits something, so that the next backup has something to store."""
        self.turn += 1
        connection = self.applications.get(name) or sqlite3.connect(self.path(name), isolation_level=None)
        connection.execute("UPDATE entry SET amount = amount + ?, note = randomblob(192) WHERE id % 97 = ?", (self.turn, self.turn % 97))
        if name not in self.applications:
            connection.close()
        self.contents[name].append(self.content(name))

    def settled(self, name):
        """Some restore may have changed the content: what it has now is what it had last."""
        content = self.content(name)
        if content != self.contents[name][-1]:
            self.contents[name].append(content)

    def content(self, name):
        """The digest of all rows, as an application reads them."""
        if name in self.applications:
            return digest(self.applications[name])
        return self.content_at(self.path(name))

    def content_at(self, path):
        """As the next application reads it, which rolls back what a hot journal says; both files stay as they are."""
        journal = path.with_name(path.name + "-journal")
        if not journal.exists():
            return self.content_of(path.read_bytes())
        rolled_back = self.judged.with_name("rolled-back.db")
        shutil.copyfile(path, rolled_back)
        shutil.copyfile(journal, rolled_back.with_name(rolled_back.name + "-journal"))
        connection = sqlite3.connect(rolled_back)
        try:
            return digest(connection)
        finally:
            connection.close()

    def content_of(self, file):
        """Of the bytes of a whole database file; raises sqlite3.DatabaseError where they are not one."""
        self.judged.write_bytes(file[:18] + b"\1\1" + file[20:])  # in rollback mode it needs no files beside it
        connection = sqlite3.connect(f"file:{self.judged}?mode=ro&immutable=1", uri=True)
        try:
            return digest(connection)
        finally:
            connection.close()

    def footprint(self, name):
        """What must stay as it is while a database is only read: inode and bytes of its file and its WAL."""
        facts = []
        for suffix in ("", "-wal"):
            path = str(self.path(name)) + suffix
            if os.path.exists(path):
                with open(path, "rb") as file:
                    facts.append((suffix, os.stat(path).st_ino, hashlib.sha256(file.read()).hexdigest()))
        return facts

    def repository_files(self):
        """The digests of all objects by path. They are immutable, so a snapshot whose objects are as they were is as it was."""
        files = {}
        for folder, _, names in os.walk(self.home / "repository"):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[path] = hashlib.sha256(file.read()).digest()
        return files

    def strays(self):
        """Files that nobody needs when no job runs."""
        known = {f"{name}.db{suffix}" for name in DATABASES for suffix in ("", *(("-wal", "-shm") if name in WAL else ()))}
        found = [path for place in (self.source, self.target) for path in place.iterdir() if path.name not in known]
        for place in (self.home / "staging", self.home / "uploads", self.home / "repository" / "tmp"):
            if place.is_dir():
                found += place.iterdir()
        return sorted(found)

    def is_kept_open(self, path):
        return path.startswith(str(self.home)) and os.path.dirname(path) == str(self.home)

    def close(self):
        for connection in self.applications.values():
            connection.close()
        self.applications = {}


SOURCES = ("ledger", "plain")
DATABASES = ("ledger", "plain", "live", "quiet", "file")
WAL = ("ledger", "live")


def digest(connection):
    """Raises sqlite3.DatabaseError where the database is not as SQLite makes it."""
    lines = [line for line, in connection.execute("PRAGMA integrity_check")]
    if lines != ["ok"]:
        raise sqlite3.DatabaseError("; ".join(lines[:3]))
    sha256 = hashlib.sha256()
    for sql in ("SELECT type, name, sql FROM sqlite_schema ORDER BY name", "SELECT id, account, amount, note FROM entry ORDER BY id"):
        for row in connection.execute(sql):
            sha256.update(repr(row).encode())
    return sha256.hexdigest()
