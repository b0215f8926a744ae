"""Make the parts of these pages that the program decides: settings, source tables, rules, what demo schools are grown by.

``python docs/generate.py`` rewrites what stands between ``<!-- made: NAME -->`` and ``<!-- made -->`` on the pages of this
folder. What stands around it is written by hand and stays. A test compares the pages with what this makes.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal

from dayzero.config.schedule import Window
from dayzero.config.settings import SECTIONS, Limit
from dayzero.config.starter import as_toml, meanings, starter_file
from dayzero.conform.typed import EXPECTED
from dayzero.people import DOUBTS, RULES
from dayzero.plan.reads import READ_RULES
from dayzero.schema import RESERVED_COLUMNS, TABLES, Column, Table, Type
from dayzero_fixtures.lives import STAGES, Deed
from dayzero_fixtures.rates import RATES
from dayzero_fixtures.scenarios import SCENARIOS

__all__ = ["BLOCKS", "made", "pages"]

DOCS = Path(__file__).parent
BLOCK = re.compile(r"(<!-- made: (?P<name>[\w -]+) -->\n).*?(<!-- made -->)", re.DOTALL)
UNREADABLE = {"row": "row left out", "frozen": "the link stays as the portal has it", "empty": "taken as empty"}
PLUGIN = "The source plugin; `dayzero plugins` lists those that are installed."


def pages() -> dict[Path, str]:
    """Return every page that has something made on it, as it should be. Raises ValueError where a part has no place, or two."""
    texts = {page: page.read_text(encoding="utf-8") for page in sorted(DOCS.rglob("*.md"))}
    places = [m["name"] for text in texts.values() for m in BLOCK.finditer(text)]
    wrong = sorted(set(places) ^ set(BLOCKS)) or sorted(n for n in set(places) if places.count(n) > 1)
    if wrong:
        raise ValueError(f"no page, no maker or two places: {', '.join(wrong)}")
    return {page: made(text) for page, text in texts.items() if BLOCK.search(text)}


def made(text: str) -> str:
    """Return a page's text with its parts made anew."""
    return BLOCK.sub(lambda m: f"{m[1]}\n{BLOCKS[m['name']]()}\n{m[3]}", text)


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


# -- settings


def _section(name: str) -> str:
    cls = SECTIONS[name]
    said = meanings(name) | ({"plugin": PLUGIN} if name == "source" else {})
    hints = typing.get_type_hints(cls)
    rows = [
        (f"`{f.name}`", _values(hints[f.name], _least(name, f.name)), _default(f), said[f.name])
        for f in dataclasses.fields(cls)
        if f.name in said
    ]
    about = (cls.__doc__ or "").replace("``", "`")
    return f"{about}\n\n" + _rows(("key", "value", "default", "meaning"), rows)


def _least(section: str, key: str) -> int | None:
    meta = typing.get_type_hints(SECTIONS[section], include_extras=True)[key]
    return meta.__metadata__[0].ge if hasattr(meta, "__metadata__") else None


def _values(hint: Any, least: int | None) -> str:
    """Say in words what a setting may be."""
    options = [a for a in typing.get_args(hint) if a is not type(None)]
    if typing.get_origin(hint) is Literal:
        return " or ".join(f"`{as_toml(o)}`" for o in options)
    if typing.get_origin(hint) is tuple:
        one = options[0]
        if typing.get_origin(one) is Literal:
            return f"a list of {', '.join(f'`{as_toml(o)}`' for o in typing.get_args(one))}"
        return f"a {_WORDS[one]}, or a list of them"
    word = _WORDS[options[0] if options else hint]
    return word if least is None else f"{word}, {least} or more"


_WORDS: dict[Any, str] = {
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    date: "date",
    Path: "path",
    Limit: 'a count, a percentage or `"none"`',
    Window: "window",
}


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "needed"
    return "none" if field.default in (None, "", ()) else f"`{as_toml(field.default)}`"


def _starter() -> str:
    text = starter_file(
        "csv",
        {"path": "export/"},
        school_id="hampden",
        school_name="Hampden Academy",
        portal_url="https://portal.school.example",
    )
    return f"```toml\n{text}```\n"


# -- source tables


def _overview() -> str:
    rows = (
        (f"[`{t.name}`](#{t.name})", "yes" if t.required else "no", t.meaning, _code(t.key) or "rows may repeat")
        for t in TABLES.values()
    )
    return _rows(("table", "needed", "holds", "a row is known by"), rows)


def _table(table: Table) -> str:
    rows = (
        (
            f"`{c.name}`",
            "yes" if c.required else "no",
            _code(c.choices) or c.type.value,
            _empty(c),
            UNREADABLE[c.unreadable],
            "yes" if c.personal else "",
            c.meaning,
        )
        for c in table.columns
    )
    return _rows(("column", "needed", "value", "empty", "unreadable", "personal", "meaning"), rows)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _empty(column: Column) -> str:
    if column.required:
        return UNREADABLE["row"]
    return "" if column.default is None else f"reads as `{str(column.default).lower()}`"


def _types() -> str:
    return _rows(("value", "what it looks like"), ((t.value, EXPECTED[t]) for t in Type))


def _deciding() -> str:
    return _code(f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns if c.decides) + "\n"


def _reserved() -> str:
    rows = ((f"`{name}`", *said.split("; ", 1)) for name, said in RESERVED_COLUMNS.items())
    return _rows(("column", "value", "meaning"), rows)


def _rules() -> str:
    rows = ((r.kind, f"`{r.code}`", r.message, r.remedy, "yes" if r.ends_account else "no", r.source) for r in RULES)
    return _rows(("", "reason", "means", "what to do", "ends", "source"), rows)


def _doubts() -> str:
    rows = (
        (f"`{d.code}`", d.message, d.remedy, "; ".join(f"`{answer}`: {means}" for answer, means in d.answers.items()))
        for d in DOUBTS.values()
    )
    return _rows(("doubt", "when", "what to do", "answers"), rows)


def _reads() -> str:
    rows = (
        (f"`{r.code}`", r.message, r.remedy, "nothing" if r.stops else "all but what hangs on it") for r in READ_RULES
    )
    return _rows(("doubt", "what is said", "what to do", "what is sent"), rows)


# -- demo schools


def _scenarios() -> str:
    return _rows(("scenario", "is"), ((f"`{s.name}`", s.summary) for s in SCENARIOS.values()))


def _rates() -> str:
    rows = ((f"`{r.name}`", f"{r.value:g}", r.of, r.meaning, r.source) for r in RATES.values())
    return _rows(("rate", "", "of", "what happens", "source"), rows)


def _lives() -> str:
    """Return how far requests are in a demo, and by which deeds."""
    rows = [
        (stage.name, f"{stage.share.rate:g}", str(stage.share.least), ", ".join(map(_deed, stage.deeds)))
        for stage in STAGES
    ]
    left = 1 - sum(stage.share.rate for stage in STAGES)
    rows.append(("not started", f"{left:g}", "0", "nothing"))
    return _rows(("request", "share", "at least", "what is done, and when"), rows)


def _deed(deed: Deed) -> str:
    days = f"day {deed.first}" if deed.first == deed.last else f"days {deed.first} to {deed.last}"
    return f"{deed.who}: {deed.action}{'' if deed.agrees else ' (disagrees)'}, {days}"


BLOCKS: dict[str, Callable[[], str]] = {
    **{f"settings {name}": lambda name=name: _section(name) for name in SECTIONS},  # type: ignore[misc]
    "starter": _starter,
    "tables": _overview,
    **{f"table {table.name}": lambda table=table: _table(table) for table in TABLES.values()},  # type: ignore[misc]
    "types": _types,
    "deciding": _deciding,
    "reserved": _reserved,
    "rules": _rules,
    "doubts": _doubts,
    "reads": _reads,
    "scenarios": _scenarios,
    "rates": _rates,
    "lives": _lives,
}
"""What can be made, by name; each stands on exactly one page."""

if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
