"""HTTP of the sync API v1: parses requests, calls the world, writes answers. No rule is decided here.

``openapi.yaml`` is the contract; the endpoint names of the routes are its operationIds.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from flask import Flask, Request, Response, request

from dayzero_simulator.operations import ACCOUNT_KINDS, STATUSES
from dayzero_simulator.problems import BadRequest, TooLarge, Unprocessable, Unsupported
from dayzero_simulator.world import World

__all__ = ["api_routes"]

T = TypeVar("T")
LARGEST_PART = 64 * 1024 * 1024
LISTINGS = {"students": "student-record", "school-years": "school-year", "courses": "course"}
SYNC_STATES = ("open", "committed", "abandoned")
LARGEST_PAGE = 10_000
MOST_PARTS = 1_000_000
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
"""A date-time of RFC 3339."""


ShortText = Annotated[str, msgspec.Meta(max_length=1000)]


class NewSync(msgspec.Struct):
    """Body of the request that opens a sync."""

    kind: str
    base_revision: ShortText
    plan_id: ShortText
    client: ShortText
    send_scheduling_year: bool | None = None
    id_map_digest: ShortText | None = None


class Commit(msgspec.Struct):
    """Body of the request that commits a sync."""

    parts: Annotated[float, msgspec.Meta(ge=0, le=MOST_PARTS, multiple_of=1)]  # 2.0 is an integer in JSON
    digest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


def api_routes(app: Flask, world: World) -> None:
    """Add every operation of the contract to the app."""
    _school_routes(app, world)
    _sync_routes(app, world)


def _school_routes(app: Flask, world: World) -> None:
    school = "/v1/schools/<school>"

    @app.get(school, endpoint="getSchool")
    def get_school(school: str) -> Response:
        return _json(world.school(school))

    @app.get(f"{school}/accounts", endpoint="listAccounts")
    def list_accounts(school: str) -> Response:
        kind, status = _one_of("kind", ACCOUNT_KINDS), _one_of("status", STATUSES)
        return _json(world.accounts(school, kind=kind, status=status, **_paging()))

    for path, record_kind in LISTINGS.items():

        def list_records(school: str, kind: str = record_kind) -> Response:
            return _json(world.records(school, kind, **_paging()))

        name = "".join(word.title() for word in path.split("-"))
        app.add_url_rule(f"{school}/{path}", f"list{name}", list_records, methods=["GET"])

    @app.get(f"{school}/course-requests", endpoint="listCourseRequests")
    def list_course_requests(school: str) -> Response:
        return _json(
            world.course_requests(school, status=request.args.get("status"), since=_moment("since"), **_paging())
        )


def _sync_routes(app: Flask, world: World) -> None:
    syncs = "/v1/schools/<school>/syncs"

    @app.post(syncs, endpoint="openSync")
    def open_sync(school: str) -> Response:
        body = _body(NewSync)
        return _json(world.open_sync(school, **msgspec.structs.asdict(body)), 201)

    @app.get(syncs, endpoint="listSyncs")
    def list_syncs(school: str) -> Response:
        return _json(world.syncs(school, state=_one_of("state", SYNC_STATES), **_paging()))

    @app.get(f"{syncs}/<sync_id>", endpoint="getSync")
    def get_sync(school: str, sync_id: str) -> Response:
        return _json(world.sync(school, sync_id))

    @app.put(f"{syncs}/<sync_id>/parts/<number>", endpoint="putPart")
    def put_part(school: str, sync_id: str, number: str) -> Response:
        place = _integer("a part's number", number, 1, MOST_PARTS)
        if request.mimetype != "application/x-ndjson":
            raise Unsupported("parts are application/x-ndjson")
        document, new = world.put_part(school, sync_id, place, _decoded(request), received=request.get_data())
        return _json(document, 201 if new else 200)

    @app.post(f"{syncs}/<sync_id>/commit", endpoint="commitSync")
    def commit_sync(school: str, sync_id: str) -> Response:
        body = _body(Commit)
        return _json(world.commit(school, sync_id, parts=int(body.parts), digest=body.digest))

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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is no JSON: {error}") from error


def _one_of(name: str, known: tuple[str, ...]) -> str | None:
    value = request.args.get(name)
    if value is not None and value not in known:
        raise BadRequest(f"{name}={value!r}: known are {', '.join(known)}")
    return value


def _paging() -> dict[str, Any]:
    limit, cursor = request.args.get("limit", "1000"), request.args.get("cursor")
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise BadRequest("that cursor is none of ours")
    return {"limit": _integer("limit", limit, 1, LARGEST_PAGE), "cursor": cursor}


def _integer(name: str, text: str, least: int, most: int) -> int:
    if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
        raise BadRequest(f"{name} must be {least:,} to {most:,}")
    return int(text)


def _moment(name: str) -> str | None:
    """Return a moment of the query as the state writes moments: in UTC."""
    text = request.args.get(name)
    if text is None:
        return None
    if _MOMENT.fullmatch(text):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text.upper()).astimezone(UTC).isoformat()
    raise BadRequest(f"{name} must be a date-time of RFC 3339, as 2027-08-01T12:00:00Z")


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
        if opener.unused_data:
            raise BadRequest("the gzip body goes on after its end")
    elif encoding != "identity":
        raise Unsupported(f"content encoding {encoding!r} is not known; gzip is")
    if len(body) > LARGEST_PART:
        raise TooLarge(f"a part may hold {LARGEST_PART} bytes")
    return body
