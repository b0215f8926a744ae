"""The one WSGI app of a world: the sync API, the control routes and the portal's pages, put together."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from dayzero_simulator.api import LARGEST_PART, api_routes
from dayzero_simulator.control import control_routes
from dayzero_simulator.faults import FaultScript
from dayzero_simulator.problems import NotFound, Problem, TooLarge, Unauthorized
from dayzero_simulator.reached import Reached
from dayzero_simulator.striking import strike_after, strike_before
from dayzero_simulator.web import add_pages, nowhere
from dayzero_simulator.world import World

__all__ = ["create_app"]

LARGEST_FORM = 2 * 1024 * 1024
"""Bytes of a page's form: ten thousand ticks, and more than anybody types."""
LONGEST_SCHOOL = 200
REQUESTS_KEPT = 1_000
"""So many requests the log has, the latest: a server that runs for weeks must not grow with every one."""


def create_app(
    world: World,
    *,
    token: str,
    admin_password: str | None = None,
    faults: FaultScript | None = None,
    sleep: Callable[[float], None] = time.sleep,
    reached: Reached | None = None,
) -> Flask:
    """Return the one WSGI app of a world; both fronts run it.

    ``admin_password``: of every school's ``plusportaladmin``; drawn at random where absent. ``reached``: as whom it may be
    asked, and what links to it begin with; by default as in the process.
    """
    app = Flask("dayzero_simulator", static_folder=None, template_folder="web/templates")
    app.url_map.merge_slashes = False  # an empty school or sync id is none, not another address
    script, reached = faults or FaultScript(), reached or Reached()
    log: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
    app.extensions["dayzero"] = {"world": world, "faults": script, "log": log}
    app.before_request(lambda: _before(token, script, sleep, reached))
    app.after_request(lambda response: _after(response, log))
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_problem)
    api_routes(app, world)
    control_routes(app, world, script, log)
    add_pages(app, world, admin_password=admin_password or secrets.token_urlsafe(12), reached=reached)
    return app


def _before(token: str, script: FaultScript, sleep: Callable[[float], None], reached: Reached) -> Response | None:
    """Check host, size and token, in this order; let a scripted fault strike before the work."""
    if not request.path.startswith("/_sim/"):  # these are stricter
        reached.require(request)
    is_page = _is_page()
    request.max_content_length = LARGEST_FORM if is_page else LARGEST_PART
    if (request.content_length or 0) > request.max_content_length:
        # Nobody without the token has a body read that is larger than any with it.
        raise TooLarge(f"a body may hold {request.max_content_length:,} bytes")
    if len((request.view_args or {}).get("school", "")) > LONGEST_SCHOOL:
        raise NotFound("no school has an id as long as that")
    if is_page:
        return None
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    right = scheme.lower() == "bearer" and hmac.compare_digest(given.strip(" ").encode(), token.encode())
    if request.endpoint is not None and not right:
        raise Unauthorized("give the server's token as a bearer token")
    if request.endpoint is None or request.path.startswith("/_sim/"):
        return None
    return strike_before(request.endpoint, script, sleep)


def _after(response: Response, log: deque[dict[str, Any]]) -> Response:
    """Note the request; let a scripted fault strike after the work was done."""
    if request.path.startswith("/_sim/") or _is_page():
        return response
    log.append(
        {"operation": request.endpoint, "method": request.method, "path": request.path, "status": response.status_code}
    )
    strike_after(response)
    return response


def _is_page() -> bool:
    """Say whether a page of the portal is asked for: it knows its own visitors, and no fault of the API strikes it."""
    return (request.endpoint or "").startswith("portal.")


def _problem(problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    if _is_page() or request.path.startswith("/portal/"):
        return nowhere(problem.status)
    response = Response(msgspec.json.encode(problem.document()), problem.status, mimetype="application/problem+json")
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http_problem(error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.code or 500
    if request.path.startswith("/portal/"):
        return nowhere(status)
    document = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description or error.name}
    response = Response(msgspec.json.encode(document), status, mimetype="application/problem+json")
    allow = error.get_response().headers.get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response
