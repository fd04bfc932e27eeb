"""What a service holds and what it has written, looked at again and again: a line of a CSV each time."""

import collections
import csv
import json
import os
import pathlib
import re
import subprocess
import time

from memory import Memory

PLACES = ("staging", "spool", "uploads", "unsent", "cache", "catalog-copies", "repository")
FIELDS = ("at", "life", "arenas", "lifeSeconds", "descriptors", "threads", "residentBytes", "nativeBytes", "processorSeconds", "heapUsedBytes",
          "liveHeapBytes", "committedBytes", "mallocBytes", "committed", "catalogBytes", "catalogWalBytes", "homeFiles", "homeBytes",
          *(f"{place}{what}" for place in (*PLACES, "tmp", "copy", "databases") for what in ("Files", "Bytes")),
          "queued", "running", "ended", "lagSeconds", "waitingBytes", "copyLacking", "following", "protected", "sampleSeconds")
KILO = 1024


class Samples:
    """Each is written at once, so that nothing is lost with the soak itself. The service has its heap touched from the start, so what is
    resident beyond that is native memory."""

    def __init__(self, soak):
        self.soak = soak
        self.began = time.monotonic()
        self.file = soak.options.work / "samples.csv"
        with self.file.open("w") as file:
            csv.DictWriter(file, FIELDS).writeheader()

    def take(self, deeply):
        """Deeply: also after a full collection, and with what the JVM itself says that it has taken."""
        began = time.monotonic()
        sample = {"at": round(began - self.began, 1), "life": self.soak.life, "arenas": self.soak.arenas}
        sample |= self.on_disk()
        sample |= self.of_metrics()
        if deeply:
            sample |= self.of_the_jvm()
        sample |= self.of_the_process()
        sample["sampleSeconds"] = round(time.monotonic() - began, 2)
        with self.file.open("a") as file:
            csv.DictWriter(file, FIELDS).writerow(sample)

    def of_the_process(self):
        service = self.soak.service
        resident = service.resident_bytes()
        return {"lifeSeconds": round(time.monotonic() - service.began, 1), "descriptors": service.descriptors(), "threads": service.threads(),
                "residentBytes": resident, "nativeBytes": resident - heap_bytes(self.soak.options.heap),
                "processorSeconds": service.processor_seconds()}

    def on_disk(self):
        home, work = self.soak.service.home, self.soak.options.work
        found = {"catalogBytes": size(home / "catalog.db"), "catalogWalBytes": size(home / "catalog.db-wal")}
        for name, place in {**{place: home / place for place in PLACES}, "tmp": work / "tmp", "copy": self.soak.bucket_directory,
                            "databases": work / "databases", "home": home}.items():
            found[f"{name}Files"], found[f"{name}Bytes"] = files_under(place)
        return found

    def of_metrics(self):
        text = self.soak.service.request("GET", "/actuator/prometheus")[1].decode()
        jobs, ended = collections.Counter(), {}
        for kind, state, value in re.findall(r'^afterimage_jobs\{kind="(\w+)",state="(\w+)"\} (\S+)', text, re.M):
            jobs[state] += int(float(value))
        for kind, state, value in re.findall(r'^afterimage_jobs_ended_total\{kind="(\w+)",state="(\w+)"\} (\S+)', text, re.M):
            if float(value):
                ended[f"{kind} {state}"] = int(float(value))
        return {"heapUsedBytes": int(sum(values(text, "jvm_memory_used_bytes", 'area="heap"'))), "queued": jobs["QUEUED"],
                "running": jobs["RUNNING"], "ended": json.dumps(ended),
                "lagSeconds": max(values(text, "afterimage_follow_lag_seconds"), default=0),
                "waitingBytes": int(sum(values(text, "afterimage_follow_waiting_bytes"))),
                "copyLacking": int(sum(values(text, "afterimage_copy_lacking_snapshots"))),
                "following": int(sum(values(text, "afterimage_follow_following"))),
                "protected": int(sum(values(text, "afterimage_database_protected")))}

    def of_the_jvm(self):
        live = Memory(self.soak.service, self.soak.options).live_bytes()
        native = self.jcmd("VM.native_memory", "summary", "scale=KB")
        kinds = {kind.strip(): int(kilo) * KILO for kind, kilo in re.findall(r"^-\s+(.+?) \(reserved=\d+KB, committed=(\d+)KB", native, re.M)}
        return {"liveHeapBytes": live, "committed": json.dumps(kinds),
                "committedBytes": int(re.search(r"^Total: .*committed=(\d+)KB", native, re.M)[1]) * KILO,
                "mallocBytes": int(re.search(r"malloc: (\d+)KB", native)[1]) * KILO}

    def jcmd(self, *command):
        service = self.soak.service
        found = subprocess.run([pathlib.Path(self.soak.options.java).with_name("jcmd"), str(service.process.pid), *command],
                               check=True, capture_output=True, text=True, timeout=120)
        return found.stdout


def values(text, metric, label=""):
    return [float(value) for labels, value in re.findall(rf"^{metric}(?:\{{(.*)\}})? (\S+)$", text, re.M) if label in labels]


def heap_bytes(xmx):
    return int(xmx[:-1]) * {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[xmx[-1].lower()]


def size(file):
    return file.stat().st_size if file.exists() else 0


def files_under(directory):
    """How many, and their bytes. What goes away meanwhile is not counted."""
    files, bytes_ = 0, 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        below = files_under(entry.path)
                        files, bytes_ = files + below[0], bytes_ + below[1]
                    else:
                        files, bytes_ = files + 1, bytes_ + entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue
    except FileNotFoundError:
        pass
    return files, bytes_
