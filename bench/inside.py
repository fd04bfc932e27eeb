"""Runs a Java file of bench/ with the classes and the libraries of the packaged service."""

import os
import subprocess
import tempfile
import zipfile

from machine import find_java

CLASSES = "BOOT-INF/classes/"
LIBRARIES = "BOOT-INF/lib/"


def run(jar, source, main, arguments, java_options=()):
    java = find_java()
    with tempfile.TemporaryDirectory() as work:
        with zipfile.ZipFile(jar) as packed:
            packed.extractall(work, [name for name in packed.namelist() if name.startswith((CLASSES + "dev/afterimage/", LIBRARIES))])
        classes = os.path.join(work, CLASSES)
        path = os.pathsep.join([classes, os.path.join(work, LIBRARIES, "*")])
        subprocess.run([java + "c", "-proc:none", "-implicit:none", "-nowarn", "-cp", path, "-d", classes, str(source)], check=True)
        subprocess.run([java, "--enable-native-access=ALL-UNNAMED", *java_options, "-cp", path, main, *map(str, arguments)], check=True)
