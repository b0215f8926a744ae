"""I14, I16: a portal that drips, lies or loops is one clear error within the time there is, and never taken at its word."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lying_portal import dripping, lying
from tiny_school import NEWCOMER, TinySchool

from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"


def without(key: str) -> Callable[[Any], Any]:
    return lambda doc: {k: v for k, v in doc.items() if k != key}


def instead(key: str, value: Any) -> Callable[[Any], Any]:
    return lambda doc: {**doc, key: value}


def items(change: Callable[[list[Any]], list[Any]]) -> Callable[[Any], Any]:
    return lambda doc: {**doc, "items": change(doc["items"])}


# -- a body that drips


@pytest.mark.slow
@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-", HEAD, HEAD + b'{"revision": "', CHUNKED])
@pytest.mark.parametrize("limit", ["max_seconds", "timeout_seconds"])
def test_i14_a_portal_that_drips_is_given_up_in_time_and_the_school_is_free(
    tmp_path: Path, head: bytes, limit: str
) -> None:
    cloud = GradebookCloud(token="t", seed=1)
    school = TinySchool(tmp_path / "school", cloud)
    if limit == "max_seconds":
        school.sections["schedule"] = {"max_seconds": 0.4}
    else:
        school.portal_settings["timeout_seconds"] = 0.1
        school.sections["schedule"] = {"max_seconds": 3}  # what is cut off in its head is asked for again
    with dripping(head) as cloud.url:
        began = time.monotonic()
        given_up = school.sync()
        took = time.monotonic() - began
    assert (given_up.exit_code, took < 6) == (5, True), given_up.stderr
    assert ("max_seconds" in given_up.stderr) or limit == "timeout_seconds"
    school.sections["schedule"], school.portal_settings = {}, {}
    with cloud.serve():
        assert school.sync().exit_code == 0
    cloud.world.close()


@pytest.mark.parametrize("seconds", [0.2, 5])
def test_i14_reading_counts_and_what_a_person_thinks_does_not(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Each look at the source takes a second; the person thinks for an hour."""
    from datetime import UTC, datetime, timedelta

    from dayzero.clock import SystemClock
    from dayzero.config import load
    from dayzero.errors import RefusedError
    from dayzero.service import Service
    from dayzero.sync.request import SyncRequest
    from dayzero_csv.source import CsvSource

    now = [datetime(2027, 2, 1, tzinfo=UTC)]
    monkeypatch.setattr(SystemClock, "now", lambda _: now[0])
    read = CsvSource.read

    def slowly(self: Any, table: str) -> Any:
        now[0] += timedelta(seconds=0.5)
        return read(self, table)

    monkeypatch.setattr(CsvSource, "read", slowly)

    def think(*_: Any) -> bool:
        now[0] += timedelta(hours=1)
        return True

    tiny_school.sections["schedule"] = {"max_seconds": seconds}
    service = Service(load(tiny_school.write(), environ={"DAYZERO_TOKEN": tiny_school.token}))
    if seconds < 1:
        with pytest.raises(RefusedError, match=r"max_seconds are used up: [a-z_]+ was to be read"):
            service.sync(SyncRequest(), think)
    else:
        assert service.sync(SyncRequest(), think).exit_code == 0


# -- listings


LISTINGS = ("accounts", "students", "school-years")


@pytest.mark.parametrize("path", LISTINGS)
@pytest.mark.parametrize(
    "change", [lambda there: there[1:], lambda _: [], lambda there: [*there, there[0]]], ids=["cut", "empty", "twice"]
)
def test_i16_a_listing_that_is_not_what_the_portal_counts_is_no_listing(
    tiny_school: TinySchool, path: str, change: Callable[[list[Any]], list[Any]]
) -> None:
    tiny_school.student("n1", **NEWCOMER).sync(yes=True)
    before = tiny_school.everything()
    for file in (tiny_school.folder / ".dayzero").iterdir():
        file.unlink()
    honest = tiny_school.cloud.app.wsgi_app
    lying(tiny_school.cloud, "GET", f"/{path}", items(change))
    for command in (tiny_school.plan(yes=True), tiny_school.sync(yes=True)):
        assert command.exit_code == 5
        assert "lists" in command.doc["error"]["message"]
    tiny_school.cloud.app.wsgi_app = honest
    assert tiny_school.everything() == before
    assert tiny_school.sync(yes=True).exit_code == 0


@pytest.mark.parametrize("path", [*LISTINGS, "courses", "course-requests"])
@pytest.mark.parametrize("cursors", [["c"], ["a", "b"], [""]], ids=["the same", "in a circle", "empty"])
def test_i16_cursors_that_do_not_move_are_one_clear_error(
    tiny_school: TinySchool, path: str, cursors: list[str]
) -> None:
    asked = iter(cursors * 1_000)
    tiny_school.write()

    def loop(environ: dict[str, Any], start: Any) -> Any:
        if not environ["PATH_INFO"].endswith(f"/{path}"):
            return honest(environ, start)
        from werkzeug.wrappers import Response

        answer = Response.from_app(honest, {**environ, "QUERY_STRING": "limit=10"})
        doc = {**json.loads(answer.get_data()), "next": next(asked)}
        return Response(json.dumps(doc), answer.status, mimetype="application/json")(environ, start)

    honest, tiny_school.cloud.app.wsgi_app = tiny_school.cloud.app.wsgi_app, loop
    command = ["receive", "--out", str(tiny_school.folder / "r.csv")] if path == "course-requests" else ["plan"]
    ended = tiny_school.run(*command)
    assert (ended.exit_code, "without an end" in ended.stderr) == (5, True)


def test_i16_empty_pages_without_an_end_are_one_clear_error(tiny_school: TinySchool) -> None:
    from itertools import count

    numbers = count()
    tiny_school.write()
    from werkzeug.wrappers import Response

    def loop(environ: dict[str, Any], start: Any) -> Any:
        if not environ["PATH_INFO"].endswith("/accounts"):
            return honest(environ, start)
        return Response(json.dumps({"items": [], "next": f"c{next(numbers)}"}), 200)(environ, start)

    honest, tiny_school.cloud.app.wsgi_app = tiny_school.cloud.app.wsgi_app, loop
    assert tiny_school.run("plan").exit_code == 5


def test_i16_a_revision_that_never_rests_is_one_clear_error(tiny_school: TinySchool) -> None:
    from itertools import count

    numbers = count()
    tiny_school.write()
    lying(tiny_school.cloud, "GET", "/schools/tiny", lambda doc: {**doc, "revision": f"r{next(numbers)}"})
    ended = tiny_school.run("plan")
    assert (ended.exit_code, ended.doc["error"]["kind"]) == (5, "PortalConflict")


# -- missing and ill-typed keys

LIES = [
    ("GET", "/schools/tiny", without("revision")),
    ("GET", "/schools/tiny", instead("revision", None)),
    ("GET", "/schools/tiny", instead("revision", 7)),
    ("GET", "/schools/tiny", without("active_year")),
    ("GET", "/schools/tiny", instead("scheduling_year", ["2028"])),
    ("GET", "/schools/tiny", without("counts")),
    ("GET", "/schools/tiny", instead("counts", {})),
    ("GET", "/schools/tiny", instead("counts", {"student": {}, "parent": {}, "records": {}})),
    ("GET", "/schools/tiny", lambda doc: {**doc, "counts": {**doc["counts"], "records": {"course": "1"}}}),
    ("GET", "/schools/tiny", lambda _: []),
    ("GET", "/schools/tiny", lambda _: b"\xff\xfe"),
    ("GET", "/schools/tiny", lambda _: b"[" * 100_000),
    ("GET", "/schools/tiny", lambda _: b"<html>Welcome to our network</html>"),
    ("GET", "/accounts", without("items")),
    ("GET", "/accounts", without("next")),
    ("GET", "/accounts", instead("next", 5)),
    ("GET", "/accounts", instead("items", None)),
    ("GET", "/accounts", instead("items", "x")),
    ("GET", "/accounts", instead("items", [5])),
    ("GET", "/students", items(lambda there: [{**s, "id": None} for s in there])),
    ("GET", "/students", items(lambda there: [{**s, "given_name": 5} for s in there])),
    *(("GET", "/accounts", items(lambda there, f=f: [{k: v for k, v in a.items() if k != f} for a in there]))
      for f in ("kind", "person_id", "login", "given_name", "years", "new", "children", "status")),
    *(("GET", "/accounts", items(lambda there, f=f, v=v: [{**a, f: v} for a in there]))
      for f, v in (("person_id", 7), ("login", 7), ("years", "active"), ("new", "yes"), ("kind", "teacher"),
                   ("status", None), ("status", "asleep"))),
    ("POST", "/syncs", without("sync_id")),
    ("POST", "/syncs", instead("sync_id", 7)),
    ("POST", "/syncs", lambda _: []),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "tell"), LIES)
def test_i16_a_missing_or_ill_typed_key_is_one_clear_error(
    tiny_school: TinySchool, method: str, path: str, tell: Callable[[Any], Any]
) -> None:
    tiny_school.sync()
    for file in (tiny_school.folder / ".dayzero").iterdir():
        file.unlink()
    tiny_school.student("s1")
    honest = tiny_school.cloud.app.wsgi_app
    lying(tiny_school.cloud, method, path, tell)
    lied_to = tiny_school.sync()
    assert (lied_to.exit_code, lied_to.doc["error"]["kind"]) == (5, "Portal"), lied_to.stderr
    tiny_school.cloud.app.wsgi_app = honest
    assert tiny_school.sync().exit_code == 0
    assert "s1" in tiny_school.working("student")


def test_i16_a_sync_that_is_open_and_described_wrongly_is_one_clear_error(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    opened = {"kind": "all-data", "base_revision": tiny_school.revision(), "plan_id": "p", "client": "elsewhere"}
    tiny_school.cloud.world.open_sync("tiny", **opened)
    lying(tiny_school.cloud, "POST", "/syncs", lambda doc: {**doc, "sync": without("client")(doc["sync"])})
    ended = tiny_school.student("s1").sync()
    assert (ended.exit_code, "`client`" in ended.stderr) == (5, True)


COMMITS = [
    without("revision"), instead("revision", None), without("applied"), instead("applied", []),
    instead("applied", {"student": {}}), without("rejected"), instead("rejected", [{}]), instead("rejected", None),
    lambda _: b"",
]  # fmt: skip


@pytest.mark.parametrize("tell", COMMITS)
def test_i16_a_commit_that_is_answered_wrongly_is_looked_up(
    tiny_school: TinySchool, tell: Callable[[Any], Any]
) -> None:
    """What the commit did can be read: the sync says so."""
    lying(tiny_school.cloud, "POST", "/commit", tell)
    done = tiny_school.sync()
    assert (done.exit_code, done.doc["applied"]["student"]["create"]) == (0, 1)
    assert done.doc["revision"] == tiny_school.revision()


@pytest.mark.parametrize("key", ["revision", "applied", "rejected"])
def test_i16_a_commit_of_which_nothing_can_be_read_is_settled_by_the_next_run(
    tiny_school: TinySchool, key: str
) -> None:
    honest = tiny_school.cloud.app.wsgi_app
    lying(tiny_school.cloud, "POST", "/commit", without(key))
    lying(tiny_school.cloud, "GET", "/syncs/[^/]+", without(key))
    unsettled = tiny_school.sync()
    assert (unsettled.exit_code, unsettled.doc["error"]["kind"]) == (5, "PortalUnsettled")
    tiny_school.cloud.app.wsgi_app = honest
    again = tiny_school.sync()
    assert (again.exit_code, [r["became"] for r in again.doc["recovered"]]) == (0, ["committed"])
