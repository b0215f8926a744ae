"""Who may come in, and what a link, a session and a form are worth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tiny_school import PROMOTED

from dayzero_manager.door import FULL, HEADERS, LOOK

SETTING = "Send Scheduling Year Student Data"


def test_without_a_link_nobody_comes_in(at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser(None)
    assert browser.status("/") == 401
    assert SETTING not in browser.client.get("/").get_data(as_text=True)


def test_a_link_opens_home_once(at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    link = desk.door.link(FULL)
    path = "/" + link.split("/", 3)[3]
    assert SETTING in desk.browser(None).get(path)
    assert desk.browser(None).status(path) == 401


def test_headers_hold_on_every_answer(at_desk: Callable[..., Any]) -> None:
    answer = at_desk().browser(None).client.get("/")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_another_name_for_this_server_is_refused(at_desk: Callable[..., Any]) -> None:
    client = at_desk().browser().client
    assert client.get("/", base_url="http://elsewhere.example").status_code == 400


def test_a_form_without_its_token_does_nothing(at_desk: Callable[..., Any]) -> None:
    browser = at_desk().browser()
    assert browser.status("/leave", post=True, csrf="x") == 400
    browser.get("/")


def test_whoever_leaves_is_out(at_desk: Callable[..., Any]) -> None:
    browser = at_desk().browser(LOOK)
    assert browser.send("/leave").status_code == 401
    assert browser.status("/") == 401


def test_a_new_link_is_printed_where_the_program_runs(at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    stranger = desk.browser(None)
    answer = stranger.client.post("/link")
    assert len(desk.printed) == 1
    assert desk.printed[0] not in answer.get_data(as_text=True)
    stranger.client.post("/link")
    assert len(desk.printed) == 1, "no more often than every ten seconds"
    assert SETTING in desk.browser(None).get("/" + desk.printed[0].split("/", 3)[3])


ARGUMENTS = {
    "held_names": "?op=none",
    "undo_names": "?id=none",
    "person": "?kind=student&id=s0",
    "run": "?id=none",
    "undo": "?id=none",
}


@pytest.mark.slow
def test_every_route_asks_who_comes(tiny_school: Any, at_desk: Callable[..., Any]) -> None:
    """The table of roles and routes, made from the app's own routes."""
    tiny_school.sync()
    desk = at_desk()
    routes = list(desk.app.url_map.iter_rules())
    assert {r.endpoint for r in routes} == set(desk.door.rules), "a route that no rule says anything about"
    browsers = {role: desk.browser(role) for role in (None, LOOK, FULL)}
    for route in routes:
        rule = desk.door.rules[route.endpoint]
        methods = route.methods - {"HEAD", "OPTIONS"}
        assert methods == ({"POST"} if rule.sends else {"GET"}), route
        if rule.role == "nobody" or route.endpoint == "leave":
            continue
        for role, browser in browsers.items():
            csrf = browser.csrf or "none"
            status = browser.status(route.rule + ARGUMENTS.get(route.endpoint, ""), post=rule.sends, csrf=csrf)
            if role is None:
                assert status == 401, (route, role)
            elif role == LOOK and rule.role == FULL:
                assert status == 403, (route, role)
            else:
                assert status in (200, 303, 400, 409), (route, role, status)
            if rule.sends and role:
                assert browser.status(route.rule, post=True, csrf="forged") == 400, route
    job = desk.office.work.sending
    assert job is not None
    job.wait(30)


def test_whoever_only_looks_sees_no_button_that_sends(tiny_school: Any, at_desk: Callable[..., Any]) -> None:
    tiny_school.sync()
    tiny_school.student("s1")
    desk = at_desk()
    acting = {r.rule for r in desk.app.url_map.iter_rules() if desk.door.rules[r.endpoint].role == FULL}
    for role, shown in ((FULL, True), (LOOK, False)):
        browser = desk.browser(role)
        pages = "".join(browser.get(path) for path in ("/", "/plan", "/holds", "/history"))
        assert any(f'action="{path}"' in pages for path in acting) is shown


ONLY_FOR_WHO_MAY_ACT = (
    "the button", "Send it", "You approve", "Pressing Done", "If you choose", "If you release", "you decide", "Your turn", "for you",
    "You are asked", "you see the new plan", "You can take it back", "You can leave any", "Hold and ask me", "Take back the sync", "Answer the question",
)  # fmt: skip


@pytest.mark.slow
def test_whoever_only_looks_is_not_told_to_press_what_is_not_there(
    tiny_school: Any, at_desk: Callable[..., Any]
) -> None:
    """Every page, with something to send, a hold and a question: what the office is told to do, a looker is not."""
    school = tiny_school
    for number in range(3):
        school.student(f"s{number}", **PROMOTED).contact(f"c{number}", children=[f"s{number}"])
    run_id = school.sync().doc["run_id"]
    school.edit("enrollments", {"student_id": "s1"}, status="inactive")
    school.edit("students", {"student_id": "s2"}, given_name="Nina", family_name="New", email="nina@pupils.example")
    school.student("s3", "").student("s4").limits["disable"] = 0
    desk = at_desk()
    paths = ("/", "/plan", "/plan?setting=yes", "/holds", "/holds/names?op=disable", "/settings", "/history", "/forecast", "/people",
             "/person?kind=student&id=s2", "/fix", f"/history/run?id={run_id}", f"/history/undo?id={run_id}", "/progress")  # fmt: skip
    full, look = desk.browser(FULL), desk.browser(LOOK)
    said = {path: (full.get(path), full.text)[1] for path in paths}
    assert all(any(words in text for text in said.values()) for words in ONLY_FOR_WHO_MAY_ACT)
    for path in paths:
        page = look.get(path)
        assert not [words for words in ONLY_FOR_WHO_MAY_ACT if words in page], path
    for path in ("/", "/plan", "/holds", "/settings", f"/history/undo?id={run_id}"):
        look.get(path)
        assert "ask whoever runs dayzero for a full link: dayzero manager prints one" in " ".join(look.text.split()), (
            path
        )


def test_a_session_that_is_idle_for_an_hour_ends(at_desk: Callable[..., Any], monkeypatch: Any) -> None:
    desk = at_desk()
    browser = desk.browser()
    later = desk.office.clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(desk.door, "_now", lambda: later)
    answer = browser.client.get("/")
    assert answer.status_code == 401
    assert "You were away for a while" in answer.get_data(as_text=True)


def test_looking_where_a_link_leads_does_not_use_it(at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    path = "/" + desk.door.link(FULL).split("/", 3)[3]
    desk.browser(None).client.head(path)
    assert SETTING in desk.browser(None).get(path)
