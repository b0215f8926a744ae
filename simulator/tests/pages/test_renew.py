"""B1: an id is given to another person. Nothing that was the former holder's opens, or is seen by, the new one's account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from oak import NEWCOMER, OWN, SCHOOL, account, change, course, fields_of, pupil

from dayzero_simulator.portal import audit, passwords, sessions
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import candidates

pytestmark = pytest.mark.slow

LOGIN, NEXT = "otto@oak.example", "nina@oak.example"
STUDENT_KEY, PARENT_KEY = ("student", "1001"), ("parent", "501")
OTTO = ("Otto", "Oldman", LOGIN, "otto.own", "Ozzy", "Pa Oldman")
"""What nobody is shown of the former holders."""


def renewal(kind: str, ident: str, name: str, **fields: list[Any]) -> dict[str, Any]:
    given, family = name.split(" ", 1)
    names = {"given_name": [None, given], "family_name": [None, family]}
    return change(kind, ident, op="renew", **names, **fields)


def nina(**fields: list[Any]) -> tuple[dict[str, Any], ...]:
    """Nina gets Otto's id: his account is renewed, the record is hers, his father's link is cut."""
    return (
        renewal("student", "1001", "Nina New", **(fields or {"login": [LOGIN, NEXT]})),
        change("student-record", "1001", given_name=["Otto", "Nina"], family_name=["Oldman", "New"]),
        change("parent", "501", children=[["1001"], []]),
        account("parent", "502", "mo@home.test", "Mo New", years=["scheduling"], children=["1001"]),
    )


@pytest.fixture
def otto(portal: Any) -> Any:
    """Oak with Otto, who has signed in with a password of his own and submitted courses, and his father, who agreed."""
    portal.sync(
        pupil("1001", "Otto Oldman", None, "9"),
        account("student", "1001", LOGIN, "Otto Oldman", **NEWCOMER),
        account("parent", "501", "pa@home.test", "Pa Oldman", years=["scheduling"], children=["1001"]),
    )
    return portal


def submitted(browser: Any, student: str = "1001") -> None:
    page = browser.get(f"/courses/{student}")
    sent = browser.send(
        f"/courses/{student}", page, action="submit", version=page.hidden("version"),
        **{"course:MAT": "yes", "course:ART": "yes"},
    )  # fmt: skip
    assert "Submitted" in sent.words


def items(portal: Any, student: str = "1001") -> list[dict[str, Any]]:
    return [i for i in portal.cloud.world.course_requests(SCHOOL)["items"] if i["student_id"] == student]


def listed(portal: Any, kind: str, ident: str) -> dict[str, Any]:
    return next(a for a in portal.cloud.accounts(SCHOOL) if (a["kind"], a["person_id"]) == (kind, ident))


def school_pages(portal: Any) -> dict[str, Any]:
    """Every page of the school that may say something of the two."""
    admin = portal.admin()
    paths = [
        "/manage/students", "/manage/parents", "/manage/student/1001", "/manage/parent/501", "/outbox", "/outbox?to=1001",
        "/audit", "/audit?about=1001", "/approval-center", "/requests", "/requests/demand", "/requests/list",
        "/requests/of/1001", "/syncs", "/manage/students?sort=last", "/manage/students.csv", "/manage/parents.csv",
    ]  # fmt: skip
    paths += [f"/syncs/{sync}" for sync in portal.syncs]
    paths += [
        f"/syncs/{sync}/people?op={op}"
        for sync in portal.syncs
        for op in ("create", "renew", "update", "enable", "disable")
    ]
    return {path: admin.get(path) for path in paths}


def test_b1_otto_s_password_session_and_device_do_not_open_nina_s_account(otto: Any) -> None:
    his = otto.person(*STUDENT_KEY)
    submitted(his)
    otto.sync(*nina())
    page = his.get("/home")
    assert page.path == f"/portal/{SCHOOL}/"
    assert "Sign in" in page.words
    for login in (LOGIN, NEXT):
        for browser in (his, otto.browser()):
            assert browser.sign_in(login, OWN).status == 403
            assert browser.get("/courses/1001").path == f"/portal/{SCHOOL}/"


def test_b1_a_click_in_his_open_session_changes_nothing(otto: Any) -> None:
    his = otto.person(*STUDENT_KEY)
    page = his.get("/courses/1001")
    otto.sync(*nina())
    sent = his.send("/courses/1001", page, action="save", version=page.hidden("version"), **{"course:ART": "yes"})
    assert sent.path == f"/portal/{SCHOOL}/"
    assert items(otto) == []


def test_b1_the_account_is_as_new(otto: Any, clock: Any) -> None:
    otto.person(*STUDENT_KEY)
    clock.forward(days=200)
    otto.sync(*nina())
    renewed = listed(otto, *STUDENT_KEY)
    assert (renewed["status"], renewed["last_login_at"], renewed["disabled_at"]) == ("pending", None, None)
    assert renewed["created_at"] == clock.at.isoformat()
    assert (renewed["login"], renewed["given_name"], renewed["family_name"]) == (NEXT, "Nina", "New")
    assert (renewed["next_grade_level"], renewed["years"], renewed["new"]) == ("9", ["scheduling"], True)
    assert otto.stored(*STUDENT_KEY, "created_by") == otto.stored(*STUDENT_KEY, "brought_by") == otto.syncs[-1]
    assert otto.stored(*STUDENT_KEY, "changed_by") is None
    assert otto.stored(*STUDENT_KEY, "password") is otto.stored(*STUDENT_KEY, "temporary") is None
    counts = otto.cloud.world.school(SCHOOL)["counts"]["student"]
    assert counts == {"pending": 4, "active": 0, "disabled": 0}
    words = otto.admin().get("/manage/student/1001").words
    assert "Never signed in" in words
    assert f"by sync {len(otto.syncs)}" in words
    assert "gave this id to another person" in words


def test_b1_his_temporary_password_letter_and_reset_link_do_not_work(otto: Any) -> None:
    otto.person(*STUDENT_KEY)
    otto.browser().send("/forgot", login=LOGIN)
    admin = otto.admin()
    message = re.search(r'href="[^"]*/outbox/(\d+)"', admin.get("/outbox").text)
    assert message is not None
    link = re.search(r"/portal/oak/reset/\w+", admin.get(f"/outbox/{message[1]}").text)
    assert link is not None
    assert otto.browser().get(link[0]).status == 200
    otto.sync(*nina())
    browser = otto.browser()
    assert browser.get(link[0]).status == 404
    assert browser.send(link[0], browser.get("/"), new="Her-pass1", again="Her-pass1").status == 404
    assert admin.get(f"/outbox/{message[1]}").status == 404


def test_b1_a_temporary_password_on_paper_does_not_work(otto: Any) -> None:
    otto.send_details("student", "1001", channel="print")
    temporary = otto.stored(*STUDENT_KEY, "temporary")
    otto.sync(*nina())
    for login in (LOGIN, NEXT):
        assert otto.browser().sign_in(login, temporary).status == 403
    assert temporary not in "".join(page.text for page in school_pages(otto).values())


def test_b1_nina_signs_in_with_her_own_login_details_and_sees_an_empty_form_and_no_log_ons(otto: Any) -> None:
    submitted(otto.person(*STUDENT_KEY))
    before = items(otto)
    assert len(before) == 3
    otto.sync(*nina())
    assert items(otto) == []
    hers = otto.person(*STUDENT_KEY, "Nina-pass1")
    home, form = hers.get("/home"), hers.get("/courses/1001")
    assert "Nina New" in home.words
    assert form.hidden("version") == "0"
    assert "Not started" in home.words
    assert not any(name.startswith("course:") for name in fields_of(form))
    for page in (home, form, hers.get("/demographics")):
        assert not any(word in page.text for word in OTTO), page.path
    submitted(hers)
    assert {i["request_id"] for i in items(otto)}.isdisjoint(i["request_id"] for i in before)
    words = otto.admin().get("/manage/student/1001").words
    assert words.split("Log-on history")[1].count("March 1, ") == 1


def test_b1_no_page_shows_the_former_holder(otto: Any) -> None:
    """Letters, edits, requests, reviews, log-ons, the audit and the pages of syncs; names and logins that changed, too."""
    his, father = otto.person(*STUDENT_KEY), otto.person(*PARENT_KEY)
    submitted(his)
    form = father.get("/courses/1001")
    father.send(
        "/courses/1001", form, action="review", version=form.hidden("version"), agrees="yes", comment="otto.own"
    )
    his.send("/demographics", email="otto.own@oak.example")
    otto.sync(
        change("student", "1001", given_name=["Otto", "Ozzy"]),
        change("student-record", "1001", given_name=["Otto", "Ozzy"]),
    )
    admin = otto.admin()
    admin.send("/manage/student/1001/reset-password", admin.get("/manage/student/1001"))
    admin.send("/requests/of/1001", admin.get("/requests/of/1001"), action="receive", version="3")
    assert "Ozzy" in admin.get("/audit").words
    assert any("Otto" in page.words for page in school_pages(otto).values())
    cut = renewal("parent", "501", "Kim Next", login=["pa@home.test", "kim@home.test"], children=[["1001"], []])
    otto.sync(*(o for o in nina() if o["id"] != "501"), cut)
    pages = school_pages(otto)
    for path, page in pages.items():
        assert not any(word in page.text for word in OTTO), (path, [w for w in OTTO if w in page.text])
    assert "a former holder of 1001" in pages["/audit"].words
    assert "a former holder" in pages[f"/syncs/{otto.syncs[1]}"].words
    assert "Given to another person (2)" in pages[f"/syncs/{otto.syncs[-1]}"].words
    assert "Nina New" in pages[f"/syncs/{otto.syncs[-1]}"].words
    assert "Nothing is chosen yet" in pages["/requests/of/1001"].words
    for word in ("Otto", "Ozzy", "otto"):
        assert "Nobody fits" in admin.get("/manage/students", search=word).words
    assert "1 account" in admin.get("/manage/students", search="Nina").words
    assert otto.cloud.email_edits(SCHOOL) == []


@pytest.mark.parametrize("status", ["pending", "active", "disabled"])
@pytest.mark.parametrize(("kind", "ident", "name", "login"), [("student", "1001", "Nina New", NEXT), ("parent", "501", "Kim Next", "kim@home.test")])  # fmt: skip
def test_b1_an_account_of_any_status_is_renewed(
    otto: Any, status: str, kind: str, ident: str, name: str, login: str
) -> None:
    before = listed(otto, kind, ident)["login"]
    his = None
    if status != "pending":
        his = otto.person(kind, ident)
    if status == "disabled":
        otto.sync(change(kind, ident, op="disable"))
    done = otto.sync(renewal(kind, ident, name, login=[before, login]))
    assert done["rejected"] == []
    assert done["applied"][kind] == {"create": 0, "renew": 1, "update": 0, "enable": 0, "disable": 0}
    assert listed(otto, kind, ident)["status"] == "pending"
    assert listed(otto, kind, ident)["disabled_at"] is None
    assert "Disabled by" not in otto.admin().get(f"/manage/{kind}/{ident}").words
    for tried in (before, login):
        assert otto.browser().sign_in(tried, OWN).status == 403
    if his is not None:
        assert his.get("/home").path == f"/portal/{SCHOOL}/"
    assert "Choose your own" not in otto.person(kind, ident, "Next-pass1").get("/home").words
    assert listed(otto, kind, ident)["status"] == "active"
    counts = otto.cloud.world.school(SCHOOL)["counts"][kind]
    assert counts == {"pending": 3, "active": 1, "disabled": 0}


@pytest.mark.parametrize("status", ["active", "disabled"])
def test_b1_a_login_made_of_the_id_stays_and_opens_for_nobody_before(portal: Any, status: str) -> None:
    """`1001@school` is Otto's and then Nina's: password, session and remembered device were his."""
    portal.sync(
        pupil("1001", "Otto Oldman", None, "9"),
        account("student", "1001", "1001@oak.example", "Otto Oldman", **NEWCOMER),
    )
    his = portal.person(*STUDENT_KEY)
    device = his.client.get_cookie("portal_device", path=f"/portal/{SCHOOL}")
    assert device is not None
    if status == "disabled":
        portal.sync(change("student", "1001", op="disable"))
    portal.sync(renewal("student", "1001", "Nina New"))
    assert his.get("/home").path == f"/portal/{SCHOOL}/"
    assert his.sign_in("1001@oak.example", OWN).status == 403
    # A device that the login was signed in with before has twenty tries; one that is a stranger's has five.
    tries = [his.sign_in("1001@oak.example", OWN).status for _ in range(5)]
    assert tries == [403, 403, 403, 403, 429]
    with portal.cloud.world.reading() as db:
        assert all(role.proved_login is None for role in candidates(db, SCHOOL, "1001@oak.example"))
    portal.clock.forward(hours=1)
    assert "Nina New" in portal.person(*STUDENT_KEY, "Nina-pass1").get("/home").words


def test_b1_what_otto_typed_is_not_shown_to_nina_in_the_same_browser(otto: Any, clock: Any) -> None:
    """A family's computer: his session ends while he types, it waits for him - and she signs in there."""
    his = otto.person(*STUDENT_KEY)
    page = his.get("/demographics")
    clock.forward(hours=2)
    his.send("/demographics", page, email="otto.own@oak.example")
    otto.sync(*nina())
    otto.send_details("student", "1001", channel="print")
    temporary = otto.stored(*STUDENT_KEY, "temporary")
    assert "Choose your own password" in his.sign_in(NEXT, temporary).words
    after = his.send("/password", new="Nina-pass1", again="Nina-pass1")
    assert after.path == f"/portal/{SCHOOL}/home"
    assert "otto.own" not in his.get("/demographics").text


def test_b1_roles_of_one_login_are_tied_no_more(portal: Any) -> None:
    """Otto and his father have one mailbox and chose between two roles; the next who has the login has one."""
    both = "old@home.test"
    portal.sync(
        pupil("1001", "Otto Oldman", None, "9"),
        account("student", "1001", both, "Otto Oldman", **NEWCOMER),
        account("parent", "501", both, "Pa Oldman", years=["scheduling"], children=["1001"]),
    )
    father = portal.person(*PARENT_KEY)
    portal.person(*STUDENT_KEY, "Otto-pass1")
    assert "Otto Oldman" in father.get("/role").words
    portal.sync(renewal("student", "1001", "Nina New"), change("parent", "501", children=[["1001"], []]))
    assert "Nina New" not in father.get("/role").words
    assert father.send("/role", role="student:1001").status == 403
    assert father.get("/courses/1001").status == 404
    hers = portal.person(*STUDENT_KEY, "Nina-pass1")
    assert "Nina New" in hers.get("/home").words
    assert "Pa Oldman" in father.get("/home").words + father.get("/role").words


def test_b1_an_admin_who_looked_as_otto_does_not_look_as_nina(otto: Any) -> None:
    admin = otto.admin()
    assert "Otto Oldman" in admin.send("/manage/student/1001/log-on-as", admin.get("/manage/student/1001")).words
    otto.sync(*nina())
    page = admin.get("/home")
    assert "Manage Accounts" in page.words, "the admin's own page"
    assert "logged on as" not in page.words
    assert admin.get("/courses/1001").status == 403


def test_b1_former_parents_see_nothing_of_nina_and_her_parents_nothing_of_otto(otto: Any) -> None:
    father = otto.person(*PARENT_KEY)
    submitted(father)
    assert {i["submitted_by"] for i in items(otto)} == {"parent:501"}
    otto.sync(*nina())
    home = father.get("/home")
    assert "Nina" not in home.text
    assert father.get("/courses/1001").status == 404
    page = father.send("/courses/1001", home, action="save", version="0", **{"course:ART": "yes"})
    assert page.status == 404
    mother = otto.person("parent", "502")
    home, form = mother.get("/home"), mother.get("/courses/1001")
    assert "Nina New" in home.words
    assert form.hidden("version") == "0"
    assert not any(word in home.text + form.text for word in OTTO)
    assert items(otto) == []
    assert "Pa Oldman" not in otto.admin().get("/requests/of/1001").words


def test_b1_a_renewed_parent_has_said_nothing_of_a_child_s_request(otto: Any) -> None:
    """Contact 501 is another person now, and a guardian of the same child: the review and the submission were not theirs."""
    father = otto.person(*PARENT_KEY)
    submitted(father)
    form = father.get("/courses/1001")
    father.send("/courses/1001", form, action="review", version=form.hidden("version"), agrees="yes", comment="Fine.")
    otto.sync(renewal("parent", "501", "Kim Next", login=["pa@home.test", "kim@home.test"]))
    words = otto.admin().get("/requests/of/1001").words
    assert "Kim Next: no answer yet" in words
    assert "A former holder of 501 submitted" in words
    assert "Fine." not in words
    assert {i["submitted_by"] for i in items(otto)} == {"former:1"}
    assert father.get("/home").path == f"/portal/{SCHOOL}/"
    kim = otto.person(*PARENT_KEY, "Kim-pass1")
    form = kim.get("/courses/1001")
    assert "Fine." not in form.text
    kim.send("/courses/1001", form, action="review", version=form.hidden("version"), agrees="no", comment="Not yet.")
    assert "Kim Next: does not agree (“Not yet.”)" in otto.admin().get("/requests/of/1001").words
    stale = kim.send("/courses/1001", form, action="take-back", version="1")
    assert "Nothing of yours was saved" in stale.words


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (renewal("student", "1001", "Nina New", login=[LOGIN, "Sam@oak.example "]), "login-taken"),
        (renewal("student", "1001", "Nina New", login=[LOGIN, " "]), "invalid-login"),
        (renewal("student", "1001", "Nina New", login=[LOGIN, None]), "invalid-login"),
        (renewal("student", "9009", "Nina New", login=[None, NEXT]), "unknown-account"),
        (renewal("parent", "1001", "Nina New", login=[None, NEXT]), "unknown-account"),
    ],
)
def test_b1_a_renewal_that_is_rejected_takes_nothing(otto: Any, operation: dict[str, Any], reason: str) -> None:
    his = otto.person(*STUDENT_KEY)
    submitted(his)
    before = listed(otto, *STUDENT_KEY)
    done = otto.sync(operation)
    assert [r["reason"] for r in done["rejected"]] == [reason]
    assert done["applied"][operation["kind"]]["renew"] == 0
    assert listed(otto, *STUDENT_KEY) == before
    assert len(items(otto)) == 3
    assert "Otto Oldman" in his.get("/home").words
    assert otto.cloud.former_holders(SCHOOL) == []


def test_b1_logins_are_judged_on_the_state_after_the_commit(otto: Any) -> None:
    """Two ids change hands at once, and each new holder has the login of the other's former one; a freed login is taken."""
    done = otto.sync(
        renewal("student", "1001", "Nina New", login=[LOGIN, "sam@oak.example"]),
        renewal("student", "sen", "Tom Third", login=["sam@oak.example", LOGIN]),
    )
    assert done["rejected"] == []
    done = otto.sync(
        renewal("student", "1001", "Una Fourth", login=["sam@oak.example", "una@oak.example"]),
        account("student", "1002", "sam@oak.example", "Vic Fifth"),
    )
    assert done["rejected"] == []
    otto.sync(
        change("student", "1002", op="disable"), change("student", "new", login=["nia@oak.example", "sam@oak.example"])
    )
    done = otto.sync(renewal("student", "1002", "Wim Sixth"))
    assert [r["reason"] for r in done["rejected"]] == ["login-taken"], (
        "the login of a disabled account is another's by now"
    )


def test_b1_an_edit_s_number_is_not_given_to_the_next_holder_s(otto: Any) -> None:
    """The admin has Otto's edit on the screen, and approves what is not there any more: never what came in its place."""
    number = otto.cloud.submit_email(SCHOOL, "student", "1001", "otto.own@oak.example")
    admin = otto.admin()
    page = admin.get("/approval-center")
    otto.sync(*nina())
    assert otto.cloud.submit_email(SCHOOL, "student", "1001", "nina.own@oak.example") > number
    assert admin.send(f"/approval-center/{number}", page, action="approve").status == 404
    assert [e["state"] for e in otto.cloud.email_edits(SCHOOL)] == ["submitted"]


def test_b1_a_renewal_between_the_door_and_the_page_is_noticed(otto: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """His click came before the sync, and is worked on after it: choices, a password, and the session of a sign-in."""
    his, real = otto.person(*STUDENT_KEY), sessions.touch
    page = his.get("/courses/1001")

    def renewed_just_then(*words: Any) -> None:
        real(*words)
        monkeypatch.setattr(sessions, "touch", real)
        otto.cloud.world._db.execute("commit")
        otto.sync(*nina())
        otto.cloud.world._db.execute("begin immediate")

    monkeypatch.setattr(sessions, "touch", renewed_just_then)
    sent = his.send("/courses/1001", page, action="save", version="0", **{"course:ART": "yes"})
    assert sent.path == f"/portal/{SCHOOL}/"
    assert items(otto) == []


def test_b1_a_password_that_is_chosen_while_the_account_changes_hands_is_nobody_s(
    otto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    his, real = otto.person(*STUDENT_KEY), passwords.hashed
    page = his.get("/password")

    def renewed_just_then(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", real)
        otto.sync(*nina())
        return real(password)

    monkeypatch.setattr(passwords, "hashed", renewed_just_then)
    sent = his.send("/password", page, old=OWN, new="Otto-pass2", again="Otto-pass2")
    assert sent.path == f"/portal/{SCHOOL}/"
    assert otto.stored(*STUDENT_KEY, "password") is None
    for login in (LOGIN, NEXT):
        assert otto.browser().sign_in(login, "Otto-pass2").status == 403


def test_b1_a_sign_in_while_the_account_changes_hands_begins_no_session(
    otto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    otto.person(*STUDENT_KEY)
    from dayzero_simulator.web import signin as page

    real, renewed = page.signin.sign_in, renewal("student", "1001", "Nina New")

    def renewed_just_after(*words: Any, **more: Any) -> Any:
        found = real(*words, **more)
        otto.sync(renewed)
        return found

    browser = otto.browser()
    browser.get("/")
    monkeypatch.setattr(page.signin, "sign_in", renewed_just_after)
    assert browser.sign_in(LOGIN, OWN).path == f"/portal/{SCHOOL}/"
    assert browser.get("/home").path == f"/portal/{SCHOOL}/"
    assert listed(otto, *STUDENT_KEY)["status"] == "pending"


def test_b1_the_former_holder_is_given_back_within_thirty_days_with_password_and_history(otto: Any, clock: Any) -> None:
    """It was Otto all the time, who had only changed his name."""
    his = otto.person(*STUDENT_KEY)
    otto.person(*PARENT_KEY)
    submitted(his)
    his.send("/demographics", email="otto.own@oak.example")
    before, was = listed(otto, *STUDENT_KEY), items(otto)
    clock.forward(minutes=1)
    otto.sync(*nina())
    submitted(otto.person(*STUDENT_KEY, "Nina-pass1"))
    clock.forward(days=29)
    [former] = otto.cloud.former_holders(SCHOOL)
    assert (former["kind"], former["person_id"], former["name"], former["login"]) == (
        *STUDENT_KEY,
        "Otto Oldman",
        LOGIN,
    )
    revision = otto.cloud.world.school(SCHOOL)["revision"]
    otto.cloud.give_back(SCHOOL, former["number"])
    assert otto.cloud.world.school(SCHOOL)["revision"] != revision, "an admin edited what is synced"
    assert listed(otto, *STUDENT_KEY) == before
    assert items(otto) == was
    back = otto.person(*STUDENT_KEY)
    assert "otto.own@oak.example" in back.get("/demographics").text
    assert otto.browser().sign_in(NEXT, "Nina-pass1").status == 403
    # The links were another's, and are the next sync's to say.
    father = otto.person(*PARENT_KEY)
    for browser in (father, otto.person("parent", "502")):
        assert browser.get("/courses/1001").status == 404
    counts = otto.cloud.world.school(SCHOOL)["counts"]["student"]
    assert counts == {"pending": 3, "active": 1, "disabled": 0}
    [nina_is] = otto.cloud.former_holders(SCHOOL)
    assert nina_is["login"] == NEXT
    otto.sync(
        change("student-record", "1001", given_name=["Nina", "Otto"]), change("parent", "501", children=[[], ["1001"]])
    )
    assert "Submitted" in father.get("/home").words
    for path, page in school_pages(otto).items():
        assert NEXT not in page.text, path
    otto.cloud.give_back(SCHOOL, nina_is["number"])
    assert "Submitted" in otto.person(*STUDENT_KEY, "Nina-pass1").get("/home").words, "a mistake is taken back too"


def test_b1_after_thirty_days_the_former_holder_is_gone(otto: Any, clock: Any) -> None:
    submitted(otto.person(*STUDENT_KEY))
    otto.sync(*nina())
    [former] = otto.cloud.former_holders(SCHOOL)
    clock.forward(days=30)
    with pytest.raises(RefusedAction, match="kept"):
        otto.cloud.give_back(SCHOOL, former["number"])
    assert otto.cloud.former_holders(SCHOOL) == []
    with otto.cloud.world.reading() as db:
        assert db.execute("select count(*) from former_rows").fetchone()[0] == 0
        assert [*db.execute("select account from formers").fetchone()] == [None]
    assert "a former holder" in otto.admin().get(f"/syncs/{otto.syncs[1]}").words


def test_b1_a_former_holder_whose_login_is_another_s_by_now_is_not_given_back(otto: Any) -> None:
    otto.sync(*nina())
    otto.sync(account("student", "1002", LOGIN, "Vic Fifth"))
    [former] = otto.cloud.former_holders(SCHOOL)
    with pytest.raises(RefusedAction, match="login"):
        otto.cloud.give_back(SCHOOL, former["number"])
    assert listed(otto, *STUDENT_KEY)["given_name"] == "Nina"


def test_b1_a_family_that_is_renewed_and_given_back_has_said_what_it_said(otto: Any, clock: Any) -> None:
    """Both are given back; and where the father is another by then, the form names a former holder."""
    clock.forward(minutes=1)
    his, father = otto.person(*STUDENT_KEY), otto.person(*PARENT_KEY)
    submitted(father)
    form = father.get("/courses/1001")
    father.send("/courses/1001", form, action="review", version=form.hidden("version"), agrees="yes")
    otto.sync(
        renewal("student", "1001", "Nina New", login=[LOGIN, NEXT]),
        renewal("parent", "501", "Kim Next", login=["pa@home.test", "kim@home.test"], children=[["1001"], []]),
    )
    formers = {f["kind"]: f["number"] for f in otto.cloud.former_holders(SCHOOL)}
    state = otto.cloud.world.snapshot()
    otto.cloud.give_back(SCHOOL, formers["student"])
    assert {i["submitted_by"] for i in items(otto)} == {f"former:{formers['parent']}"}
    assert "A former holder of 501 submitted" in otto.admin().get("/requests/of/1001").words
    otto.cloud.world.restore(state)
    otto.cloud.give_back(SCHOOL, formers["parent"])
    with otto.cloud.world.reading() as db:
        assert db.execute("select count(*) from reviews").fetchone()[0] == 0, "Nina has no review of Otto's"
    otto.cloud.give_back(SCHOOL, formers["student"])
    assert {i["submitted_by"] for i in items(otto)} == {"parent:501"}
    otto.sync(change("parent", "501", children=[[], ["1001"]]))
    assert "Pa Oldman: agrees" in otto.admin().get("/requests/of/1001").words
    assert his.get("/home").path == f"/portal/{SCHOOL}/", "who comes back signs in anew"


def test_b1_former_holders_are_listed_and_given_back_by_the_simulator_s_control(otto: Any) -> None:
    otto.sync(*nina())
    client, token = otto.browser().client, {"Authorization": "Bearer t"}
    path = "/_sim/former-holders"
    assert client.get(path, query_string={"school": SCHOOL}).status_code == 401
    listed_now = client.get(path, query_string={"school": SCHOOL}, headers=token).json["items"]
    assert [f["person_id"] for f in listed_now] == ["1001"]
    for document, status in (
        ({"school": SCHOOL, "number": 99}, 409),
        ({"school": "elm", "number": listed_now[0]["number"]}, 409),
        ({"school": SCHOOL, "number": 0.5}, 400),
        ({"number": 1}, 400),
        ({"school": SCHOOL, "number": listed_now[0]["number"]}, 204),
        ({"school": SCHOOL, "number": listed_now[0]["number"]}, 409),
    ):
        assert client.post(path, json=document, headers=token).status_code == status, document
    assert listed(otto, *STUDENT_KEY)["given_name"] == "Otto"


def test_b1_a_renewal_takes_nothing_from_anybody_else(otto: Any) -> None:
    """Another school's and another kind's 1001, and everybody else of Oak, are as they were."""
    otto.sync(
        account("parent", "1001", "p1001@home.test", "Par Same", years=["scheduling"], children=["new"]),
        course("GYM", "Gym", 1, ["9"]),
    )
    submitted(otto.person("student", "new"), "new")
    parent = otto.person("parent", "1001")
    form = parent.get("/courses/new")
    parent.send("/courses/new", form, action="review", version=form.hidden("version"), agrees="yes", comment="Fine.")
    words = otto.admin().get("/requests/of/new").words.split("Request of Nia Newcomer")[-1]
    with otto.cloud.world.reading() as db:
        before = [e for e in audit.entries(db, SCHOOL) if e["person_id"] != "1001"]
    otto.sync(*nina())
    assert parent.get("/home").status == 200
    assert otto.admin().get("/requests/of/new").words.split("Request of Nia Newcomer")[-1] == words
    assert len(items(otto, "new")) == 3
    assert otto.person("parent", "1001").get("/courses/new").status == 200
    with otto.cloud.world.reading() as db:
        after = [e for e in audit.entries(db, SCHOOL) if e["person_id"] != "1001"]
    assert after == before


def test_b1_what_parents_chose_for_a_student_without_an_account_is_put_away(portal: Any) -> None:
    portal.sync(
        pupil("1002", "Ole Bare", None, "9"),
        account("parent", "501", "pa@home.test", "Pa Bare", years=["scheduling"], children=["1002"]),
    )
    submitted(portal.person(*PARENT_KEY), "1002")
    assert items(portal, "1002")
    portal.sync(
        renewal("student-record", "1002", "Nora Next"),
        change("parent", "501", children=[["1002"], []]),
        account("parent", "502", "mo@home.test", "Mo Next", years=["scheduling"], children=["1002"]),
    )
    assert items(portal, "1002") == []
    assert portal.person(*PARENT_KEY).get("/courses/1002").status == 404
    hers = portal.person("parent", "502")
    page = hers.get("/courses/1002")
    assert page.status == 200
    assert "checked" not in page.text
    for path in ("/requests", "/requests/list", "/requests/of/1002", f"/syncs/{portal.syncs[0]}"):
        assert "Ole" not in portal.admin().get(path).words, path
    submitted(hers, "1002")
    assert {i["submitted_by"] for i in items(portal, "1002")} == {"parent:502"}
    assert portal.cloud.former_holders(SCHOOL) == [], "there is no account to give back"
