"""Memory, descriptors and threads of a service over time, and whether they stay flat."""

import pathlib
import re
import statistics
import subprocess
import threading
import time

AFTER_COLLECTION = re.compile(r"^\[([\d.]+)s\].*?(\d+)([KM])->(\d+)([KM])\(", re.M)
UNITS = {"K": 1024, "M": 1024 * 1024}


class Memory:
    """Samples each second; the collector tells in its log what is left after each collection."""

    def __init__(self, service, options):
        self.service = service
        self.options = options
        self.samples = []
        self.began = service.began
        self.ended = threading.Event()

    @staticmethod
    def gc_log(options):
        return options.work / "gc.log"

    @staticmethod
    def java_options(options):
        Memory.gc_log(options).unlink(missing_ok=True)
        return [f"-Xlog:gc:file={Memory.gc_log(options)}:uptime:filecount=0"]

    def __enter__(self):
        self.began = time.monotonic()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.watcher.join()
        self.seconds = time.monotonic() - self.began

    def watch(self):
        while not self.ended.wait(1):
            self.samples.append({"at": time.monotonic() - self.began, "residentBytes": self.service.resident_bytes(),
                                 "descriptors": self.service.descriptors(), "threads": self.service.threads()})

    def after_collections(self):
        """Seconds since the beginning and bytes left in the heap, of each collection that the log tells."""
        found = AFTER_COLLECTION.findall(self.gc_log(self.options).read_text())
        before = self.began - self.service.began
        return [(float(at) - before, int(left) * UNITS[unit]) for at, _, _, left, unit in found]

    def live_bytes(self):
        """What a full collection leaves. Also to be asked before the context."""
        jcmd = pathlib.Path(self.options.java).with_name("jcmd")
        subprocess.run([jcmd, str(self.service.process.pid), "GC.run"], check=True, capture_output=True, timeout=60)
        return self.after_collections()[-1][1]

    def second_and_last_quarter(self, measured):
        """The medians of what was measured in two quarters of the time."""
        def of(first, last):
            values = [value for at, value in measured if first <= at / self.seconds < last]
            return statistics.median(values) if values else None
        return of(0.25, 0.5), of(0.75, 1)

    def resident(self):
        return [(sample["at"], sample["residentBytes"]) for sample in self.samples]

    def most(self, what):
        return max(sample[what] for sample in self.samples)
