"""A demo's portal is lived in: everybody is there, dates and numbers add up, and the same seed gives the same portal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lived_demo import ADMIN_PASSWORD, Place, made

from dayzero_fixtures.days import school_days
from dayzero_fixtures.demo import SCHOOL_ID, _service
from dayzero_fixtures.lived_in import OWN_PASSWORD
from dayzero_fixtures.scenarios import SCENARIOS
from dayzero_fixtures.school_clock import Calendar, SchoolClock
from dayzero_simulator import RefusedAction
from dayzero_simulator.courses.demand import counts

TODAY = date(2027, 3, 4)
HERE = ZoneInfo("America/New_York")
SHOWN = {"agreed": "reviewed", "a parent disagrees": "submitted"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    here = made(tmp_path_factory.mktemp("lived in") / "hampden")
    with here.cloud:
        yield here


def test_the_same_seed_is_the_same_portal_to_the_byte_and_another_is_another(tmp_path: Path) -> None:
    one, same, other = (made(tmp_path / "hampden", seed=seed, students=20).cloud.world.snapshot() for seed in (7, 7, 8))
    assert one == same
    assert one != other


def test_accounts_plans_and_the_document_are_those_of_a_bare_demo(place: Place, tmp_path: Path) -> None:
    bare = made(tmp_path / "bare", bare=True)
    lived, document = place.demo.document, bare.demo.document
    assert document["lived_in"] is None
    for key in ("syncs", "planned", "newcomers", "newcomers_to_come", "matches_answer_key", "one_withheld", "resumed"):
        assert lived[key] == document[key], key
    assert lived["matches_answer_key"] is True
    assert [s["who"] for s in lived["sign_ins"]] == [s["who"] for s in document["sign_ins"]]
    synced = ("login", "given_name", "family_name", "grade_level", "next_grade_level", "years", "new", "children")
    there, nobody = (
        {(a["kind"], a["person_id"]): [a[f] for f in synced] for a in p.cloud.accounts(SCHOOL_ID)}
        for p in (place, bare)
    )
    assert there == nobody
    assert {a["status"] for a in bare.cloud.accounts(SCHOOL_ID)} == {"pending"}
    assert bare.school.today == date(2027, 2, 1)
    plan = _service(place.home, place.cloud).plan().plan
    assert plan.operations.is_empty()
    assert plan.header.doubts == ()


def test_families_are_at_every_stage_and_the_numbers_are_those_of_the_portal(place: Place) -> None:
    told = place.demo.document["lived_in"]
    assert min(told["requests"].values()) > 0, told["requests"]
    students = [p["id"] for p in place.cloud.pupils(SCHOOL_ID) if "scheduling" in p["years"]]
    there = Counter(place.cloud.state_of_form(SCHOOL_ID, student) or "not started" for student in students)
    expected: Counter[str] = Counter()
    for name, number in told["requests"].items():
        expected[SHOWN.get(name, name)] += number
    assert there == expected
    with place.cloud.world.reading() as db:
        turns = counts(db, SCHOOL_ID, "2028")
    requests = told["requests"]
    assert turns == {
        "": sum(requests.values()),
        "not-started": requests["not started"],
        "draft": requests["draft"],
        "returned": requests["returned"],
        "with-parent": requests["submitted"] + requests["a parent disagrees"],
        "to-receive": requests["agreed"],
        "to-approve": requests["received"],
        "approved": requests["approved"],
        "disagreement": requests["a parent disagrees"],
        "withdrawn": 0,
    }, "as Today and the queue count"
    by_status = Counter((a["kind"], a["status"]) for a in place.cloud.accounts(SCHOOL_ID))
    for kind in ("student", "parent"):
        assert by_status[kind, "active"] == told["signed_in"][kind]
        assert by_status[kind, "pending"] == told["never_signed_in"][kind]
    states = Counter(edit["state"] for edit in place.cloud.email_edits(SCHOOL_ID))
    assert states == {k: n for k, n in told["email_edits"].items() if n}
    assert states["approved"] == 1
    [(letters,)] = [row.values() for row in place.rows("select count(*) from outbox where secret is not null")]
    temporary = [s for s in place.demo.document["sign_ins"] if s["password"] not in (OWN_PASSWORD, ADMIN_PASSWORD)]
    assert letters == told["letters"] + len(temporary), "those who are shown were given theirs once more"
    comments = [r["comment"] for r in place.rows("select comment from reviews where not agrees")]
    assert len(comments) == told["requests"]["a parent disagrees"]
    assert all(comments)
    returned = place.rows("select note from forms where state = 'returned'")
    assert len(returned) == told["requests"]["returned"]
    assert all(form["note"] for form in returned)
    assert place.rows("select * from capacities"), "the school has said how many can take some courses"


def test_what_is_chosen_may_be_chosen(place: Place) -> None:
    """Required courses, credits enough and no course twice; what everybody does was done in the order of time."""
    for row in place.rows("select student_id from forms where state not in ('draft', 'returned')"):
        student = row["student_id"]
        offered = {c["course_id"]: c for c in place.cloud.courses_for(SCHOOL_ID, student)}
        asked = place.rows(f"select * from course_requests where student_id = '{student}'")
        proper = [r["course_id"] for r in asked if not r["alternate"]]
        assert {c for c, course in offered.items() if course["required"]} <= set(proper)
        assert 5 <= sum(offered[c]["credits"] for c in proper) <= 8
    for table, at in (("outbox", "at"), ("audit", "at"), ("edits", "submitted_at")):
        moments = [row[at] for row in place.rows(f"select {at} from {table} order by number")]
        assert moments == sorted(moments)


def test_everything_was_done_on_school_days_in_school_hours(place: Place) -> None:
    columns = (
        *(("sign_ins", "at"), ("form_events", "at"), ("outbox", "at"), ("audit", "at"), ("reviews", "at")),
        *(("edits", "submitted_at"), ("edits", "changed_at"), ("syncs", "opened_at"), ("accounts", "created_at")),
    )
    for table, column in columns:
        for row in place.rows(f"select distinct {column} as at from {table}"):
            at = datetime.fromisoformat(row["at"]).astimezone(HERE)
            assert at.weekday() < 5, (table, at)
            assert time(7, 30) <= at.time() <= time(16), (table, at)
            assert date(2027, 1, 25) <= at.date() <= TODAY, (table, at)
    first, second = place.cloud.syncs(SCHOOL_ID)
    assert [s["opened_at"][:10] for s in (first, second)] == ["2027-01-25", "2027-02-01"]
    assert place.school.today == TODAY
    assert place.clock.now() == datetime(2027, 3, 4, 14, tzinfo=UTC)
    new = {a["created_at"][:10] for a in place.cloud.accounts(SCHOOL_ID) if a["new"]}
    assert new == {"2027-02-01"}, "newcomers appeared with the sync at Yes"


def test_the_four_who_are_shown_sign_in_and_find_what_they_are_promised(place: Place) -> None:
    shown = {s["who"]: s for s in place.demo.document["sign_ins"]}
    assert set(shown) == {"the school's admin", "a returning parent", "a new parent", "their child, a new student"}
    accounts = {a["login"]: a for a in place.cloud.accounts(SCHOOL_ID)}
    student, returning, new = (
        accounts[shown[who]["login"]] for who in ("their child, a new student", "a returning parent", "a new parent")
    )
    assert place.cloud.state_of_form(SCHOOL_ID, student["person_id"]) == "draft"
    assert "submitted" in {place.cloud.state_of_form(SCHOOL_ID, child) for child in returning["children"]}
    assert [a["last_login_at"] for a in (returning, new)] == [None, None]
    for sign_in in shown.values():
        assert sign_in["first"]
        assert enters(place, sign_in["login"], sign_in["password"]), sign_in["who"]
    somebody = next(a for a in accounts.values() if a["last_login_at"] and a["login"] != student["login"])
    assert enters(place, somebody["login"], OWN_PASSWORD), "everybody has chosen the same"


def enters(place: Place, login: str, password: str) -> bool:
    """Say whether the portal's door opens."""
    browser, page = place.cloud.app.test_client(), f"/portal/{SCHOOL_ID}/"
    base = "https://gradebook.example"
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get(page, base_url=base).text)
    assert token
    typed = {"csrf": token[1], "login": login, "password": password}
    return browser.post(page, base_url=base, data=typed).status_code == 303


def test_somebody_cannot_sign_in(place: Place) -> None:
    """Written to long ago, and not again: the temporary password opens nothing any more."""
    over = (TODAY - timedelta(days=14)).isoformat()
    old = place.rows(f"select * from accounts where temporary is not null and temporary_at < '{over}'")
    assert old
    with pytest.raises(RefusedAction, match="too old"):
        place.cloud.sign_in(SCHOOL_ID, old[0]["kind"], old[0]["person_id"])


def test_a_demo_that_is_opened_again_is_not_lived_in_twice(tmp_path: Path) -> None:
    here = made(tmp_path / "hampden", students=20)
    with here.cloud:
        tables = ("sign_ins", "forms", "form_events", "reviews", "edits", "audit", "capacities")
        before = [here.rows(f"select * from {table}") for table in tables]
        again = here.again().document
        assert [here.rows(f"select * from {table}") for table in tables] == before
    assert again["lived_in"] is None
    assert [(s["who"], s["password"]) for s in again["sign_ins"]] == [
        (s["who"], s["password"]) for s in here.demo.document["sign_ins"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_is_lived_in(scenario: str, tmp_path: Path) -> None:
    here = made(tmp_path / "hampden", students=40, scenario=scenario)
    told, document = here.demo.document["lived_in"], here.demo.document
    assert told["requests"]["submitted"] > 0
    assert document["matches_answer_key"] in (True, None)
    with here.cloud:
        assert _service(here.home, here.cloud).plan().plan.operations.filter(~_held()).is_empty()


def _held() -> Any:
    import polars as pl

    return pl.col("held")


@pytest.mark.parametrize("students", [1, 3])
def test_a_school_of_hardly_anybody_is_lived_in_all_the_same(students: int, tmp_path: Path) -> None:
    told = made(tmp_path / "hampden", students=students).demo.document["lived_in"]
    assert sum(told["requests"].values()) >= 1


def test_the_portals_clock_stands_goes_on_follows_the_school_and_never_goes_back() -> None:
    day, seconds = [TODAY], [0.0]
    clock = SchoolClock(TODAY, lambda: day[0], lambda: seconds[0])
    morning = datetime(2027, 3, 4, 14, tzinfo=UTC)
    assert clock.now() == morning, "nine o'clock in New York"
    clock.stand(Calendar(TODAY).at(0, 15, 40))
    seconds[0] = 60
    assert clock.now() == datetime(2027, 2, 1, 20, 40, tzinfo=UTC)
    clock.go_on(None)
    seconds[0] = 90
    assert clock.now() == morning + timedelta(seconds=30)
    clock.go_on(morning + timedelta(hours=3))
    assert clock.now() == morning + timedelta(hours=3), "not before what was done last"
    day[0] = date(2027, 6, 13)
    assert clock.now() == datetime(2027, 6, 13, 13, tzinfo=UTC), "summer time"
    day[0] = TODAY
    assert clock.now() == datetime(2027, 6, 13, 13, tzinfo=UTC)


def test_school_days_are_weekdays_and_the_last_may_be_any() -> None:
    assert school_days(date(2027, 3, 6), 2) == [date(2027, 3, 4), date(2027, 3, 5), date(2027, 3, 6)]
    assert school_days(date(2027, 3, 8), 1) == [date(2027, 3, 5), date(2027, 3, 8)]
    assert Calendar(TODAY).day(0) == date(2027, 2, 1)
    assert Calendar(TODAY).closes.isoformat() == "2027-03-19T16:00:00"
    assert Calendar(date(2027, 3, 5)).closes.isoformat() == "2027-03-22T16:00:00", "no Saturday"
