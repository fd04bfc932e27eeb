"""Runs Year.java with the classes of the packaged service."""

import argparse
import os
import pathlib
import subprocess
import tempfile
import zipfile

from machine import find_java

BENCH = pathlib.Path(__file__).resolve().parent
CLASSES = "BOOT-INF/classes/"


def main():
    options = argparse.ArgumentParser(prog="bench/year", description="A year of hourly backups, simulated: no byte is stored.")
    options.add_argument("--days", type=int, default=365, help="default 365")
    options.add_argument("--jar", type=pathlib.Path, default=BENCH.parent / "target" / "afterimage.jar")
    options = options.parse_args()
    java = find_java()
    with tempfile.TemporaryDirectory() as work:
        with zipfile.ZipFile(options.jar) as jar:
            jar.extractall(work, [name for name in jar.namelist() if name.startswith(CLASSES + "dev/afterimage/")])
        classes = os.path.join(work, CLASSES)
        subprocess.run([java + "c", "-proc:none", "-implicit:none", "-nowarn", "-cp", classes, "-d", classes, str(BENCH / "Year.java")], check=True)
        subprocess.run([java, "-XX:+UseSerialGC", "-cp", classes, "dev.afterimage.repository.write.Year", str(24 * options.days)], check=True)


main()
