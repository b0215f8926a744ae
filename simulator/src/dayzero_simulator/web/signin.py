"""Sign-in, role choice, passwords."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request

from dayzero_simulator.portal import devices, outbox, patience, resets, signin
from dayzero_simulator.portal.passwords import REQUIREMENTS
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import role_of, roles_of
from dayzero_simulator.web.door import ANYONE, SIGNED_IN, Door
from dayzero_simulator.web.visit import DONE, Visit

__all__ = ["sign_in_pages"]

BOTH = ("GET", "POST")
USED = "This link was used already, or is older than an hour. Ask for a new one."


def sign_in_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/", "sign_in", roles=ANYONE, methods=BOTH)(sign_in)
    door.page("/forgot", "forgot", roles=ANYONE, methods=BOTH)(forgot)
    door.page("/reset/<token>", "reset", roles=ANYONE, methods=BOTH)(reset)
    door.page("/sign-out", "sign_out", roles=ANYONE, methods=("POST",))(sign_out)
    door.page("/role", "role", roles=SIGNED_IN, methods=BOTH)(choose_role)
    door.page("/password", "password", roles=SIGNED_IN, methods=BOTH)(password)


def _address() -> str:
    return request.remote_addr or ""


def sign_in(visit: Visit) -> Response:
    """Ask for e-mail or user name and password; lead on to the role's home, or to where the session ended."""
    if request.method == "GET":
        if visit.session is not None and visit.session.kind is not None:
            return visit.to("home")
        return visit.page("sign_in.html", login="")
    login, secret = request.form.get("login", ""), request.form.get("password", "")
    try:
        entered = signin.sign_in(visit.world, visit.school, login, secret, _address(), visit.now, device=visit.device)
    except RefusedAction as refused:
        return visit.page("sign_in.html", refused=refused, login=login)
    kept = visit.unsent
    first = next((r for r in entered if kept and (r.kind, r.person_id) == (kept.kind, kept.person_id)), entered[0])
    visit.sign_in(first)
    with visit.writing() as db:
        roles = roles_of(db, visit.school, first.kind, first.person_id, first.login_key)
        visit.fresh_device = devices.remember(
            db, visit.school, first.login_key, visit.device, visit.world.secrets, visit.now
        )
    if first.must_choose:
        return visit.to("password")
    return visit.onward("role" if len(roles) > 1 else "home")


def choose_role(visit: Visit) -> Response:
    """Let one login with several roles choose, and switch."""
    session = visit.who
    with visit.reading() as db:
        roles = roles_of(db, visit.school, session.kind or "", session.person_id or "", session.login_key or "")
    if request.method == "GET":
        return visit.page("role.html", roles=roles)
    chosen = next((r for r in roles if f"{r.kind}:{r.person_id}" == request.form.get("role")), None)
    if chosen is None:
        raise RefusedAction("That role is not yours.", status=403)
    signin.require_open(chosen, visit.settings(), visit.now)
    visit.sign_in(chosen)
    return visit.onward("home")


def password(visit: Visit) -> Response:
    """Change one's password; a temporary one must be changed (R22)."""
    session = visit.who
    with visit.reading() as db:
        own = role_of(db, visit.school, session.kind or "", session.person_id or "")
    if own is None:
        raise RefusedAction("Please sign in.", status=401)
    shown: dict[str, Any] = {"forced": own.must_choose, "requirements": REQUIREMENTS}
    if request.method == "GET":
        return visit.page("password.html", **shown)
    new, again = request.form.get("new", ""), request.form.get("again", "")
    old, counters = None if own.must_choose else request.form.get("old", ""), []
    try:
        if old is not None:
            counters = patience.typed_by(visit.school, own.kind, own.person_id)
            with visit.writing() as db:
                patience.count(db, counters, visit.now)
        new_hash = signin.change_password(own, old, new, again, visit.settings())
    except RefusedAction as refused:
        return visit.page("password.html", refused=refused, **shown)
    with visit.writing() as db:
        patience.forgive(db, counters)
        signin.set_password(db, visit.school, own, new_hash, but=session.token_hash)
        roles = roles_of(db, visit.school, own.kind, own.person_id, own.login_key)
    visit.sign_in(replace(own, password=new_hash, temporary=None))
    visit.says(DONE["password"])
    return visit.onward("role" if len(roles) > 1 else "home")


def forgot(visit: Visit) -> Response:
    """Put a link into the outbox for whoever can be mailed; say the same to everybody."""
    if request.method == "GET":
        return visit.page("forgot.html", login="")
    login = request.form.get("login", "")
    settings = visit.settings()
    try:
        with visit.writing() as db:
            known = devices.known(db, visit.school, login, visit.device, visit.now)
            counters = patience.link_by(visit.school, login, _address(), visit.device if known else None)
            patience.count(db, counters, visit.now)
            for role in resets.reachable(db, visit.school, login, settings):
                token = resets.begin(db, visit.school, role, visit.world.secrets, visit.now)
                link = visit.link("reset", token=token)
                outbox.reset_message(db, visit.school, role.kind, role.person_id, role.login_key, link, visit.now)
    except RefusedAction as refused:
        return visit.page("forgot.html", refused=refused, login=login)
    return visit.to("sign_in", done="reset-sent")


def reset(visit: Visit, token: str) -> Response:
    """Set a new password by a link from the outbox; it works once, for an hour."""
    with visit.reading() as db:
        own = resets.find(db, visit.school, token, visit.now)
    if own is None:
        raise RefusedAction(USED, status=404)
    if request.method == "GET":
        return visit.page("reset.html", requirements=REQUIREMENTS)
    try:
        new_hash = signin.change_password(
            own, None, request.form.get("new", ""), request.form.get("again", ""), visit.settings()
        )
    except RefusedAction as refused:
        return visit.page("reset.html", refused=refused, requirements=REQUIREMENTS)
    with visit.writing() as db:
        if resets.find(db, visit.school, token, visit.now) is None:  # somebody else was quicker with it
            raise RefusedAction(USED, status=404)
        resets.end_all_of(db, visit.school, own)
        signin.set_password(db, visit.school, own, new_hash)
        # Whoever reads the account's mail is known from now on; the devices before may be why the password was changed.
        devices.forget(db, visit.school, own.login_key)
        visit.fresh_device = devices.remember(
            db, visit.school, own.login_key, visit.device, visit.world.secrets, visit.now
        )
    return visit.to("sign_in", done="password")


def sign_out(visit: Visit) -> Response:
    """End the session."""
    visit.sign_in()
    return visit.to("sign_in", done="signed-out")
