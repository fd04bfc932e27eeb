"""Runs Far.java with the classes of the packaged service."""

import argparse
import pathlib
import shutil
import tempfile

import inside

BENCH = pathlib.Path(__file__).resolve().parent


def main():
    options = argparse.ArgumentParser(prog="bench/far", description="What opening a snapshot takes on a storage of which each answer takes a while.")
    options.add_argument("--size-mb", type=int, default=800, help="size of the database in MB (10^6 bytes), default 800")
    options.add_argument("--layers", type=int, default=64, help="layers of the snapshot, each but the first of 1 %% of the pages, default 64")
    options.add_argument("--latency-ms", type=int, default=30, help="of each call, default 30")
    options.add_argument("--runs", type=int, default=5, help="default 5")
    options.add_argument("--jar", type=pathlib.Path, default=BENCH.parent / "target" / "afterimage.jar")
    options = options.parse_args()
    base = BENCH / "work"
    base.mkdir(exist_ok=True)
    work = tempfile.mkdtemp(prefix="far-", dir=base)
    try:
        arguments = [work, options.size_mb, options.layers, options.latency_ms, options.runs]
        inside.run(options.jar, BENCH / "Far.java", "dev.afterimage.repository.Far", arguments, ["-Xmx256m"])
    finally:
        shutil.rmtree(work)


main()
