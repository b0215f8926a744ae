"""Every list is reached to its last row, in the order people look for, and says what is out of the ordinary first."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from oak import NEWCOMER, Page, account, change, pupil, record

from dayzero_simulator.names import name_key

pytestmark = pytest.mark.slow

STUDENTS = 250


def following(page: Page, name: str) -> str | None:
    """Where the link of this name leads, if there is one."""
    found = re.search(rf'href="([^"]*)">{name}</a>', page.text)
    return html.unescape(found[1]) if found else None


def rows_of(browser: Any, path: str, *names: str) -> list[str]:
    """The rows of a list and of every page after it."""
    page, rows = browser.get(path), []
    while True:
        rows += Page(0, "", page.text.split("<tbody>")[1], {}).rows()
        address = next((a for name in names if (a := following(page, name))), None)
        if address is None:
            return rows
        page = browser.get(address)


@pytest.fixture
def many(portal: Any) -> Any:
    """Oak with many more students of grade 9, half of whom have submitted."""
    ids = [f"m{n:03}" for n in range(STUDENTS)]
    portal.sync(*(pupil(i, f"Given{n % 7} Family{n:03}", None, "9") for n, i in enumerate(ids)))
    portal.sync(
        *(
            account("student", i, f"{i}@oak.example", f"Given{n % 7} Family{n:03}", **NEWCOMER)
            for n, i in enumerate(ids)
        )
    )
    portal.cloud.change_settings("oak", min_credits="0")
    for i in ids[::10]:
        portal.cloud.request_courses("oak", i, "ENG")
    return portal


@pytest.mark.parametrize("sort", ["name", "grade", "changed"])
def test_requests_are_reached_to_the_last_however_they_are_ordered(many: Any, sort: str) -> None:
    rows = rows_of(many.admin(), f"/requests/list?sort={sort}", "Next page")
    assert len(rows) == len(set(rows)) == STUDENTS + 2
    if sort == "name":
        assert [r for r in rows if "Family" in r] == sorted(
            (r for r in rows if "Family" in r), key=lambda r: r.split("Family")[1]
        )
    if sort == "grade":
        assert "Rex Returning" in rows[-1], "grade 10 comes after grade 9"
    if sort == "changed":
        assert all("To receive" in row for row in rows[: STUDENTS // 10])


def test_requests_are_found_by_name_or_id_and_counted(many: Any) -> None:
    admin = many.admin()
    assert "252 students" in admin.get("/requests/list").words
    for typed, found in (
        ("family007", 1),
        ("FAMILY given3", 36),
        ("m01", 10),
        ("nía", 1),
        ("' or 1=1 --", 0),
        ("%", 252),
        ("", 252),
    ):
        assert f"{found} student" in admin.get("/requests/list", search=typed).words, typed
    assert len(rows_of(admin, "/requests/list?search=family&state=submitted", "Next page")) == 25


@pytest.mark.parametrize("path", ["/manage/students", "/manage/students?sort=login", "/manage/students?sort=last"])
def test_accounts_are_reached_to_the_last(many: Any, path: str) -> None:
    rows = rows_of(many.admin(), path, "Next page")
    assert len(rows) == len(set(rows)) == STUDENTS + 3


def test_syncs_messages_log_ons_edits_and_the_audit_are_reached_to_the_last(portal: Any, clock: Any) -> None:
    for n in range(120):
        portal.sync(change("student", "new", grade_level=[str(n), str(n + 1)]))
    ids = [f"p{n:03}" for n in range(120)]
    portal.sync(*(account("parent", i, f"{i}@home.test", f"Par {i}", children=["new"]) for i in ids))
    portal.send_details("parent", *ids)
    for _ in range(50):
        clock.forward(minutes=2)
        portal.cloud.sign_in("oak", "parent", "pn")
    numbers = [portal.cloud.submit_email("oak", "parent", i, f"new-{i}@home.test") for i in ids]
    for number in numbers[:50]:
        portal.cloud.decide_email("oak", number, "delete")
    admin = portal.admin()
    assert len(rows_of(admin, "/syncs", "Earlier")) == 122
    assert len(rows_of(admin, "/outbox", "Earlier")) == 121
    assert len([r for r in rows_of(admin, "/audit", "Earlier") if "Login Details" in r]) == 120
    seen, page = 0, admin.get("/manage/parent/pn")
    while True:
        seen += page.text.split("Log-on history")[1].count("<li>")
        address = following(page, "Earlier")
        if address is None:
            break
        page = admin.get(address)
    assert seen == 50
    for state, number in (("submitted", 70), ("closed", 50)):
        page, found = admin.get("/approval-center"), set()
        while True:
            section = page.text.split(f'aria-label="{"Closed lately" if state == "closed" else "Submitted"}"')[1].split(
                "</table>"
            )[0]
            found |= set(re.findall(r"new-p\d+@home.test", section))
            address = re.search(rf'href="([^"]*{state}=\d+)">Next page', page.text)
            if address is None:
                break
            page = admin.get(html.unescape(address[1]))
        assert len(found) == number, state


def test_whoever_gets_login_details_is_listed_to_the_last(many: Any) -> None:
    admin, seen = many.admin(), set()
    page = admin.get("/manage/students/login-details", channel="email", criterion="all")
    assert "252 recipients" in page.words
    while True:
        seen |= set(re.findall(r"[\w]+@oak.example", page.words))
        address = following(page, "Next page")
        if address is None:
            break
        page = admin.get(address)
    assert len(seen) == 252


def test_one_changed_login_is_seen_before_985_equal_changes(portal: Any) -> None:
    ids = [f"q{n:03}" for n in range(985)]
    portal.sync(*(account("student", i, f"{i}@oak.example", f"Quin {i}") for i in ids))
    years = [["active"], ["active", "scheduling"]]
    portal.sync(
        *(change("student", i, years=years) for i in ids),
        change("student", "sen", login=["sam@oak.example", "samuel@oak.example"]),
        change("student-record", "sen", op="remove"),
    )
    admin = portal.admin()
    page = admin.get(f"/syncs/{portal.syncs[-1]}")
    assert len(page.words) < 2_500
    before, folded = page.words.split("985 times")
    assert "login: sam@oak.example → samuel@oak.example : Sam Senior" in before
    assert "Records removed (1) Sam Senior student-record sen" in before
    assert "years: active → active, scheduling" in before
    assert "and 980 more" in folded
    address = following(page, "All 985, one by one")
    assert address is not None
    everybody = rows_of(admin, address, "Next page")
    assert len(everybody) == len(set(everybody)) == 985


def test_many_rejected_and_removed_hide_no_changed_login_and_are_all_there(portal: Any) -> None:
    ids = [f"q{n:03}" for n in range(120)]
    portal.sync(*(record("student-record", i, family_name=i, years=["active"]) for i in ids))
    portal.sync(
        *(account("student", f"x{i}", "sam@oak.example") for i in ids),
        *(change("student-record", i, op="remove") for i in ids),
        change("student", "new", login=["nia@oak.example", "nina@oak.example"]),
    )
    text = portal.admin().get(f"/syncs/{portal.syncs[-1]}").text
    assert "Rejected (120)" in text
    assert "Records removed (120)" in text
    for ident in ids:
        assert f"student x{ident}: login-taken" in text
        assert f"student-record {ident}<" in text
    before = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL).split("nina@oak.example")[0]
    assert before.count("<li>") < 30


def test_985_changes_of_which_one_has_another_value_show_it(portal: Any) -> None:
    ids = [f"q{n:03}" for n in range(985)]
    portal.sync(*(account("student", i, f"{i}@oak.example", f"Quin {i}") for i in ids))
    portal.sync(*(change("student", i, grade_level=["9", "8" if i == "q700" else "10"]) for i in ids))
    words = portal.admin().get(f"/syncs/{portal.syncs[-1]}").words
    assert words.index("grade level: 9 → 8 : Quin q700") < words.index("grade level: 9 → 10 984 times")


def test_985_logins_that_change_are_all_listed(portal: Any) -> None:
    """A district gets another domain: every value is another, and each is reached."""
    ids = [f"q{n:03}" for n in range(985)]
    portal.sync(*(account("student", i, f"{i}@oak.example", f"Quin {i}") for i in ids))
    portal.sync(*(change("student", i, login=[f"{i}@oak.example", f"{i}@elm.example"]) for i in ids))
    admin = portal.admin()
    page = admin.get(f"/syncs/{portal.syncs[-1]}")
    assert "student: login (985)" in page.words
    address = following(page, "All 985, one by one")
    assert address is not None
    assert len(set(rows_of(admin, address, "Next page"))) == 985


@pytest.mark.parametrize("op", ["create", "disable", "enable", "renew"])
def test_all_who_appeared_came_back_or_were_disabled_are_listed(portal: Any, op: str) -> None:
    ids = [f"q{n:03}" for n in range(230)]
    portal.sync(*(account("student", i, f"{i}@oak.example", f"Quin {i}") for i in ids))
    if op == "renew":
        portal.sync(*(change("student", i, op="renew", given_name=["Quin", "Next"]) for i in ids))
    elif op != "create":
        portal.sync(*(change("student", i, op="disable") for i in ids))
    if op == "enable":
        portal.sync(*(change("student", i, op="enable") for i in ids))
    admin = portal.admin()
    address = following(admin.get(f"/syncs/{portal.syncs[-1]}"), "All 230")
    assert address is not None
    assert len(set(rows_of(admin, address, "Next page"))) == 230
    assert admin.get(f"/syncs/{portal.syncs[-1]}/people", op="remove").status == 404


def test_the_setting_of_a_sync_is_shown(portal: Any) -> None:
    world = portal.cloud.world
    admin = portal.admin()
    assert "Send Scheduling Year Student Data: Yes" in admin.get(f"/syncs/{portal.syncs[0]}").words
    portal.sync(change("school-year", "2028", op="remove"))
    assert "Send Scheduling Year Student Data: No" in admin.get(f"/syncs/{portal.syncs[-1]}").words
    revision = world.school("oak")["revision"]
    opened = world.open_sync(
        "oak", kind="all-data", base_revision=revision, plan_id="p", client="c", send_scheduling_year=True
    )
    assert "Send Scheduling Year Student Data: Yes" in admin.get(f"/syncs/{opened['sync_id']}").words
    client = admin.client
    world.abandon("oak", opened["sync_id"])
    body = {"kind": "all-data", "base_revision": revision, "plan_id": "p", "client": "c"}
    for value, status in ((True, 201), ("yes", 422), (None, 201)):
        answer = client.post(
            "/v1/schools/oak/syncs", json={**body, "send_scheduling_year": value}, headers={"Authorization": "Bearer t"}
        )
        assert answer.status_code == status
        if status == 201:
            world.abandon("oak", answer.json["sync_id"])


def test_an_account_is_here_by_the_sync_that_really_brought_it(portal: Any) -> None:
    portal.sync(account("student", "x", "x@oak.example", "Xia Xu", years=["active"]))
    portal.sync(change("student", "x", years=[["active"], ["active", "scheduling"]], new=[False, True]))
    admin = portal.admin()
    words = admin.get("/manage/student/x").words
    assert "by sync 2 : the SIS sent this student for the active year" in words
    assert "Last changed by sync 3" in words
    portal.sync(change("student", "x", op="disable"))
    portal.sync(change("student", "x", op="enable", years=[["active", "scheduling"], ["scheduling"]]))
    words = admin.get("/manage/student/x").words
    assert "Appeared March 1, 8:00 AM by sync 2 ." in words
    assert "Came back March 1, 8:00 AM by sync 5 : the SIS sent this student again for the scheduling year" in words


@pytest.mark.parametrize(
    "names",
    [
        [
            "Anders Åberg",
            "Bo Abels",
            "Cy ABRAMS",
            "Al de Vries",
            "Bo De Vries",
            "Cy Devry",
            "Jo O'Brien",
            "Ki Obrien",
            "Li O’Bryan",
        ],
        ["Zed", "Al Zeder", "Ola Østby", "Pia Ostrow", "Łucja Łaska", "Max Latz"],
    ],
)
def test_names_are_sorted_as_people_sort_them(portal: Any, names: list[str]) -> None:
    def parts(name: str) -> tuple[str | None, str | None]:
        given, _, family = name.partition(" ")
        return given, family or None

    ordered = sorted(names, key=lambda name: name_key(*parts(name)))
    people = [
        {"op": "create", "kind": "parent", "id": f"z{n}", "changes": {"login": [None, f"z{n}@home.test"], "given_name": [None, parts(name)[0]], "family_name": [None, parts(name)[1]]}}
        for n, name in enumerate(reversed(names))
    ]  # fmt: skip
    portal.sync(*people)
    shown = [row.split(" z")[0] for row in portal.admin().get("/manage/parents").rows() if re.search(r" z\d@", row)]
    assert [name for name in shown if name in names] == ordered
    if "Zed" in names:
        assert ordered == ["Łucja Łaska", "Max Latz", "Ola Østby", "Pia Ostrow", "Zed", "Al Zeder"]
    else:
        assert ordered == [
            "Bo Abels",
            "Anders Åberg",
            "Cy ABRAMS",
            "Al de Vries",
            "Bo De Vries",
            "Cy Devry",
            "Jo O'Brien",
            "Ki Obrien",
            "Li O’Bryan",
        ]


def test_times_are_in_the_school_s_zone(portal: Any, clock: Any) -> None:
    student = portal.person("student", "new")
    admin = portal.admin()
    assert "March 1, 8:00 AM" in admin.get("/manage/student/new").words
    settings = admin.get("/settings")
    admin.send(
        "/settings",
        settings,
        min_credits="5",
        max_credits="8",
        timezone="America/New_York",
        requests_open_at="2027-03-01T04:00",
    )
    for path in ("/manage/student/new", "/syncs", "/outbox", "/audit"):
        words = admin.get(path).words
        assert "March 1, 3:00 AM" in words, path
        assert "08:00" not in words, path
    assert "open March 1, 4:00 AM" in student.get("/courses/new").words
    clock.forward(hours=1)
    assert "open March 1" not in portal.person("student", "new").get("/courses/new").words
    assert portal.admin().send("/settings", timezone="Mars/Olympus").status == 422


@pytest.mark.parametrize("zone", ["../../etc/passwd", "America", "", "utc\x00", "x" * 300, "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(portal: Any, zone: str) -> None:
    assert portal.admin().send("/settings", timezone=zone).status == 422


def test_a_record_that_is_removed_is_named_where_its_account_is_not(portal: Any) -> None:
    portal.sync(
        record("student-record", "kid", given_name="Kit", family_name="Loginless", years=["active"]),
        change("course", "2028/BAND", op="remove"),
        change("student-record", "ret", op="remove"),
    )
    portal.sync(change("student-record", "kid", op="remove"))
    admin = portal.admin()
    words = admin.get(f"/syncs/{portal.syncs[-2]}").words
    assert "Records removed (2)" in words
    assert "course 2028/BAND" in words
    assert "Rex Returning student-record ret" in words
    assert "student-record kid" in admin.get(f"/syncs/{portal.syncs[-1]}").words
