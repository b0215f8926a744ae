"""One request to a page: who asks, what was typed, and how it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from sqlite3 import Connection
from typing import Any
from urllib.parse import quote

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from dayzero_simulator.portal import audit, sessions, unsent
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import Role, role_of
from dayzero_simulator.portal.sessions import Session
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.portal.unsent import Unsent
from dayzero_simulator.today import Waiting, waiting_of
from dayzero_simulator.world import World

__all__ = ["DEVICE", "DONE", "SESSION", "Visit", "cookie", "here"]

SESSION, DEVICE = "portal_session", "portal_device"
"""Cookies. Browsers tell no ports apart: two simulators on one machine have other names for them."""
DONE = {
    "saved": "Saved.",
    "password": "Your password is changed.",
    "reset-sent": "If that account can be mailed, a message is on its way.",
    "signed-out": "You are signed out.",
    "draft": "The draft is saved. Submit it when it is complete.",
    "draft-again": "The request is a draft again, with all that was chosen. Submit it when it is complete.",
    "received": "Received.",
    "approved": "Approved.",
    "returned": "Returned to the family with your note.",
    "reopened": "Reopened: the family reads your reason and can change the request.",
    "edit-submitted": "Submitted. Sign in as before until the school has approved it and its records are synced.",
    "edit-approved": "Approved. Enter it in the SIS now: the login changes with the next sync after that.",
    "edit-deleted": "Deleted.",
}
"""What a page may say after something was done, by a word. Where that stands in an address it is never said itself."""


@dataclass
class Visit:
    """One request to a page: the school, who asks, and how to answer.

    ``own_name``: whose session it is; ``looks_as``: whom that admin is logged on as. ``let_in``: the page may be shown.
    """

    world: World
    school: str
    session: Session | None
    now: datetime
    url: str
    zone: tzinfo = UTC
    looks_as: str = ""
    own_name: str = ""
    school_name: str = ""
    let_in: bool = False
    fresh_token: str | None = field(default=None)
    fresh_device: str | None = field(default=None)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read the state; raise RefusedAction where the session has been ended since it was entered with."""
        with self.world.reading() as db:
            self._require_session(db)
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change the state; raise RefusedAction where the session has been ended since it was entered with."""
        with self.world.writing() as db:
            self._require_session(db)
            yield db

    def _require_session(self, db: Connection) -> None:
        # A sync may give the account to another person between the door and the page.
        if self.session is not None and not sessions.lasts(db, self.session):
            raise RefusedAction("Please sign in.", status=401)

    @property
    def who(self) -> Session:
        """The session of somebody signed in."""
        if self.session is None or self.session.kind is None:
            raise RefusedAction("Please sign in.", status=401)
        return self.session

    @property
    def device(self) -> str:
        """The token of the browser's device; empty where it has none."""
        return request.cookies.get(cookie(DEVICE), "")

    @property
    def unsent(self) -> Unsent | None:
        """What was typed before the session ended and belongs to this page, or to the one after signing in."""
        return unsent.read(self.session)

    @property
    def typed(self) -> MultiDict[str, str]:
        """What is in the form: as it was sent, or as it could not be sent before the session ended."""
        if request.method == "POST":
            return request.form
        kept = self.unsent
        return MultiDict(kept.form if kept and kept.path == here() else ())

    @cached_property
    def waiting(self) -> Waiting | None:
        """The numbers in an admin's menu; None for whoever has none."""
        if not self.let_in or self.who.role != "admin":
            return None
        with self.world.reading() as db:
            return waiting_of(db, self.school)

    def settings(self) -> dict[str, str]:
        """Return the portal's settings."""
        with self.reading() as db:
            return read_settings(db, self.school)

    def note(self, db: Connection, action: str, **about: str) -> None:
        """Note in the audit what the admin does."""
        audit.note(db, self.school, self.who.person_id or "", action, self.now, **about)

    def page(
        self, template: str, status: int = 200, *, refused: RefusedAction | None = None, **values: Any
    ) -> Response:
        """Return a page; one that says why something was ``refused`` has its status, and what to do about it."""
        values.setdefault("problem", refused.reason if refused else "")
        said = [DONE.get(request.args.get("done", ""), ""), (self.session and self.session.said) or ""]
        if self.session is not None and self.session.said:
            with self.writing() as db:
                sessions.say(db, self.session, None)
        text = render_template(
            template, visit=self, session=self.session, said=[s for s in said if s], path=request.path,
            returned=bool(self.typed) and request.method == "GET", **values,
        )  # fmt: skip
        answer = make_response(text, refused.status if refused else status)
        if refused is not None and refused.wait is not None:
            answer.headers["Retry-After"] = str(max(1, -(-refused.wait // timedelta(seconds=1))))
        return answer

    def asks(self, question: str, yes: str, *lost: str, back: str = "") -> Response | None:
        """Return a page that asks before something is done, if the form came from a button that asks first; else None.

        ``yes``: what the button says that does it. ``lost``: what goes with it. ``back``: whoever says no gets there; by
        default to where they were.
        """
        if request.form.get("ask") != "first":
            return None
        fields = [(n, v) for n, v in request.form.items(multi=True) if n not in ("csrf", "ask")]
        return self.page(
            "ask.html", question=question, yes=yes, lost=lost, fields=fields, again=here(), back=back or here()
        )

    def says(self, text: str) -> None:
        """Let the next page say something."""
        if self.session is not None:
            with self.writing() as db:
                sessions.say(db, self.session, text)

    def to(self, endpoint: str, *, done: str = "", **values: Any) -> Response:
        """Return a redirect to another page of this school, after something was done.

        ``done``: the word of ``DONE`` that it says: once, and never again to whoever goes back or comes with the same address.
        """
        if done and endpoint != "sign_in":
            self.says(DONE[done])
        elif done:  # whoever has to sign in has no session that could keep it
            values["done"] = done
        return make_response(redirect(self.address(endpoint, **values), 303))

    def onward(self, endpoint: str, **values: Any) -> Response:
        """Return a redirect to the page that the session ended on, or to another."""
        kept = self.unsent
        return make_response(redirect(kept.path, 303)) if kept else self.to(endpoint, **values)

    def address(self, endpoint: str, **values: Any) -> str:
        """Return the path of a page of this school."""
        return url_for(f"portal.{endpoint}", school=self.school, **values)

    def link(self, endpoint: str, **values: Any) -> str:
        """Return the whole address of a page, for letters: never by what the request says of its host."""
        return self.url.rstrip("/") + self.address(endpoint, **values)

    def sign_in(self, role: Role | None = None, *, kept: Unsent | None = None) -> None:
        """Begin a new session, with a new token (rotated at every sign-in), for the answer to carry.

        ``role``: the account as its password was proved; RefusedAction is raised where it is another by now. ``kept``: what
        could not be sent; by default what the session before had, if it is the same person's.
        """
        kind, person_id, login_key = (role.kind, role.person_id, role.login_key) if role else (None, None, None)
        before = self.unsent
        if kept is None and before and (before.kind, before.person_id) == (kind, person_id):
            kept = before
        with self.writing() as db:
            now_is = role_of(db, self.school, role.kind, role.person_id) if role else None
            if role is not None and (now_is is None or not now_is.is_still(role)):
                raise RefusedAction("Please sign in.", status=401)
            if self.session is not None:
                sessions.end(db, self.session)
            token = sessions.begin(
                db, self.school, self.world.secrets, self.now, kind=kind, person_id=person_id, login_key=login_key,
                unsent=kept.written() if kept else None,
            )  # fmt: skip
            self.session = sessions.find(db, self.school, token, self.now)
        self.fresh_token = token


def here() -> str:
    """Return the address of the page that is asked for, encoded as it came: an id may have any character."""
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def cookie(name: str) -> str:
    """Return what a cookie is called on this port; on the web's own ports nothing is added."""
    port = str(request.environ.get("SERVER_PORT", ""))
    return name if port in ("", "80", "443") else f"{name}_{port}"
