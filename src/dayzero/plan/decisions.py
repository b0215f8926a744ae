"""Doubts as a file somebody fills in, and what was filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import zip_longest
from typing import get_args

from dayzero.errors import UsageError
from dayzero.files import plain_text, safe_cell
from dayzero.people import DOUBTS, Answer, Decisions, Doubt

__all__ = ["decisions_of_text", "text_of_doubts"]

_COLUMNS = ("kind", "person_id", "doubt", "was", "is", "decision")
_REMEDY = (
    "`dayzero plan --doubts-out FILE` writes it; fill in `decision` with "
    f"{', '.join(get_args(Answer))}, as the doubt may be answered, or leave it empty."
)


def text_of_doubts(doubts: Iterable[Doubt]) -> str:
    """Return doubts as CSV with an empty ``decision``; spreadsheets take no cell of it for a formula."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    writer.writerows([*map(safe_cell, (d.kind, d.person_id, d.doubt, d.was, d.now)), ""] for d in doubts)
    return written.getvalue()


def decisions_of_text(text: str, name: str) -> Decisions:
    """Return what was decided; rows without a decision are none. Raises UsageError naming the line that is wrong."""
    answers: dict[Doubt, Answer] = {}
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [column for column in _COLUMNS if column not in header]
        if missing:
            raise UsageError(f"{name}, line 1: no column {', '.join(missing)}.", remedy=_REMEDY)
        for cells in reader:
            row = dict(zip_longest(header, map(plain_text, cells[: len(header)]), fillvalue=""))
            said = row.get("decision", "").strip().lower()
            if not said:
                continue
            rule = DOUBTS.get(row["doubt"])
            answer = next((a for a in rule.answers if a == said), None) if rule else None
            if rule is None or answer is None:
                what = (
                    f"a decision of {rule.code} is one of {', '.join(rule.answers)}"
                    if rule
                    else "no doubt is called so"
                )
                wrong = said if rule else row["doubt"]
                raise UsageError(
                    f"{name}, line {reader.line_num}: {what}.",
                    remedy=_REMEDY,
                    said=f"It says {wrong!r}.",  # in a row that has slipped it may be anything
                )
            answers[Doubt(row["doubt"], row["kind"], row["person_id"], row["was"], row["is"])] = answer
    except csv.Error as error:
        raise UsageError(f"Cannot read the decisions {name}: {error}.", remedy=_REMEDY) from error
    return Decisions(answers)
