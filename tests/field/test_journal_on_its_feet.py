"""I15, I17: a journal that is damaged, new, another user's or older than the clock; files that stay whose and where they were."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tiny_school import TinySchool

from dayzero.clock import SystemClock

NOBODY = 65534


def journal_of(school: TinySchool) -> Path:
    return school.folder / ".dayzero" / "journal.sqlite"


def spoil_a_page(content: bytes) -> bytes:
    return content[:4096] + b"\x5a" * 4096 + content[8192:]


DAMAGES: dict[str, Any] = {
    "a text": lambda _: b"this is no database, whatever its name says\n" * 10,
    "cut off": lambda content: content[: len(content) // 2],
    "cut in its head": lambda content: content[:50],
    "a page lost": spoil_a_page,
    "pages lost": lambda content: content[:4096] + random.Random(1).randbytes(len(content) - 4096),
    "zeros": lambda content: b"\0" * len(content),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_i17_a_damaged_journal_is_named_as_such_with_what_to_do(tiny_school: TinySchool, damage: str) -> None:
    run_id = tiny_school.student("s1").sync().doc["run_id"]
    before = tiny_school.everything()
    journal_of(tiny_school).write_bytes(DAMAGES[damage](journal_of(tiny_school).read_bytes()))
    tiny_school.student("s1", given_name="Renamed").write()
    for command in (
        ["plan"],
        ["sync", "--yes"],
        ["explain", "s1"],
        ["history"],
        ["undo", run_id, "--yes"],
        ["forget", "s1"],
    ):
        ended = tiny_school.run(*command)
        assert (ended.exit_code, ended.doc["error"]["kind"]) == (2, "Journal"), command
        assert "damaged" in ended.doc["error"]["message"], command
        assert "back-up" in ended.doc["error"]["remedy"]
    assert tiny_school.everything() == before


@pytest.mark.parametrize("table", ["portal", "answers", "parts"])
def test_i17_what_was_changed_within_a_sound_file_is_damage_too(tiny_school: TinySchool, table: str) -> None:
    """Bits that rot within a row leave a database that opens, and an opinion about the portal that nobody had."""
    run_id = tiny_school.sync().doc["run_id"]
    tiny_school.sync()
    column = "packed" if table == "parts" else "body"
    with closing(sqlite3.connect(journal_of(tiny_school))) as db, db:
        for rowid, body in db.execute(f"select rowid, {column} from {table}").fetchall():
            flipped = bytearray(body)
            flipped[len(flipped) // 2] ^= 1
            db.execute(f"update {table} set {column} = ? where rowid = ?", [bytes(flipped), rowid])
    command = {"portal": ["plan"], "answers": ["sync", "--yes"], "parts": ["undo", run_id, "--yes"]}[table]
    ended = tiny_school.run(*command)
    assert (ended.exit_code, "damaged" in ended.stderr) == (2, True), ended.stderr


def test_i17_a_damaged_journal_that_was_moved_away_is_no_loss_of_safety(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    journal_of(tiny_school).write_bytes(b"no database" * 1000)
    assert tiny_school.run("plan").exit_code == 2
    shutil.move(tiny_school.folder / ".dayzero", tiny_school.folder / "damaged")
    plan = tiny_school.run("plan")
    assert plan.doc["operations"] == []


NEW = """
import random, sys, time
from pathlib import Path
from dayzero.clock import SystemClock
from dayzero.journal import Journal
while time.time() < float(sys.argv[2]):
    pass
with Journal(Path(sys.argv[1]), school="s", portal_url="u", clock=SystemClock(), rng=random.Random(sys.argv[3])) as journal:
    run = journal.runs.begin(source="csv", plan_id="p", send_scheduling_year=False, who="w", base_revision="r")
    journal.runs.finish(run, "failed", exit_code=5)
    print(journal.client_id)
"""


@pytest.mark.slow
@pytest.mark.parametrize("age", ["new", "empty", "older"])
def test_i17_processes_that_open_a_new_journal_at_once_all_do(tmp_path: Path, age: str) -> None:
    import time

    for attempt in range(2):
        folder = tmp_path / f"state{attempt}"
        if age != "new":
            folder.mkdir()
            with closing(sqlite3.connect(folder / "journal.sqlite")) as db:
                if age == "older":
                    from dayzero.journal.tables import _FIRST

                    db.executescript(_FIRST + "pragma user_version = 1")
        at = str(time.time() + 2.5)
        command = [sys.executable, "-c", NEW, str(folder), at]
        opened = [subprocess.Popen([*command, str(n)], stdout=-1, stderr=-1, text=True) for n in range(4)]
        said = [process.communicate() for process in opened]
        assert [p.returncode for p in opened] == [0] * 4, said
        assert len({out for out, _ in said}) == 1, "one installation has one name"
        assert {p.name for p in folder.iterdir()} == {"journal.sqlite"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Return the time, in a list of one, for a test to set."""
    now = [datetime(2027, 3, 1, 12, tzinfo=UTC)]
    monkeypatch.setattr(SystemClock, "now", lambda _: now[0])
    return now


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=400)])
def test_i17_after_the_clock_went_back_the_latest_run_is_still_the_latest(
    tiny_school: TinySchool, clock: list[datetime], back: timedelta
) -> None:
    runs = [tiny_school.student("s1").sync().doc["run_id"]]
    clock[0] -= back
    runs.append(tiny_school.student("s2").sync().doc["run_id"])
    clock[0] += timedelta(seconds=1)
    runs.append(tiny_school.student("s3").sync().doc["run_id"])
    assert [r["run_id"] for r in tiny_school.run("history").doc["runs"]] == runs[::-1]
    assert [r["run_id"] for r in tiny_school.run("history", "--limit", "1").doc["runs"]] == runs[-1:]


def as_nobody(school: TinySchool, *arguments: str) -> tuple[int, str]:
    """Run a command as a user who owns nothing here; return its exit code and what it said for people."""
    school.run(*arguments)  # all that is imported later: nobody may be unable to read Python itself
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        ended = school.run(*arguments)
    finally:
        os.seteuid(0)
        os.setegid(0)
    return ended.exit_code, ended.stderr


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that all may enter: those of pytest are their owner's alone."""
    if os.geteuid() != 0:
        pytest.skip("only root may be another user")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def timers(open_folder: Path, gradebook_cloud: Any) -> TinySchool:
    """Return a school whose journal is the timer's, in folders that all may enter."""
    school = TinySchool(open_folder / "school", gradebook_cloud)
    school.student("s1").sync()
    for folder in (school.folder, school.folder / "export"):
        folder.chmod(0o755)
    return school


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["plan"], ["explain", "s1"], ["history"], ["history", "--person", "s1"], ["forecast"]]
)
def test_i17_another_user_who_may_read_the_journal_may_look(timers: TinySchool, command: list[str]) -> None:
    state = timers.folder / ".dayzero"
    state.chmod(0o755)
    journal_of(timers).chmod(0o644)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in state.iterdir())
    code, said = as_nobody(timers, *command)
    assert code == 0, said
    assert sorted((p.name, p.stat().st_mtime_ns) for p in state.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_i17_another_user_who_may_not_is_told_so(timers: TinySchool, mode: int) -> None:
    (timers.folder / ".dayzero").chmod(mode)
    for command in (["plan"], ["explain", "s1"], ["history"], ["sync", "--yes"]):
        code, said = as_nobody(timers, *command)
        assert code == 2, (command, said)
        assert "[state] path" in said, (command, said)
        assert "damaged" not in said


# -- I15: files that stay whose and where they were


def test_i15_settings_keep_a_symbolic_link(tiny_school: TinySchool) -> None:
    tiny_school.sections["state"] = {"path": str(tiny_school.folder / "state")}
    file = tiny_school.write()
    kept = tiny_school.folder / "elsewhere" / "real.toml"
    kept.parent.mkdir()
    shutil.copy(file, kept)
    text = kept.read_text(encoding="utf-8").replace("export/", str(tiny_school.folder / "export") + "/")
    kept.write_text(text, encoding="utf-8")
    file.unlink()
    (tiny_school.folder / "between.toml").symlink_to(kept)
    file.symlink_to("between.toml")
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0
    assert file.is_symlink()
    assert (tiny_school.folder / "between.toml").is_symlink()
    assert "send_scheduling_year = true" in kept.read_text(encoding="utf-8")
    assert [p.name for p in kept.parent.iterdir()] == ["real.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_i15_settings_keep_owner_group_and_mode(tiny_school: TinySchool, mode: int) -> None:
    file = tiny_school.write()
    os.chown(file, 12345, 54321)
    file.chmod(mode)
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0
    there = file.stat()
    assert (there.st_uid, there.st_gid, there.st_mode & 0o777) == (12345, 54321, mode)


def test_i15_who_may_not_give_a_file_away_leaves_it_its_owner(open_folder: Path) -> None:
    from dayzero.files import whole_file

    file = open_folder / "theirs.toml"
    file.write_text("a long text that was here before\n", encoding="utf-8")
    file.chmod(0o666)
    open_folder.chmod(0o777)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        with whole_file(file, mode=0o666) as out:
            out.write(b"short\n")
    finally:
        os.seteuid(0)
        os.setegid(0)
    assert (file.read_bytes(), file.stat().st_uid) == (b"short\n", 0)
    assert [p.name for p in open_folder.iterdir()] == ["theirs.toml"]


def test_i15_a_plan_is_written_where_a_link_leads(tiny_school: TinySchool) -> None:
    tiny_school.write()
    link = tiny_school.folder / "latest.plan"
    link.symlink_to("tonight.plan")
    assert tiny_school.run("plan", "--out", str(link)).exit_code == 0
    assert link.is_symlink()
    assert (tiny_school.folder / "tonight.plan").is_file()


def test_i17_time_zones_are_there_on_windows() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [d for d in project["dependencies"] if d.startswith("tzdata")]
    assert "sys_platform == 'win32'" in wanted
