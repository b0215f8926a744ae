"""Temporary passwords, tokens, links and cookies: seen by whom they are for, for as long as they are good."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import timedelta
from typing import Any

import pytest
import requests
from oak import ADMIN, OWN, Hands, Portal, account, change
from people import Visitor

from dayzero_simulator import GradebookCloud
from dayzero_simulator.web.spreadsheets import harmless
from dayzero_simulator.world import World

pytestmark = pytest.mark.slow

HIDDEN = re.compile(r"[A-Z][a-z]{6}-\d{4}")
"""What a temporary password looks like."""


def hide(portal: Any) -> None:
    portal.cloud.change_settings("oak", hide_temporary_passwords="yes")


def everything_an_admin_sees(admin: Any) -> str:
    """The words of every page that has to do with accounts."""
    pages = [
        "/manage/students",
        "/manage/parents",
        "/manage/student/new",
        "/manage/parent/pn",
        "/manage/admins",
        "/outbox",
        "/audit",
    ]
    pages += [f"/outbox/{n}" for n in range(1, 20)]
    return " ".join(admin.get(page).words for page in pages)


def test_hidden_temporary_passwords_are_hidden_on_every_page(portal: Any) -> None:
    portal.send_details("student", "new", "ret", channel="print")
    portal.send_details("parent", "pn", channel="print")
    admin = portal.admin()
    secrets = {
        who: portal.stored(*who, "temporary") for who in (("student", "new"), ("student", "ret"), ("parent", "pn"))
    }
    assert all(secret in everything_an_admin_sees(admin) for secret in secrets.values())
    hide(portal)
    seen = everything_an_admin_sees(admin)
    assert secrets["student", "ret"] in seen, "who has a user name alone is spared (R23)"
    assert secrets["student", "new"] not in seen
    assert secrets["parent", "pn"] not in seen
    reprinted = portal.send_details("parent", "pn", channel="print")
    assert "hidden by the school's settings" in reprinted.words
    assert secrets["parent", "pn"] not in reprinted.words
    assert secrets["parent", "pn"] not in everything_an_admin_sees(admin)
    assert portal.browser().sign_in("pat@home.test", secrets["parent", "pn"]).path.endswith("/password")


def test_a_letter_that_is_printed_the_first_time_has_its_password_hidden_or_not(portal: Any) -> None:
    hide(portal)
    printed = portal.send_details("parent", "ps", channel="print")
    secret = portal.stored("parent", "ps", "temporary")
    assert secret in printed.words
    assert secret not in everything_an_admin_sees(portal.admin())
    admin = portal.admin()
    reset = admin.send("/manage/parent/ps/reset-password", admin.get("/manage/parent/ps"))
    assert portal.stored("parent", "ps", "temporary") in reset.words
    made = admin.send("/manage/admins", name="Olga Office", login="olga@oak.example")
    assert portal.admins()["Olga Office"]["temporary"] in made.words
    assert not HIDDEN.search(everything_an_admin_sees(admin))


def test_an_old_letter_does_not_show_a_later_password(portal: Any) -> None:
    portal.send_details("student", "new")
    first, admin = portal.stored("student", "new", "temporary"), portal.admin()
    admin.send("/manage/student/new/reset-password", admin.get("/manage/student/new"))
    words = admin.get("/outbox/1").words
    assert "no longer of use" in words
    assert first not in words
    assert portal.stored("student", "new", "temporary") not in words


@pytest.mark.parametrize(("days", "setting"), [(14, None), (3, "3")])
def test_temporary_passwords_expire_and_login_details_give_new_ones(
    portal: Any, clock: Any, days: int, setting: str | None
) -> None:
    if setting:
        portal.cloud.change_settings("oak", temporary_days=setting)
    portal.send_details("student", "new")
    first = portal.stored("student", "new", "temporary")
    clock.forward(days=days, seconds=-1)
    assert portal.browser().sign_in("nia@oak.example", first).path.endswith("/password")
    clock.forward(seconds=1)
    refused = portal.browser().sign_in("nia@oak.example", first)
    assert refused.status == 403
    assert "too old" in refused.words
    assert "do not go together" in portal.browser().sign_in("nia@oak.example", "Wrong-pass1").words
    admin = portal.admin()
    assert "too old" in admin.get("/manage/student/new").words
    assert first not in everything_an_admin_sees(admin)
    portal.send_details("student", "new")
    assert portal.stored("student", "new", "temporary") != first
    assert portal.person("student", "new").get("/home").status == 200


def test_a_password_that_was_reset_expires_too_and_is_given_anew(portal: Any, clock: Any) -> None:
    portal.person("student", "new")
    admin = portal.admin()
    admin.send("/manage/student/new/reset-password", admin.get("/manage/student/new"))
    first = portal.stored("student", "new", "temporary")
    clock.forward(days=14)
    assert "too old" in portal.browser().sign_in("nia@oak.example", first).words
    portal.send_details("student", "new")
    second = portal.stored("student", "new", "temporary")
    assert second != first
    assert portal.browser().sign_in("nia@oak.example", second).path.endswith("/password")


def test_an_admin_chooses_a_password_first_and_the_master_s_is_the_server_s(portal: Any, clock: Any) -> None:
    owner = portal.admin()
    owner.send("/manage/admins", name="Olga Office", login="olga@oak.example")
    temporary = portal.admins()["Olga Office"]["temporary"]
    olga = portal.browser()
    assert olga.sign_in("olga@oak.example", temporary).path.endswith("/password")
    assert olga.get("/manage/parents").status == 403
    assert olga.send("/password", new=OWN, again=OWN).path.endswith("/home")
    assert portal.admins()["Olga Office"]["temporary"] is None
    owner.send("/manage/admins", name="Late Larry", login="larry@oak.example")
    clock.forward(days=14)
    late = portal.browser().sign_in("larry@oak.example", portal.admins()["Late Larry"]["temporary"])
    assert "too old" in late.words
    assert portal.browser().sign_in(*ADMIN).path.endswith("/home")


def test_seeding_repeats_ids_and_no_secret(portal: Any) -> None:
    drawn = []
    for _ in range(2):
        portal.cloud.world.seed(7)
        admin = portal.admin()
        drawn.append(admin.client.get_cookie("portal_session", path="/portal/oak").value)
        admin.send("/manage/student/new/reset-password", admin.get("/manage/student/new"))
        drawn.append(portal.stored("student", "new", "temporary"))
        name = f"Olga {len(drawn)}"
        admin.send("/manage/admins", name=name, login=f"{len(drawn)}@oak.example")
        drawn += [portal.admins()[name]["temporary"], portal.admins()[name]["admin_id"]]
    assert len(set(drawn)) == len(drawn)


def test_seeding_twice_gives_no_id_twice_and_the_same_state_the_same(portal: Any) -> None:
    world, revisions = portal.cloud.world, []
    state = world.snapshot()
    for n in range(4):
        world.seed(7)
        portal.sync(account("student", f"x{n}", f"x{n}@oak.example"))
        revisions.append(world.school("oak")["revision"])
    assert len({*revisions, *portal.syncs}) == len(revisions) + len(portal.syncs)
    world.restore(state)
    world.seed(7)
    portal.sync(account("student", "x0", "x0@oak.example"))
    assert world.school("oak")["revision"] == revisions[0]


def test_where_secrets_come_from_is_handed_in(clock: Any) -> None:
    tokens = []
    for _ in range(2):
        world = World(now=clock, secrets=random.Random(5))
        tokens.append(world.secrets.getrandbits(256))
        world.close()
    assert tokens[0] == tokens[1]


def letter(portal: Any) -> str:
    """The words of the latest message."""
    admin = portal.admin()
    number = max(int(n) for n in re.findall(r"/outbox/(\d+)", admin.get("/outbox").text))
    return admin.get(f"/outbox/{number}").words


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8700", "127.0.0.1.evil.example", "a@127.0.0.1:80"])
def test_a_host_that_is_not_ours_is_refused_and_gets_no_link(portal: Any, host: str) -> None:
    portal.person("parent", "pn")
    with portal.cloud.serve() as url:
        visitor = Visitor(url)
        form = visitor.form("/forgot")
        visitor.client.headers["Host"] = host
        assert visitor.post("/forgot", form, login="pat@home.test").status_code == 400
        assert visitor.get("/").status_code == 400
        api = requests.get(f"{url}/v1/schools/oak", headers={"Authorization": "Bearer t", "Host": host}, timeout=5)
        assert api.status_code == 400
        del visitor.client.headers["Host"]
        assert visitor.post("/forgot", login="pat@home.test").status_code == 200
        assert f"within one hour: {url}/portal/oak/reset/" in letter(portal)
        assert "evil" not in letter(portal)


@pytest.mark.parametrize("host", ["[::1", "", " ", "a b", "\xff"])
def test_a_host_that_is_no_host_is_refused(portal: Any, host: str) -> None:
    client = portal.browser().client
    for path in ("/portal/oak/", "/v1/schools/oak"):
        answer = client.get(path, headers={"Authorization": "Bearer t"}, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code in (200, 400), path
        assert answer.status_code == 400 or not host


def test_letters_carry_the_server_s_own_address(portal: Any) -> None:
    with portal.cloud.serve() as url:
        visitor = Visitor(url)
        visitor.client.headers["Host"] = f"localhost:{url.rsplit(':', 1)[1]}"
        visitor.sign_in(*ADMIN)
        sent = visitor.post("/manage/parents/login-details?channel=email&criterion=all")
        assert sent.url.endswith("/outbox"), sent.text
        assert f"Address: {url}/portal/oak/" in letter(portal)


def test_two_simulators_on_one_host_share_no_cookie(portal: Any) -> None:
    other = GradebookCloud(token="t", admin_password=ADMIN[1], now=portal.clock)
    Portal(other, portal.clock).sync(account("student", "a", "a@oak.example"))
    with portal.cloud.serve() as one, other.serve() as two:
        visitor = Visitor(one)
        visitor.sign_in(*ADMIN)
        same_browser = Visitor(two)
        same_browser.client.cookies = visitor.client.cookies
        assert same_browser.sign_in(*ADMIN).url.endswith("/home")
        assert visitor.get("/manage/parents").url.endswith("/manage/parents")
        assert "Nia" in visitor.get("/manage/students").text
        assert "Nia" not in same_browser.get("/manage/students").text
    other.world.close()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_of_the_token_is_read_in_any_case(portal: Any, scheme: str) -> None:
    client = portal.browser().client
    assert client.get("/v1/schools/oak", headers={"Authorization": f"{scheme} t"}).status_code == 200
    for wrong in (f"{scheme} T", f"{scheme}", "t", "Basic t", f"{scheme}t", ""):
        assert client.get("/v1/schools/oak", headers={"Authorization": wrong}).status_code == 401, wrong


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "a;=1+1",
        "a; =1+1",
        'a;"=1+1"',
        "a,-2",
        "a\t@sum",
        "a\n+1",
        "a|=1",
        "\t=1",
        "\r=1",
        ";=1",
        "＝1+1",
        "a; ;=1",
    ],
)
def test_no_cell_is_computed_wherever_a_spreadsheet_splits_it(value: str) -> None:
    written = harmless(value)
    for separator in (";", ",", "\t", "|", "\n"):
        for piece in [written, *written.split(separator)]:
            assert piece.strip("\"' ")[:1] not in tuple("=+-@＝") or piece.lstrip(' "').startswith("'"), (
                piece,
                written,
            )


@pytest.mark.parametrize("value", ["Ada Ng", "a-b@home.test", "O'Brien; Ng", "x=1", "", "grade 9+"])
def test_what_is_no_formula_stays_as_it_is(value: str) -> None:
    assert harmless(value) == value


def test_the_export_has_no_formula_for_either_separator(portal: Any) -> None:
    portal.sync(account("parent", "p;=1+1", "a;=cmd()@home.test", "Bobby; =1+1"))
    text = portal.admin().client.get("/portal/oak/manage/parents.csv").data.decode("utf-8-sig")
    for delimiter in (",", ";"):
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
        assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@")]


def test_what_an_hour_long_link_opens_is_not_kept_longer(portal: Any, clock: Hands) -> None:
    portal.person("parent", "pn")
    portal.browser().send("/forgot", login="pat@home.test")
    path = "/portal" + letter(portal).split("/portal", 1)[1].split()[0]
    portal.sync(change("parent", "pn", op="disable"))
    assert portal.browser().get(path).status == 404
    portal.sync(change("parent", "pn", op="enable"))
    clock.at += timedelta(minutes=61)
    assert portal.browser().get(path).status == 404
