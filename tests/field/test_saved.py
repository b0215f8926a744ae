"""A plan that was saved says and does the same, whatever it was held for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tiny_school import ACTIVE, NEWCOMER, PROMOTED, TinySchool

from dayzero.sync.gate import code_stamp


def saved(school: TinySchool, *, yes: bool = False) -> tuple[str, list[str]]:
    file = str(school.folder / "tonight.plan")
    held = school.plan("--out", file, yes=yes).doc["held"]
    return file, [word for allow in sorted({h["allow"] for h in held}) for word in ("--allow", allow)]


def test_a_change_of_year_may_be_reviewed_and_sent(tiny_school: TinySchool) -> None:
    for n in range(15):
        tiny_school.student(f"p{n}", **PROMOTED)
    tiny_school.student("new", **NEWCOMER).sync(yes=True)
    file, allow = saved(tiny_school.activate(), yes=True)
    assert allow == []
    assert tiny_school.run("sync", "--plan", file).exit_code == 0
    assert tiny_school.account("student", "new")["new"] is False


def test_one_that_comes_too_early_waits_from_a_file_too(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).sync(yes=True)
    tiny_school.activate().sync_settings["today"] = date(2027, 2, 1)
    file, allow = saved(tiny_school, yes=True)
    before = tiny_school.accounts()
    assert tiny_school.run("sync", "--plan", file).exit_code == 3
    assert tiny_school.accounts() == before
    assert tiny_school.run("sync", "--plan", file, *allow).exit_code == 0
    assert tiny_school.status("student", "senior") == "disabled"


def test_i11_a_slow_leak_is_one_in_a_file_too(tiny_school: TinySchool) -> None:
    for n in range(30):
        tiny_school.student(f"p{n:02}")
    tiny_school.sync()
    for night in (range(8), range(8, 12)):
        for n in night:
            tiny_school.forget_student(f"p{n:02}")
        file, allow = saved(tiny_school)
        ended = tiny_school.run("sync", "--plan", file).exit_code
    assert ended == 3
    assert "p08" in tiny_school.working("student")
    file, allow = saved(tiny_school)
    assert tiny_school.run("sync", "--plan", file, *allow).exit_code == 0
    assert "p08" not in tiny_school.working("student")


def test_a_plugin_that_is_one_file_is_known_by_that_file(tmp_path: Path) -> None:
    import importlib
    import sys

    (tmp_path / "one_file_sis.py").write_text("A = 1\n", encoding="utf-8")
    (tmp_path / "neighbour.py").write_text("B = 1\n", encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        importlib.import_module("one_file_sis")
        before = code_stamp(["one_file_sis"])
        (tmp_path / "neighbour.py").write_text("B = 2, 3\n", encoding="utf-8")
        assert code_stamp(["one_file_sis"]) == before
        (tmp_path / "one_file_sis.py").write_text("A = 2, 3\n", encoding="utf-8")
        assert code_stamp(["one_file_sis"]) != before
    finally:
        sys.path.remove(str(tmp_path))
        del sys.modules["one_file_sis"]
