"""The one way into every page: host, link, session, role and forgery token are checked here, before a page runs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, redirect, render_template, request, url_for

from dayzero.errors import DayzeroError
from dayzero_manager.serving import LOOPBACK

__all__ = ["FULL", "HEADERS", "LOOK", "NOBODY", "Door", "Rule", "Session", "decider"]

NOBODY, LOOK, FULL = "nobody", "look", "full"
ROLES = (NOBODY, LOOK, FULL)
"""Each may what the one before may."""
IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)
AGAIN = timedelta(seconds=10)
"""A new link is printed no more often than that: anybody on this machine may ask for one."""
COOKIE = "dayzero_manager"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

View = Callable[..., Any]


@dataclass(frozen=True)
class Rule:
    """Whom a route is for: the least ``role``. ``sends``: it takes a form, whose forgery token is looked at."""

    role: str
    sends: bool = False


@dataclass
class Session:
    """A browser's session, in memory: it ends with the program. ``said``: what the next page is to say, once.

    ``kept``: what this browser looks for, by page; names of children stand here and not in an address.
    """

    role: str
    csrf: str
    began: datetime
    seen: datetime
    said: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def may_act(self) -> bool:
        """Whether it may send and decide."""
        return self.role == FULL


def decider(session: Session | None) -> str:
    """Return until when something is held, as this session reads it."""
    return "you decide" if session is not None and session.may_act else "the office decides"


class Door:
    """Mounts pages on the app, each with the rule of whom it is for; ``rules`` is the table the tests go through.

    ``url``: what links begin with. ``hosts``: further names this server may be asked for. ``most``: the role of new links;
    ``tell`` takes one that somebody has asked for, to where only who started the program reads it.
    """

    def __init__(
        self,
        app: Flask,
        *,
        now: Callable[[], datetime],
        url: str,
        hosts: Iterable[str] = (),
        most: str = FULL,
        tell: Callable[[str], None] = lambda _link: None,
    ) -> None:
        self.rules: dict[str, Rule] = {"static": Rule(NOBODY)}
        self._app, self._now, self._url, self._tell, self._most = app, now, url.rstrip("/"), tell, most
        self._hosts = {*LOOPBACK, urlsplit(url).hostname or "", *hosts}
        self._guard = threading.Lock()
        self._links: dict[str, str] = {}
        self._sessions: dict[str, Session] = {}
        self._told_at: datetime | None = None
        app.before_request(self._require_host)
        app.after_request(_with_headers)
        self.mount("/enter/<token>", "enter", self._enter, role=NOBODY)
        self.mount("/link", "new_link", self._new_link, role=NOBODY, sends=True)
        self.mount("/leave", "leave", self._leave, role=LOOK, sends=True)

    # -- links and sessions

    def link(self, role: str) -> str:
        """Return the address that opens a session with a role, once; an earlier one for it that nobody used stops."""
        token = secrets.token_urlsafe(24)
        with self._guard:
            self._links = {_hashed(token): role, **{t: r for t, r in self._links.items() if r != role}}
        return f"{self._url}/enter/{token}"

    def _begin(self, role: str) -> str:
        token, now = secrets.token_urlsafe(24), self._now()
        with self._guard:
            self._sessions = {t: s for t, s in self._sessions.items() if self._lasts(s)}
            self._sessions[_hashed(token)] = Session(role, secrets.token_urlsafe(16), now, now)
        return token

    def _lasts(self, session: Session) -> bool:
        return self._now() - session.seen < IDLE and self._now() - session.began < LONGEST

    def session(self) -> Session | None:
        """Return the session of the request, if it is still good, and keep it alive."""
        found = self._sessions.get(_hashed(request.cookies.get(COOKIE, "")))
        if found is None or not self._lasts(found):
            return None
        found.seen = self._now()
        return found

    # -- pages

    def mount(self, path: str, name: str, view: View, *, role: str = LOOK, sends: bool = False) -> None:
        """Mount a page, or what a form is sent to."""
        rule = Rule(role, sends)

        @wraps(view)
        def guarded(**values: Any) -> Any:
            refused = self._refused(rule)
            return refused if refused is not None else view(**values)

        self.rules[name] = rule
        self._app.add_url_rule(path, name, guarded, methods=["POST" if sends else "GET"])

    def _refused(self, rule: Rule) -> Response | None:
        """Return the answer to somebody whom a rule does not let in; None where it does."""
        session = self.session()
        if rule.role == NOBODY:
            return None
        if session is None:
            return _answer("door.html", 401, again=request.cookies.get(COOKIE) is not None)
        if rule.sends and not hmac.compare_digest(
            request.form.get("csrf", "").encode(errors="surrogatepass"), session.csrf.encode()
        ):
            return _answer("refused.html", 400, session=session, why="This form is too old, or not ours.")
        if ROLES.index(session.role) < ROLES.index(rule.role):
            return _answer("refused.html", 403, session=session, why="You opened this with a link for looking.")
        return None

    def _require_host(self) -> Response | None:
        """Refuse a request for a name that is not this server's: a page elsewhere may have its own name point here."""
        try:
            name = urlsplit(f"//{request.host}").hostname
        except ValueError:
            name = None
        return None if name in self._hosts else Response("This server has no such name.", 400, mimetype="text/plain")

    def _enter(self, token: str) -> Response:
        if request.method == "HEAD":  # somebody who only wants to know where it leads
            return _answer("door.html", 200)
        with self._guard:
            role = self._links.pop(_hashed(token), None)
        if role is None:
            if self.session() is not None:
                return to("home")
            return _answer("door.html", 401, used=True)
        answer = to("home")
        secure = request.is_secure or (
            self._url.startswith("https:") and request.host.split(":")[0] == urlsplit(self._url).hostname
        )
        answer.set_cookie(COOKIE, self._begin(role), httponly=True, samesite="Lax", secure=secure)
        return answer

    def _new_link(self) -> Response:
        """Print a new link where the program runs: whoever reads it there may come in."""
        now = self._now()
        with self._guard:
            soon = self._told_at is not None and now - self._told_at < AGAIN
            self._told_at = self._told_at if soon else now
        if not soon:
            self._tell(self.link(self._most))
        return _answer("door.html", 200, printed=True)

    def _leave(self) -> Response:
        with self._guard:
            self._sessions.pop(_hashed(request.cookies.get(COOKIE, "")), None)
        answer = to("home")
        answer.delete_cookie(COOKIE)
        return answer


def to(endpoint: str, **values: Any) -> Response:
    """Return the way to another page."""
    return make_response(redirect(url_for(endpoint, **values), 303))


def trouble(error: DayzeroError, session: Session | None) -> Response:
    """Return the page that says what went wrong, and that nothing was sent."""
    return _answer("trouble.html", _STATUS.get(int(error.exit_code), 409), session=session, error=error)


_STATUS = {2: 400, 4: 503, 5: 503}
"""The HTTP status by exit code."""


def _answer(template: str, status: int, **values: Any) -> Response:
    return make_response(render_template(template, **values), status)


def _with_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        if name != "Cache-Control" or request.endpoint != "static":
            answer.headers.setdefault(name, value)
    return answer


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
