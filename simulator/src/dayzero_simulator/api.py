"""HTTP of the sync API v1: parses requests, calls the world, writes answers. No rule is decided here.

``openapi.yaml`` is the contract; the endpoint names of the routes are its operationIds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from dayzero_simulator.control import control_routes
from dayzero_simulator.faults import Fault, FaultScript
from dayzero_simulator.problems import BadRequest, Problem, TooLarge, Unauthorized, Unprocessable, Unsupported
from dayzero_simulator.web import add_pages
from dayzero_simulator.world import World

__all__ = ["DROP", "create_app"]

T = TypeVar("T")
DROP = "dayzero_simulator.drop"
"""Key in the WSGI environ of a list, put there by the front, which the app fills to have the connection dropped."""
LARGEST_PART = 64 * 1024 * 1024
LISTINGS = {"students": "student-record", "school-years": "school-year", "courses": "course"}
STATUSES = ("pending", "active", "disabled")


class NewSync(msgspec.Struct):
    """Body of the request that opens a sync."""

    kind: str
    base_revision: str
    plan_id: str
    client: str


class Commit(msgspec.Struct):
    """Body of the request that commits a sync."""

    parts: int
    digest: str


def create_app(
    world: World,
    *,
    token: str,
    admin_password: str | None = None,
    faults: FaultScript | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """Return the one WSGI app of a world; both fronts run it.

    ``admin_password``: of every school's ``plusportaladmin``; drawn at random where absent.
    """
    app = Flask("dayzero_simulator", static_folder=None, template_folder="web/templates")
    script = faults or FaultScript()
    log: list[dict[str, Any]] = []
    app.extensions["dayzero"] = {"world": world, "faults": script, "log": log}
    app.before_request(lambda: _before(token, script, sleep))
    app.after_request(lambda response: _after_request(response, log))
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_problem)
    _school_routes(app, world)
    _sync_routes(app, world)
    control_routes(app, world, script, log)
    add_pages(app, world, admin_password=admin_password or secrets.token_urlsafe(12))
    return app


def _school_routes(app: Flask, world: World) -> None:
    school = "/v1/schools/<school>"

    @app.get(school, endpoint="getSchool")
    def get_school(school: str) -> Response:
        return _json(world.school(school))

    @app.get(f"{school}/accounts", endpoint="listAccounts")
    def list_accounts(school: str) -> Response:
        kind, status = _one_of("kind", ("student", "parent")), _one_of("status", STATUSES)
        return _json(world.accounts(school, kind=kind, status=status, **_paging()))

    for path, record_kind in LISTINGS.items():

        def list_records(school: str, kind: str = record_kind) -> Response:
            return _json(world.records(school, kind, **_paging()))

        name = "".join(word.title() for word in path.split("-"))
        app.add_url_rule(f"{school}/{path}", f"list{name}", list_records, methods=["GET"])

    @app.get(f"{school}/course-requests", endpoint="listCourseRequests")
    def list_course_requests(school: str) -> Response:
        return _json(
            world.course_requests(
                school, status=request.args.get("status"), since=request.args.get("since"), **_paging()
            )
        )


def _sync_routes(app: Flask, world: World) -> None:
    syncs = "/v1/schools/<school>/syncs"

    @app.post(syncs, endpoint="openSync")
    def open_sync(school: str) -> Response:
        body = _body(NewSync)
        return _json(world.open_sync(school, **msgspec.structs.asdict(body)), 201)

    @app.get(syncs, endpoint="listSyncs")
    def list_syncs(school: str) -> Response:
        return _json(world.syncs(school, **_paging()))

    @app.get(f"{syncs}/<sync_id>", endpoint="getSync")
    def get_sync(school: str, sync_id: str) -> Response:
        return _json(world.sync(school, sync_id))

    @app.put(f"{syncs}/<sync_id>/parts/<int:number>", endpoint="putPart")
    def put_part(school: str, sync_id: str, number: int) -> Response:
        if number < 1:
            raise BadRequest("parts are numbered from 1")
        if request.mimetype != "application/x-ndjson":
            raise Unsupported("parts are application/x-ndjson")
        document, new = world.put_part(school, sync_id, number, _decoded(request))
        return _json(document, 201 if new else 200)

    @app.post(f"{syncs}/<sync_id>/commit", endpoint="commitSync")
    def commit_sync(school: str, sync_id: str) -> Response:
        body = _body(Commit)
        return _json(world.commit(school, sync_id, parts=body.parts, digest=body.digest))

    @app.delete(f"{syncs}/<sync_id>", endpoint="abandonSync")
    def abandon_sync(school: str, sync_id: str) -> Response:
        world.abandon(school, sync_id)
        return Response(status=204)


def _json(document: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, mimetype="application/json")


def _body(cls: type[T]) -> T:
    if request.mimetype != "application/json":
        raise Unsupported("the body must be application/json")
    try:
        return msgspec.json.decode(request.get_data(), type=cls)
    except msgspec.ValidationError as error:
        raise Unprocessable(str(error)) from error
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from error


def _one_of(name: str, known: tuple[str, ...]) -> str | None:
    value = request.args.get(name)
    if value is not None and value not in known:
        raise BadRequest(f"{name}={value!r}: known are {', '.join(known)}")
    return value


def _paging() -> dict[str, Any]:
    text = request.args.get("limit", "1000")
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise BadRequest("limit must be 1 to 10,000")
    return {"limit": int(text), "cursor": request.args.get("cursor")}


def _decoded(incoming: Request) -> bytes:
    """Return a part's NDJSON: the transport digest checked, gzip opened within bounds."""
    body = incoming.get_data()
    stated = incoming.headers.get("Content-Digest")
    if stated is not None and stated.strip() != f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:":
        raise BadRequest("the body does not fit its Content-Digest")
    encoding = incoming.headers.get("Content-Encoding", "identity")
    if encoding == "gzip":
        opener = zlib.decompressobj(wbits=31)
        try:
            body = opener.decompress(body, LARGEST_PART + 1)
        except zlib.error as error:
            raise BadRequest("the body is no gzip") from error
        if not opener.eof and len(body) <= LARGEST_PART:
            raise BadRequest("the gzip body ends early")
    elif encoding != "identity":
        raise Unsupported(f"content encoding {encoding!r} is not known; gzip is")
    if len(body) > LARGEST_PART:
        raise TooLarge(f"a part may hold {LARGEST_PART} bytes")
    return body


def _before(token: str, script: FaultScript, sleep: Callable[[float], None]) -> Response | None:
    """Check the token; let a scripted fault strike before the work."""
    if _is_page():
        return None
    given = request.headers.get("Authorization", "")
    if request.endpoint is not None and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Unauthorized("give the server's token as a bearer token")
    if request.endpoint is None or request.path.startswith("/_sim/"):
        return None
    fault = script.strike(request.endpoint)
    request.environ["dayzero_simulator.fault"] = fault
    if fault is None:
        return None
    if fault.effect == "latency":
        sleep(fault.seconds)
    elif fault.effect == "drop":
        request.environ.setdefault(DROP, []).append(request.endpoint)
        return Response(status=503)
    elif fault.effect == "status":
        return _scripted(fault)
    return None


def _is_page() -> bool:
    """Say whether a page of the portal is asked for: it knows its own visitors, and no fault of the API strikes it."""
    return (request.endpoint or "").startswith("portal.")


def _scripted(fault: Fault) -> Response:
    document = {"type": "about:blank", "title": "Scripted fault", "status": fault.status, "detail": "a scripted fault"}
    response = Response(msgspec.json.encode(document), fault.status, mimetype="application/problem+json")
    if fault.retry_after is not None or fault.status in (429, 503):
        response.headers["Retry-After"] = str(fault.retry_after or 1)
    return response


def _after_request(response: Response, log: list[dict[str, Any]]) -> Response:
    """Note the request; let a scripted fault strike after the work was done."""
    if request.path.startswith("/_sim/") or _is_page():
        return response
    log.append(
        {"operation": request.endpoint, "method": request.method, "path": request.path, "status": response.status_code}
    )
    fault: Fault | None = request.environ.get("dayzero_simulator.fault")
    if fault is not None and fault.effect == "lost-reply":
        request.environ.setdefault(DROP, []).append(request.endpoint)
    elif fault is not None and fault.effect == "cut":
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
    return response


def _problem(problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    response = Response(msgspec.json.encode(problem.document()), problem.status, mimetype="application/problem+json")
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http_problem(error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.code or 500
    document = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description or error.name}
    response = Response(msgspec.json.encode(document), status, mimetype="application/problem+json")
    allow = error.get_response().headers.get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response
