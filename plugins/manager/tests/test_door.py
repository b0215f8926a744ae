"""Who may come in, and what a link, a session and a form are worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
