"""Only what changed: the filter on dateLastModified, and services that ignore it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_rest import FILES, SCHOOL, Clock

from dayzero_fixtures.oneroster_provider import Manners, OneRosterProvider
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.source import OneRosterSource

pytestmark = pytest.mark.slow

SOMEBODY = sorted(SCHOOL.tables["students"]["student_id"])[0]


def read(provider: OneRosterProvider, image: Path, **settings: Any) -> OneRosterSource:
    asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "active_year": "2027"}
    asked |= {"url": provider.url, "token_url": provider.token_url, "image": image, **settings}
    source = OneRosterSource(OneRosterSettings(**asked), date(2027, 5, 1), Clock())
    assert source.read("students") is not None
    return source


def renamed() -> dict[str, pl.DataFrame]:
    """The school with one student's name changed later."""
    hit = pl.col("sourcedId") == SOMEBODY
    users = FILES["1.1"]["users"].with_columns(
        givenName=pl.when(hit).then(pl.lit("Renamed")).otherwise("givenName"),
        dateLastModified=pl.when(hit).then(pl.lit("2027-01-05T08:00:00.000Z")).otherwise("dateLastModified"),
    )
    return {**FILES["1.1"], "users": users}


def test_only_what_changed_is_asked_for_and_the_rest_is_known(tmp_path: Path) -> None:
    with OneRosterProvider(FILES["1.1"]) as provider:
        whole = read(provider, tmp_path / "image").read("students")
    with OneRosterProvider(renamed()) as provider:
        source = read(provider, tmp_path / "image", delta=True)
        assert all("filter=dateLastModified" in line for line in provider.log)
    students = source.read("students")
    assert whole is not None
    assert students is not None
    assert students.height == whole.height
    assert students.filter(student_id=SOMEBODY)["given_name"].item() == "Renamed"
    assert source.state("students") == "partial"


def test_a_service_that_ignores_the_filter_is_noticed_and_its_answer_is_the_whole(tmp_path: Path) -> None:
    with OneRosterProvider(FILES["1.1"]) as provider:
        read(provider, tmp_path / "image")
    users = renamed()["users"].with_columns(dateLastModified=pl.lit("2026-07-01")).head(20)
    with OneRosterProvider({**FILES["1.1"], "users": users}, manners=Manners(ignores_filter=True)) as provider:
        source = read(provider, tmp_path / "image", delta=True)
    assert "filter-ignored" in {f.rule for f in source.findings()}
    students = source.read("students")
    assert students is not None
    assert students.height <= 20
