"""The one way into every page: school, session, forgery token, role and child are checked here, before a page runs."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from sqlite3 import Connection
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request, send_from_directory, url_for
from jinja2 import pass_context
from jinja2.runtime import Context

from dayzero_simulator.portal import admins, devices, directory, moments, sessions, signin, words
from dayzero_simulator.portal.moments import zone_of
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import role_of
from dayzero_simulator.portal.sessions import Session
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.portal.unsent import Unsent
from dayzero_simulator.reached import Reached
from dayzero_simulator.web.in_addresses import Number, PersonId
from dayzero_simulator.web.visit import DEVICE, SESSION, Visit, cookie, here
from dayzero_simulator.world import World

__all__ = ["ANYONE", "SIGNED_IN", "Door", "Rule", "nowhere"]

ANYONE = ("anyone",)
SIGNED_IN = ("student", "parent", "admin")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Rule:
    """Whom a page is for. ``child``: the address names a student, who must be the person's own.

    ``keeps``: what was typed there is kept where the session has ended meanwhile.
    """

    roles: tuple[str, ...]
    child: bool = False
    keeps: bool = False


View = Callable[..., Response]


class Door:
    """Mounts pages on the app, each with the rule of whom it is for; ``rules`` is the table the tests go through."""

    def __init__(self, app: Flask, world: World, *, admin_password: str, reached: Reached) -> None:
        self.world = world
        self.rules: dict[str, Rule] = {}
        self._app = app
        self._admin_password = admin_password
        self._reached = reached
        app.extensions["portal"] = self
        app.url_map.converters["id"] = PersonId
        app.url_map.converters["number"] = Number
        app.add_url_rule("/portal/assets/<name>", "portal.asset", _asset)
        app.add_url_rule("/portal/", "portal.start", self._start)
        app.add_url_rule("/", "portal.root", lambda: redirect("/portal/"))
        app.jinja_env.filters["moment"] = _moment
        app.jinja_env.globals["counted"] = words.counted

    def page(
        self,
        path: str,
        name: str,
        *,
        roles: tuple[str, ...],
        methods: tuple[str, ...] = ("GET",),
        child: bool = False,
        keeps: bool = False,
    ) -> Callable[[View], View]:
        """Mount a page below the school's address."""
        rule = Rule(roles, child, keeps)

        def mount(view: View) -> View:
            @wraps(view)
            def guarded(school: str, **values: Any) -> Response:
                return self._visit(rule, view, school, values)

            self.rules[f"portal.{name}"] = rule
            self._app.add_url_rule(f"/portal/<school>{path}", f"portal.{name}", guarded, methods=list(methods))
            return view

        return mount

    def _visit(self, rule: Rule, view: View, school: str, values: dict[str, Any]) -> Response:
        visit = Visit(self.world, school, None, self.world.now(), self._reached.url, school_name=school)
        try:
            answer = self._enter(visit, rule, values) or view(visit, **values)
        except RefusedAction as refused:
            answer = visit.to("sign_in") if refused.status == 401 else visit.page("refused.html", refused=refused)
        answer.headers.update(HEADERS)
        if visit.fresh_token is not None:
            self._set_cookie(answer, SESSION, visit.fresh_token, school)
        if visit.fresh_device is not None:
            self._set_cookie(answer, DEVICE, visit.fresh_device, school, max_age=devices.LAST)
        return answer

    def _set_cookie(
        self, answer: Response, name: str, token: str, school: str, *, max_age: timedelta | None = None
    ) -> None:
        answer.set_cookie(
            cookie(name),
            token,
            max_age=max_age,
            path=f"/portal/{school}",
            httponly=True,
            samesite="Lax",
            secure=self._reached.by_tls(request),
        )

    def _enter(self, visit: Visit, rule: Rule, values: dict[str, Any]) -> Response | None:
        """Let somebody in; return an answer where the page is not to be shown yet."""
        token = request.cookies.get(cookie(SESSION), "")
        with visit.writing() as db:
            if not directory.is_known(db, visit.school):
                raise RefusedAction("No school of this name has synced to this portal.", status=404)
            admins.ensure_master(db, visit.school, self._admin_password, visit.now)
            directory.bring_up_to_date(db, visit.school)
            settings = read_settings(db, visit.school)
            visit.zone, visit.school_name = zone_of(settings["timezone"]), settings["school_name"] or visit.school
            visit.session = sessions.find(db, visit.school, token, visit.now)
            if visit.session is not None:
                sessions.touch(db, visit.session, visit.now)
                visit.session = _still_welcome(db, visit.session)
            ended = None if visit.session else sessions.remembered(db, visit.school, token)
        if visit.session is None:
            visit.sign_in(kept=_unsent(rule, ended))
            if request.method == "POST":
                raise RefusedAction("Your session has ended. Please sign in again.", status=401)
        elif request.method == "POST" and not _is_own_form(visit.session):
            return self._shown_again(visit, rule)
        if rule.roles != ANYONE:
            self._require_role(visit, rule, values)
        if visit.unsent and visit.unsent.path == here() and (request.method == "POST" or not visit.unsent.form):
            with visit.writing() as db:
                sessions.keep_unsent(db, visit.who, None)
        return None

    def _shown_again(self, visit: Visit, rule: Rule) -> Response:
        """Refuse a form that was opened in another session; one's own is shown again as it was typed, to be sent anew."""
        with visit.writing() as db:
            opened_in = sessions.of_form(db, visit.school, request.form.get("csrf", ""))
            kept = _unsent(rule, opened_in)
            session = visit.session
            if session is None or kept is None or not _may_see(session, kept):
                raise RefusedAction(
                    "This form is too old, or not ours. Go back, load the page anew and send it again.", status=400
                )
            sessions.keep_unsent(db, session, kept.written())
        if session.kind is None:
            raise RefusedAction("Your session has ended. Please sign in again.", status=401)
        return make_response(redirect(kept.path, 303))

    def _require_role(self, visit: Visit, rule: Rule, values: dict[str, Any]) -> None:
        session = visit.who
        with visit.reading() as db:
            own = role_of(db, visit.school, session.kind or "", session.person_id or "")
            settings = read_settings(db, visit.school)
            shown = directory.person(db, visit.school, session.acting_kind or "", session.acting_id or "")
        if own is None:
            raise RefusedAction("Please sign in.", status=401)
        visit.own_name = own.name or own.person_id
        visit.looks_as = shown["name"] or shown["person_id"] if shown else ""
        signin.require_open(own, settings, visit.now)
        if own.must_choose and request.endpoint not in EVEN_THEN:
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
        visit.let_in = True

    def _start(self) -> Response:
        school = request.args.get("school", "").strip()
        if school and re.fullmatch(r"[\w.-]{1,64}", school):
            return make_response(redirect(url_for("portal.sign_in", school=school), 303))
        return _outside("start.html")


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


def _unsent(rule: Rule, ended: Session | None) -> Unsent | None:
    """Return what is to be kept of a request that comes after its session has ended."""
    if ended is None or rule.roles == ANYONE or "GET" not in ((request.url_rule and request.url_rule.methods) or ()):
        return None
    own = request.method == "POST" and rule.keeps and _is_own_form(ended)
    return Unsent.of(ended, here(), request.form.items(multi=True) if own else ())


def _may_see(session: Session, kept: Unsent) -> bool:
    """Say whether what was typed may wait in a session: the same person's, or one in which nobody is signed in yet."""
    same = session.kind is None or (session.kind, session.person_id) == (kept.kind, kept.person_id)
    return same and session.acting_id is None


def _is_own_form(session: Session) -> bool:
    """Say whether the form was shown in a session: nobody else can know its forgery token."""
    return hmac.compare_digest(request.form.get("csrf", "").encode(errors="surrogatepass"), session.csrf.encode())


def nowhere(status: int) -> Response:
    """Return the page for an address at which there is none, and for what the server cannot take."""
    reason = {
        400: "The portal is not reached by this name, or did not understand that.",
        404: "There is no page at this address.",
        405: "This address takes no such request.",
        413: "That is more than the portal takes at once.",
    }.get(status, "The portal did not understand that.")
    return _outside("refused.html", status, problem=reason)


def _outside(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page that is of no school."""
    text = render_template(template, visit=None, session=None, said=[], path=request.path, returned=False, **values)
    answer = make_response(text, status)
    answer.headers.update(HEADERS)
    return answer


def _asset(name: str) -> Response:
    answer = make_response(send_from_directory(f"{__file__.rsplit('/', 1)[0]}/static", name))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@pass_context
def _moment(context: Context, at: str | None) -> str:
    visit = context["visit"]
    return moments.in_short(at, visit.zone, visit.now) if at else ""
