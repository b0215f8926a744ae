"""Whatever a bundle or a service says: a clear error, or tables the core can read; never a traceback, never an endless walk."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses
from bundles import BUNDLE, TABLES, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_rest import Clock

from dayzero.conform import conform
from dayzero.errors import DayzeroError
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.source import OneRosterSource

pytestmark = pytest.mark.slow

quiet = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FILES = [name for name in BUNDLE if name != "manifest"]

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = (
    *("sourcedId", "status", "dateLastModified", "role", "roles", "agents", "orgs", "userIds", "metadata", "grades"),
    *("givenName", "familyName", "type", "startDate", "endDate", "schoolYear", "parent", "class", "user", "terms"),
)
_RECORD = st.dictionaries(st.sampled_from(_FIELDS), _JSON | st.sampled_from(["a", "student", "2027-01-01"]), max_size=8)
URL = "https://sis.example/ims/oneroster/v1p1"


def outcome(source: OneRosterSource) -> str:
    """Read and conform everything; return ``read``, or the one message of an error that says what to do."""
    try:
        conform(source.read, source.state, source.findings)
    except DayzeroError as error:
        return error.message if error.remedy else ""
    assert {source.state(name) for name in TABLES} <= {"complete", "partial"}
    return "read"


def outcome_of_service(answers: dict[str, list[Any]], body: str | None = None) -> str:
    """Read canned answers: the first page as given, then an empty one; or always the same ``body``."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        collection = request.url.partition("?")[0].rpartition("/")[2]
        records = answers.get(collection, []) if "offset=0" in request.url else []
        return 200, {}, json.dumps({collection: records}) if body is None else body

    asked = OneRosterSettings(url=URL, client_id="a", client_secret="b", auth="oauth1")
    with responses.RequestsMock() as mock:
        mock.add_callback(responses.GET, re.compile(f"{URL}/.*"), callback=answer)
        return outcome(OneRosterSource(asked, date(2027, 2, 1), Clock()))


@quiet
@given(data=st.data())
def test_a_bundle_with_a_broken_file(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    text = BUNDLE[name].encode()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    noise = data.draw(st.binary(max_size=12) | st.sampled_from([b'"', b"\n", b",,,", b"\r", b"\xff", b'"\n']))
    folder = write(tmp_path / "bundle")
    (folder / f"{name}.csv").write_bytes(text[:start] + noise + text[end:])
    assert outcome(OneRosterSource(OneRosterSettings(path=folder), date(2027, 2, 1)))


@quiet
@given(users=st.lists(_RECORD | _JSON, max_size=6), others=st.lists(_RECORD, max_size=4))
def test_a_service_that_answers_anything(users: list[Any], others: list[Any]) -> None:
    names = ("enrollments", "academicSessions", "classes", "orgs", "courses")
    assert outcome_of_service({"users": users, **dict.fromkeys(names, others)})


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '"x"', "null", '{"users": {}}', "<html>", '{"orgs": [[]]}'])
def test_a_service_that_is_none(body: str) -> None:
    assert outcome_of_service({}, body) != "read"
