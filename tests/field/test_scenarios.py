"""Demo schools in whose nights something happens: the core and the portal end where the answer key says, and hold what they
should on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from living_school import LivingSchool, held, lost, operations, release

from dayzero_fixtures import new_school

pytestmark = pytest.mark.slow


@pytest.fixture(params=[150, 600])
def students(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def evening(tmp_path: Path, students: int, scenario: str) -> Iterator[LivingSchool]:
    """A school on the evening before its first night, with a portal that agrees with the answer key."""
    living = LivingSchool(tmp_path, new_school(students, 3, 7, scenario))
    with living.cloud:
        outcome = living.sync()
        assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
        yield living


@pytest.mark.parametrize("scenario", ["year-end-stamps"])
def test_year_end_stamps(evening: LivingSchool) -> None:
    """Everybody is exited on the last day: who goes on is still here, the graduates are held, nobody is a newcomer by it."""
    living, before = evening, evening.portal()
    had = living.school.answers["yes"]
    living.become(living.school.night())
    has = living.school.answers["yes"]
    outcome = living.sync()
    assert int(outcome.exit_code) == 3
    assert lost(before, living.portal(), before.records.keys()) == [], "held: nobody loses anything"
    bridged = outcome.plan.findings.frame.filter(rule="bridged")["value"].to_list()
    assert set(bridged) >= {s for s, account in has["student"]["granted"].items() if "active" in account["years"]}
    gone = {kind: len(had[kind]["granted"].keys() - has[kind]["granted"].keys()) for kind in ("student", "parent")}
    assert held(outcome.plan) == {("disable", kind): number for kind, number in gone.items()}
    outcome = living.sync(**release(outcome.plan))
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
    goes_on = {s for s, years in before.records.items() if str(living.school.ledger.scheduling) in years}
    assert lost(before, living.portal(), goes_on) == []
    again = living.sync()
    assert (int(again.exit_code), again.plan.operations.height) == (0, 0), "released once"
    living.become(living.school.activate())
    turned = living.sync()
    assert (int(turned.exit_code), living.differences(turned.plan)) == (0, [])
    assert lost(before, living.portal(), goes_on, {"2027"}) == []


@pytest.mark.parametrize("scenario", ["year-end-stamps"])
def test_year_end_stamps_at_no(evening: LivingSchool) -> None:
    """The bridge looks at the other year also where that is not sent. Graduates alone are more than a good read loses."""
    living = evening
    living.sends(yes=False)
    living.sync(**release(living.service().plan().plan))
    assert living.differences(living.sync().plan) == []
    before = living.portal()
    living.become(living.school.night())
    outcome = living.sync()
    assert (int(outcome.exit_code), {op for op, _ in held(outcome.plan)}) == (3, {"disable", "update"})
    assert "table-shrank" in outcome.plan.findings.frame["rule"]
    assert lost(before, living.portal(), before.records.keys()) == []
    outcome = living.sync(**release(outcome.plan))
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])


@pytest.mark.parametrize("scenario", ["court-order"])
def test_court_order(evening: LivingSchool) -> None:
    """A `no` in the middle of held graduates is carried out in that very night, and nothing else is taken with it."""
    living, before = evening, evening.portal()
    evenings = living.school
    living.become(evenings.night())
    links = [s.tables["relationships"] for s in (evenings, living.school)]
    told = links[1].join(links[0], on=["student_id", "contact_id", "portal_access"], how="anti", nulls_equal=True)
    refused = set(told.select("contact_id", "student_id").iter_rows())
    assert refused <= before.links
    outcome = living.sync()
    now = living.portal()
    assert int(outcome.exit_code) == 3
    assert {op for op, _ in held(outcome.plan)} == {"disable"}
    assert not refused & now.links, "carried out in the night in which everything else is held"
    over = {"2027"}
    others = [what for what in lost(before, now, before.records.keys(), over) if not any(
        what == f"{student}: the parent {contact}" for contact, student in refused)]  # fmt: skip
    assert others == [], "and nobody else loses anything"
    kept = {key for key, (op, _, stays) in operations(outcome.plan).items() if stays and op == "disable"}
    assert kept <= now.working.keys()
    outcome = living.sync(**release(outcome.plan))
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
    assert not refused & living.portal().links


@pytest.mark.parametrize("scenario", ["leaky-school"])
def test_leaky_school(evening: LivingSchool, students: int) -> None:
    """The first night's leavers go: they are fewer than a tenth. From the second on the week's are added up, and held."""
    living = evening
    school = living.school.night()
    living.become(school)
    first = living.sync()
    assert (int(first.exit_code), living.differences(first.plan)) == (0, [])
    gone = first.plan.operations.filter(op="disable", kind="student").height
    assert 0.08 * students < gone <= 0.1 * students
    before = living.portal()
    for night in range(2, 8):
        living.become(living.school.night())
        outcome = living.sync()
        assert int(outcome.exit_code) == 3
        assert ("disable", "student") in held(outcome.plan)
        assert lost(before, living.portal(), before.records.keys()) == [], f"night {night}"
        assert living.verdicts_differ(outcome.plan, "student") == []
    outcome = living.sync(**release(outcome.plan))
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])


@pytest.mark.parametrize("scenario", ["leaky-school"])
def test_a_leak_that_is_looked_at_every_night_is_no_sum(evening: LivingSchool, students: int) -> None:
    """What was released is the new normal; what went unheld before it still counts."""
    living, releases = evening, 0
    for _ in range(4):
        living.become(living.school.night())
        outcome = living.sync()
        if outcome.plan.held:
            releases += 1
            outcome = living.sync(**release(outcome.plan))
        assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
    assert releases == 3
