"""Runs Year.java with the classes of the packaged service."""

import argparse
import pathlib

import inside

BENCH = pathlib.Path(__file__).resolve().parent


def main():
    options = argparse.ArgumentParser(prog="bench/year", description="A year of hourly backups, simulated: no byte is stored.")
    options.add_argument("--days", type=int, default=365, help="default 365")
    options.add_argument("--jar", type=pathlib.Path, default=BENCH.parent / "target" / "afterimage.jar")
    options = options.parse_args()
    inside.run(options.jar, BENCH / "Year.java", "dev.afterimage.repository.write.Year", [24 * options.days], ["-XX:+UseSerialGC"])


main()
