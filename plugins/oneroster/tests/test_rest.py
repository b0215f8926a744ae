"""The REST reader against a provider of every manner: nothing lost, nothing doubled, nobody disabled by half a read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from dayzero.errors import ConfigurationError, SourceError
from dayzero_fixtures import new_school
from dayzero_fixtures.oneroster import oneroster_files
from dayzero_fixtures.oneroster_provider import Manners, OneRosterProvider
from dayzero_oneroster import OneRosterSettings, open_oneroster
from dayzero_oneroster.source import OneRosterSource

pytestmark = pytest.mark.slow

TABLES = ("school_years", "students", "enrollments", "calendar_codes", "contacts", "relationships", "courses")
SCHOOL = new_school(students=60, seed=5, scenario="split-families")
FILES = {version: oneroster_files(SCHOOL, version) for version in ("1.1", "1.2")}


class Clock:
    """Stands still but for sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2027, 5, 1, tzinfo=UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Read:
    """What one opening gave."""

    def __init__(self, provider: OneRosterProvider, **settings: Any) -> None:
        self.clock = Clock()
        asked = {"client_id": provider.client_id, "client_secret": provider.client_secret, "page_size": 25}
        asked |= {"url": provider.url, "token_url": provider.token_url, "active_year": "2027", **settings}
        source = OneRosterSource(OneRosterSettings(**asked), date(2027, 5, 1), self.clock)
        self.tables = {name: source.read(name) for name in TABLES}
        self.states = {name: source.state(name) for name in TABLES}
        self.rules = [f.rule for f in source.findings()]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """What the bundle of the same school gives."""
    folder = SCHOOL.write(tmp_path_factory.mktemp("bundle") / "school", "oneroster").path
    with open_oneroster(OneRosterSettings(path=folder, active_year="2027", as_of="2027-05-01")) as source:
        return {name: rows(source.read(name)) for name in TABLES}


def rows(table: pl.DataFrame | None) -> list[tuple[Any, ...]]:
    """Return rows without what differs by nature: their numbers, and the relation, which REST does not know."""
    assert table is not None
    plain = table.drop("source_row", "relation", strict=False)
    return sorted(plain.select(sorted(plain.columns)).rows(), key=repr)


MANNERS = {
    "by the book": Manners(),
    "limit cut in silence": Manners(page_cap=7),
    "no headers": Manners(total="none", link="none"),
    "fewer announced": Manners(total="low"),
    "negative total": Manners(total="negative", page_cap=10),
    "next that repeats": Manners(link="repeats"),
    "429 now and then": Manners(busy_every=4),
    "429 with a date": Manners(busy_every=5, retry_after="Sat, 01 May 2027 00:00:40 GMT"),
    "order that drifts": Manners(drifts=True),
    "token that expires": Manners(token_life=3),
}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("name", MANNERS)
def test_every_manner_gives_the_school(name: str, version: Any, expected: dict[str, Any]) -> None:
    with OneRosterProvider(FILES[version], version, MANNERS[name]) as provider:
        read = Read(provider)
    assert {name: rows(table) for name, table in read.tables.items()} == expected
    assert set(read.states.values()) == {"complete"}
    assert provider.requests < 200


def test_waiting_is_what_the_service_asked_for() -> None:
    with OneRosterProvider(FILES["1.1"], manners=Manners(busy_every=4, retry_after="3")) as provider:
        assert set(Read(provider).clock.slept) == {3.0}
    with OneRosterProvider(FILES["1.1"], manners=MANNERS["429 with a date"]) as provider:
        assert Read(provider).clock.slept[0] == 40.0


@pytest.mark.parametrize("signature", ["HMAC-SHA1", "HMAC-SHA256"])
def test_oauth_1_signs_every_request(signature: Any, expected: dict[str, Any]) -> None:
    with OneRosterProvider(FILES["1.1"]) as provider:
        read = Read(provider, auth="oauth1", signature=signature)
    assert rows(read.tables["students"]) == expected["students"]
    assert provider.tokens == 0


@pytest.mark.parametrize(
    ("manners", "rule"),
    [
        (Manners(breaks_at=("users", 50)), "read-ended-early"),
        (Manners(breaks_at=("users", 50), breaks="cut"), "read-ended-early"),
        (Manners(breaks_at=("classes", 5), page_cap=5), "read-ended-early"),
        (Manners(ignores_offset=True, page_cap=20), "paging-ignored"),
    ],
)
def test_half_a_read_may_add_and_never_disable(manners: Manners, rule: str) -> None:
    with OneRosterProvider(FILES["1.1"], manners=manners) as provider:
        read = Read(provider)
    assert rule in read.rules
    assert read.tables["students"].height
    assert {read.states[name] for name in ("students", "contacts", "relationships")} == {"partial"}


def test_half_the_sessions_are_an_error() -> None:
    with (
        OneRosterProvider(FILES["1.1"], manners=Manners(breaks_at=("academicSessions", 2), page_cap=2)) as provider,
        pytest.raises(SourceError, match="academicSessions gave not all sessions"),
    ):
        Read(provider)


def test_a_link_needs_no_id_of_its_own() -> None:
    with OneRosterProvider(FILES["1.1"]) as provider:
        assert "header-unknown" not in Read(provider).rules


def test_a_service_that_never_answers_is_an_error() -> None:
    with (
        OneRosterProvider(FILES["1.1"], manners=Manners(busy_every=1)) as provider,
        pytest.raises(SourceError, match="429"),
    ):
        Read(provider)


def test_optional_collections_may_be_absent_and_others_not() -> None:
    some = ("orgs", "academicSessions", "classes", "users", "enrollments")
    with OneRosterProvider(FILES["1.1"], manners=Manners(offers=some)) as provider:
        read = Read(provider)
        assert read.tables["courses"] is None
        assert read.states["students"] == "complete"
        assert read.rules.count("collection-not-offered") == 2
    with (
        OneRosterProvider(FILES["1.1"], manners=Manners(offers=some[:4])) as provider,
        pytest.raises(SourceError, match="404"),
    ):
        Read(provider)


def test_wrong_credentials_are_named_without_the_secret() -> None:
    with OneRosterProvider(FILES["1.1"]) as provider, pytest.raises(SourceError) as caught:
        Read(provider, client_secret="swordfish")
    assert "client_secret" in caught.value.remedy
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://sis.example/ims/oneroster/v1p1", "https://user:x@sis.example", "ftp://sis.example"]
)
def test_an_unsafe_address_is_refused(url: str) -> None:
    settings = OneRosterSettings(url=url, client_id="a", client_secret="b", token_url="https://sis.example/token")
    with pytest.raises(ConfigurationError, match="url"), open_oneroster(settings) as source:
        source.read("students")
