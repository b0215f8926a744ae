"""Whether an id that is known is somebody else's now."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import date

import polars as pl

from dayzero.conform import Findings, places, remarks
from dayzero.gradebook import PortalView, of_kind
from dayzero.people.doubts import ANOTHER_PERSON, Doubt
from dayzero.people.logins import login_keys
from dayzero.people.names import folded, name_words
from dayzero.people.population import Population

__all__ = ["Births", "known_people", "other_persons"]

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


def other_persons(population: Population, known: pl.DataFrame, births: Births | None) -> tuple[list[Doubt], Findings]:
    """Return whose id seems to be another person's, and whose birth date alone has changed.

    ``known``: accounts on the portal, with the names somebody was known by, disabled ones too, and what else ``known_people``
    gives. Only who would have an account or a record is looked at.
    """
    students = population.students.rename({"student_id": "person_id"}).filter("sent")
    links = population.links.filter(pl.col("grants"), population.students["sent"].gather(population.links["student"]))
    granted = links["contact"].unique().sort()
    contacts = population.contacts[granted].rename({"contact_id": "person_id", "primary_email": "login"})
    one, found = _others("student", _beside(students, of_kind(known, "student")), births)
    more, _ = _others("parent", _beside(contacts.with_columns(birth_date=None), of_kind(known, "parent")), None)
    return [*one, *more], found


def known_people(population: Population, portal: PortalView, former: Callable[[], pl.DataFrame] | None) -> pl.DataFrame:
    """Return by what people are known: ``kind``, ``person_id``, names and login.

    Somebody is known by their account; a student without one by their record, and without either by the record that was
    removed when they left: ``former`` gives these (``id``, names), and is asked only where somebody is new.
    """
    accounts, records = portal.accounts, portal.records["student-record"]
    known = [accounts.select("kind", "person_id", *_COLUMNS)]
    sent, others = population.students["student_id"].filter(population.students["sent"]), of_kind(accounts, "student")
    theirs = others["person_id"]
    for further in (lambda: records, former):  # few have no account, and nearly all of them a record
        sent = sent if theirs.is_empty() else sent.filter(places(theirs, sent).is_null())
        if sent.is_empty() or further is None:
            break
        rows = further()
        rows = rows.filter(pl.col("id").is_in(sent.implode()))
        known.append(_without_login(rows))
        theirs = rows["id"]
    return pl.concat(known)


def _without_login(records: pl.DataFrame) -> pl.DataFrame:
    names = ("given_name", "family_name")
    return records.select(
        pl.lit("student").alias("kind"), pl.col("id").alias("person_id"), *names, login=pl.lit(None, pl.String)
    )


_COLUMNS = ("given_name", "family_name", "login")


def _beside(people: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return people who are known, with what they were known by (``was_*``)."""
    row = places(accounts["person_id"], people["person_id"])
    both = people.filter(row.is_not_null()).select("person_id", "birth_date", *_COLUMNS)
    rows = row.drop_nulls()
    return both.with_columns(accounts[c].gather(rows).alias(f"was_{c}") for c in _COLUMNS)


def _others(kind: str, people: pl.DataFrame, births: Births | None) -> tuple[list[Doubt], Findings]:
    reborn = _reborn(people, births)
    renamed = people.select(
        pl.col("given_name").ne_missing(pl.col("was_given_name"))
        | pl.col("family_name").ne_missing(pl.col("was_family_name"))
    ).to_series()
    concerned = renamed | reborn
    if not concerned.any():
        return [], Findings()
    rows = people.filter(concerned).with_columns(
        reborn=reborn.filter(concerned),
        words=name_words("given_name", "family_name"), was_words=name_words("was_given_name", "was_family_name"),
        given=folded(pl.col("given_name")).ne_missing(folded(pl.col("was_given_name"))),
        family=folded(pl.col("family_name")).ne_missing(folded(pl.col("was_family_name"))),
    )  # fmt: skip
    changed = login_keys(rows["login"]).ne_missing(login_keys(rows["was_login"]))
    rows = rows.with_columns(login_changed=changed & rows["was_login"].is_not_null())
    # Words in another script say nothing of who it is; in the same words, in whatever order, nothing has changed.
    comparable = _script("words") == _script("was_words")
    parted = [pl.col(c).str.split(" ") for c in ("words", "was_words")]
    strange = comparable & (parted[0].list.set_intersection(parted[1]).list.len() == 0)
    same_words = pl.col("words") == pl.col("was_words")
    one_more = (comparable & ~same_words & (pl.col("given") | pl.col("family"))) | pl.col("login_changed")
    rows = rows.with_columns(
        strange=strange.fill_null(value=False), reborn_and=pl.col("reborn") & one_more.fill_null(value=False)
    )
    rows = rows.with_columns(rows["strange"] & ~_mistyped(rows))
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


def _script(words: str) -> pl.Expr:
    return pl.col(words).str.contains(r"\p{Latin}")


def _mistyped(rows: pl.DataFrame) -> pl.Series:
    """Return whose names are so alike that somebody only mistyped them."""
    candidates = rows["strange"].arg_true()
    if candidates.len() > _LOOKED_AT_CLOSELY:
        return pl.repeat(value=False, n=rows.height, eager=True)
    pairs = zip(rows["words"].gather(candidates), rows["was_words"].gather(candidates), strict=True)
    alike = pl.Series([difflib.SequenceMatcher(None, a, b).ratio() >= _ALIKE for a, b in pairs], dtype=pl.Boolean)
    return pl.repeat(value=False, n=rows.height, eager=True).scatter(candidates.filter(alike), True)


def _said(row: dict[str, object], prefix: str) -> str:
    names = " ".join(str(row[f"{prefix}{n}"]) for n in ("given_name", "family_name") if row[f"{prefix}{n}"])
    return ", ".join(str(part) for part in (names, row[f"{prefix}login"]) if part)
