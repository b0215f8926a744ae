"""A first sync over loopback: what it costs both sides, each in a process of its own, beside a bare ``executemany``.

python -m bench.sync client SCHOOL URL PID    plan and send; PID: the server's process
python -m bench.sync bare STATE               the rows of a served state, once more
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

TABLES = ("accounts", "records")
TOKEN = "bench"
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def served(state: Path) -> Iterator[tuple[str, int]]:
    """Serve a simulator in a process of its own, its state in a file; yield its address and process id."""
    program = ("-c", "from dayzero.cli import main; main()", "simulator", "serve", "--json", "--port", "0")
    with subprocess.Popen(
        [sys.executable, *program, "--token", TOKEN, "--db", str(state)], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())["url"], server.pid
        finally:
            server.terminate()


def first_sync(school: Path) -> dict[str, Any]:
    """Sync a school to a new portal; return what it cost, and what the bare rows cost."""
    state = school.parent / "portal.sqlite"
    with served(state) as (url, pid):
        done = _told("client", str(school), url, str(pid))
    return {**done, "bare": _told("bare", str(state))["cpu"], "state_mb": state.stat().st_size / 1e6}


def _told(*args: str) -> dict[str, Any]:
    program = [sys.executable, "-m", "bench.sync", *args]
    told: dict[str, Any] = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
    return told


def client(school: str, url: str, pid: str) -> dict[str, Any]:
    """Plan, then send; measure both processes from the moment the plan is confirmed."""
    from bench.planning import config_of
    from dayzero.config import load
    from dayzero.service import Service, SyncRequest

    path = config_of(school, url)
    began: dict[str, float] = {}

    def confirm(plan: Any, _conflicts: Any) -> bool:
        began.update(operations=plan.going.height, client=_cpu("self"), server=_cpu(pid), mb=_memory("self", "VmRSS"))
        for process in ("self", pid):
            Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")  # peaks are counted from here
        return True

    outcome = Service(load(path, environ={"DAYZERO_TOKEN": TOKEN})).sync(SyncRequest(), confirm)
    assert not outcome.rejected
    journal = path.parent / ".dayzero" / "journal.sqlite"
    return {
        "operations": int(began["operations"]),
        "client": _cpu("self") - began["client"],
        "server": _cpu(pid) - began["server"],
        "client_mb": _memory("self", "VmHWM") - began["mb"],
        "server_mb": _memory(pid, "VmHWM"),
        "journal_mb": journal.stat().st_size / 1e6,
    }


def _cpu(process: str) -> float:
    """Return the processor seconds a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(process: str, what: str) -> float:
    """Return a line of a process's status (``VmRSS`` now, ``VmHWM`` at its peak) in MB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1024


def bare(state: str) -> dict[str, float]:
    """Write the rows of a state into new tables of the same form, durably, and then index them in the same way."""
    with closing(sqlite3.connect(state)) as there:
        made = there.execute("select type, tbl_name, sql from sqlite_master where sql is not null").fetchall()
        rows = {table: there.execute(f"select * from {table}").fetchall() for table in TABLES}
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/bare.sqlite")) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        before = resource.getrusage(resource.RUSAGE_SELF)
        for wanted in ("table", "index"):
            for _, table, sql in (m for m in made if m[0] == wanted and m[1] in TABLES):
                db.execute(sql)
                if wanted == "table" and rows[table]:
                    db.executemany(f"insert into {table} values ({', '.join('?' * len(rows[table][0]))})", rows[table])
        db.commit()
        after = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


if __name__ == "__main__":
    print(json.dumps(client(*sys.argv[2:]) if sys.argv[1] == "client" else bare(*sys.argv[2:])))
