"""Child processes that always end: by their id when the benchmark ends, and on Linux even when it is killed itself."""

import ctypes
import signal
import subprocess
import sys


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


def run_bounded(command, seconds=None, **how):
    """Ends the process when the time is over; an error of the command ends the benchmark."""
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent, **how)
    try:
        errors = process.communicate(timeout=seconds or LONGEST_SECONDS)[1]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0:
        raise CommandFailed(f"{command} failed: {errors}")
