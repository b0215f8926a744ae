"""Who tries too often waits, and nobody else does: wrong tries are counted before anything is looked at, also side by side."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from click.testing import CliRunner
from oak import ADMIN, OWN
from people import FRONTS, Visitor, at_once

from dayzero.cli import main
from dayzero_simulator import GradebookCloud
from dayzero_simulator.portal import passwords

pytestmark = pytest.mark.slow

MASTER, RIGHT = ADMIN
Front = Callable[[GradebookCloud], AbstractContextManager[str]]


def guess(portal: Any, times: int, login: str = "nia@oak.example") -> list[int]:
    """Wrong tries from a browser of nobody's; the statuses."""
    browser = portal.browser()
    return [browser.sign_in(login, "Wrong-pass1").status for _ in range(times)]


def test_nobody_waits_because_the_clock_was_put_back(portal: Any) -> None:
    """Neither one who signed in before it was, nor one who had to wait: tries of a time to come count for nothing."""
    portal.cloud.sign_in("oak", "student", "new", OWN)
    assert portal.browser().sign_in("nia@oak.example", OWN).status == 200
    guess(portal, 6, login="pat@home.test")
    portal.clock.forward(days=-30)
    assert portal.browser().sign_in("nia@oak.example", OWN).status == 200
    assert guess(portal, 6, login="pat@home.test") == [403] * 5 + [429]


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_of_24_tries_side_by_side_five_are_looked_at(
    portal: Any, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, matches = [], passwords.matches

    def counted(password: str, password_hash: str | None) -> bool:
        looked_at.append(password)
        return matches(password, password_hash)

    monkeypatch.setattr(passwords, "matches", counted)
    with front(portal.cloud) as url:
        visitors = [Visitor(url) for _ in range(24)]
        forms = [visitor.form("/") for visitor in visitors]
        tries = [
            lambda v=v, f=f, n=n: v.post("/", f, login="nia@oak.example", password=f"Guess-{n}").status_code
            for n, (v, f) in enumerate(zip(visitors, forms, strict=True))
        ]
        assert Counter(at_once(*tries)) == {403: 5, 429: 19}
    assert len(set(looked_at)) == 5


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_24_people_behind_one_address_sign_in_side_by_side(
    portal: Any, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class at the first bell, after somebody there has tried sixty logins."""
    from oak import account

    portal.sync(*(account("student", f"c{n:02}", f"c{n:02}@oak.example") for n in range(24)))
    given = [portal.cloud.sign_in("oak", "student", f"c{n:02}") for n in range(24)]
    with monkeypatch.context() as quickly:
        quickly.setattr(passwords, "matches", lambda *_: False)
        for n in range(60):
            guess(portal, 1, f"guess{n}@oak.example")
    with front(portal.cloud) as url:
        visitors = [Visitor(url) for _ in given]
        forms = [visitor.form("/") for visitor in visitors]
        signs = [
            lambda v=v, f=f, g=g: v.post("/", f, login=g[0], password=g[1]).url
            for v, f, g in zip(visitors, forms, given, strict=True)
        ]
        assert {url.rsplit("/", 1)[1] for url in at_once(*signs)} == {"home"}


def test_waits_grow_and_end_and_hammering_prolongs_none(portal: Any, clock: Any) -> None:
    portal.person("student", "new")
    assert guess(portal, 8) == [403] * 5 + [429] * 3
    stranger = portal.browser()
    refused = stranger.sign_in("nia@oak.example", OWN)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "15")
    assert "wait 15 seconds" in refused.words
    for wait in (15, 30, 60, 120, 240, 480, 900, 900):
        clock.forward(seconds=wait - 1)
        assert guess(portal, 3) == [429] * 3
        clock.forward(seconds=1)
        assert guess(portal, 2) == [403, 429]
    clock.forward(seconds=900)
    assert stranger.sign_in("nia@oak.example", OWN).path.endswith("/home")
    assert guess(portal, 6) == [403] * 5 + [429]


def test_a_device_that_was_signed_in_on_does_not_wait_for_others(portal: Any) -> None:
    own = portal.browser()
    own.sign_in(*ADMIN)
    own.send("/sign-out", own.get("/manage/parents"))
    assert guess(portal, 6, MASTER)[-1] == 429
    assert portal.browser().sign_in(*ADMIN).status == 429
    assert own.sign_in(*ADMIN).path == "/portal/oak/home"
    assert portal.browser().sign_in(*ADMIN).status == 429, "what others tried is not forgotten by it"


def test_a_known_device_is_counted_by_itself_and_for_its_own_logins_alone(portal: Any) -> None:
    browser = portal.person("student", "new")
    browser.send("/sign-out", browser.get("/home"))
    assert [browser.sign_in("nia@oak.example", "Wrong-pass1").status for _ in range(21)] == [403] * 20 + [429]
    assert portal.browser().sign_in("nia@oak.example", OWN).path.endswith("/home")
    assert [browser.sign_in(MASTER, "Wrong-pass1").status for _ in range(6)] == [403] * 5 + [429]
    assert portal.browser().sign_in(*ADMIN).status == 429


def test_a_family_shares_its_device(portal: Any) -> None:
    family = portal.person("parent", "pn")
    family.send("/sign-out", family.get("/home"))
    portal.person("student", "new")
    family.sign_in("nia@oak.example", OWN)
    family.send("/sign-out", family.get("/home"))
    guess(portal, 6)
    guess(portal, 6, "pat@home.test")
    assert family.sign_in("pat@home.test", OWN).path.endswith("/home")
    family.send("/sign-out", family.get("/home"))
    assert family.sign_in("nia@oak.example", OWN).path.endswith("/home")


def test_a_taken_password_takes_its_devices_along(portal: Any) -> None:
    thief = portal.person("student", "new")
    admin = portal.admin()
    admin.send("/manage/student/new/reset-password", admin.get("/manage/student/new"))
    guess(portal, 6)
    assert thief.sign_in("nia@oak.example", OWN).status == 429


def test_links_for_a_new_password_have_nothing_to_do_with_signing_in(portal: Any, clock: Any) -> None:
    portal.person("parent", "pn")
    asking = portal.browser()
    said = [asking.send("/forgot", login="pat@home.test") for _ in range(6)]
    assert [page.status for page in said] == [200] * 5 + [429]
    assert 'value="pat@home.test"' in said[-1].text
    assert portal.browser().sign_in("pat@home.test", OWN).path.endswith("/home")
    guess(portal, 6, "max@home.test")
    assert portal.browser().send("/forgot", login="max@home.test").status == 200
    assert asking.send("/forgot", login="sue@home.test").status == 200
    clock.forward(minutes=1)
    assert asking.send("/forgot", login="pat@home.test").status == 200


def test_somebody_who_reads_their_mail_need_not_wait(portal: Any) -> None:
    """An attacker keeps the login busy; the owner, on a new device, takes the link."""
    portal.person("parent", "pn")
    owner = portal.browser()
    owner.send("/forgot", login="pat@home.test")
    link = portal.admin().get("/outbox", to="pat@home.test").text.split("/outbox/", 1)[1].split('"')[0]
    address = portal.admin().get(f"/outbox/{link}").words.split("within one hour: ")[1].split()[0]
    guess(portal, 6, "pat@home.test")
    path = "/portal" + address.split("/portal", 1)[1]
    owner.send(path, new="Next-pass2", again="Next-pass2")
    assert owner.sign_in("pat@home.test", "Next-pass2").path.endswith("/home")


def test_the_present_password_is_not_guessed_either(portal: Any) -> None:
    student = portal.person("student", "new")
    wrong = [student.send("/password", old=f"Guess-{n}", new="Next-pass2", again="Next-pass2").status for n in range(6)]
    assert wrong == [422] * 5 + [429]
    assert student.send("/password", old=OWN, new="Next-pass2", again="Next-pass2").status == 429


def test_trying_every_login_from_one_address_gets_slow_and_stays_open(
    portal: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.person("student", "new")
    with monkeypatch.context() as quickly:
        quickly.setattr(passwords, "matches", lambda *_: False)
        statuses = [guess(portal, 1, f"guess{n}@oak.example")[0] for n in range(310)]
    assert statuses == [403] * 300 + [429] * 10
    clock.forward(seconds=1)
    assert portal.browser().sign_in("nia@oak.example", OWN).path.endswith("/home")


@pytest.mark.parametrize("login", ["none@oak.example", "rex", "nia@oak.example", "max@home.test", "", "x" * 100_000])
def test_a_refusal_looks_at_as_many_passwords_whoever_it_is(
    portal: Any, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody, one who never signed in, one account, two that are linked: the time tells nothing."""
    from oak import account

    portal.sync(account("student", "both", "max@home.test", "Max Learner"))
    portal.person("parent", "pm")
    portal.person("student", "both")
    portal.person("student", "new")
    looked_at, matches = [], passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda p, h: looked_at.append(h) or matches(p, h))
    assert portal.browser().sign_in(login, "Wrong-pass1").status == 403
    assert len(looked_at) == 3


def test_the_command_lets_everybody_try_again(portal: Any) -> None:
    guess(portal, 6)
    guess(portal, 6, MASTER)
    with portal.cloud.serve() as url:
        where = ["--url", url, "--token", "t", "--json"]
        one = CliRunner().invoke(main, ["simulator", "unlock", "--school", "oak", "--login", "NIA@oak.example", *where])
        assert json.loads(one.stdout) == {"unlocked": 1}
        assert (guess(portal, 1), guess(portal, 1, MASTER)) == ([403], [429])
        every = CliRunner().invoke(main, ["simulator", "unlock", *where])
        assert json.loads(every.stdout)["unlocked"] >= 2
        assert guess(portal, 1, MASTER) == [403]
        schoolless = CliRunner().invoke(
            main, ["simulator", "unlock", "--login", "nia", "--config", "none.toml", *where]
        )
        assert schoolless.exit_code == 2
