"""The one way into every page: school, session, forgery token, role and child are checked here, before a page runs."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from sqlite3 import Connection
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request, send_from_directory, url_for

from dayzero_simulator.portal import admins, directory, sessions, signin
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import role_of
from dayzero_simulator.portal.sessions import Session
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.person_id import PersonId
from dayzero_simulator.world import World

__all__ = ["ANYONE", "Door", "Rule", "Visit", "nowhere"]

COOKIE = "portal_session"
ANYONE = ("anyone",)
SIGNED_IN = ("student", "parent", "admin")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
DONE = {
    "saved": "Saved.",
    "password": "Your password is changed.",
    "reset-sent": "If that account can be mailed, a message is on its way.",
    "signed-out": "You are signed out.",
    "draft": "The draft is saved. Submit it when it is complete.",
    "submitted": "Submitted. A parent can review it now; the school receives it next.",
    "reviewed": "Thank you. The school sees your review.",
    "received": "Received.",
    "approved": "Approved.",
    "returned": "Returned to the family with your note.",
    "edit-submitted": "Submitted. Sign in as before until the school has approved it and its records are synced.",
    "edit-approved": "Approved. Enter it in the SIS now: the login changes with the next sync after that.",
    "edit-deleted": "Deleted.",
}
"""What a page may say after something was done, by the word in its address: never the word itself."""


@dataclass(frozen=True)
class Rule:
    """Whom a page is for. ``child``: the address names a student, who must be the person's own."""

    roles: tuple[str, ...]
    child: bool = False


@dataclass
class Visit:
    """One request to a page: the school, who asks, and how to answer."""

    world: World
    school: str
    session: Session | None
    now: datetime
    fresh_token: str | None = field(default=None)

    def reading(self) -> AbstractContextManager[Connection]:
        """Read the state."""
        return self.world.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """Change the state."""
        return self.world.writing()

    @property
    def who(self) -> Session:
        """The session of somebody signed in."""
        if self.session is None or self.session.kind is None:
            raise RefusedAction("Please sign in.", status=401)
        return self.session

    def settings(self) -> dict[str, str]:
        """Return the portal's settings."""
        with self.reading() as db:
            return read_settings(db, self.school)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        done = DONE.get(request.args.get("done", ""), "")
        text = render_template(template, visit=self, session=self.session, done=done, path=request.path, **values)
        return make_response(text, status)

    def to(self, endpoint: str, **values: Any) -> Response:
        """Return a redirect to another page of this school, after something was done."""
        return make_response(redirect(self.address(endpoint, **values), 303))

    def address(self, endpoint: str, **values: Any) -> str:
        """Return the path of a page of this school."""
        return url_for(f"portal.{endpoint}", school=self.school, **values)

    def sign_in(self, kind: str | None = None, person_id: str | None = None, login_key: str | None = None) -> None:
        """Begin a new session, with a new token (rotated at every sign-in), for the answer to carry."""
        with self.writing() as db:
            if self.session is not None:
                sessions.end(db, self.session)
            token = sessions.begin(
                db, self.school, self.world.rng, self.now, kind=kind, person_id=person_id, login_key=login_key
            )
            self.session = sessions.find(db, self.school, token, self.now)
        self.fresh_token = token


View = Callable[..., Response]


class Door:
    """Mounts pages on the app, each with the rule of whom it is for; ``rules`` is the table the tests go through."""

    def __init__(self, app: Flask, world: World, *, admin_password: str) -> None:
        self.world = world
        self.rules: dict[str, Rule] = {}
        self._app = app
        self._admin_password = admin_password
        app.extensions["portal"] = self
        app.url_map.converters["id"] = PersonId
        app.add_url_rule("/portal/assets/<name>", "portal.asset", _asset)
        app.add_url_rule("/portal/", "portal.start", self._start)
        app.add_url_rule("/", "portal.root", lambda: redirect("/portal/"))
        app.jinja_env.filters["moment"] = _moment

    def page(
        self, path: str, name: str, *, roles: tuple[str, ...], methods: tuple[str, ...] = ("GET",), child: bool = False
    ) -> Callable[[View], View]:
        """Mount a page below the school's address."""
        rule = Rule(roles, child)

        def mount(view: View) -> View:
            @wraps(view)
            def guarded(school: str, **values: Any) -> Response:
                return self._visit(rule, view, school, values)

            self.rules[f"portal.{name}"] = rule
            self._app.add_url_rule(f"/portal/<school>{path}", f"portal.{name}", guarded, methods=list(methods))
            return view

        return mount

    def _visit(self, rule: Rule, view: View, school: str, values: dict[str, Any]) -> Response:
        now = self.world.now()
        visit = Visit(self.world, school, None, now)
        try:
            self._enter(visit, rule, values)
            answer = view(visit, **values)
        except RefusedAction as refused:
            if refused.status == 401:
                answer = visit.to("sign_in")
            else:
                answer = visit.page("refused.html", refused.status, reason=refused.reason)
        answer.headers.update(HEADERS)
        if visit.fresh_token is not None:
            answer.set_cookie(
                COOKIE,
                visit.fresh_token,
                path=f"/portal/{school}",
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return answer

    def _enter(self, visit: Visit, rule: Rule, values: dict[str, Any]) -> None:
        with visit.writing() as db:
            if not directory.is_known(db, visit.school):
                raise RefusedAction("No school of this name has synced to this portal.", status=404)
            admins.ensure_master(db, visit.school, self._admin_password, visit.now)
            directory.bring_up_to_date(db, visit.school)
            visit.session = sessions.find(db, visit.school, request.cookies.get(COOKIE, ""), visit.now)
            if visit.session is not None:
                sessions.touch(db, visit.session, visit.now)
                visit.session = _still_welcome(db, visit.session)
        if visit.session is None:
            visit.sign_in()
            if request.method == "POST":
                raise RefusedAction("Your session has ended. Please sign in again.", status=401)
        if request.method == "POST":
            _require_own_form(visit)
        if rule.roles == ANYONE:
            return
        self._require_role(visit, rule, values)

    def _require_role(self, visit: Visit, rule: Rule, values: dict[str, Any]) -> None:
        session = visit.who
        with visit.reading() as db:
            own = role_of(db, visit.school, session.kind or "", session.person_id or "")
            settings = read_settings(db, visit.school)
        if own is None:
            raise RefusedAction("Please sign in.", status=401)
        signin.require_open(own, settings)
        if own.temporary is not None and session.kind != "admin" and request.endpoint not in EVEN_THEN:
            raise RefusedAction("Choose your own password first.", status=403)
        if session.role not in rule.roles:
            raise RefusedAction("This page is not for you.", status=403)
        if session.acting_id is not None and request.method == "POST" and request.endpoint != "portal.stop_acting":
            raise RefusedAction(
                "You are logged on as somebody else: you see what they see, and change nothing.", status=403
            )
        if rule.child and session.role != "admin":
            with visit.reading() as db:
                kin = {c["student_id"] for c in directory.children_of(db, visit.school, session.person)}
            own_child = (
                values["student_id"] == session.person if session.role == "student" else values["student_id"] in kin
            )
            if not own_child:
                # The same answer whether the student exists or not.
                raise RefusedAction("There is no such student here for you.", status=404)

    def _start(self) -> Response:
        school = request.args.get("school", "").strip()
        if school and re.fullmatch(r"[\w.-]{1,64}", school):
            return make_response(redirect(url_for("portal.sign_in", school=school), 303))
        answer = make_response(render_template("start.html", visit=None, session=None, done="", path=request.path))
        answer.headers.update(HEADERS)
        return answer


EVEN_THEN = ("portal.password", "portal.sign_out")
"""What one may do before a temporary password is changed."""


def _still_welcome(db: Connection, session: Session) -> Session | None:
    """Return the session, unless its account was disabled meanwhile or got another login (case 43: the old one stops)."""
    if session.kind is None:
        return session
    role = role_of(db, session.school, session.kind, session.person_id or "")
    if role is None or role.status == "disabled" or role.login_key != session.login_key:
        sessions.end(db, session)
        return None
    return session


def _require_own_form(visit: Visit) -> None:
    given = request.form.get("csrf", "")
    if visit.session is None or not hmac.compare_digest(given.encode(), visit.session.csrf.encode()):
        raise RefusedAction(
            "This form is too old, or not ours. Go back, load the page anew and send it again.", status=400
        )


def nowhere(status: int) -> Response:
    """Return the page for an address at which there is none."""
    reason = {404: "There is no page at this address.", 405: "This address takes no such request."}.get(
        status, "The portal did not understand that."
    )
    answer = make_response(
        render_template("refused.html", visit=None, session=None, done="", path=request.path, reason=reason), status
    )
    answer.headers.update(HEADERS)
    return answer


def _asset(name: str) -> Response:
    answer = make_response(send_from_directory(f"{__file__.rsplit('/', 1)[0]}/static", name))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _moment(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else ""
