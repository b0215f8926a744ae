"""Control of the simulation under ``/_sim/``: for tests and people, never part of the contract.

Needs the token, a request from this machine and for it, and, where there is a body, a JSON content type.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections import deque
from typing import Any

import msgspec
from flask import Flask, Response, request

from dayzero_simulator.faults import FaultScript
from dayzero_simulator.portal import patience
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.problems import BadRequest, Conflict, NotFound, Unsupported
from dayzero_simulator.reached import is_from_here
from dayzero_simulator.world import World

__all__ = ["control_routes"]

LARGEST_NUMBER = 2**53
"""Beyond it JSON's numbers are not exact."""


def control_routes(app: Flask, world: World, faults: FaultScript, log: deque[dict[str, Any]]) -> None:
    """Add the control routes to the app. ``log``: the latest requests, oldest first."""

    @app.post("/_sim/reset", endpoint="sim.reset")
    def reset() -> Response:
        world.reset(_seed(_document()))
        faults.clear()
        log.clear()
        return Response(status=204)

    @app.post("/_sim/seed", endpoint="sim.seed")
    def seed() -> Response:
        world.seed(int(_number(_document(), "seed")))
        return Response(status=204)

    @app.route("/_sim/clock", endpoint="sim.clock", methods=["GET", "POST"])
    def clock() -> Response:
        if request.method == "POST":
            try:
                world.advance(_number(_document(), "advance_seconds"))
            except OverflowError as error:
                raise BadRequest("no clock goes so far") from error
        _require_loopback()
        return _json({"now": world.now().isoformat()})

    @app.get("/_sim/snapshot", endpoint="sim.snapshot")
    def snapshot() -> Response:
        _require_loopback()
        return _json({"state": base64.b64encode(world.snapshot()).decode()})

    @app.post("/_sim/restore", endpoint="sim.restore")
    def restore() -> Response:
        try:
            state = base64.b64decode(str(_document().get("state", "")), validate=True)
        except binascii.Error as error:
            raise BadRequest("`state` must be a snapshot") from error
        try:
            world.restore(state)
        except (sqlite3.Error, MemoryError) as error:
            raise BadRequest("`state` must be a snapshot") from error
        return Response(status=204)

    @app.post("/_sim/unlock", endpoint="sim.unlock")
    def unlock() -> Response:
        document = _document()
        school, login = (document.get(name) for name in ("school", "login"))
        if not all(value is None or isinstance(value, str) for value in (school, login)) or (login and not school):
            raise BadRequest("`login` is a text and needs the `school` it is of")
        with world.writing() as db:
            return _json({"unlocked": patience.unlock(db, school or "", login)})

    @app.route("/_sim/former-holders", endpoint="sim.former-holders", methods=["GET", "POST"])
    def former_holders() -> Response:
        if request.method == "POST":
            document = _document()
            school, number = document.get("school"), _number(document, "number")
            if not isinstance(school, str) or number % 1:
                raise BadRequest("`school` is a text, and `number` one of `GET /_sim/former-holders`")
            try:
                world.give_back(school, int(number))
            except RefusedAction as refused:
                raise Conflict(refused.reason) from refused
            return Response(status=204)
        _require_loopback()
        return _json({"items": world.former_holders(request.args.get("school", ""))})

    @app.route("/_sim/faults", endpoint="sim.faults", methods=["GET", "POST", "DELETE"])
    def scripted() -> Response:
        _require_loopback()
        if request.method == "POST":
            faults.add(**_document())
        elif request.method == "DELETE":
            faults.clear()
        return _json({"items": faults.list()})

    @app.get("/_sim/requests", endpoint="sim.requests")
    def requests_log() -> Response:
        _require_loopback()
        return _json({"items": list(log)})


def _require_loopback() -> None:
    if not is_from_here(request):
        raise NotFound("there is no such page")


def _document() -> dict[str, Any]:
    _require_loopback()
    if request.mimetype != "application/json":
        raise Unsupported("the body must be application/json")
    try:
        return msgspec.json.decode(request.get_data() or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is no JSON object: {error}") from error


def _seed(document: dict[str, Any]) -> int | None:
    return None if document.get("seed") is None else int(_number(document, "seed"))


def _number(document: dict[str, Any], name: str) -> float:
    value = document.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadRequest(f"`{name}` must be a number")
    if not abs(value) <= LARGEST_NUMBER:
        raise BadRequest(f"`{name}` is too large a number")
    return float(value)


def _json(document: Any) -> Response:
    return Response(msgspec.json.encode(document), mimetype="application/json")
