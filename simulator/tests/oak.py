"""The school Oak on the portal, put there through the sync API, and people with browsers who visit its pages."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from dayzero_simulator import GradebookCloud
from dayzero_simulator.portal import directory, sessions, signin
from dayzero_simulator.portal.admins import admins_of
from dayzero_simulator.portal.roles import role_of

SCHOOL = "oak"
ADMIN = ("plusportaladmin", "Admin-pass1")
OWN = "Own-pass1"


@dataclass
class Hands:
    """A clock that only moves when it is told to."""

    at: datetime = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **much: float) -> None:
        self.at += timedelta(**much)


@dataclass
class Page:
    """What a browser shows."""

    status: int
    path: str
    text: str
    headers: dict[str, str]

    @property
    def words(self) -> str:
        """The text without its markup."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.text)))

    def hidden(self, name: str) -> str:
        """The value of the first hidden field of that name."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no field {name} on {self.path}"
        return html.unescape(found[1])

    def rows(self) -> list[str]:
        """The words of each row of the page's tables."""
        return [Page(0, "", row, {}).words.strip() for row in re.findall(r"<tr>(.*?)</tr>", self.text, re.DOTALL)]


def fields_of(page: Page) -> dict[str, str]:
    """A form as a browser sends it: hidden fields, text, boxes that are ticked, and what is selected."""
    found: dict[str, str] = {}
    text = page.text.split('<main id="content"', 1)[1]
    for tag in re.findall(r"<input [^>]*>", text):
        attributes = {n: html.unescape(v) for n, v in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        is_box = attributes.get("type") in ("checkbox", "radio")
        if "name" in attributes and (not is_box or " checked" in tag):
            found[attributes["name"]] = attributes.get("value", "")
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r"<option>([^<]*)|value=\"([^\"]*)\"", options)
        found[name] = (
            (chosen[1] if chosen[1] is not None else chosen[2]) if chosen else (first and (first[1] or first[2])) or ""
        )
    found.pop("ask", None)
    return found


class Browser:
    """Keeps cookies and sends forms as they stand on the page, with what the person typed."""

    def __init__(self, cloud: GradebookCloud) -> None:
        self.client = cloud.app.test_client()

    def get(self, path: str, **query: Any) -> Page:
        """Open a page of the school, or a whole path."""
        address = path if path.startswith("/portal") else f"/portal/{SCHOOL}{path}"
        return self._page(self.client.get(address, query_string=query or None, follow_redirects=True))

    def send(self, path: str, page: Page | None = None, **fields: Any) -> Page:
        """Send a form of ``page`` (default: the page at ``path``); underscores in names of fields stay."""
        page = page or self.get(path)
        found = re.search(r'name="csrf" value="([^"]*)"', page.text)
        data = {"csrf": found[1] if found else "", **fields}
        address = path if path.startswith("/portal") else f"/portal/{SCHOOL}{path}"
        return self._page(self.client.post(address, data=data, follow_redirects=True))

    def sign_in(self, login: str, password: str) -> Page:
        """Sign in."""
        return self.send("/", login=login, password=password)

    @staticmethod
    def _page(answer: Any) -> Page:
        return Page(answer.status_code, urlsplit(answer.request.url).path, answer.text, dict(answer.headers))


@dataclass
class Portal:
    """The school's portal and its people."""

    cloud: GradebookCloud
    clock: Hands
    syncs: list[str] = field(default_factory=list)
    school: str = SCHOOL

    def sync(self, *operations: dict[str, Any]) -> dict[str, Any]:
        """Commit operations as one sync."""
        world = self.cloud.world
        base = world.school(self.school)["revision"]
        opened = world.open_sync(self.school, kind="all-data", base_revision=base, plan_id="p", client="test")
        body = "".join(json.dumps(o) + "\n" for o in operations).encode()
        world.put_part(self.school, opened["sync_id"], 1, body)
        part = hashlib.sha256(body).hexdigest()
        digest = hashlib.sha256(part.encode()).hexdigest()
        self.syncs.append(opened["sync_id"])
        return world.commit(self.school, opened["sync_id"], parts=1, digest=digest)

    def browser(self) -> Browser:
        return Browser(self.cloud)

    def admin(self) -> Browser:
        """A browser with the master admin signed in."""
        browser = self.browser()
        assert browser.sign_in(*ADMIN).status == 200
        return browser

    def person(self, kind: str, person_id: str, password: str = OWN) -> Browser:
        """A browser with somebody signed in, who took a password of their own if they had none."""
        temporary = self.stored(kind, person_id, "temporary")
        if self.stored(kind, person_id, "password") is None and temporary is None:
            self.send_details(kind, person_id, channel="print")
            temporary = self.stored(kind, person_id, "temporary")
        browser = self.browser()
        login = self.stored(kind, person_id, "login")
        page = browser.sign_in(login, temporary or password)
        if temporary:
            assert "Choose your own password" in page.words
            page = browser.send("/password", new=password, again=password)
        assert page.status == 200, page.words
        return browser

    def inside(self, kind: str, person_id: str) -> Browser:
        """A browser with somebody signed in, without the time that passwords take: their session is made, not opened."""
        world, browser = self.cloud.world, self.browser()
        with world.writing() as db:
            own = role_of(db, self.school, kind, person_id)
            assert own is not None
            if own.must_choose:
                signin.set_password(db, self.school, own, "a hash that no password has")
            token = sessions.begin(
                db, self.school, world.secrets, world.now(), kind=kind, person_id=person_id, login_key=own.login_key
            )
        browser.client.set_cookie("portal_session", token, path=f"/portal/{self.school}")
        return browser

    def send_details(self, kind: str, *person_ids: str, channel: str = "email") -> Page:
        """Let the admin give Login Details to these people."""
        tab = {"parent": "parents", "student": "students"}[kind]
        path = f"/manage/{tab}/login-details"
        return self.admin().send(path, channel=channel, criterion="ticked", ticked=list(person_ids))

    def stored(self, kind: str, person_id: str, column: str) -> Any:
        """One fact of an account as the simulator keeps it; of a password its hash."""
        with self.cloud.world.reading() as db:
            own = role_of(db, SCHOOL, kind, person_id)
            return {**directory.known(db, SCHOOL, kind, person_id), "password": own and own.password}[column]

    def admins(self) -> dict[str, dict[str, Any]]:
        """The school's Admin accounts as the simulator keeps them, by name."""
        with self.cloud.world.reading() as db:
            return {a["name"]: a for a in admins_of(db, SCHOOL)}


def account(
    kind: str, ident: str, login: str, name: str = "Ada Ng", op: str = "create", **fields: Any
) -> dict[str, Any]:
    """An operation that creates an account."""
    given, family = name.split(" ", 1)
    values = {"login": login, "given_name": given, "family_name": family, "years": ["active"], "new": False, **fields}
    return {"op": op, "kind": kind, "id": ident, "changes": {k: [None, v] for k, v in values.items()}}


def change(kind: str, ident: str, op: str = "update", **fields: list[Any]) -> dict[str, Any]:
    """An operation on something that is there: ``field=[before, after]``."""
    return {"op": op, "kind": kind, "id": ident, "changes": fields}


def record(kind: str, ident: str, **fields: Any) -> dict[str, Any]:
    """An operation that creates a record."""
    return {"op": "create", "kind": kind, "id": ident, "changes": {k: [None, v] for k, v in fields.items()}}


def course(ident: str, title: str, worth: float, grades: list[str], *, required: bool = False) -> dict[str, Any]:
    """A course of the scheduling year."""
    return record(
        "course", f"2028/{ident}", course_id=ident, year_id="2028", title=title, department="All", credits=worth,
        grade_levels=grades, required=required,
    )  # fmt: skip


def pupil(ident: str, name: str, grade: str | None, next_grade: str | None) -> dict[str, Any]:
    """A student's record."""
    given, family = name.split(" ", 1)
    years = [*(["active"] if grade else []), *(["scheduling"] if next_grade else [])]
    return record(
        "student-record", ident, given_name=given, family_name=family, grade_level=grade or next_grade,
        next_grade_level=next_grade, years=years,
    )  # fmt: skip


NEWCOMER = {"years": ["scheduling"], "new": True, "next_grade_level": "9", "grade_level": "9"}
