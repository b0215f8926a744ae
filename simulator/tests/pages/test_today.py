"""Today: every number is the number of rows of the list it leads to, and the menu says the same."""

from __future__ import annotations

import html
import re
from datetime import UTC
from typing import Any

import pytest
from oak import NEWCOMER, Page, account, change, fields_of, pupil, record

from dayzero_simulator.courses import forms
from dayzero_simulator.courses.forms import Actor
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.today import today_of, waiting_of

pytestmark = pytest.mark.slow

STUDENTS = 130


def links(page: Page) -> list[tuple[str, str]]:
    """Every link of the page itself, not of its menu: what it says, and where it leads."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page.text.split('<main id="content"')[1], re.DOTALL)
    return [(Page(0, "", text, {}).words.strip(), html.unescape(address)) for address, text in found]


def rows_at(browser: Any, address: str) -> int:
    """How many rows the list at an address has, on all of its pages."""
    address, _, part = address.partition("#")
    page, rows = browser.get(address), 0
    if "recipients</h2>" in page.text or "recipient</h2>" in page.text:
        return int(re.search(r"([\d,]+) recipient", page.words)[1].replace(",", ""))  # type: ignore[index]
    while True:
        table = page.text.split('id="approved"')[1] if part else page.text
        body = table.split("<tbody>")[1].split("</tbody>")[0]
        rows += sum('<td colspan="' not in row for row in body.split("<tr>")[1:])
        following = re.search(r'href="([^"]*)">Next page</a>', page.text)
        if following is None:
            return rows
        page = browser.get(html.unescape(following[1]))


def answer(portal: Any, student_id: str, parent_id: str, *, agrees: bool) -> None:
    """Let a parent answer a request."""
    world = portal.cloud.world
    with world.writing() as db:
        form = forms.form_of(db, "oak", student_id, "2028")
        forms.act(
            db, "oak", Actor("parent", parent_id), "review", form, version=form.version, grade="9",
            settings=read_settings(db, "oak"), now=world.now(), agrees=agrees, note="" if agrees else "French, please.",
        )  # fmt: skip


@pytest.fixture
def busy(portal: Any) -> Any:
    """Oak in March: newcomers, requests at every stage, a disagreement, e-mails to decide and to enter."""
    ids = [f"m{n:03}" for n in range(STUDENTS)]
    portal.sync(*(pupil(i, f"Given{n % 7} Family{n:03}", None, "9") for n, i in enumerate(ids)))
    portal.sync(
        *(account("student", i, i if n % 40 == 0 else f"{i}@oak.example", f"G F{n}", **NEWCOMER) for n, i in enumerate(ids)),
        *(account("parent", f"p{i}", f"{i}@home.test", f"P {i}", new=n % 2 == 0, children=[i]) for n, i in enumerate(ids[:60])),
    )  # fmt: skip
    portal.sync(change("student", "m129", op="disable"))
    portal.cloud.change_settings("oak", min_credits="0")
    for n, i in enumerate(ids[:100:5]):
        portal.cloud.request_courses("oak", i, "ENG", state=("submitted", "received", "approved")[n % 3])
    for n, i in enumerate(ids[:60:15]):
        answer(portal, i, f"p{i}", agrees=n % 2 == 0)
    for i in ("m000", "m001", "m002"):
        number = portal.cloud.submit_email("oak", "parent", f"p{i}", f"new-{i}@home.test")
    portal.cloud.decide_email("oak", number, "approve")
    with portal.cloud.world.writing() as db:
        db.execute("insert into capacities values ('oak', '2028', 'ENG', 3)")
        db.execute("update accounts set status = 'active' where person_id in ('m003', 'm004', 'pm', 'pm000')")
    return portal


def test_every_number_is_the_number_of_rows_behind_it(busy: Any) -> None:
    admin = busy.admin()
    page, followed = admin.get("/home"), 0
    for said, address in links(page):
        number = re.search(r"\b(\d[\d,]*)\b", said)
        if number and "/of/" not in address and "/syncs/" not in address:
            assert rows_at(admin, address) == int(number[1].replace(",", "")), (said, address)
            followed += 1
    assert followed >= 20
    figures = re.findall(r"<li><b>([\d,]+)</b><p>(.*?)</p>", page.text, re.DOTALL)
    assert len(figures) == 5
    for number, text in figures:
        behind = [html.unescape(a) for a in re.findall(r'href="([^"]*)"', text)]
        assert behind
        assert sum(rows_at(admin, address) for address in behind) == int(number.replace(",", "")), text
        assert int(number) > 0, "a number that is nothing proves nothing"


def test_the_menu_says_what_today_says_on_every_page(busy: Any) -> None:
    admin = busy.admin()
    figures: dict[str, str] = {}
    for path in ("/home", "/manage/parents", "/syncs", "/settings"):
        menu = admin.get(path).text.split('id="nav"')[1].split("</nav>")[0]
        counts = dict(re.findall(r">([A-Z][\w ]+)<span class=\"count[^>]*>([\d,]+)", menu))
        figures = figures or counts
        assert counts == figures
    words = admin.get("/home").words
    assert f"Receive {figures['Course Requests']} requests" in words
    assert f"Decide {figures['Approval Center']} e-mail edits" in words
    assert set(figures) == {"Course Requests", "Approval Center"}, "a number leads to the one list that it counts"


def test_a_request_waits_for_the_school_once_a_parent_has_answered_or_none_can(busy: Any) -> None:
    listed = busy.admin().get("/requests/list", state="to-receive").words
    assert "Family000" in listed, "a parent agreed"
    assert "Family030" in listed, "a parent agreed"
    assert "Family045" not in listed, "its parents have not answered yet"
    assert "Family060" in listed, "nobody else can answer"
    against = busy.admin().get("/requests/list", state="disagreement").words
    assert "Family015" in against
    assert "Family000" not in against


def test_who_was_told_how_to_get_in_waits_for_the_school_no_more(portal: Any) -> None:
    admin = portal.admin()
    home = admin.get("/home")
    untold = {text: address for text, address in links(home) if text.startswith(("Send ", "Print "))}
    assert untold, "newcomers wait for their letters"
    for text, address in untold.items():
        assert rows_at(admin, address) == int(re.findall(r"\d+", text)[0]), text
        page = admin.get(html.unescape(address))
        admin.send(html.unescape(address), page, **fields_of(page))
    home = admin.get("/home")
    assert not [text for text, _ in links(home) if text.startswith(("Send ", "Print "))]
    told = {text: address for text, address in links(home) if "login details and never signed in" in text}
    assert told
    for text, address in told.items():
        assert rows_at(admin, address) == int(re.findall(r"\d+", text)[0]), text


def test_with_nothing_to_do_it_says_so_and_where_to_begin(portal: Any) -> None:
    with portal.cloud.world.writing() as db:
        db.execute("update accounts set status = 'active'")
    page = portal.admin().get("/home")
    assert "<h1>Nothing waits for you.</h1>" in page.text
    assert 'class="count' not in page.text
    assert "2 students have not started" in page.words


def test_the_last_sync_is_told_with_its_setting_and_the_few_who_appeared(busy: Any) -> None:
    busy.sync(
        account("student", "late", "late@oak.example", "Lea Late", **NEWCOMER), change("student", "m000", op="disable")
    )
    page = busy.admin().get("/home")
    assert "2 changes: 1 person appears, 1 leaves." in page.words
    assert "Appeared: Lea Late" in page.words
    assert "Send Scheduling Year Student Data: Yes" in page.words


def test_a_course_that_fills_up_leads_to_those_who_ask_for_it(busy: Any) -> None:
    page = busy.admin().get("/home")
    assert "English 9 ENG 20 3 17" in page.words
    assert 'href="/portal/oak/requests/demand/ENG?rank=first">20</a>' in page.text


def test_a_sync_of_long_ago_is_said_to_be_so_and_not_called_good(portal: Any, clock: Any) -> None:
    assert '<span class="mark good">Today</span>' in portal.admin().get("/home").text
    clock.forward(days=31)
    assert '<span class="mark">31 days ago</span>' in portal.admin().get("/home").text


def test_a_year_that_ends_on_no_day_shows_no_date_and_hurts_nobody(portal: Any) -> None:
    portal.sync(change("school-year", "2027", ends_on=["2027-06-30", "in summer"]))
    assert "The year changes" not in portal.admin().get("/home").words


def test_today_begins_with_a_school_that_has_no_scheduling_year(portal: Any) -> None:
    portal.sync(change("school-year", "2028", op="remove"), record("school-year", "2029", name="x", role="none"))
    page = portal.admin().get("/home")
    assert page.status == 200
    assert "Waits for families" not in page.words


@pytest.mark.parametrize("counting", ["waiting_of", "today_of"])
def test_twice_as_many_take_twice_as_long_and_no_more(portal: Any, counting: str) -> None:
    """Counted is what SQLite does, not time: a list that is looked through once per row is four times as much."""
    steps = []
    for students in (400, 800):
        with portal.cloud.world.writing() as db:
            for n in range(students):
                i, state = f"x{n}", ("submitted", "reviewed", "received", "approved", "draft")[n % 5]
                db.execute("insert or ignore into accounts (school, kind, person_id, login, status, created_at, new) values"
                           " ('oak', 'parent', ?, ?, 'pending', '2027', ?)", [f"p{i}", f"{i}@x.test", n % 2])  # fmt: skip
                db.execute("insert or ignore into pupils values ('oak', ?, 'A', 'B', '8', '9', 1, 1, ?)", [i, i])
                db.execute("insert or ignore into families values ('oak', ?, ?)", [f"p{i}", i])
                db.execute("insert or ignore into forms (school, student_id, year_id, state, version, updated_at) values"
                           " ('oak', ?, '2028', ?, 1, '2027')", [i, state])  # fmt: skip
        with portal.cloud.world.reading() as db:
            ticks: list[int] = []
            db.set_progress_handler(lambda ticks=ticks: ticks.append(1) and 0, 100)
            if counting == "waiting_of":
                waiting_of(db, "oak")
            else:
                today_of(db, "oak", read_settings(db, "oak"), UTC)
            db.set_progress_handler(None, 0)
        steps.append(len(ticks))
    assert steps[1] < 3 * steps[0], steps
