"""What a page may ask of a run that the command line does not: exactly this plan, answers without a sync, a stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_school import TinySchool

from dayzero.config import NotifySettings, load
from dayzero.errors import InterruptedRunError, RefusedError, StalePlanError, UsageError
from dayzero.people import Decisions
from dayzero.plan import IdMap
from dayzero.service import Service, SyncRequest
from dayzero.sync.notify import message_of_failure


def service(school: TinySchool, **how: object) -> Service:
    config = load(school.folder / "dayzero.toml", environ={"DAYZERO_TOKEN": school.token})
    return Service(config, environ={}, **how)  # type: ignore[arg-type]


@pytest.fixture
def doubted(tiny_school: TinySchool) -> TinySchool:
    """A school in which an id has a new holder."""
    tiny_school.student("s1").sync()
    tiny_school.edit(
        "students", {"student_id": "s1"}, given_name="Nina", family_name="New", email="nina@pupils.example"
    )
    tiny_school.write()
    return tiny_school


def test_another_plan_than_the_one_that_was_looked_at_is_refused(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.student("s2").write()
    seen = service(tiny_school).plan().plan.plan_id
    tiny_school.student("s3").write()
    with pytest.raises(StalePlanError):
        service(tiny_school).sync(SyncRequest(expect=seen))
    assert tiny_school.status("student", "s2") is None
    seen = service(tiny_school).plan().plan.plan_id
    service(tiny_school).sync(SyncRequest(expect=seen))
    assert tiny_school.status("student", "s3") == "pending"


def test_an_answer_is_kept_without_a_sync_and_the_next_run_goes_by_it(doubted: TinySchool) -> None:
    at = doubted.revision()
    (doubt,) = service(doubted).plan().plan.doubts
    service(doubted).answer(Decisions({doubt: "same"}))
    assert doubted.revision() == at
    assert doubted.run("plan").op("student", "s1") == "update"


def test_a_second_other_answer_to_the_same_question_is_refused(doubted: TinySchool) -> None:
    (doubt,) = service(doubted).plan().plan.doubts
    service(doubted).answer(Decisions({doubt: "same"}))
    service(doubted).answer(Decisions({doubt: "same"}))
    with pytest.raises(RefusedError, match="answered otherwise meanwhile"):
        service(doubted).answer(Decisions({doubt: "other"}))
    assert doubted.run("plan").op("student", "s1") == "update"


def test_a_new_id_is_kept_without_a_sync(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.forget_student("s1").student("z9", "s1@pupils.example", given_name="Given s1", family_name="Family s1")
    tiny_school.write()
    service(tiny_school).answer(Decisions(), IdMap.of_rows([("student", "z9", "s1")]))
    assert tiny_school.run("plan").op("student", "s1") is None


def test_whoever_watches_a_run_may_stop_it(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.student("s2").write()
    with pytest.raises(InterruptedRunError):
        service(tiny_school, stopped=lambda: True).sync(SyncRequest())
    assert tiny_school.status("student", "s2") is None


def test_a_run_that_is_stopped_while_it_sends_is_abandoned(tiny_school: TinySchool) -> None:
    tiny_school.portal_settings["part_size"] = 1
    tiny_school.student("s1").student("s2").write()
    asked = iter([False, False])
    with pytest.raises(InterruptedRunError, match="nothing of it is applied"):
        service(tiny_school, stopped=lambda: next(asked, True)).sync(SyncRequest())
    assert tiny_school.accounts() == {}
    assert tiny_school.syncs("open") == []


def test_what_a_run_sent_is_told(tiny_school: TinySchool) -> None:
    run_id = tiny_school.student("s1").sync().doc["run_id"]
    sent = service(tiny_school).operations_of(run_id)
    assert ("create", "student", "s1") in {(o["op"], o["kind"], o["id"]) for o in sent}
    with pytest.raises(UsageError):
        service(tiny_school).operations_of("none")


def test_messages_lead_to_the_page(tmp_path: Path) -> None:
    settings = NotifySettings(page="https://sync.school.example")
    said = message_of_failure(settings, "tiny", UsageError("x"))
    assert said is not None
    assert said.endswith("Sync Manager: https://sync.school.example")
