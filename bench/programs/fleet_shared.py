"""Sync schools of one bundle in this process, as one errand or each by itself; say how long it took, and how often the bundle was read."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from dayzero.fleet import Sent, errands_of, schools_in
from dayzero.fleet.work import run
from dayzero.plugins import load_plugins

source: Any = importlib.import_module("dayzero_oneroster.source")
_read = source.read_bundle
_reads = 0


def counted(settings: object) -> object:
    """Read a bundle, and count that."""
    global _reads
    _reads += 1
    return _read(settings)


def main(where: Path, way: str) -> None:
    """Sync them all, ``together`` or ``apart``."""
    source.read_bundle = counted
    schools = schools_in(where)
    errands = errands_of(Sent("sync"), where, schools, workers=1, sharing=load_plugins().sharing)
    if way == "apart":
        errands = [one for errand in errands for one in errand.alone()]
    began = time.perf_counter()
    codes = {result.exit_code for errand in errands for result in run(errand)}
    seconds = time.perf_counter() - began
    assert codes == {0}, codes
    sys.stdout.buffer.write(msgspec.json.encode({"seconds": seconds, "reads": _reads}))


main(Path(sys.argv[1]).resolve(), sys.argv[2])
