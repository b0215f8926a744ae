"""Every manner of a provider, alone and with every other: the same tables, or a partial read that says why; never silence."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_rest import TABLES, Clock, rows

from dayzero.errors import SourceError
from dayzero_fixtures import new_school
from dayzero_fixtures.oneroster import oneroster_files
from dayzero_fixtures.oneroster_provider import Manners, OneRosterProvider
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.source import OneRosterSource

pytestmark = pytest.mark.slow

SCHOOL = new_school(students=12, seed=5)
FILES = {name: frame.head(3) if name == "courses" else frame for name, frame in oneroster_files(SCHOOL).items()}
PAGE = 7
EACH = 1 if os.environ.get("DAYZERO_SOAK") else 8
"""Of so many pairs one is tried; in a soak all are."""

WHOLE: dict[str, dict[str, Any]] = {
    "limit cut in silence": {"page_cap": 5},
    "limit refused": {"most": 10},
    "sort refused": {"refuses_sort": 400},
    "sort fails": {"refuses_sort": 500},
    "no total": {"total": "none"},
    "x-count": {"total_header": "x-count"},
    "X-TOTAL-COUNT": {"total_header": "X-TOTAL-COUNT"},
    "too low a total": {"total": "low"},
    "negative total": {"total": "negative"},
    "next that repeats": {"link": "repeats"},
    "404 past the end": {"past_end": "404"},
    "400 past the end": {"past_end": "400"},
    "204 past the end": {"past_end": "204"},
    "busy": {"busy_every": 5},
    "drifts": {"drifts": True},
    "pages from 0": {"offset_is_page": "from 0"},
    "pages from 1": {"offset_is_page": "from 1"},
    "slow at big pages": {"slow_above": 10},
    "no courses": {"offers": ("orgs", "academicSessions", "classes", "users", "enrollments")},
    "php": {"dialect": "php"},
    "java": {"dialect": "java"},
    "dotnet": {"dialect": "dotnet"},
    "permissions move once": {"revision_moves": (4,)},
    "token that expires": {"token_life": 3},
    "credentials in the body": {"credentials": "body"},
    "no scopes": {"scopes": "refused"},
    "a busy token endpoint": {"token_busy": 2},
}
"""Manners under which all can be had."""
PART: dict[str, dict[str, Any]] = {
    "too high a total": {"total": "wrong"},
    "users withheld": {"withholds": ("users", 3)},
    "enrollments withheld": {"withholds": ("enrollments", 1)},
    "a window": {"window": 14},
    "breaks": {"breaks_at": ("users", 14)},
    "breaks in a document": {"breaks_at": ("enrollments", 14), "breaks": "cut"},
    "ignores the offset": {"ignores_offset": True},
    "permissions move": {"revision_moves": tuple(range(3, 400, 3))},
}
"""Manners under which some of it cannot."""
EVERY = WHOLE | PART
UNKNOWABLE = [
    {withheld, total}
    for withheld in ("users withheld", "enrollments withheld")
    for total in ("no total", "too low a total", "negative total")
]
"""What is kept back by a service that does not say how much there is."""


class Read:
    """What one reading gave: ``outcome`` is ``same``, ``partial`` or ``refused``."""

    def __init__(self, manners: Manners, page_size: int = PAGE, **settings: Any) -> None:
        with OneRosterProvider(FILES, manners=manners) as provider:
            asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "page_size": page_size}
            asked |= {"url": provider.url, "token_url": provider.token_url, **settings}
            self.source = OneRosterSource(OneRosterSettings(**asked), date(2027, 5, 1), Clock())
            self.rules: list[str] = []
            self.changes = "delta" in settings
            self.outcome = self._outcome()
            self.log, self.requests = provider.log, provider.requests

    def _outcome(self) -> str:
        try:
            tables = {name: self.source.read(name) for name in TABLES}
        except SourceError as error:
            return "refused" if error.message and error.remedy else "refused in silence"
        self.rules += [f.rule for f in self.source.findings()]
        if self.source.state("students") == "partial":
            said = {f.severity for f in self.source.findings()} & {"warning", "error"}
            return "partial" if said or self.changes else "partial in silence"
        expected = dict(EXPECTED)
        if tables["courses"] is None:
            expected.pop("courses"), expected.pop("students")
        different = [name for name in expected if rows(tables[name]) != expected[name]]
        return f"other {different}" if different else "same"


def _expected() -> dict[str, Any]:
    with OneRosterProvider(FILES) as provider:
        asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "url": provider.url}
        source = OneRosterSource(OneRosterSettings(**asked, auth="oauth1"), date(2027, 5, 1), Clock())
        return {name: rows(source.read(name)) for name in TABLES}


EXPECTED = _expected()


@pytest.mark.parametrize("page_size", [PAGE, 1000])
@pytest.mark.parametrize("name", WHOLE)
def test_a_manner_under_which_all_can_be_had(name: str, page_size: int) -> None:
    read = Read(Manners(**WHOLE[name]), page_size)
    assert read.outcome == "same", read.rules
    assert read.requests < 250


@pytest.mark.parametrize("name", PART)
def test_a_manner_under_which_it_cannot(name: str) -> None:
    assert Read(Manners(**PART[name])).outcome in ("partial", "refused")


@pytest.mark.soak
@pytest.mark.parametrize("one", EVERY)
def test_two_manners_at_once(one: str) -> None:
    for number, other in enumerate(EVERY, start=list(EVERY).index(one)):
        if number % EACH or other <= one or set(EVERY[one]) & set(EVERY[other]) or {one, other} in UNKNOWABLE:
            continue
        read = Read(replace(Manners(**EVERY[one]), **EVERY[other]))
        assert read.outcome in ("same", "partial", "refused"), (one, other, read.outcome, read.rules)


def test_what_is_refused_once_is_not_asked_for_again() -> None:
    sorted_ = [line for line in Read(Manners(refuses_sort=400)).log if "sort=" in line]
    assert len(sorted_) == 1
    big = [line for line in Read(Manners(most=100), 1000).log if "limit=1000" in line]
    assert len(big) == 2, "once with a sort and once without"


@pytest.mark.parametrize(
    ("manners", "text"),
    [
        (Manners(refuses_sort=400, most=2), "limit must not exceed 2"),
        (Manners(slow_above=1), "the query took too long"),
        (Manners(offers=("orgs",)), "no such collection"),
        (Manners(busy_every=1), "too many requests"),
        (Manners(scopes="refused", credentials="body"), ""),
    ],
)
def test_the_services_own_text_is_shown(manners: Manners, text: str) -> None:
    secret = {} if text else {"client_secret": "swordfish"}
    with OneRosterProvider(FILES, manners=manners) as provider:
        asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "url": provider.url} | secret
        source = OneRosterSource(OneRosterSettings(**asked, token_url=provider.token_url), date(2027, 5, 1), Clock())
        with pytest.raises(SourceError) as caught:
            source.read("students")
    assert (text or "unknown client") in caught.value.message
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(("missing", "came"), [(30, 967), (1, 996), (500, 497)])
def test_e2_fewer_than_announced_is_partial(missing: int, came: int) -> None:
    users = FILES["users"]
    many = pl.concat([users] * (997 // users.height + 1)).head(997)
    many = many.with_columns(sourcedId=pl.format("U{}", pl.int_range(pl.len())))
    with OneRosterProvider({**FILES, "users": many}, manners=Manners(withholds=("users", missing))) as provider:
        asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "auth": "oauth1"}
        source = OneRosterSource(OneRosterSettings(**asked, url=provider.url, page_size=100), date(2027, 5, 1), Clock())
        assert source.read("students") is not None
    said = [f for f in source.findings() if f.rule == "fewer-than-announced"]
    assert [(f.severity, f.table) for f in said] == [("error", "users.csv")]
    assert f"{came:,} of 997" in said[0].message
    assert {source.state(t) for t in ("students", "contacts", "enrollments", "relationships")} == {"partial"}


def test_a_total_that_is_known_to_be_wrong_may_be_accepted() -> None:
    assert Read(Manners(total="wrong"), accept=["fewer-than-announced"]).outcome == "same"


def test_a_token_that_never_changes() -> None:
    with OneRosterProvider(FILES, manners=Manners(token="s3cret-token", total_header="x-count")) as provider:
        for token, right in (("s3cret-token", True), ("guess", False)):
            settings = OneRosterSettings(url=provider.url, auth="bearer", token=token)
            source = OneRosterSource(settings, date(2027, 5, 1), Clock())
            if right:
                assert source.read("students") is not None
            else:
                with pytest.raises(SourceError, match="401"):
                    source.read("students")
        assert provider.token_requests == 0


FILTERS: dict[str, dict[str, Any]] = {
    "by day": {"filter_by": "day"},
    "by nothing": {"filter_by": "nothing"},
    "refused": {"filter_by": "refused"},
    "ignored": {"ignores_filter": True},
}
"""What services make of a filter, beside the one that does what it should."""


@pytest.mark.soak
@pytest.mark.parametrize("name", ["as it should", *FILTERS])
def test_changes_alone_lose_nobody_under_any_manner(name: str, tmp_path: Path) -> None:
    """A delta after a bulk: everybody is there as before, or the read is refused; only a whole read may say that one is gone."""
    manners = FILTERS.get(name, {})
    for number, (other, more) in enumerate(EVERY.items(), start=list(FILTERS).index(name) if manners else 0):
        if number % EACH or "offers" in more:
            continue
        image = tmp_path / str(number)
        assert Read(Manners(), image=image).outcome == "same"
        read = Read(Manners(**manners, **more), image=image, delta=True)
        if read.outcome != "refused":
            tables = {
                table: read.source.read(table) for table in ("students", "contacts", "relationships", "enrollments")
            }
            lost = [table for table, frame in tables.items() if rows(frame) != EXPECTED[table]]
            assert not lost, (name, other, lost, read.rules)
