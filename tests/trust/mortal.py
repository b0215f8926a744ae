"""Runs dayzero's command line in processes that die where they are told to; ``mortals.py`` drives it.

One process imports everything and forks a child for each request (a line of JSON on stdin: ``argv``, ``env``, ``die_at``,
``file_bytes``, ``longest_wait``, ``shift``). The C library's calls that write or send are counted in the child by the preloaded
``mortal.c``; at the count ``die_at`` the child is killed. ``file_bytes`` is the size no file can grow beyond: a full disk.
``longest_wait`` shortens the pauses between tries; ``shift`` is by how many seconds the clock is ahead. Two lines are answered: ``pid``, and at the child's end ``status``,
``points``, ``stdout``.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from dayzero.cli import main
from dayzero.clock import SystemClock

WORK = (
    *("dayzero.service", "dayzero.cli.sync", "dayzero.cli.history", "dayzero.cli.plan", "dayzero_csv.source"),
    *("dayzero_simulator.cli", "dayzero_simulator.app", "dayzero_simulator.cut", "waitress.server"),
)
"""What the commands import when they run: loaded once, here, and not in every child."""


def child(request: dict[str, Any], out: Path, count: Path) -> NoReturn:
    """Run one command and end the process."""
    with out.open("wb", buffering=0) as stdout:
        os.dup2(stdout.fileno(), 1)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for the rest of this process
    os.environ.update(request["env"])
    if request.get("file_bytes"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes"],) * 2)
    if "longest_wait" in request:
        SystemClock.sleep = lambda self, seconds: time.sleep(min(seconds, request["longest_wait"]))  # type: ignore[method-assign]
    if "shift" in request:
        ahead = timedelta(seconds=request["shift"])
        SystemClock.now = lambda self: datetime.now(UTC) + ahead  # type: ignore[method-assign]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
    counted = ctypes.CDLL(None)
    counted.mortal_arm(ctypes.c_long(request.get("die_at") or 0))
    status = 1
    try:
        main(request["argv"], standalone_mode=True)
    except SystemExit as ended:
        status = int(ended.code or 0)
    sys.stdout.flush()
    points = counted.mortal_points()
    counted.mortal_arm(0)  # the command is over: what is told of it is told whole
    if not request.get("file_bytes"):
        count.write_text(str(points))
    os._exit(status)


def serve(folder: Path) -> None:
    """Answer requests until stdin ends."""
    for module in WORK:
        import_module(module)
    main.list_commands(click.Context(main))  # remembered now, and not by the first child
    out, count = folder / "stdout", folder / "points"
    for line in sys.stdin:
        for file in (out, count):
            file.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), out, count)
        tell({"pid": pid})
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        counted = int(count.read_text()) if count.exists() else None
        tell({"status": status, "points": counted, "stdout": out.read_text() if out.exists() else ""})


def tell(answer: dict[str, Any]) -> None:
    """Answer with one line."""
    print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
