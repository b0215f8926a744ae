"""The counsellor's queue: whose turn it is, one after another, many at once, disagreements, and what was approved too early."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest
from counsel import GOOD, act, asked, items, rows_of, school, submitted
from oak import Page, change, pupil

from dayzero_simulator.courses import demand
from dayzero_simulator.courses.queue import CHIPS

pytestmark = pytest.mark.slow


def chips(page: Page) -> dict[str, int]:
    """The numbers behind the chips, by what they are called."""
    found = re.findall(
        r"<a [^>]*>([^<]+) <span>([\d,]+)</span></a>", page.text.split('class="chips"')[1].split("</ul>")[0]
    )
    return {name: int(number.replace(",", "")) for name, number in found}


def disagreed(portal: Any) -> Any:
    """Nia's request, with which her father does not agree; return an admin."""
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    act(portal.person("parent", "pm"), "new", "review", agrees="no", comment="Please French")
    return portal.admin()


def test_every_chip_has_the_number_of_its_list_and_today_has_the_same(portal: Any) -> None:
    submitted(portal, 3)
    submitted(portal, 2, state="received", begins="r")
    submitted(portal, 1, state="approved", begins="a")
    admin = disagreed(portal)
    act(portal.person("parent", "pm"), "ret", "save", **{"course:ART": "yes"})
    shown = chips(admin.get("/requests/list"))
    assert shown == {
        "All": 8, "Draft": 1, "With a parent": 1, "To receive": 3, "To approve": 2, "Approved": 1, "A parent does not agree": 1,
    }  # fmt: skip
    with portal.cloud.world.reading() as db:
        counts = demand.counts(db, "oak", "2028")
        assert demand.together(demand.overview(db, "oak", "2028")) == counts, "nobody has left"
    for state, title in CHIPS.items():
        page = admin.get("/requests/list", state=state)
        assert counts[state] == shown.get(title, 0), state
        assert f"{counts[state]} student" in page.words if counts[state] else "Nobody is here" in page.words
        if counts[state]:
            assert len(Page(0, "", page.text.split("<tbody>")[1], {}).rows()) == counts[state]
    assert chips(admin.get("/requests/list", search="familym")) == {"All": 3, "To receive": 3, "To approve": 0}
    assert chips(admin.get("/requests/list", grade="10")) == {"All": 1, "Draft": 1, "To receive": 0, "To approve": 0}


def test_where_no_parent_can_answer_nobody_waits_for_one(portal: Any) -> None:
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    admin = portal.admin()
    assert "Nia" in admin.get("/requests/list", state="with-parent").words
    portal.sync(change("parent", "pn", op="disable"), change("parent", "pm", op="disable"))
    assert "Nia" not in admin.get("/requests/list", state="with-parent").words
    row = next(r for r in admin.get("/requests/list", state="to-receive").rows() if "Nia" in r)
    assert "To receive none has access" in row


def test_who_left_is_on_the_list_by_name_although_the_sis_sends_them_no_more(portal: Any) -> None:
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    portal.sync(change("student-record", "new", op="remove"), change("student", "new", op="disable"))
    admin = portal.admin()
    assert "Nia Newcomer new Withdrawn" in next(
        r for r in admin.get("/requests/list", state="withdrawn").rows() if "Nia" in r
    )
    assert "No longer" not in admin.get("/requests/list", state="to-receive").words
    assert "Request of Nia Newcomer" in admin.get("/requests/of/new").words


@pytest.mark.parametrize("sort", ["name", "grade", "changed", "waiting"])
def test_300_are_paged_through_and_gone_through_to_the_last_row(portal: Any, sort: str) -> None:
    submitted(portal, 300)
    admin = portal.admin()
    rows = rows_of(admin, f"/requests/list?state=to-receive&sort={sort}")
    assert len(rows) == len(set(rows)) == 300
    page = admin.get("/requests/list", state="to-receive", sort=sort)
    address = html.unescape(re.search(r'<a data-row href="([^"]*)"', page.text)[1])
    seen = []
    while address and len(seen) < 40:
        page = admin.get(address)
        seen.append(re.search(r"Request of ([\w ]+?) -", page.words)[1])
        found = re.search(r'rel="next" href="([^"]*)"', page.text)
        address = html.unescape(found[1]) if found else ""
    assert [name in row for name, row in zip(seen, rows, strict=False)] == [True] * 40
    assert "40 of 300" in page.words
    last = re.search(r"(Given\d Family\w+) (m\d+)", rows[-1])
    page = admin.get(f"/requests/of/{last[2]}", state="to-receive", sort=sort)
    assert "300 of 300" in page.words
    assert 'rel="next"' not in page.text
    assert 'rel="prev"' in page.text


@pytest.mark.parametrize("sort", ["name", "waiting"])
def test_after_something_was_done_the_next_is_still_the_next(portal: Any, clock: Any, sort: str) -> None:
    ids = submitted(portal, 4)
    admin = portal.admin()
    clock.forward(minutes=1)
    page = admin.get(f"/requests/of/{ids[1]}", state="to-receive", sort=sort)
    form = re.search(r'<form class="stack" method="post" action="([^"]*)"', page.text)
    done = admin.send(html.unescape(form[1]), page, action="receive", version=page.hidden("version"))
    assert "Received." in done.words
    assert "3 left" in done.words
    assert re.search(r'rel="next" href="[^"]*">Next: ([^<]*)<', done.text)[1] == "Given2 Familym002"
    assert re.search(r'rel="prev" href="[^"]*">Previous: ([^<]*)<', done.text)[1] == "Given0 Familym000"


def test_all_that_match_asks_with_numbers_and_names_and_does_exactly_these(portal: Any) -> None:
    ids = submitted(portal, 25)
    admin = portal.admin()
    question = admin.send("/requests/list?state=to-receive", action="receive", all="yes")
    assert "Receive 25 requests?" in question.words
    assert "And 5 more" in question.words
    assert all(f"Familym{n:03}" in question.words for n in range(25))
    assert {i["status"] for i in items(portal)} == {"submitted"}
    submitted(portal, 1, begins="z")
    ticked = re.findall(r'name="ticked" value="([^"]*)"', question.text)
    page = admin.get(f"/requests/of/{ids[3]}")
    admin.send(f"/requests/of/{ids[3]}", page, action="return", note="No", version="1")
    done = admin.send("/requests/list?state=to-receive", question, action="receive", ticked=ticked)
    assert "24 requests received; 1 not." in done.words
    assert "This request was changed by the school" in done.words
    assert {i["student_id"] for i in items(portal, status="received")} == set(ids) - {ids[3]}
    assert {i["status"] for i in items(portal) if i["student_id"] == "z000"} == {"submitted"}


def test_no_more_than_500_at_once_and_the_rest_is_said(portal: Any) -> None:
    submitted(portal, 510)
    admin = portal.admin()
    question = admin.send("/requests/list?state=to-receive", action="receive", all="yes")
    assert "Receive 500 requests?" in question.words
    assert "10 more match" in question.words
    ticked = re.findall(r'name="ticked" value="([^"]*)"', question.text)
    assert "500 requests received." in admin.send("/requests/list", question, action="receive", ticked=ticked).words
    assert chips(admin.get("/requests/list"))["To receive"] == 10


def test_approving_all_leaves_out_whom_a_parent_does_not_agree_with_and_says_so(portal: Any) -> None:
    submitted(portal, 2, state="received")
    admin = disagreed(portal)
    school(admin, "new", "receive")
    question = admin.send("/requests/list?state=to-approve", action="approve", all="yes")
    assert "Approve 2 requests?" in question.words
    assert (
        "1: A parent does not agree: settle it on the request's own page, with a note. Nia Newcomer" in question.words
    )
    done = admin.send("/requests/list", action="approve", ticked=["new:3"])
    assert done.status == 409
    assert "Max Newcomer does not agree. Say in the note how it was settled" in done.words


def test_many_are_returned_with_one_note_which_is_not_lost(portal: Any) -> None:
    submitted(portal, 3)
    admin = portal.admin()
    ticked = ["m000:1", "m001:1", "m002:1"]
    question = admin.send("/requests/list", action="return", ask="first", ticked=ticked)
    assert "Return 3 requests?" in question.words
    again = admin.send("/requests/list", question, action="return", ticked=ticked, note=" ")
    assert again.status == 422
    assert "Say in the note" in again.words
    assert again.text.count('name="ticked"') == 3
    done = admin.send("/requests/list", again, action="return", ticked=ticked, note="Choose a language")
    assert "3 requests returned: Given0 Familym000, Given1 Familym001, Given2 Familym002." in done.words
    assert admin.get("/requests/of/m001").words.count("Choose a language") == 1


def test_a_note_for_many_is_kept_over_the_end_of_a_session(portal: Any, clock: Any) -> None:
    submitted(portal, 2)
    admin = portal.admin()
    question = admin.send("/requests/list", action="return", ask="first", ticked=["m000:1", "m001:1"])
    clock.forward(hours=2)
    ended = admin.send("/requests/list", question, action="return", ticked=["m000:1", "m001:1"], note="Take a language")
    assert "Your session has ended" in ended.words
    page = admin.sign_in("plusportaladmin", "Admin-pass1")
    assert "Return 2 requests?" in page.words
    assert "Take a language</textarea>" in page.text
    assert {i["status"] for i in items(portal)} == {"submitted"}


def test_a_disagreement_is_seen_everywhere_and_settled_by_a_note(portal: Any) -> None:
    admin = disagreed(portal)
    with portal.cloud.world.reading() as db:
        (waits,) = demand.disagreements(db, "oak", "2028")
    assert (waits["name"], waits["parent"], waits["comment"]) == ("Nia Newcomer", "Max Newcomer", "Please French")
    overview = admin.get("/requests")
    assert "Max Newcomer about Nia Newcomer, grade 9" in overview.words
    row = next(r for r in admin.get("/requests/list", state="disagreement").rows() if "Nia" in r)
    assert "Parent does not agree 1 does not" in row
    page = admin.get("/requests/of/new")
    assert "Max Newcomer does not agree “Please French”" in page.words
    school(admin, "new", "receive")
    refused = school(admin, "new", "approve")
    assert refused.status == 422
    assert "Say in the note how it was settled" in refused.words
    assert {i["status"] for i in items(portal)} == {"received"}
    assert "Approved." in school(admin, "new", "approve", note="Talked on the phone: Band it is.").words
    assert "Talked on the phone" in admin.get("/requests/of/new").words
    assert "A parent does not agree" not in chips(admin.get("/requests/list"))


def test_a_disagreement_is_settled_by_returning_it_and_the_family_chooses_anew(portal: Any) -> None:
    admin = disagreed(portal)
    school(admin, "new", "return", note="French instead of Band.")
    assert "A parent does not agree" not in chips(admin.get("/requests/list"))
    act(portal.person("student", "new"), "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    assert "Max Newcomer: no answer yet" in admin.get("/requests/of/new").words
    assert "A parent does not agree" not in chips(admin.get("/requests/list"))


def test_an_approved_request_is_reopened_with_a_reason_that_the_family_reads(portal: Any) -> None:
    student, parent, admin = portal.person("student", "new"), portal.person("parent", "pn"), portal.admin()
    act(student, "new", "submit", **GOOD)
    assert school(admin, "new", "reopen", note="Why").status == 409
    school(admin, "new", "receive")
    school(admin, "new", "approve")
    assert len(items(portal, status="approved")) == 4
    before = items(portal)[0]["updated_at"]
    portal.clock.forward(minutes=5)
    lacking = school(admin, "new", "reopen", note=" ")
    assert lacking.status == 422
    assert "Say why it is reopened" in lacking.words
    page = admin.get("/requests/of/new")
    question = admin.send(
        "/requests/of/new", page, action="reopen", version=page.hidden("version"), note="Art is full.", ask="first"
    )
    assert "Reopen the request of Nia Newcomer?" in question.words
    assert len(items(portal, status="approved")) == 4
    done = admin.send("/requests/of/new", question, **asked(question))
    assert "Reopened" in done.words
    assert items(portal, status="approved") == []
    assert {i["status"] for i in items(portal, since=before)} == {"returned"}
    for family in (student, parent):
        assert "Art is full." in family.get("/courses/new").words
    assert "Submitted" in act(student, "new", "submit", **{"course:MAT": "yes", "course:BAND": "yes"}).words
    school(admin, "new", "receive")
    school(admin, "new", "approve")
    assert {i["course_id"] for i in items(portal, status="approved")} == {"ENG", "MAT", "BAND"}
    history = admin.get("/requests/of/new").words
    assert "Portal Administrator reopened it" in history
    assert "Reopened Course Requests" in admin.get("/audit").words


@pytest.mark.parametrize("kind", ["student", "parent"])
def test_only_the_school_reopens(portal: Any, kind: str) -> None:
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    admin = portal.admin()
    school(admin, "new", "receive")
    school(admin, "new", "approve")
    family = portal.person(kind, {"student": "new", "parent": "pn"}[kind])
    assert act(family, "new", "reopen", note="Please").status in (400, 403, 409)
    assert len(items(portal, status="approved")) == 4


def test_demand_says_places_left_and_sections_and_who_asked(portal: Any) -> None:
    submitted(portal, 60)
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    admin = portal.admin()
    row = next(r for r in admin.get("/requests/demand").rows() if "English 9" in r)
    assert row == "English 9 ENG All 61 0 3"
    admin.send("/requests/demand", **{"capacity:ENG": "50", "capacity:BAND": "30"})
    page = admin.get("/requests/demand")
    assert "1 course has more requests than places." in page.words
    assert next(r for r in page.rows() if "English 9" in r).endswith("11 too many")
    portal.cloud.change_settings("oak", section_size="20")
    assert "English 9 ENG All 61 0 4" in next(r for r in admin.get("/requests/demand").rows() if "English 9" in r)
    assert page.text.count('<td class="bar"><svg') == 5, "a bar for each course"
    sheet = list(csv.DictReader(io.StringIO(admin.get("/requests/demand.csv").text.lstrip("\ufeff"))))
    english = next(r for r in sheet if r["course_id"] == "ENG")
    assert (english["requests"], english["capacity"], english["left"], english["sections"]) == ("61", "50", "-11", "4")


def test_who_asks_for_a_course_is_listed_to_the_last_by_name_alternates_after(portal: Any) -> None:
    submitted(portal, 120)
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    admin = portal.admin()
    rows = rows_of(admin, "/requests/demand/ENG")
    assert len(rows) == len(set(rows)) == 121
    assert rows[0].startswith("Given0 Familym000")
    assert rows[-1] == "Nia Newcomer new 9 as a course With a parent"
    band = admin.get("/requests/demand/BAND")
    assert "0 students ask for Concert Band, 1 as an alternate." in band.words
    assert "Nia Newcomer new 9 as alternate 1 With a parent" in band.rows()
    assert "Nobody" in admin.get("/requests/demand/BAND", rank="first").words
    assert admin.get("/requests/demand/NONE").status == 404
    text = admin.get("/requests/demand/ENG/students.csv").text
    assert len(text.splitlines()) == 122
    assert "ENG,English 9,new,Nia Newcomer,9,0,With a parent," in text


def test_names_stand_where_the_reader_looks_for_them(portal: Any) -> None:
    portal.cloud.change_settings("oak", min_credits="0")
    names = ["Ana Zima", "Ben Öztürk", "Cleo O'Brien", "Dan Obrecht", "Eva Ångström", "Fay Apple"]
    portal.sync(*(pupil(f"s{n}", name, None, "9") for n, name in enumerate(names)))
    for n in range(len(names)):
        portal.cloud.request_courses("oak", f"s{n}", "ENG")
    admin = portal.admin()
    expected = ["Ångström", "Apple", "Obrecht", "O'Brien", "Öztürk", "Zima"]
    for path in ("/requests/list?state=to-receive", "/requests/demand/ENG"):
        words = admin.get(path).words
        assert sorted(expected, key=words.index) == expected, path


def test_who_has_no_next_year_has_no_request_and_it_is_said(portal: Any) -> None:
    page = portal.admin().get("/requests/of/sen")
    assert page.status == 404
    assert "Sam Senior is not in the next year: there is nothing to choose" in page.words


def test_older_addresses_of_the_list_still_lead_there(portal: Any) -> None:
    submitted(portal, 2)
    admin = portal.admin()
    assert "2 students" in admin.get("/requests/list", state="submitted").words
    assert "2 students" in admin.get("/requests/list", state="not-started").words


def test_no_list_looks_through_all_accounts_for_each_student(portal: Any) -> None:
    """At 3,000 students a plan that begins with the accounts takes seconds: parents are found by their family."""
    queries: list[str] = []
    world = portal.cloud.world
    admin = portal.admin()
    with world.reading() as db:
        db.set_trace_callback(queries.append)
    for path in ("/requests", "/requests/list?state=to-receive", "/requests/list?sort=waiting", "/requests/demand/ENG"):
        assert admin.get(path).status == 200
    with world.reading() as db:
        db.set_trace_callback(None)
        lists = [q for q in queries if q.startswith("with students")]
        assert len(lists) > 6
        plans = [row[3] for q in lists for row in db.execute(f"explain query plan {q}")]
    looked = [p for p in plans if " pa " in p or " y " in p]
    assert looked
    assert all("person_id=?" in p or "student_id=?" in p for p in looked), looked
