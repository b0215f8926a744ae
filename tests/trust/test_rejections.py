"""One bad record never stops the rest, and is tried again only when something changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tiny_school import SCHOOL, TinySchool


def edit_behind_the_revision(school: TinySchool, person_id: str, login: str, *, moves: bool = False) -> None:
    """Give an account another login on the portal; the revision moves only where ``moves``."""
    with closing(sqlite3.connect(":memory:")) as state:
        state.deserialize(school.cloud.world.snapshot())
        sql = "update accounts set login = ?, login_key = ? where school = ? and person_id = ?"
        assert state.execute(sql, [login, login, SCHOOL, person_id]).rowcount == 1
        if moves:
            state.execute("update schools set revision = revision || '+'")
        state.commit()
        school.cloud.world.restore(state.serialize())


def rejected(outcome: Any) -> list[tuple[str, str]]:
    return [(r["id"], r["reason"]) for r in outcome.doc["rejected"]]


def taken(school: TinySchool) -> TinySchool:
    """Make the portal reject the account of ``n1``: its login is taken there, and nobody told us."""
    school.student("s1").sync()
    edit_behind_the_revision(school, "s1", "n1@pupils.example")
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
    edit_behind_the_revision(tiny_school, "s1", "s1@pupils.example", moves=True)
    synced = tiny_school.sync()
    assert (synced.exit_code, tiny_school.status("student", "n1")) == (0, "pending")
