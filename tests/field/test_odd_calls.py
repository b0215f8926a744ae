"""I12, G3: whatever dayzero is called with, it ends with one of its exit codes, which says what became of the portal.

Thousands of odd calls, each drawn from its number. Those in process are many; those as processes have streams that are
closed, full or gone, and encodings that lack most letters.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from odd_calls import OddCall, laid_out, odd_call
from tiny_school import NEWCOMER, TinySchool

from dayzero.cli import main
from dayzero.clock import SystemClock

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
MAIN = "from dayzero.cli import main; main()"
CODES = (0, 1, 2, 3, 4, 5)


def a_school(school: TinySchool) -> TinySchool:
    """Return a synced school in which something is to be done."""
    school.student("s1").contact("c1", children=["s1"], given_name="Zoë").sync()
    school.student("n1", given_name="Ŵeŋ", **NEWCOMER).student("s1", given_name="Žofie").write()
    return school


@contextmanager
def as_it_was(school: TinySchool, folder: Path) -> Iterator[Path]:
    """Yield a copy of the school's folder; afterwards the portal is as it was before."""
    state = school.cloud.world.snapshot()
    shutil.copytree(school.folder, folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        school.cloud.world.restore(state)


def judged(call: OddCall, code: int, said: str, revisions: tuple[str, str]) -> None:
    """Fail where a call ended in another way than it may."""
    about = (call.number, call.argv, call.streams, code, said[-2000:])
    assert code in CODES, about
    assert "should not" not in said, about
    assert "Traceback" not in said, about
    assert "Exception ignored" not in said, about
    if not call.acts or code in (2, 4):
        assert revisions[0] == revisions[1], about


@pytest.mark.soak
def test_i12_odd_calls_in_process(tiny_school: TinySchool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    school = a_school(tiny_school)
    journal = (school.folder / ".dayzero" / "journal.sqlite").read_bytes()
    monkeypatch.setattr(SystemClock, "sleep", lambda *_: None)
    for number in range(20_000 if SOAK else 150):
        call = odd_call(number, school.cloud.url, journal)
        with as_it_was(school, tmp_path / "copy") as folder:
            laid_out(call, folder)
            monkeypatch.chdir(folder)
            before = school.revision()
            result = CliRunner().invoke(main, list(call.argv), env={"TOKEN": school.token, "DAYZERO_DEBUG": None})
            judged(call, result.exit_code, result.output, (before, school.revision()))
            if "--json" in call.argv and result.stdout.strip() and "--help" not in call.argv:
                json.loads(result.stdout)
            monkeypatch.chdir(tmp_path)


def redirected(call: OddCall) -> dict[str, Any]:
    """Return what to hand to ``subprocess`` for a call's streams; those that are closed, the call's shell closes."""
    kinds = {"null": subprocess.DEVNULL, "full": "/dev/full", "gone": subprocess.PIPE}
    names = ("stdin", "stdout", "stderr")
    given: dict[str, Any] = dict.fromkeys(names[1:], subprocess.PIPE) | {"stdin": subprocess.DEVNULL}
    for number, kind in call.streams.items():
        if kind in kinds and not (number == 0 and kind != "null"):
            given[names[number]] = kinds[kind]
    return given


def run(call: OddCall, folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Run a call as a process; return its exit code and what could be read of what it said."""
    closed = "".join(f" {n}{'<' if n == 0 else '>'}&-" for n, kind in call.streams.items() if kind == "closed")
    gone = [n for n, kind in call.streams.items() if kind == "gone" and n]
    command = [
        "/bin/sh",
        "-c",
        f'exec "$@"{closed}',
        "sh",
        sys.executable,
        "-c",
        MAIN,
        *map(os.fsencode, call.argv),
    ]
    given = redirected(call)
    opened = {name: open(to, "wb") for name, to in given.items() if isinstance(to, str)}  # noqa: SIM115, PTH123
    with subprocess.Popen(command, cwd=folder, env=environ, **{**given, **opened}) as process:
        for number in gone:
            (process.stdout if number == 1 else process.stderr).close()  # type: ignore[union-attr]
        left = [s for n, s in ((1, process.stdout), (2, process.stderr)) if s is not None and n not in gone]
        said = b"".join(stream.read() for stream in left)
    for file in opened.values():
        file.close()
    return process.returncode, said.decode("utf-8", "replace")


@pytest.mark.soak
def test_i12_odd_calls_as_processes(gradebook_cloud_server: Any, tmp_path: Path) -> None:
    school = a_school(TinySchool(tmp_path / "school", gradebook_cloud_server))
    journal = (school.folder / ".dayzero" / "journal.sqlite").read_bytes()
    for number in range(100_000, 100_000 + (300 if SOAK else 8)):
        call = odd_call(number, school.cloud.url, journal)
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TOKEN": school.token, **call.environ}
        with as_it_was(school, tmp_path / "copy") as folder:
            laid_out(call, folder)
            before = school.revision()
            code, said = run(call, folder, environ)
            judged(call, code, said, (before, school.revision()))
