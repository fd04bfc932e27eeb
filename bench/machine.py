"""The machine that measures: what must be there, and what is to be known of it later."""

import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys


def require_commands(*commands):
    for command in commands:
        if shutil.which(command) is None:
            sys.exit(f"{command} is not on the PATH; install it first (Debian: apt-get install sqlite3 zstd).")


def require_space(work, needed_bytes):
    free = shutil.disk_usage(work).free
    if free < needed_bytes:
        sys.exit(f"{work} has {free / 1e9:.1f} GB free; up to {needed_bytes / 1e9:.1f} GB are needed.")


def find_java():
    """A java 25 or newer: of JAVA_HOME, of the usual places, else whatever the PATH has."""
    homes = [os.environ.get("JAVA_HOME", "")]
    for pattern in ("/usr/lib/jvm/*", "/opt/*", "/opt/java/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home"):
        homes += sorted(str(path) for path in pathlib.Path("/").glob(pattern[1:]))
    for pattern in (".sdkman/candidates/java/*", ".jdks/*"):
        homes += sorted(str(path) for path in pathlib.Path.home().glob(pattern))
    for home in filter(None, homes):
        release = pathlib.Path(home) / "release"
        version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.M) if release.is_file() else None
        if version and int(version[1]) >= 25:
            return str(pathlib.Path(home) / "bin" / "java")
    return "java"


def describe_machine(options):
    cpu = re.search(r"model name\s*: (.+)", read("/proc/cpuinfo"))
    return {
        "system": platform.platform(),
        "processor": cpu[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "loadBefore": options.load_before,
        "sqlite3": first_line(["sqlite3", "--version"]),
        "zstd": first_line(["zstd", "--version"]),
        "java": first_line([options.java, "--version"]),
        "writerSqlite": first_line([sys.executable, "-c", "import sqlite3; print(sqlite3.sqlite_version)"]),
    }


def read(path):
    return pathlib.Path(path).read_text() if pathlib.Path(path).exists() else ""


def first_line(command):
    if shutil.which(command[0]) is None:
        return None
    return (subprocess.run(command, capture_output=True, text=True).stdout.splitlines() or [""])[0].strip()
