"""How a scripted fault strikes a request: before the work, after it, or by a dropped connection."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from flask import Response, request

from dayzero_simulator.faults import Fault, FaultScript

__all__ = ["DROP", "strike_after", "strike_before"]

DROP = "dayzero_simulator.drop"
"""Key in the WSGI environ of a list, put there by the front, which the app fills to have the connection dropped."""
_STRUCK_BY = "dayzero_simulator.fault"


def strike_before(operation: str, script: FaultScript, sleep: Callable[[float], None]) -> Response | None:
    """Let a scripted fault strike before the work; return the answer where the work is not to be done."""
    fault = script.strike(operation)
    request.environ[_STRUCK_BY] = fault
    if fault is None:
        return None
    if fault.effect == "latency":
        sleep(fault.seconds)
    elif fault.effect == "drop":
        request.environ.setdefault(DROP, []).append(operation)
        return Response(status=503)
    elif fault.effect == "status":
        return _scripted(fault)
    return None


def strike_after(response: Response) -> None:
    """Let the fault that struck this request lose or cut what the work has answered."""
    fault: Fault | None = request.environ.get(_STRUCK_BY)
    if fault is not None and fault.effect == "lost-reply":
        request.environ.setdefault(DROP, []).append(request.endpoint)
    elif fault is not None and fault.effect == "cut":
        body = response.get_data()
        response.set_data(body[: len(body) // 2])


def _scripted(fault: Fault) -> Response:
    document = {"type": "about:blank", "title": "Scripted fault", "status": fault.status, "detail": "a scripted fault"}
    response = Response(msgspec.json.encode(document), fault.status, mimetype="application/problem+json")
    if fault.retry_after is not None or fault.status in (429, 503):
        response.headers["Retry-After"] = str(fault.retry_after or 1)
    return response
