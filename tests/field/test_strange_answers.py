"""D7: a word that no source may say is an error, and a check that answers strangely is a finding, never a stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import TinySchool

import dayzero.plugins
from dayzero.conform import conform
from dayzero.errors import SourceError
from dayzero.plugin import Check, Finding
from dayzero.plugins import LoadedPlugin, load_plugins

FINE = ("warning", "students", 1, None, None, "rule", "message")


def odd(place: int, value: Any) -> Callable[[Any], Any]:
    words: list[Any] = list(FINE)
    words[place] = value
    return lambda _: [Finding(*words)]


def leaving(_: Any) -> Any:
    raise SystemExit(3)


def half_way(_: Any) -> Any:
    yield Finding(*FINE)  # type: ignore[arg-type]
    raise RuntimeError("the rest is lost")


def panicking(tables: Any) -> Any:
    import polars as pl

    class Panic(BaseException):
        """As what Polars raises where it panics: no Exception."""

    assert isinstance(tables["students"], pl.DataFrame)
    raise Panic


ANSWERS: dict[str, Callable[[Any], Any]] = {
    "a text": lambda _: "students look odd",
    "bytes": lambda _: b"odd",
    "nothing": lambda _: None,
    "a number": lambda _: 7,
    "a mapping": lambda _: {"severity": "error"},
    "a tuple": lambda _: [FINE],
    "another severity": odd(0, "fatal"),
    "no severity": odd(0, None),
    "no table": odd(1, None),
    "a row that is a text": odd(2, "1"),
    "a row that is a yes": odd(2, True),
    "a row beyond all rows": odd(2, 10**30),
    "a row before all rows": odd(2, -1),
    "a column that is a list": odd(3, ["email"]),
    "a value that is a number": odd(4, 7),
    "a message of lone bytes": odd(6, "odd \udcff"),
    "a value of lone bytes": odd(4, "\ud800"),
    "leaving": leaving,
    "half way": half_way,
    "panicking": panicking,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_d7_a_check_that_answers_strangely_is_named_and_stops_nothing(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(
        dayzero.plugins, "import_module", lambda _: type("Module", (), {"look": staticmethod(ANSWERS[answer])})
    )
    stranger = LoadedPlugin("stranger", "dayzero-stranger", "1", checks=[Check("odd-check", "", "stranger:look")])
    plugins = load_plugins()
    monkeypatch.setattr(plugins, "loaded", [*plugins.loaded, stranger])
    monkeypatch.setattr("dayzero.service.load_plugins", lambda: plugins)
    done = tiny_school.sync()
    assert done.exit_code == 0
    [said] = done.findings("odd-check")
    assert (said["severity"], "the check odd-check of dayzero-stranger" in said["message"]) == ("warning", True)
    assert tiny_school.working("student") == {"s0"}


@pytest.mark.parametrize(
    "word", ["Partial", "COMPLETE", "complete ", "", None, 0, True, ["complete"], b"complete", "vouched"]
)
def test_d7_any_other_word_of_a_source_is_an_error(tiny_school: TinySchool, word: Any) -> None:
    rows = tiny_school.rows
    with pytest.raises(SourceError, match="says"):
        conform(lambda table: rows[table], lambda table: word if table == "contacts" else "complete")
