"""Schools of one district's bundle: it is read once for them, and each has the accounts it would have alone."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from fleet.districts import shared_parent, written

from dayzero.errors import SourceError
from dayzero.fleet import Errand, Sent, errands_of, schools_in
from dayzero.fleet.work import run
from dayzero.plugin import read_once
from dayzero.plugin._sharing import shared_reads
from dayzero.plugins import load_plugins
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

source: Any = importlib.import_module("dayzero_oneroster.source")
SCHOOLS = ("adams", "baker", "clark")
FLEET = """
[template.source]
plugin = "oneroster"
path = "bundle"
school = "{school}"

[template.portal]
url = "URL"
token = { env = "DAYZERO_TOKEN" }

[template.sync]
send_scheduling_year = true
today = 2027-02-01
"""


@pytest.fixture
def district(tmp_path: Path, cloud: GradebookCloud, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAYZERO_TOKEN", "t")
    written(tmp_path / "bundle", SCHOOLS, students=12)
    fleet = tmp_path / "fleet.toml"
    fleet.write_text(FLEET.replace("URL", cloud.url) + "".join(f"\n[schools.{s}]\n" for s in SCHOOLS))
    return fleet


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read so far, by the path of its bundle."""
    found, read = list[str](), source.read_bundle

    def counted(settings: Any) -> Any:
        found.append(settings.path.name)
        return read(settings)

    monkeypatch.setattr(source, "read_bundle", counted)
    return found


def accounts(cloud: GradebookCloud, school: str) -> list[dict[str, Any]]:
    answer = requests.get(
        f"{cloud.url}/v1/schools/{school}/accounts?limit=10000", headers={"Authorization": "Bearer t"}, timeout=5
    )
    kept = ("kind", "person_id", "login", "status", "children", "years", "given_name", "family_name")
    return [{name: one.get(name) for name in kept} for one in answer.json()["items"]]


def test_a_bundle_is_read_once_and_each_school_is_as_alone(
    district: Path, cloud: GradebookCloud, reads: list[str]
) -> None:
    schools = schools_in(district)
    (errand,) = errands_of(Sent("sync"), district, schools, workers=8, sharing=load_plugins().sharing)
    assert [r.exit_code for r in run(errand)] == [0, 0, 0]
    assert reads == ["bundle"]
    together = {school: accounts(cloud, school) for school in SCHOOLS}
    assert all(len(some) > 12 for some in together.values())
    cloud.world.restore(GradebookCloud(token="t", seed=1).world.snapshot())
    for state in district.parent.glob(".dayzero/*"):
        for file in state.iterdir():
            file.unlink()
    for one in errand.alone():
        assert [r.exit_code for r in run(one)] == [0]
    assert len(reads) == 4
    assert {school: accounts(cloud, school) for school in SCHOOLS} == together


def test_a_parent_of_two_schools_has_one_login_at_each(district: Path, cloud: GradebookCloud) -> None:
    """Case 28: an account per school, by the same address; each has the children of that school."""
    run(Errand(Sent("sync"), str(district), SCHOOLS))
    parent = shared_parent(district.parent / "bundle")
    here, there = ([a for a in accounts(cloud, s) if a["person_id"] == parent] for s in SCHOOLS[:2])
    assert [len(here), len(there)] == [1, 1]
    assert here[0]["login"] == there[0]["login"]
    assert not set(here[0]["children"]) & set(there[0]["children"])
    assert not [a for a in accounts(cloud, "clark") if a["person_id"] == parent]


def test_another_way_to_read_it_is_another_read(district: Path, reads: list[str]) -> None:
    text = district.read_text().replace("[schools.baker]\n", '[schools.baker]\nsource = { delimiter = ";" }\n')
    district.write_text(text)
    codes = [r.exit_code for r in run(Errand(Sent("plan"), str(district), SCHOOLS))]
    assert codes == [0, 4, 0]
    assert len(reads) == 3, "the latest reading alone is kept"


def test_a_bundle_that_cannot_be_read_fails_each_school_by_itself(district: Path) -> None:
    (district.parent / "bundle" / "users.csv").write_text("nothing\n")
    results = run(Errand(Sent("sync"), str(district), SCHOOLS))
    assert [r.exit_code for r in results] == [4, 4, 4]
    assert all(r.error and r.error["remedy"] for r in results)


def test_only_schools_of_one_source_go_together(district: Path) -> None:
    """A plugin that does not share its reads gains nothing by it: its schools go to whoever is free."""
    schools = schools_in(district)
    assert len(errands_of(Sent("plan"), district, schools, workers=8)) == 3
    assert len(errands_of(Sent("plan"), district, schools, workers=8, sharing=("oneroster",))) == 1


@pytest.mark.parametrize("within", [True, False])
def test_what_is_read_is_kept_while_schools_are_done_together(within: bool) -> None:
    calls: list[int] = []

    def reading() -> int:
        calls.append(1)
        return len(calls)

    def asked(read: Callable[[], int] = reading) -> list[int]:
        return [read_once(("key", 1), read) for _ in range(2)]

    if within:
        with shared_reads():
            assert asked() == [1, 1]
            assert read_once("another", reading) == 2
        with shared_reads():
            assert asked() == [3, 3], "and not for whoever comes later"
    else:
        assert asked() == [1, 2]


def test_what_fails_is_read_again_by_the_next() -> None:
    def failing() -> int:
        raise SourceError("It is locked.", remedy="Wait.")

    with shared_reads():
        with pytest.raises(SourceError):
            read_once("key", failing)
        assert read_once("key", lambda: 1) == 1
