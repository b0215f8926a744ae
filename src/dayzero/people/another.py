"""Whether an id that is known is somebody else's now."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from dayzero.conform import Findings, places, remarks
from dayzero.people.counterparts import Counterparts
from dayzero.people.doubts import ANOTHER_PERSON, Doubt
from dayzero.people.logins import login_keys
from dayzero.people.names import folded, name_words, telling_words
from dayzero.people.population import Population

__all__ = ["Births", "differently_called", "other_persons"]

_ALIKE = 0.8
"""How alike the names of one person are whose name was mistyped."""
_LOOKED_AT_CLOSELY = 5_000
"""So many names that have no word in common are no slips of the pen."""


class Births:
    """Birth dates as they are remembered: not themselves, but marks by which they can be compared.

    ``known``: ``student_id`` and ``mark`` of the last sync, sorted, or None. ``mark`` makes one of a date.
    """

    def __init__(self, known: pl.DataFrame | None, mark: Callable[[date], int]) -> None:
        self.known = known
        self._mark = mark

    def marks(self, dates: pl.Series) -> pl.Series:
        """Return the marks of dates, UInt64; null for none."""
        days = dates.unique().drop_nulls()
        made = pl.Series([self._mark(day) for day in days], dtype=pl.UInt64)
        return dates.replace_strict(days, made, default=None, return_dtype=pl.UInt64)


def other_persons(
    population: Population,
    met: Mapping[str, Counterparts],
    records: pl.DataFrame,
    births: Births | None,
    former: Callable[[], pl.DataFrame] | None = None,
) -> tuple[list[Doubt], Findings]:
    """Return whose id seems to be another person's, and whose birth date alone has changed.

    Somebody is known by their account on the portal (``met``, by kind), a disabled one too; a student without one by their
    record (``records``); without either by the record that was removed when they left: ``former`` gives these (``id``, names).
    Only who would have an account or a record is looked at.
    """
    students, links = population.students.rename({"student_id": "person_id"}), population.links
    granting = links["contact"].filter(links["grants"] & students["sent"].gather(links["student"]))
    contacts = population.contacts.rename({"contact_id": "person_id", "primary_email": "login"})
    granted = pl.repeat(value=False, n=contacts.height, eager=True).scatter(granting, True)
    sent = students["sent"]
    known = [_beside(students, sent, met["student"])]
    others = students.select("person_id", "birth_date", *_COLUMNS).filter(sent & met["student"].account.is_null())
    for further in (lambda: records, former):  # few have no account, and nearly all of them a record
        if others.is_empty() or further is None:
            break
        known.append(_by_record(others, further()))
        others = others.filter(~pl.col("person_id").is_in(known[-1]["person_id"].implode()))
    one, found = _others("student", pl.concat(known), births)
    parents = _beside(contacts.with_columns(birth_date=None), granted, met["parent"])
    more, _ = _others("parent", parents, None)
    return [*one, *more], found


_COLUMNS = ("given_name", "family_name", "login")


def _beside(people: pl.DataFrame, concerned: pl.Series, met: Counterparts) -> pl.DataFrame:
    """Return the people of ``concerned`` who are known, with what they were known by (``was_*``)."""
    known = concerned & met.account.is_not_null()
    rows = met.account.filter(known)
    both = people.select("person_id", "birth_date", *_COLUMNS).filter(known)
    return both.with_columns(met.accounts[c].gather(rows).alias(f"was_{c}") for c in _COLUMNS)


def _by_record(people: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return the same of people who have a record; a record has no login."""
    theirs = records.filter(pl.col("id").is_in(people["person_id"].implode()))
    names = theirs.select(
        person_id="id", was_given_name="given_name", was_family_name="family_name", was_login=pl.lit(None, pl.String)
    )
    return people.join(names, on="person_id", maintain_order="left")


def _others(kind: str, people: pl.DataFrame, births: Births | None) -> tuple[list[Doubt], Findings]:
    reborn = _reborn(people, births)
    renamed = people.select(
        pl.col("given_name").ne_missing(pl.col("was_given_name"))
        | pl.col("family_name").ne_missing(pl.col("was_family_name"))
    ).to_series()
    concerned = renamed | reborn
    if not concerned.any():
        return [], Findings()
    rows = people.filter(concerned)
    rows = rows.with_columns(
        reborn=reborn.filter(concerned), strange=differently_called(rows), comparable=_comparable(rows),
        words=name_words("given_name", "family_name"), was_words=name_words("was_given_name", "was_family_name"),
        given=folded(pl.col("given_name")).ne_missing(folded(pl.col("was_given_name"))),
        family=folded(pl.col("family_name")).ne_missing(folded(pl.col("was_family_name"))),
    )  # fmt: skip
    changed = login_keys(rows["login"]).ne_missing(login_keys(rows["was_login"]))
    rows = rows.with_columns(login_changed=changed & rows["was_login"].is_not_null())
    # In the same words, in whatever order, nothing has changed.
    same_words = pl.col("words") == pl.col("was_words")
    one_more = (pl.col("comparable") & ~same_words & (pl.col("given") | pl.col("family"))) | pl.col("login_changed")
    rows = rows.with_columns(reborn_and=pl.col("reborn") & one_more.fill_null(value=False))
    doubtful = rows.filter(pl.col("strange") | pl.col("reborn_and"))
    alone = rows.filter("reborn", ~pl.col("strange"), ~pl.col("reborn_and"))
    doubts = [
        Doubt(ANOTHER_PERSON, kind, row["person_id"], _said(row, "was_"), _said(row, ""))
        for row in doubtful.sort("person_id").iter_rows(named=True)
    ]
    message = pl.format("the birth date of student {} has changed; their names and login have not", "person_id")
    return doubts, remarks(
        alone.sort("person_id"),
        "warning",
        "students",
        "birth_date",
        "birth-date-changed",
        message,
        value=pl.col("person_id"),
    )


def _reborn(people: pl.DataFrame, births: Births | None) -> pl.Series:
    """Return whose birth date is another one than at the last sync; day and month in each other's place make none."""
    nobody = pl.repeat(value=False, n=people.height, eager=True)
    if births is None or births.known is None or births.known.is_empty():
        return nobody
    before = births.known["mark"].gather(places(births.known["student_id"], people["person_id"]))
    changed = (births.marks(people["birth_date"]) != before).fill_null(value=False)
    rows = (changed & (people["birth_date"].dt.day() <= 12)).arg_true()
    turned = people["birth_date"].gather(rows).to_frame("day")
    swapped = turned.select(
        pl.date(pl.col("day").dt.year(), pl.col("day").dt.day(), pl.col("day").dt.month())
    ).to_series()
    back = (births.marks(swapped) == before.gather(rows)).fill_null(value=False)
    return changed.scatter(rows.filter(back), False)


def differently_called(people: pl.DataFrame) -> pl.Series:
    """Return of whom no name has stayed: ``given_name`` and ``family_name`` beside ``was_given_name`` and ``was_family_name``.

    Who has no name at all on either side is nobody else, and names so alike that somebody only mistyped them are the same.
    """
    told = people.select(
        now=telling_words("given_name", "family_name"),
        was=telling_words("was_given_name", "was_family_name"),
    )
    apart = told.select(pl.col("now").list.set_intersection("was").list.len() == 0).to_series().fill_null(value=False)
    strange = apart & _comparable(people)
    candidates = strange.arg_true()
    if candidates.len() > _LOOKED_AT_CLOSELY:
        return strange
    pairs = zip(*(told[c].gather(candidates).list.sort().list.join(" ") for c in ("now", "was")), strict=True)
    alike = pl.Series([difflib.SequenceMatcher(None, a, b).ratio() >= _ALIKE for a, b in pairs], dtype=pl.Boolean)
    return strange.scatter(candidates.filter(alike), False)


def _comparable(people: pl.DataFrame) -> pl.Series:
    """Return whose names are in one script: words in another say nothing of who it is."""
    latin = [
        pl.concat_str(f"{was}given_name", f"{was}family_name", separator=" ", ignore_nulls=True).str.contains(
            r"\p{Latin}"
        )
        for was in ("", "was_")
    ]
    return people.select((latin[0] == latin[1]).fill_null(value=False)).to_series()


def _said(row: dict[str, object], prefix: str) -> str:
    names = " ".join(str(row[f"{prefix}{n}"]) for n in ("given_name", "family_name") if row[f"{prefix}{n}"])
    return ", ".join(str(part) for part in (names, row[f"{prefix}login"]) if part)
