"""What the document cannot say: how NDJSON is written, and which digest the parts that are here have."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import UseAfterFree

_BEGUN: set[str] = set()


@schemathesis.serializer("application/x-ndjson")
def ndjson(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write an array as a line for each item, anything else as the one line it is; gzip where the headers say so."""
    return _ndjson(context.case, value)


def _ndjson(case: schemathesis.Case, value: Any) -> bytes:
    lines = value if isinstance(value, list) else [value]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    encoding = (case.headers or {}).get("Content-Encoding")
    return gzip.compress(body, mtime=0) if encoding == "gzip" else body


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Let well-formed requests fit: no draw finds the current revision, the digest of a body or of the parts that are here.

    In the stateful phase all of them; elsewhere every second one.
    """
    operation, body = _name(case), case.body
    if operation not in ("openSync", "putPart", "commitSync") or not _well_formed(case):
        return
    if case.meta.phase.name is not TestPhase.STATEFUL and len(json.dumps(body)) % 2:
        return
    if operation == "putPart":
        if "Content-Digest" in case.headers:
            sent = hashlib.sha256(_ndjson(case, body)).digest()
            case.headers["Content-Digest"] = f"sha-256=:{base64.b64encode(sent).decode()}:"
    elif operation == "openSync":
        _in_a_school_of_its_own(case)
        school = _now(case, "/syncs")
        case.body = {**body, "base_revision": school.get("revision", body["base_revision"])}
    elif parts := _now(case, "/commit").get("parts"):
        digests = "".join(parts[number] for number in sorted(parts, key=int))
        case.body = {"parts": len(parts), "digest": hashlib.sha256(digests.encode()).hexdigest()}


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Note in which phase which operation answered what, and whether it was another page, for whoever asks for it."""
    if case.meta is not None and (answers := os.environ.get("FUZZED_ANSWERS")):
        what = "next page" if "cursor" in (case.query or {}) else _name(case)
        with Path(answers).open("a", encoding="utf-8") as file:
            file.write(json.dumps([case.meta.phase.name, what, response.status_code]) + "\n")


def _in_a_school_of_its_own(case: schemathesis.Case) -> None:
    """Let each walk begin in a new school: where an older walk left a sync open, Hypothesis meets another answer when it
    replays a draw, and ends the phase early as flaky.
    """
    if case.meta.phase.name is TestPhase.STATEFUL and case.path_parameters["school"] not in _BEGUN:
        case.path_parameters["school"] = f"school-{len(_BEGUN)}"
        _BEGUN.add(case.path_parameters["school"])


def _now(case: schemathesis.Case, below: str) -> dict[str, Any]:
    """Return the document of what a request is about: its own address without the last part."""
    address = case.operation.schema.get_base_url() + case.formatted_path.removesuffix(below)
    answer = requests.get(address, headers={"Authorization": f"Bearer {os.environ['DAYZERO_TOKEN']}"}, timeout=10)
    return answer.json() if answer.ok else {}


def _name(case: schemathesis.Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def _well_formed(case: schemathesis.Case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Let a sync be read after its DELETE: the contract keeps its record, as one that is abandoned."""
    return not (isinstance(failure, UseAfterFree) and response.json().get("state") == "abandoned")


WHY = {
    "openSync": {412: "the portal has moved on since that revision"},
    "putPart": {400: "the body does not fit its Content-Digest"},
    "commitSync": {
        412: "the portal has moved on since the sync was opened",
        422: r"\d+ parts were announced; here are \[.*\]|the digest does not fit the parts|.* has more than one operation",
    },
}
PAGING = {400: "that cursor is none of ours", 410: "the revision moved while paging; begin anew"}


@schemathesis.check
def a_valid_request_is_refused_for_its_state_alone(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """What `schemathesis.toml` lets pass is what it says, and not a valid value that the server does not understand."""
    if not _well_formed(case) or response.status_code not in (400, 410, 412, 422):
        return
    operation = _name(case)
    why = WHY.get(operation, PAGING if "cursor" in (case.query or {}) else {}).get(response.status_code, "nothing")
    detail = response.json()["detail"]
    assert re.fullmatch(why, detail, re.DOTALL), f"{operation} answers {response.status_code}: {detail}"
