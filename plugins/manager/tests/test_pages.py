"""What each page shows of a school, and what its buttons do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import NEWCOMER, PROMOTED, TinySchool

from dayzero_manager.work import Job

SETTING = "Send Scheduling Year Student Data"


@pytest.fixture
def school(tiny_school: TinySchool) -> TinySchool:
    """A school that has synced at No: a promoted student with a parent, a newcomer with one, and one without a login."""
    tiny_school.student("s1", **PROMOTED).contact("c1", children=["s1"])
    tiny_school.student("n1", **NEWCOMER, given_name="Nora", family_name="Newman").contact("c2", children=["n1"])
    tiny_school.student("x1", "", given_name="Xaver", family_name="Nologin")
    assert tiny_school.sync().exit_code == 0
    return tiny_school


def test_every_page_opens(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    for path in ("/", "/settings", "/plan", "/plan?setting=yes", "/holds", "/people", "/person?kind=student&id=s1", "/fix",
                 "/fix/by-homeroom", "/fix.csv", "/history", "/forecast", "/check", "/progress", "/report"):  # fmt: skip
        browser.get(path)
    run_id = desk.office.service().history(1)[0].run_id
    browser.get(f"/history/run?id={run_id}")
    browser.get(f"/history/undo?id={run_id}")


def test_home_counts_nobody_of_a_year_that_is_not_looked_at(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    browser = at_desk().browser()
    browser.get("/")
    assert "Next year's people are looked at once they are sent" in browser.text
    assert "0 students leave" not in browser.text
    school.sync(yes=True)
    browser = at_desk(yes=True).browser()
    browser.get("/")
    assert "The next year exists in the SIS, with 1 newcomer" in browser.text


def test_a_person_is_not_said_to_have_signed_in(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    """The plan goes by this side's copy of the portal, and a sign-in moves no revision."""
    browser = at_desk().browser()
    browser.get("/person?kind=student&id=s1")
    assert "Login" in browser.text
    assert "Signed in" not in browser.text


def test_home_says_the_setting_and_who_waits(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    browser = at_desk().browser()
    text = (browser.get("/"), browser.text)[1]
    assert SETTING in text
    assert "except 1 person" in text
    assert "Correct 1 person in the SIS" in text
    assert "Done" in text


def test_done_sends_the_plan_that_was_previewed_and_names_who_appeared(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/settings")
    assert "If you choose Yes, this is what happens" in browser.text
    plan_id = _hidden(browser.page, "plan_id")
    assert "Nora Newman" in (browser.get("/plan?setting=yes"), browser.text)[1]
    browser.send("/settings/done", yes="yes", was="no", plan_id=plan_id)
    job = desk.done()
    assert job.error is None
    assert [stage.name for stage in job.stages if "Sending" in stage.name]
    assert "2 of this year, 1 newcomer" in (browser.get("/"), browser.text)[1]
    browser.get("/progress")
    assert "1 student and 1 parent appeared" in browser.text
    assert "Nora Newman" in browser.text
    assert "send_scheduling_year = true" in (school.folder / "dayzero.toml").read_text(encoding="utf-8")
    assert school.status("student", "n1") == "pending"


def test_done_is_told_when_the_plan_has_changed_since_the_preview(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/settings")
    plan_id = _hidden(browser.page, "plan_id")
    school.student("n2", **NEWCOMER).write()
    browser.send("/settings/done", yes="yes", was="no", plan_id=plan_id)
    desk.done()
    browser.get("/progress")
    assert "The plan has changed since you looked at it. Nothing was sent." in browser.text
    assert "send_scheduling_year = false" in (school.folder / "dayzero.toml").read_text(encoding="utf-8")
    assert school.status("student", "n1") is None


def test_a_second_tab_that_sends_the_same_plan_is_told(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school.student("s2")
    desk = at_desk()
    one, two = desk.browser(), desk.browser()
    plan_id = _hidden(one.get("/plan"), "plan_id")
    two.get("/plan")
    one.send("/plan/send", plan_id=plan_id)
    assert desk.done().error is None
    two.send("/plan/send", plan_id=plan_id)
    desk.done()
    two.get("/progress")
    assert "Nothing was sent" in two.text
    assert len(school.syncs("committed")) == 2, "the first one of the school, and one from the page"


def test_a_setting_that_somebody_else_has_changed_is_told(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/settings")
    assert school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0
    answer = browser.send("/settings/done", yes="no", was="no")
    assert answer.status_code == 400
    assert "Somebody has set it to Yes since you opened the page" in browser.text
    assert school.status("student", "n1") == "pending"


def test_a_sync_of_the_command_line_and_one_of_the_page_at_once_one_goes(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    school.student("s2")
    desk = at_desk()
    browser = desk.browser()
    plan_id = _hidden(browser.get("/plan"), "plan_id")
    with desk.office.service()._lock.held():
        browser.send("/plan/send", plan_id=plan_id)
        desk.done()
        browser.get("/progress")
        assert "Another sync is running. Nothing of yours was sent." in browser.text
    browser.get("/plan")
    browser.send("/plan/send", plan_id=plan_id)
    assert desk.done().error is None
    assert school.status("student", "s2") == "pending"


def test_the_command_line_is_told_while_the_page_syncs(
    school: TinySchool, at_desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    school.student("s2")
    desk = at_desk()
    browser = desk.browser()
    plan_id = _hidden(browser.get("/plan"), "plan_id")
    codes: list[int] = []
    stage = Job.stage

    def meanwhile(job: Job, name: str, total: int | None = None) -> None:
        if name.startswith("Sending") and not codes:
            codes.append(school.run("sync", "--yes").exit_code)
        stage(job, name, total)

    monkeypatch.setattr(Job, "stage", meanwhile)
    browser.send("/plan/send", plan_id=plan_id)
    assert desk.done().error is None
    assert codes == [3]
    assert school.status("student", "s2") == "pending"


def test_a_night_that_failed_is_said_in_words(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school.files["students"] = None
    assert school.sync().exit_code == 4
    school.files.clear()
    browser = at_desk().browser()
    browser.get("/")
    assert "the SIS could not be read. Nothing was sent" in browser.text


def test_a_held_run_is_reviewed_and_released_by_its_exact_number(
    tiny_school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    school = tiny_school
    for number in range(1, 4):
        school.student(f"s{number}", given_name=f"Lea{number}")
    school.sync()
    for number in range(1, 4):
        school.edit("enrollments", {"student_id": f"s{number}"}, status="inactive")
    school.limits["disable"] = 1
    assert school.sync().exit_code == 3
    desk = at_desk()
    browser = desk.browser()
    browser.get("/holds")
    assert "3 people would lose access" in browser.text
    assert "Lea2" in browser.text
    assert "Cannot sign in" in browser.text
    assert 'action="/holds/release"' not in browser.page, "it asks once more, on a page of its own"
    browser.get("/holds/confirm?op=disable")
    assert "Release 3 people? 3 can no longer sign in." in browser.text
    assert all(f"Lea{number}" in browser.text for number in range(1, 4))
    plan_id = _hidden(browser.page, "plan_id")
    browser.send("/holds/release", op="disable", number="2", plan_id=plan_id)
    assert desk.done().error is not None, "another number releases nothing"
    assert school.status("student", "s1") == "pending"
    browser.send("/holds/release", op="disable", number="3", plan_id=plan_id)
    assert desk.done().error is None
    assert {school.status("student", f"s{n}") for n in range(1, 4)} == {"disabled"}


@pytest.fixture
def doubted(school: TinySchool) -> TinySchool:
    """A school in which an id has a new holder."""
    school.edit("students", {"student_id": "s1"}, given_name="Nina", family_name="New", email="nina@pupils.example")
    return school


def test_a_question_is_answered_checked_and_saved(doubted: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/holds")
    assert "Is s1 Nina New the same person as Given s1 Family s1?" in browser.text
    assert "answer \u201cSame person\u201d" in browser.text
    assert "`" not in browser.text
    key = _answer_of(browser.page)
    browser.send("/holds/check", **{key: "other"})
    assert "Another person" in browser.text
    assert doubted.run("plan").doc["doubts"], "nothing is saved yet"
    browser.send("/holds/answer", **{key: "other"})
    assert "1 answer saved" in browser.text
    browser.get("/plan")
    assert "A fresh account" in browser.text
    browser.send("/plan/send", plan_id=_hidden(browser.page, "plan_id"))
    assert desk.done().error is None
    assert doubted.account("student", "s1")["given_name"] == "Nina"


def test_a_second_answer_to_the_same_question_is_told(doubted: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    one, two = desk.browser(), desk.browser()
    key = _answer_of(one.get("/holds"))
    two.get("/holds")
    one.send("/holds/answer", **{key: "same"})
    answer = two.send("/holds/answer", **{key: "other"})
    assert answer.status_code == 409
    assert "not asked any more" in two.text
    assert doubted.run("plan").op("student", "s1") == "update"


def test_people_are_found_by_name_and_no_name_stands_in_an_address(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    browser = at_desk().browser()
    browser.get("/people")
    answer = browser.send("/people/find", q="xav nolog")
    assert "Xaver Nologin" in browser.text
    assert "1 person found" in browser.text
    assert "Xaver" not in answer.request.url
    browser.send("/people/find", q="Nologim")
    assert "Did you mean" in browser.text
    browser.get("/person?kind=student&id=x1")
    assert "Xaver Nologin has no account: has no value in the configured login field." in browser.text
    assert "No: stops here" in browser.text
    assert "Would pass" in browser.text


def test_a_person_shows_only_what_concerns_them_and_the_family(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school.edit("contacts", {"contact_id": "c1"}, primary_email="new@homes.example").student("s9")
    browser = at_desk().browser()
    browser.get("/person?kind=student&id=s1")
    only = browser.text.split("Only what concerns")[1]
    assert "new@homes.example" in only
    assert "s9" not in only


def test_data_to_fix_as_a_sheet(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    browser = at_desk().browser()
    assert "Nologin" in browser.get("/fix.csv")
    assert "Nologin" in browser.get("/fix.csv?rule=student-no-login")
    assert browser.status("/fix.csv?rule=student-nothing") == 400


def test_a_sync_is_taken_back(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school.student("s2", given_name="Ute")
    run_id = school.sync().doc["run_id"]
    school.sign_in("student", "s2")
    desk = at_desk()
    browser = desk.browser()
    browser.get(f"/history/undo?id={run_id}")
    assert "1 person would lose access" in browser.text
    assert "Ute Family s2" in browser.text
    assert "1 of them has signed in since : Ute Family s2" in browser.text
    browser.send("/history/undo/now", id=run_id, plan_id=_hidden(browser.page, "plan_id"))
    assert desk.done().error is None
    browser.get("/progress")
    assert "Taken back." in browser.text
    assert "Who left Ute Family s2" in browser.text
    assert " 0 " not in browser.text
    assert "the portal is as the SIS says" not in browser.text.lower()
    assert "See what the next sync does" in browser.text
    assert school.status("student", "s2") == "disabled"
    browser.get("/history")
    assert re.search(r"1 left Took back the sync of \w+, .* Done Undo", browser.text)
    assert re.search(
        r"\d changed Taken back \w+, .* Done Nora|\d appeared Taken back \w+, [^.]* Done(?! Undo)", browser.text
    )
    browser.get(f"/history/run?id={run_id}")
    assert re.search(r"Done\. 1 account was sent\. Taken back \w+, .*, by dana", browser.text)
    back = desk.office.service().history(1)[0].run_id
    browser.get(f"/history/run?id={back}")
    assert "It took back the sync of" in browser.text
    assert "Ute Family s2 student s2 Left" in browser.text


def test_a_sync_is_stopped_on_the_page(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school.student("s2")
    desk = at_desk()
    browser = desk.browser()
    plan_id = _hidden(browser.get("/plan"), "plan_id")
    with desk.office.work._alone:  # it waits for its turn
        browser.send("/plan/send", plan_id=plan_id)
        assert "Syncing with the Gradebook Cloud Server" in browser.text
        browser.send("/progress/stop")
    desk.done()
    browser.get("/progress")
    assert "Stopped. The portal is as it was before." in browser.text
    assert school.status("student", "s2") is None


def test_home_is_there_when_the_sis_is_not(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    (school.folder / "export" / "students.csv").unlink()
    browser = desk.browser()
    browser.get("/")
    assert "The SIS cannot be read as it is." in browser.text
    assert SETTING in browser.text


def test_what_a_file_says_where_its_header_should_be_is_shown_to_who_looks(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    desk = at_desk()
    students = school.folder / "export" / "students.csv"
    students.write_text(students.read_text().split("\n", 1)[1])
    row = students.read_text().split("\n", 1)[0].split(",")
    browser = desk.browser()
    for page in ("/", "/settings"):
        browser.get(page)
        assert row[1] in browser.text, page


def test_who_has_used_an_account_is_what_the_portal_says(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    """A sign-in moves no revision, and who came back may never have signed in."""
    school.sync(yes=True)
    school.sign_in("parent", "c1")
    browser = at_desk(yes=True).browser()
    browser.get("/")
    assert "Parents 2 of the 3 who can sign in have not done so" in browser.text
    assert "Newcomers 1 of the 1 who can sign in have not done so" in browser.text


def test_remarks_that_are_alike_are_one(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school.student("x2", "").student("x3", "")
    school.write()
    browser = at_desk(yes=True).browser()
    browser.get("/check")
    assert "3 remarks of 1 kind" in browser.text
    assert "and 2 like it" in browser.text


def test_the_year_that_comes(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/forecast")
    assert "1 newcomer arrives" in browser.text
    assert "days from now" in browser.text


def _hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def _answer_of(page: str) -> str:
    """The name of the first question's field."""
    found = re.search(r'name="(answer-[0-9a-f]+)"', page)
    assert found
    return found[1]


def test_graduates_who_are_held_when_the_year_turns_are_named(
    tiny_school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    """The calendar moves on whoever is held, so that no operation says `held`; they wait all the same."""
    school = tiny_school
    for number in range(1, 4):
        school.student(f"s{number}", given_name=f"Gerd{number}", enrolled={"2027": "12"})
    school.sync(yes=True)
    school.limits["disable"] = 1
    school.activate()
    desk = at_desk(yes=True)
    browser = desk.browser()
    assert "3 people are held" in (browser.get("/"), browser.text)[1]
    browser.get("/holds")
    assert "3 people would lose access" in browser.text
    assert "Gerd2" in browser.text
    browser.get("/holds/names?op=disable")
    assert "Gerd3" in browser.text


def test_the_same_change_of_many_stands_in_one_line(tiny_school: TinySchool, at_desk: Callable[..., Any]) -> None:
    school = tiny_school
    for number in range(1, 6):
        school.student(f"s{number}", given_name=f"Mia{number}", enrolled={"2027": "9", "2028": "10"})
    school.sync(yes=True)
    for number in range(1, 6):
        school.edit("enrollments", {"student_id": f"s{number}", "year_id": "2028"}, grade_level="11")
    desk = at_desk(yes=True)
    browser = desk.browser()
    browser.get("/plan")
    assert "5 students" in browser.text
    assert "Mia3" not in browser.text
    names = re.search(r'href="(/plan\?[^"]*alike=[^"]+)"', browser.page)
    assert names
    browser.get(names[1].replace("&amp;", "&"))
    assert "Mia3" in browser.text
    browser.send("/plan/find", q="mia3")
    assert "Mia3" in browser.text
    assert "Mia4" not in browser.text


def test_a_configuration_that_is_broken_meanwhile_is_said(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    browser = at_desk().browser()
    (school.folder / "dayzero.toml").write_text("[school\n", encoding="utf-8")
    answer = browser.client.get("/")
    assert answer.status_code == 400
    assert "dayzero.toml" in answer.get_data(as_text=True)
    school.write()
    browser.get("/")


def test_what_takes_long_is_said_and_looked_at_again(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    desk.office.ask_anew()
    desk.office._patience = 0
    with desk.office.work._alone:
        browser.get("/plan")
        assert "Working out the plan" in browser.text
        assert 'http-equiv="refresh"' in browser.page
        assert "We are reading the SIS." in (browser.get("/"), browser.text)[1]
        assert SETTING in browser.text
    desk.office._patience = 30
    browser.get("/plan")
    assert "Person by person" in browser.text or "Nothing has to be sent" in browser.text


def test_only_a_sync_stands_under_the_title_of_a_sync(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    """Whatever is worked out to be looked at says so; what is being sent has the title of the real product's dialog."""
    run_id = school.sync().doc["run_id"] if school.student("s2") else ""
    desk = at_desk()
    browser = desk.browser()
    desk.office.ask_anew()
    desk.office._patience = 0
    titles = {
        "/plan": "Working out the plan",
        "/settings": "Working out what Yes would do",
        "/plan?setting=yes": "Working out what Yes would do",
        "/forecast": "Working out the change of year",
        f"/history/undo?id={run_id}": "Working out what would be taken back",
    }
    with desk.office.work._alone:
        for path, title in titles.items():
            page = browser.get(path)
            assert f"<title>{title} - " in page
            assert "Nothing is sent by this." in browser.text
            assert "Syncing" not in page, path
            assert SETTING not in browser.text
    assert "No sync is running." in (browser.get("/progress"), browser.text)[1]


def test_what_an_undo_leaves_alone_and_takes_back_is_said_in_the_offices_words(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    school.limits["disable"] = 0
    for number in range(3, 10):
        school.student(f"s{number}", given_name=f"Ute{number}")
    school.edit("students", {"student_id": "s1"}, given_name="Renamed")
    run_id = school.sync().doc["run_id"]
    school.edit("students", {"student_id": "s1"}, given_name="Again").sync()
    browser = at_desk().browser()
    browser.get(f"/history/undo?id={run_id}")
    assert "7 people would lose access" in browser.text
    assert "Ute3" in browser.text
    assert "Given name is Again now" in browser.text
    assert "more than a run may do by itself: 7 people would lose access. By the button" in browser.text
    assert not re.search(r"\(disable\)|_name|conflict|enable|update", browser.text)
    names = re.search(r'href="(/history/undo/names[^"]+)"', browser.page)
    assert names
    browser.get(names[1].replace("&amp;", "&"))
    assert "7 people would lose access." in browser.text
    assert all(f"Ute{number}" in browser.text for number in range(3, 10))
    browser.get(f"/history/run?id={run_id}")
    assert "Given name Given s1 &rarr; Renamed" in browser.text


def test_who_came_back_is_named_when_it_is_done_and_nothing_is_counted_that_nobody_did(
    school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    school.limits["enable"] = 5
    school.student("s2").student("s3").contact("c3", children=["s3"]).sync()
    school.edit("enrollments", {"student_id": "s1", "year_id": "2027"}, status="inactive").sync()
    assert school.status("student", "s1") == "disabled"
    school.edit("enrollments", {"student_id": "s1", "year_id": "2027"}, status="active")
    desk = at_desk()
    browser = desk.browser()
    browser.send("/plan/send", plan_id=_hidden(browser.get("/plan"), "plan_id"))
    assert desk.done().error is None
    browser.get("/progress")
    assert "Who came back Given s1 Family s1 student s1 Given c1 Family c1 parent c1" in browser.text
    assert "2 came back." in browser.text
    assert not re.search(r"\b0\b", browser.text)
    assert "Who appeared" not in browser.text
    assert "Who left" not in browser.text


def test_an_answer_while_a_sync_runs_is_told_at_once(doubted: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    one, two = desk.browser(), desk.browser()
    key = _answer_of(one.get("/holds"))
    plan_id = _hidden(two.get("/plan"), "plan_id") if "plan_id" in two.get("/plan") else ""
    with desk.office.work._alone:
        two.get("/plan")
        two.send("/plan/send", plan_id=plan_id)
        desk.office.ask_anew()
        answer = one.send("/holds/answer", **{key: "same"})
        assert answer.status_code == 409
        assert "A sync is running already" in one.text
        desk.office._patience = 0
        assert "A sync is running: this comes when it has ended." in (one.get("/plan"), one.text)[1]


@pytest.fixture
def renumbered(tiny_school: TinySchool) -> TinySchool:
    """A school in which three students have new ids, and none may follow by itself."""
    school = tiny_school
    people = {f"s{n}": {"given_name": f"Ida{n}", "family_name": f"Berg{n}"} for n in range(1, 4)}
    for ident, names in people.items():
        school.student(ident, **names)
    school.sync()
    for ident, names in people.items():
        school.forget_student(ident).student(f"new-{ident}", f"{ident}@pupils.example", **names)
    school.limits["rekey"] = 0
    return school


def test_people_under_new_ids_keep_their_accounts_one_by_one(
    renumbered: TinySchool, at_desk: Callable[..., Any]
) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/holds")
    assert "Ida2 Berg2" in browser.text
    assert "1 decision waits for you. 3 people are held." in browser.text, "each once, by the id they had"
    assert "3 people seem to have new ids" in browser.text
    assert "If they are the same people, tick them below instead." in browser.text
    pairs = re.findall(r'name="pair" value="([^"]+)"', browser.page)
    assert len(pairs) == 3
    browser.send("/holds/rekey", pair=pairs[1:])
    assert "2 new ids saved" in browser.text
    plan = renumbered.run("plan").doc
    assert {o["id"] for o in plan["operations"] if o["kind"] == "student"} == {"s1"}, "who was not ticked"
    answer = browser.send("/holds/rekey", pair=pairs[1:])
    assert answer.status_code == 409, "they are no longer asked"


def test_questions_are_answered_all_alike(doubted: TinySchool, at_desk: Callable[..., Any]) -> None:
    doubted.edit("students", {"student_id": "s0"}, given_name="Olaf", family_name="Other").write()
    browser = at_desk().browser()
    browser.get("/holds")
    assert "Answer all 2 that were not answered above alike" in browser.text
    browser.send("/holds/check", **{"all-another-person": "same"})
    keys = re.findall(r'name="(answer-[0-9a-f]+)" value="same"', browser.page)
    assert len(keys) == 2
    browser.send("/holds/answer", **dict.fromkeys(keys, "same"))
    assert "2 answers saved" in browser.text
    assert not doubted.run("plan").doc["doubts"]


def test_an_unheard_of_number_releases_nothing(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    browser.get("/plan")
    browser.send("/holds/release", op="disable", number="9" * 5000, plan_id="x")
    assert desk.done().error is not None
