"""The options that all benchmarks have."""

import argparse
import os
import pathlib
import sys

from machine import find_java

BENCH = pathlib.Path(__file__).resolve().parent


def parser(prog, doc, size_mb=800, runs=3):
    options = argparse.ArgumentParser(
        prog=prog, description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if size_mb:
        options.add_argument("--size-mb", type=int, default=size_mb,
                             help=f"size of the database in MB (10^6 bytes), default {size_mb}")
    if runs:
        options.add_argument("--runs", type=int, default=runs,
                             help=f"repetitions; medians are reported, default {runs}")
    options.add_argument("--method", default="AUTO",
                         help="the method asked of the service, default AUTO; ONLINE where the jar does not know it")
    options.add_argument("--heap", default="256m", help="the service's -Xmx, default 256m")
    options.add_argument("--jar", type=pathlib.Path, default=BENCH.parent / "target" / "afterimage.jar")
    options.add_argument("--java", default=None, help="java command; default: JAVA_HOME, the usual places, the PATH")
    options.add_argument("--work", type=pathlib.Path, default=BENCH / "work",
                         help="where all files go, default bench/work")
    return options


def add_writer_options(parser):
    parser.add_argument("--pause-ms", type=float, default=1, help="the writer's pause after each commit, default 1")
    parser.add_argument("--busy-timeout-ms", type=int, default=5000, help="the writer's busy_timeout, default 5000")


def parse(parser):
    options = parser.parse_args()
    options.work = options.work.resolve()
    (options.work / "results").mkdir(parents=True, exist_ok=True)
    options.java = options.java or find_java()
    options.load_before = os.getloadavg()[0]
    if not getattr(options, "without_service", False) and not options.jar.exists():
        sys.exit(f"{options.jar} is not there; run ./mvnw package first.")
    return options
