"""Who may open what: every page by role, and by whose child it names; a new page without a rule fails here."""

from __future__ import annotations

from typing import Any

import pytest

from dayzero_simulator.courses.demand import overview

pytestmark = pytest.mark.slow

PEOPLE = {"student": ("student", "ret"), "parent": ("parent", "pm"), "other parent": ("parent", "ps")}
OWN_NAME = "Max Newcomer"
"""The parent reads their own name above every page."""
VALUES = {
    "tab": "parents",
    "kind": "student",
    "person_id": "new",
    "student_id": "ret",
    "course_id": "ART",
    "admin_id": "nobody",
    "number": 1,
    "token": "0",
}
OPEN = {"portal.asset", "portal.start", "portal.root"}
"""Pages without a school: the style sheet, and the way to a school."""


def routes(portal: Any) -> list[tuple[str, str, set[str]]]:
    """Every page of a school: endpoint, path, methods."""
    app = portal.cloud.app
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("portal.") and rule.endpoint not in OPEN:
            values = {**VALUES, "school": "oak", "sync_id": portal.syncs[0]}
            with app.test_request_context():
                _, path = app.url_map.bind("localhost").build(rule.endpoint, values), None
            path = app.url_map.bind("localhost").build(rule.endpoint, {k: values[k] for k in rule.arguments})
            found.append((rule.endpoint, path, rule.methods & {"GET", "POST"}))
    return found


@pytest.fixture
def renewed(portal: Any) -> Any:
    """Oak, where the student and the parent of the table have their ids of somebody before them, who was signed in."""
    from oak import change

    former = {name: portal.person(*who) for name, who in PEOPLE.items()}
    portal.sync(*(change(*who, op="renew", given_name=[None, "Next"]) for who in PEOPLE.values()))
    return portal, former


def visitors(portal: Any) -> dict[str, Any]:
    return {
        "nobody": portal.browser(),
        "admin": portal.admin(),
        **{name: portal.person(*who) for name, who in PEOPLE.items()},
    }


def allowed(rule: Any, who: str) -> bool:
    role = who.removeprefix("other ")
    if rule.roles == ("anyone",):
        return True
    if role not in rule.roles:
        return False
    return not (rule.child and who == "other parent")


def test_every_page_has_a_rule(portal: Any) -> None:
    rules = portal.cloud.app.extensions["portal"].rules
    assert {endpoint for endpoint, _, _ in routes(portal)} == set(rules)


def test_every_page_opens_for_its_roles_and_own_children_only(portal: Any) -> None:
    """Read every page as everybody; what is not for somebody is refused, and says nothing of what is there."""
    rules, people = portal.cloud.app.extensions["portal"].rules, visitors(portal)
    seen = set()
    for endpoint, path, methods in routes(portal):
        for who, browser in people.items():
            if "GET" not in methods:
                continue
            answer = browser.client.get(path)
            if allowed(rules[endpoint], who):
                # A message, a link or a request that is not there is a 404 of its own; never a door.
                assert answer.status_code in (200, 303, 404), (endpoint, who, answer.status_code)
            elif who == "nobody":
                assert answer.status_code == 303, (endpoint, answer.status_code)
                assert answer.headers["Location"] == "/portal/oak/"
            else:
                assert answer.status_code in (403, 404), (endpoint, who, answer.status_code)
                assert "Newcomer" not in answer.text.replace(OWN_NAME, "")
                seen.add(endpoint)
    assert {"portal.people", "portal.courses", "portal.person", "portal.settings"} <= seen


def test_every_page_of_a_renewed_account_opens_for_its_new_holder_and_never_for_the_former_one(renewed: Any) -> None:
    portal, former = renewed
    rules, people = portal.cloud.app.extensions["portal"].rules, visitors(portal)
    opened = 0
    for endpoint, path, methods in routes(portal):
        for who in PEOPLE:
            if "GET" not in methods or rules[endpoint].roles == ("anyone",):
                continue
            turned_away, answer = former[who].client.get(path), people[who].client.get(path)
            assert turned_away.status_code == 303, (endpoint, who)
            assert turned_away.headers["Location"] == "/portal/oak/", (endpoint, who)
            right = allowed(rules[endpoint], who)
            assert (answer.status_code in (200, 303)) if right else (answer.status_code in (403, 404)), (endpoint, who)
            opened += right
    assert opened > 5


def test_every_form_needs_its_token_and_its_role(portal: Any) -> None:
    """Case: a page elsewhere sends a form with our cookie (forgery), or a person sends another role's form."""
    rules, people = portal.cloud.app.extensions["portal"].rules, visitors(portal)
    before = portal.cloud.world.snapshot()
    checked = 0
    for endpoint, path, methods in routes(portal):
        if "POST" not in methods:
            continue
        for who, browser in people.items():
            forged = browser.client.post(path, data={"csrf": "guess", "action": "approve"})
            assert forged.status_code in (303, 400), (endpoint, who, forged.status_code)
            if who in ("nobody", "admin") or allowed(rules[endpoint], who):
                continue
            refused = browser.send(path, browser.get("/home"), action="approve")
            assert refused.status in (403, 404), (endpoint, who, refused.status)
            checked += 1
    assert checked > 20
    assert len(portal.admins()) == 1
    with portal.cloud.world.reading() as db:
        assert all(row["states"]["not-started"] == row["total"] for row in overview(db, "oak", "2028"))
    assert before


def test_another_schools_session_opens_nothing(portal: Any) -> None:
    admin = portal.admin()
    portal.cloud.world.school("elm")
    assert admin.client.get("/portal/elm/manage/parents").status_code == 303
    assert admin.client.get("/portal/nowhere/").status_code == 404


@pytest.mark.parametrize("path", ["/portal/oak/", "/portal/oak/forgot", "/portal/", "/portal/oak/settings"])
def test_every_answer_carries_the_safety_headers(portal: Any, path: str) -> None:
    headers = portal.browser().client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_cookies_are_out_of_reach_and_new_at_every_sign_in(portal: Any) -> None:
    browser = portal.browser()
    first = browser.client.get("/portal/oak/").headers["Set-Cookie"]
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    before = browser.client.get_cookie("portal_session", path="/portal/oak").value
    browser.sign_in("plusportaladmin", "Admin-pass1")
    after = browser.client.get_cookie("portal_session", path="/portal/oak").value
    assert after != before
    assert after.encode() not in portal.cloud.world.snapshot()


def test_markup_in_names_is_shown_as_text_everywhere(portal: Any) -> None:
    from oak import account, change, pupil

    name = "<script>alert(1)</script> =cmd()"
    portal.sync(
        pupil("x", name, None, "9"),
        account("student", "x", "x@oak.example", name, years=["scheduling"], new=True),
        change("parent", "pm", children=[["new", "ret"], ["new", "ret", "x"]]),
    )
    admin, parent = portal.admin(), portal.person("parent", "pm")
    pages = [
        admin.get("/manage/students", search="script"),
        admin.get("/manage/student/x"),
        admin.get("/requests/list"),
        admin.get("/requests/of/x"),
        admin.get(f"/syncs/{portal.syncs[-1]}"),
        parent.get("/home"),
        parent.get("/courses/x"),
    ]
    for page in pages:
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "alert(1)" in page.words


def test_a_state_kept_in_a_file_is_for_its_owner_alone(tmp_path: Any) -> None:
    from dayzero_simulator import World

    kept = tmp_path / "portal.sqlite"
    world = World(kept)
    world.school("oak")
    assert {p.stat().st_mode & 0o077 for p in tmp_path.iterdir()} == {0}
    world.close()


@pytest.mark.parametrize("ident", ["2027/0042", "..", "100%", "a?b#c d", "Ø\\1"])
def test_whatever_the_sis_calls_people_their_pages_are_found(portal: Any, ident: str) -> None:
    from oak import account, pupil

    portal.sync(
        pupil(ident, "Odd Number", None, "9"),
        account("student", ident, "odd@oak.example", "Odd Number", years=["scheduling"], new=True),
    )
    student, admin = portal.person("student", ident), portal.admin()
    with portal.cloud.app.test_request_context():
        adapter = portal.cloud.app.url_map.bind("localhost")
        own, at_school, account_page = (
            adapter.build(f"portal.{name}", {"school": "oak", **values})
            for name, values in (
                ("courses", {"student_id": ident}),
                ("request_of", {"student_id": ident}),
                ("person", {"kind": "student", "person_id": ident}),
            )
        )
    assert f'href="{own}"' in student.get("/home").text
    form = student.get(own)
    sent = student.send(
        own, form, action="submit", version=form.hidden("version"), **{"course:MAT": "yes", "course:ART": "yes"}
    )
    assert "Submitted" in sent.words
    assert "Odd Number" in admin.get(at_school).words
    assert "Odd Number" in admin.get(account_page).words
