"""One bad record never stops the rest, and is tried again only when something changed."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import SCHOOL, TinySchool

pytestmark = pytest.mark.slow


def rejected(outcome: Any) -> list[tuple[str, str]]:
    return [(r["id"], r["reason"]) for r in outcome.doc["rejected"]]


def taken(school: TinySchool) -> TinySchool:
    """Make the portal reject the account of ``n1``: its login is taken there, and nobody told us."""
    school.student("s1").sync()
    school.cloud.edit(SCHOOL, "student", "s1", login="n1@pupils.example", silently=True)
    return school.student("n1").student("n2")


def test_one_bad_record_does_not_stop_the_rest(tiny_school: TinySchool) -> None:
    synced = taken(tiny_school).sync()
    assert (synced.exit_code, rejected(synced)) == (1, [("n1", "login-taken")])
    assert synced.doc["rejected"][0]["remedy"]
    assert tiny_school.working("student") == {"s0", "s1", "n2"}


def test_a_rejected_record_is_not_sent_again_and_stays_listed(tiny_school: TinySchool) -> None:
    taken(tiny_school).sync()
    before = tiny_school.revision()
    again = tiny_school.sync()
    assert (again.exit_code, rejected(again), again.doc["operations"]) == (1, [("n1", "login-taken")], [])
    assert tiny_school.revision() == before
    assert tiny_school.run("plan").doc["rejected_before"][0]["id"] == "n1"


def test_it_is_tried_again_when_the_record_changed(tiny_school: TinySchool) -> None:
    taken(tiny_school).sync()
    synced = tiny_school.student("n1", "other@pupils.example").sync()
    assert (synced.exit_code, rejected(synced)) == (0, [])
    assert tiny_school.status("student", "n1") == "pending"


def test_it_is_tried_again_when_the_portal_changed(tiny_school: TinySchool) -> None:
    taken(tiny_school).sync()
    tiny_school.cloud.edit(SCHOOL, "student", "s1", login="s1@pupils.example")
    synced = tiny_school.sync()
    assert (synced.exit_code, tiny_school.status("student", "n1")) == (0, "pending")
