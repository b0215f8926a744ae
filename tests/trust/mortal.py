"""Runs dayzero's command line in processes that die where they are told to, for ``test_crashes``.

One process imports everything and forks a child for each request (a line of JSON on stdin: ``argv``, ``env``, ``die_at``,
``file_bytes``). In the child every statement the journal executes, every HTTP request and every file opened for
writing is counted, before and after; at the count ``die_at`` the child sends itself SIGKILL: nothing is flushed, closed or
abandoned. ``file_bytes`` is the size no file can grow beyond: a full disk. The answer: ``status``, ``points``, ``stdout``.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import requests.adapters

from dayzero.cli import main

die_at = 0
points = 0


def point() -> None:
    """Count one more point; die at the wanted one."""
    global points
    points += 1
    if points == die_at:
        os.kill(os.getpid(), signal.SIGKILL)


class MortalConnection(sqlite3.Connection):
    """A connection with a point on either side of every statement."""

    def execute(self, *args: Any) -> sqlite3.Cursor:
        point()
        done = super().execute(*args)
        point()
        return done

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        point()
        done = super().executemany(*args)
        point()
        return done

    def executescript(self, *args: Any) -> sqlite3.Cursor:
        point()
        done = super().executescript(*args)
        point()
        return done


def instrument() -> None:
    """Put points around what leaves the process."""
    connect, send = sqlite3.connect, requests.adapters.HTTPAdapter.send
    sqlite3.connect = lambda *args, **kwargs: connect(*args, **{**kwargs, "factory": MortalConnection})  # type: ignore[assignment]

    def mortal_send(self: Any, *args: Any, **kwargs: Any) -> Any:
        point()
        answer = send(self, *args, **kwargs)
        point()
        return answer

    requests.adapters.HTTPAdapter.send = mortal_send  # type: ignore[method-assign]
    sys.addaudithook(lambda event, args: point() if event == "open" and _writes(args) else None)


def _writes(args: tuple[Any, ...]) -> bool:
    _, mode, flags = args
    return bool(isinstance(mode, str) and set(mode) & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR))


def child(request: dict[str, Any], out: Path, count: Path) -> NoReturn:
    """Run one command and end the process."""
    global die_at
    with out.open("wb", buffering=0) as stdout:
        os.dup2(stdout.fileno(), 1)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for the rest of this process
    os.environ.update(request["env"])
    if request.get("file_bytes"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes"],) * 2)
    instrument()
    die_at = request.get("die_at") or 0
    status = 1
    try:
        main(request["argv"], standalone_mode=True)
    except SystemExit as ended:
        status = int(ended.code or 0)
    sys.stdout.flush()
    if not request.get("file_bytes"):
        count.write_text(str(points))
    os._exit(status)


def serve(folder: Path) -> None:
    """Answer requests until stdin ends."""
    for module in ("dayzero.service", "dayzero.cli.sync", "dayzero.cli.history", "dayzero_csv.source"):
        import_module(module)  # once, here, and not in every child
    out, count = folder / "stdout", folder / "points"
    for line in sys.stdin:
        for file in (out, count):
            file.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), out, count)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said = {
            "status": status,
            "points": int(count.read_text()) if count.exists() else None,
            "stdout": out.read_text(),
        }
        print(json.dumps(said), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
