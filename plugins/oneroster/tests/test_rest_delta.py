"""E3, only what changed: stamps of each collection, compared as moments; filters that lie; walks that are cut."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest
from test_rest import Clock

from dayzero_fixtures import new_school
from dayzero_fixtures.oneroster import oneroster_files
from dayzero_fixtures.oneroster_provider import Manners, OneRosterProvider
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.source import OneRosterSource

pytestmark = pytest.mark.slow

SCHOOL = new_school(students=30, seed=5)
FILES = oneroster_files(SCHOOL)
SOMEBODY = sorted(SCHOOL.tables["students"]["student_id"])[0]
LATER = "2027-01-05T08:00:00.000Z"


def read(provider: OneRosterProvider, image: Path, **settings: Any) -> OneRosterSource:
    asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "active_year": "2027"}
    asked |= {"url": provider.url, "auth": "oauth1", "image": image, "page_size": 20, **settings}
    source = OneRosterSource(OneRosterSettings(**asked), date(2027, 5, 1), Clock())
    assert source.read("students") is not None
    return source


def renamed(moment: str = LATER, name: str = "Renamed", **others: str) -> dict[str, pl.DataFrame]:
    """The school with one student's name changed later; ``others``: moments of further collections."""
    hit = pl.col("sourcedId") == SOMEBODY
    users = FILES["users"].with_columns(
        givenName=pl.when(hit).then(pl.lit(name)).otherwise("givenName"),
        dateLastModified=pl.when(hit).then(pl.lit(moment)).otherwise("dateLastModified"),
    )
    files = {**FILES, "users": users}
    for collection, at in others.items():
        files[collection] = files[collection].with_columns(dateLastModified=pl.lit(at))
    return files


def name_of(source: OneRosterSource) -> str:
    students = source.read("students")
    assert students is not None
    return students.filter(student_id=SOMEBODY)["given_name"].item()  # type: ignore[no-any-return]


def everybody(source: OneRosterSource) -> int:
    tables = [source.read(table) for table in ("students", "contacts")]
    return sum(table.height for table in tables if table is not None)


ALL = FILES["users"].height


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image of the whole school."""
    with OneRosterProvider(FILES) as provider:
        read(provider, tmp_path / "image")
    return tmp_path / "image"


def stamps(image: Path) -> dict[str, str]:
    return json.loads((image / "image.json").read_text(encoding="utf-8"))["stamps"]  # type: ignore[no-any-return]


def test_only_what_changed_is_asked_for_and_the_rest_is_known(image: Path) -> None:
    with OneRosterProvider(renamed()) as provider:
        source = read(provider, image, delta=True)
        assert all("filter=dateLastModified" in line for line in provider.log)
    assert everybody(source) == ALL
    assert name_of(source) == "Renamed"
    assert source.state("students") == "partial"


def test_each_collection_has_a_stamp_of_its_own(image: Path) -> None:
    """A class changed in January says nothing of users changed in December, which the service gave only now."""
    with OneRosterProvider({**FILES, "classes": renamed(classes=LATER)["classes"]}) as provider:
        read(provider, image, delta=True)
    assert stamps(image)["classes"] > stamps(image)["users"]
    with OneRosterProvider(renamed("2026-12-24T08:00:00.000Z", classes=LATER)) as provider:
        source = read(provider, image, delta=True)
        asked = {line.split("?")[0].rpartition("/")[2]: unquote(line) for line in provider.log}
    assert name_of(source) == "Renamed"
    assert "2027-01-04T08:00" in asked["classes"]
    assert "2026-07-31T06:00" in asked["users"]


@pytest.mark.parametrize("moment", [LATER, "2027-01-05T08:00:00Z", "2027-01-04T23:30:00+00:00"])
def test_a_change_at_or_shortly_before_the_stamp_is_not_lost(image: Path, moment: str) -> None:
    """Equal stamps, and a record that was written late, are asked for again."""
    with OneRosterProvider(renamed(LATER, "First")) as provider:
        read(provider, image, delta=True)
    other = renamed(LATER, "First")
    second = sorted(SCHOOL.tables["students"]["student_id"])[1]
    hit = pl.col("sourcedId") == second
    other["users"] = other["users"].with_columns(
        givenName=pl.when(hit).then(pl.lit("Second")).otherwise("givenName"),
        dateLastModified=pl.when(hit).then(pl.lit(moment)).otherwise("dateLastModified"),
    )
    with OneRosterProvider(other) as provider:
        students = read(provider, image, delta=True).read("students")
    assert students is not None
    assert students.filter(student_id=second)["given_name"].item() == "Second"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("2027-01-05T23:00:00-05:00", "2027-01-06T05:00:00Z"),
        ("2027-01-05T23:30:00+05:00", "2027-01-05T19:00:00Z"),
        ("2027-01-05", "2027-01-05T08:00:00Z"),
        ("2027-01-05 08:00", "2027-01-05T08:00:01.5Z"),
    ],
)
def test_stamps_are_moments_and_no_text(image: Path, first: str, then: str) -> None:
    with OneRosterProvider(renamed(first, "First")) as provider:
        read(provider, image, delta=True)
    with OneRosterProvider(renamed(then, "Then")) as provider:
        assert name_of(read(provider, image, delta=True)) == "Then"
    with OneRosterProvider(renamed(first, "Older")) as provider:
        source = read(provider, image, delta=True)
    assert name_of(source) == "Then"


@pytest.mark.parametrize(
    "manners",
    [
        Manners(breaks_at=("users", 20), page_cap=10),
        Manners(breaks_at=("users", 20), page_cap=10, breaks="cut"),
        Manners(withholds=("users", 5)),
    ],
)
def test_a_delta_that_was_cut_moves_no_stamp(image: Path, manners: Manners) -> None:
    before = stamps(image)["users"]
    moved = {**FILES, "users": FILES["users"].with_columns(dateLastModified=pl.lit(LATER))}
    with OneRosterProvider(moved, manners=manners) as provider:
        source = read(provider, image, delta=True)
    assert source.state("students") == "partial"
    assert stamps(image)["users"] == before
    with OneRosterProvider(moved) as provider:
        read(provider, image, delta=True)
    assert stamps(image)["users"] == LATER


@pytest.mark.parametrize("changed", [1, 3, 20])
def test_a_filter_that_works_by_day_replaces_nobody(image: Path, changed: int) -> None:
    """Three records of the day, one of them older than asked for, are three changes and not the whole school."""
    day = pl.when(pl.int_range(pl.len()) < changed).then(pl.lit("2026-07-31T01:00:00.000Z"))
    users = FILES["users"].with_columns(dateLastModified=day.otherwise(pl.lit("2026-07-30T06:00:00.000Z")))
    with OneRosterProvider({**FILES, "users": users}, manners=Manners(filter_by="day")) as provider:
        source = read(provider, image, delta=True)
        assert sum("/users?" in line for line in provider.log) <= 3
    assert everybody(source) == ALL


@pytest.mark.parametrize(
    "manners", [Manners(ignores_filter=True), Manners(filter_by="nothing"), Manners(filter_by="refused")]
)
def test_a_filter_that_lies_is_found_by_asking_again(image: Path, manners: Manners) -> None:
    """What comes without it is the whole, and only that may take the place of what there was."""
    fewer = {**renamed(LATER, "Renamed"), "users": renamed()["users"].filter(pl.col("role") == "student")}
    old = {
        name: f.with_columns(dateLastModified=pl.lit("2026-01-01")) if name != "relationships" else f
        for name, f in fewer.items()
        if name != "manifest"
    }
    with OneRosterProvider(old, manners=manners) as provider:
        source = read(provider, image, delta=True)
        assert any("/users?" in line and "filter" not in line for line in provider.log)
    assert "filter-ignored" in {f.rule for f in source.findings()}
    assert everybody(source) == fewer["users"].height


def test_a_filter_that_lies_and_a_walk_that_is_cut_replace_nobody(image: Path) -> None:
    old = {**FILES, "users": FILES["users"].with_columns(dateLastModified=pl.lit("2026-01-01"))}
    manners = Manners(ignores_filter=True, breaks_at=("users", 20), page_cap=10)
    with OneRosterProvider(old, manners=manners) as provider:
        source = read(provider, image, delta=True)
    assert everybody(source) == ALL
    assert source.state("students") == "partial"


def test_records_without_a_stamp_are_read_whole_each_time(tmp_path: Path) -> None:
    undated = {**FILES, "users": FILES["users"].with_columns(dateLastModified=pl.lit(None, pl.String))}
    with OneRosterProvider(undated) as provider:
        read(provider, tmp_path / "image", delta=True)
        provider.log.clear()
        source = read(provider, tmp_path / "image", delta=True)
        assert not any("/users?" in line and "filter" in line for line in provider.log)
    assert everybody(source) == ALL


def test_a_link_that_was_taken_away_is_gone_with_the_next_delta(image: Path) -> None:
    links = FILES["relationships"]
    child = links["userSourcedId"][0]
    hit = pl.col("sourcedId") == child
    users = FILES["users"].with_columns(dateLastModified=pl.when(hit).then(pl.lit(LATER)).otherwise("dateLastModified"))
    files = {**FILES, "users": users, "relationships": links.filter(pl.col("userSourcedId") != child)}
    with OneRosterProvider(files) as provider:
        table = read(provider, image, delta=True).read("relationships")
    assert table is not None
    assert child not in table["student_id"].to_list()
    assert table.height == links.filter(pl.col("userSourcedId") != child).height
