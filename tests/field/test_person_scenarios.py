"""Demo schools in which an id is not a person: on the way nobody loses anything, and in the end the portal is as the answer
key says, which knows who is who by how they were grown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from living_school import ID, LivingSchool

from dayzero.plan import Plan
from dayzero_fixtures import new_school

pytestmark = pytest.mark.slow


@pytest.fixture
def evening(tmp_path: Path, scenario: str) -> Iterator[LivingSchool]:
    """A school on the evening before its first night, with a portal that agrees with the answer key."""
    living = LivingSchool(tmp_path, new_school(150, 3, 7, scenario))
    with living.cloud:
        outcome = living.sync()
        assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
        yield living


def doubts(plan: Plan) -> Counter[tuple[str, str]]:
    return Counter((doubt.doubt, doubt.kind) for doubt in plan.doubts)


def settled(living: LivingSchool) -> tuple[int, list[str]]:
    """Sync once more: how it ended, and in what the portal differs from the answer key."""
    outcome = living.sync()
    return int(outcome.exit_code), living.differences(outcome.plan)


@pytest.mark.parametrize("scenario", ["reused-ids"])
def test_reused_ids(evening: LivingSchool) -> None:
    """Whoever has the id of somebody who left begins with nothing, and the parents who stayed in the tables see nobody."""
    living = evening
    ids = dict(living.school.ledger.students.select("number", "student_id").iter_rows())
    for student in living.portal().records:
        if ("student", student) in living.portal().working:
            living.cloud.sign_in(ID, "student", student, "Former-pass1")
    living.become(living.school.night())
    assert settled(living) == (0, [])
    living.become(living.school.night())
    given = {ids[number] for number in living.school.ledger.leftovers["number"]}
    before = living.portal()
    outcome = living.sync()
    assert (int(outcome.exit_code), doubts(outcome.plan)) == (3, {("another-person", "student"): 5})
    assert {doubt.person_id for doubt in outcome.plan.doubts} == given
    assert living.portal() == before, "and nobody else is new"
    outcome = living.decide(outcome.plan, another_person="other")
    stale = outcome.plan.doubts
    assert {doubt.doubt for doubt in stale} == {"link-of-another"}
    assert {doubt.was for doubt in stale} == given
    assert living.differences(outcome.plan) == []
    assert not any(living.cloud.has_password(ID, "student", student, "Former-pass1") for student in given)
    assert not {(doubt.person_id, doubt.was) for doubt in stale} & living.portal().links
    outcome = living.decide(outcome.plan, link_of_another="other")
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
    assert settled(living) == (0, [])


@pytest.mark.parametrize("scenario", ["renumbered"])
def test_renumbered(evening: LivingSchool) -> None:
    """A few follow by themselves; of many nobody loses anything until the id map is accepted."""
    living = evening
    before = living.portal()
    living.become(living.school.night())
    outcome = living.sync()
    assert outcome.plan.operations.is_empty()
    assert {kind: len(pairs) for kind, pairs in outcome.plan.header.renumbered.items()} == {"student": 2, "parent": 2}
    assert settled(living) == (0, [])
    living.become(living.school.night())
    outcome = living.sync()
    assert int(outcome.exit_code) == 3
    assert living.portal() == before, "and no child is there twice"
    outcome = living.accept_rekey(outcome.plan)
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
    assert settled(living) == (0, [])
    assert living.portal() == before


@pytest.mark.parametrize("scenario", ["excel-damage"])
def test_excel_damage(evening: LivingSchool) -> None:
    """Nothing is taken by what a spreadsheet wrote; what is answered `same` counts, and a corrected export is no doubt."""
    living = evening
    before = living.portal()
    living.become(living.school.night())
    outcome = living.sync()
    assert (int(outcome.exit_code), living.portal()) == (3, before)
    assert {doubt for doubt, _ in doubts(outcome.plan)} == {"look-alike-id"}
    outcome = living.decide(outcome.plan, look_alike_id="same")
    assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
    living.become(living.school.night())
    outcome = living.sync()
    assert (int(outcome.exit_code), living.portal()) == (3, before)
    assert {doubt.now[1:2] + doubt.now[-4:-2] for doubt in outcome.plan.doubts} == {".E+"}
    rules = Counter(outcome.plan.findings.frame["rule"])
    assert rules["date"] == living.school.tables["students"].height, "a year of two digits is none"
    living.become(living.school.night())
    assert settled(living) == (0, [])
    assert living.portal() == before


@pytest.mark.parametrize("yes", [False, True])
@pytest.mark.parametrize("scenario", ["shared-mailboxes", "bare"])
def test_one_night_schools_agree_with_their_key(tmp_path: Path, scenario: str, yes: bool) -> None:
    """Of strangers with one address neither has the account, on a portal that was empty."""
    living = LivingSchool(tmp_path, new_school(150, 3, 7, scenario))
    living.sends(yes=yes)
    with living.cloud:
        assert settled(living) == (0, [])
        assert settled(living) == (0, [])
        reasons = {r for kind in ("student", "parent") for r in living._key()[kind].withheld["reason"]}
        expected = {"shared-by-strangers", "placeholder-email", "same-person-twice", "duplicate-login"}
        assert scenario == "bare" or expected <= reasons
