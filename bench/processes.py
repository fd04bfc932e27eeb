"""Child processes that always end: by their id when the benchmark ends, and on Linux even when it is killed itself."""

import ctypes
import dataclasses
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Optional


def unwind_on_sigterm():
    """A SIGTERM unwinds as Ctrl-C does, so that every process is ended and every copy removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))


def die_with_parent():
    """For a new child: on Linux it ends even when its parent is killed and can end nothing itself."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


LONGEST_SECONDS = 1800


class CommandFailed(SystemExit):
    """An error of a command: it ends the benchmark unless it is a measurement."""


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a process took: seconds of processor time, and the most memory that was resident, None where that is not known."""

    processor_seconds: float
    peak_bytes: Optional[int]
    warned: bool = False


def run_bounded(command, seconds=None, warns=None, **how):
    """Ends the process when the time is over; an error of the command ends the benchmark. Returns what it took.

    `warns` is the exit code by which the command says that it has done its work, and that something was wrong with it.
    """
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors, text=True, preexec_fn=die_with_parent, **how)
        limit = seconds or LONGEST_SECONDS
        over = threading.Event()
        timer = threading.Timer(limit, lambda: (over.set(), os.kill(process.pid, signal.SIGKILL)))  # not reaped yet: the id is its own
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            timer.cancel()
            if process.returncode is None:
                process.kill()
                process.wait()
        if over.is_set():
            raise subprocess.TimeoutExpired(command, limit)
        if process.returncode not in (0, warns):
            errors.seek(0)
            raise CommandFailed(f"{command} failed: {errors.read()}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # what the child had before it became the command counts as its own
    peak = usage.ru_maxrss * 1024 if usage.ru_maxrss > own else None
    return Usage(usage.ru_utime + usage.ru_stime, peak, process.returncode != 0)
