"""An export that is written while dayzero reads: read again, and refused where it does not end."""

from __future__ import annotations

import pytest
from tiny_school import TinySchool

from dayzero.clock import SystemClock
from dayzero.errors import ExitCode
from dayzero_csv.source import CsvSource

_read = CsvSource._read


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, seconds: waited.append(seconds))
    return waited


def written_while_read(school: TinySchool, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let the export of tonight come in while contacts are read, so many times; s1 is new in it."""
    left = [times]

    def read(self: CsvSource, table: str) -> object:
        if table == "contacts" and left[0]:
            left[0] -= 1
            school.student("s1", email=f"s1.{left[0]}@pupils.example").write()
        return _read(self, table)

    monkeypatch.setattr(CsvSource, "_read", read)


def test_it_is_read_again_as_a_whole(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    written_while_read(tiny_school, monkeypatch, times=2)
    assert tiny_school.sync().exit_code == ExitCode.DONE
    assert tiny_school.account("student", "s1")["login"] == "s1.0@pupils.example"
    assert len(waits) == 2


def test_what_does_not_come_to_rest_is_refused(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    written_while_read(tiny_school, monkeypatch, times=99)
    run = tiny_school.sync()
    assert (run.exit_code, len(waits)) == (ExitCode.SOURCE, 2)
    assert "students.csv" in run.doc["error"]["message"]
    assert "Let the export end" in run.doc["error"]["remedy"]
    assert tiny_school.accounts() == {}
