"""The contract of the sync API v1, the same on both fronts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

SCHOOL = "hampden"


class Portal:
    """Speaks HTTP to one front."""

    def __init__(self, cloud: GradebookCloud) -> None:
        self.cloud = cloud
        self.headers = {"Authorization": f"Bearer {cloud.token}"}

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **kwargs: Any) -> requests.Response:
        return requests.request(
            method, f"{self.cloud.url}{path}", headers={**self.headers, **(headers or {})}, timeout=10, **kwargs
        )

    def of_school(self, method: str, path: str = "", **kwargs: Any) -> requests.Response:
        return self.ask(method, f"/v1/schools/{SCHOOL}{path}", **kwargs)

    @property
    def revision(self) -> str:
        return str(self.of_school("GET").json()["revision"])

    def open(self, **changes: str) -> requests.Response:
        body = {"kind": "all-data", "base_revision": self.revision, "plan_id": "p", "client": "test", **changes}
        return self.of_school("POST", "/syncs", json=body)

    def put(self, sync_id: str, operations: list[dict[str, Any]], number: int = 1) -> requests.Response:
        body = "".join(json.dumps(o) + "\n" for o in operations).encode()
        return self.of_school(
            "PUT", f"/syncs/{sync_id}/parts/{number}", data=body, headers={"Content-Type": "application/x-ndjson"}
        )

    def commit(self, sync_id: str, *digests: str) -> requests.Response:
        digest = hashlib.sha256("".join(digests).encode()).hexdigest()
        return self.of_school("POST", f"/syncs/{sync_id}/commit", json={"parts": len(digests), "digest": digest})

    def sync(self, *operations: dict[str, Any]) -> dict[str, Any]:
        sync_id = self.open().json()["sync_id"]
        digest = self.put(sync_id, list(operations)).json()["digest"]
        return dict(self.commit(sync_id, digest).json())

    def account(self, person_id: str) -> dict[str, Any]:
        return next(a for a in self.cloud.accounts(SCHOOL) if a["person_id"] == person_id)


def operation(op: str, person_id: str, *, kind: str = "student", **after: Any) -> dict[str, Any]:
    return {"op": op, "kind": kind, "id": person_id, "changes": {f: [None, value] for f, value in after.items()}}


def create(person_id: str, login: str, **after: Any) -> dict[str, Any]:
    return operation("create", person_id, login=login, years=["active"], new=False, **after)


@pytest.fixture(params=["in process", "served"])
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    cloud = GradebookCloud(token="t", seed=1, sleep=lambda _: None)
    with cloud if request.param == "in process" else cloud.serve():
        yield Portal(cloud)
    cloud.world.close()


def is_problem(answer: requests.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = dict(answer.json())
    assert document["status"] == status
    return document


def test_a_sync_from_opening_to_commit(portal: Portal) -> None:
    before = portal.revision
    opened = portal.open()
    assert opened.status_code == 201
    sync_id = opened.json()["sync_id"]
    part = portal.put(
        sync_id,
        [create("s1", "a@x.example"), operation("create", "c1", kind="parent", login="p@x.example", children=["s1"])],
    )
    assert (part.status_code, part.json()["operations"]) == (201, 2)
    done = portal.commit(sync_id, part.json()["digest"]).json()
    assert done["applied"]["student"]["create"] == done["applied"]["parent"]["create"] == 1
    assert done["revision"] == portal.revision != before
    assert portal.account("s1")["status"] == "pending"
    assert portal.account("c1")["children"] == ["s1"]
    assert portal.of_school("GET", f"/syncs/{sync_id}").json()["state"] == "committed"


def test_asked_again_a_commit_answers_the_same(portal: Portal) -> None:
    sync_id = portal.open().json()["sync_id"]
    digest = portal.put(sync_id, [create("s1", "a")]).json()["digest"]
    assert portal.put(sync_id, [create("s1", "a")]).status_code == 200
    assert portal.commit(sync_id, digest).json() == portal.commit(sync_id, digest).json()
    assert len(portal.cloud.accounts(SCHOOL)) == 1


def test_another_content_for_a_part_is_a_conflict(portal: Portal) -> None:
    sync_id = portal.open().json()["sync_id"]
    portal.put(sync_id, [create("s1", "a")])
    is_problem(portal.put(sync_id, [create("s1", "b")]), 409)


def test_a_second_sync_meets_the_first_one(portal: Portal) -> None:
    first = portal.open().json()
    assert is_problem(portal.open(client="other"), 409)["sync"]["sync_id"] == first["sync_id"]
    assert portal.of_school("DELETE", f"/syncs/{first['sync_id']}").status_code == 204
    assert portal.open().status_code == 201


def test_an_old_base_revision_is_refused(portal: Portal) -> None:
    assert is_problem(portal.open(base_revision="r-old"), 412)["revision"] == portal.revision


def test_only_all_data_carries_accounts(portal: Portal) -> None:
    """R5."""
    is_problem(portal.open(kind="attendance"), 422)


def test_an_idle_sync_is_abandoned(portal: Portal) -> None:
    sync_id = portal.open().json()["sync_id"]
    assert portal.ask("POST", "/_sim/clock", json={"advance_seconds": 1801}).status_code == 200
    assert portal.open().status_code == 201
    assert portal.of_school("GET", f"/syncs/{sync_id}").json()["state"] == "abandoned"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"op":"create"}',
        '{"op":"erase","kind":"student","id":"1","changes":{}}',
        '{"op":"create","kind":"student","id":"1","changes":{"shoe":[1,2]}}',
    ],
)
def test_a_wrong_line_is_named_and_nothing_kept(portal: Portal, line: str) -> None:
    sync_id = portal.open().json()["sync_id"]
    body = json.dumps(create("s1", "a")) + "\n" + line + "\n"
    answer = portal.of_school(
        "PUT", f"/syncs/{sync_id}/parts/1", data=body.encode(), headers={"Content-Type": "application/x-ndjson"}
    )
    assert is_problem(answer, 422)["line"] == 2
    assert portal.of_school("GET", f"/syncs/{sync_id}").json()["parts"] == {}


def test_commit_of_missing_parts_or_a_wrong_digest_leaves_the_sync_open(portal: Portal) -> None:
    sync_id = portal.open().json()["sync_id"]
    digest = portal.put(sync_id, [create("s1", "a")]).json()["digest"]
    is_problem(portal.commit(sync_id, digest, digest), 422)
    is_problem(portal.commit(sync_id, "0" * 64), 422)
    assert portal.commit(sync_id, digest).status_code == 200


def test_gzip_and_content_digest(portal: Portal) -> None:
    sync_id = portal.open().json()["sync_id"]
    plain = (json.dumps(create("s1", "a")) + "\n").encode()
    packed = gzip.compress(plain)
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    path = f"/syncs/{sync_id}/parts/1"
    is_problem(portal.of_school("PUT", path, data=packed, headers=headers | {"Content-Digest": "sha-256=:AAAA:"}), 400)
    is_problem(portal.of_school("PUT", path, data=packed[:-9], headers=headers), 400)
    is_problem(portal.of_school("PUT", path, data=packed + packed, headers=headers), 400)
    right = base64.b64encode(hashlib.sha256(packed).digest()).decode()
    answer = portal.of_school("PUT", path, data=packed, headers=headers | {"Content-Digest": f"sha-256=:{right}:"})
    assert answer.json()["digest"] == hashlib.sha256(plain).hexdigest()


def test_logins_are_unique_on_the_state_after_the_commit(portal: Portal) -> None:
    portal.sync(create("s1", "One"), create("s2", "two"))
    swap = portal.sync(operation("update", "s1", login="two"), operation("update", "s2", login="one"))
    assert swap["rejected"] == []
    assert (portal.account("s1")["login"], portal.account("s2")["login"]) == ("two", "one")
    taken = portal.sync(create("s3", " TWO "))
    assert [(r["id"], r["reason"]) for r in taken["rejected"]] == [("s3", "login-taken")]


def test_a_rejected_change_keeps_its_old_login_from_a_third(portal: Portal) -> None:
    portal.sync(create("s1", "one"), create("s2", "two"))
    done = portal.sync(operation("update", "s1", login="two"), create("s3", "one"))
    assert {r["id"] for r in done["rejected"]} == {"s1", "s3"}


def test_a_disabled_account_holds_no_login_and_comes_back_as_it_was(portal: Portal) -> None:
    portal.sync(create("s1", "one"))
    created = portal.account("s1")["created_at"]
    portal.sync(operation("disable", "s1"), create("s2", "one"))
    assert portal.account("s1")["status"] == "disabled"
    assert portal.sync(operation("enable", "s1"))["rejected"][0]["reason"] == "login-taken"
    assert portal.sync(operation("enable", "s1", login="uno"))["rejected"] == []
    assert (portal.account("s1")["status"], portal.account("s1")["created_at"]) == ("pending", created)


def test_a_renewed_account_is_another_person_s_and_as_new(portal: Portal) -> None:
    portal.sync(create("s1", "one"), create("s2", "two"))
    portal.sync(operation("disable", "s1"))
    done = portal.sync(operation("renew", "s1", given_name="Nina"), operation("renew", "s2", login="one"))
    assert [(r["id"], r["reason"]) for r in done["rejected"]] == [("s2", "login-taken")]
    assert (done["applied"]["student"]["renew"], done["applied"]["parent"]["renew"]) == (1, 0)
    renewed = portal.account("s1")
    assert (renewed["login"], renewed["given_name"], renewed["status"]) == ("one", "Nina", "pending")
    assert (renewed["last_login_at"], renewed["disabled_at"]) == (None, None)
    refused = portal.sync(operation("renew", "s9", login="nine"), operation("renew", "s1", login=" "))
    assert {r["id"]: r["reason"] for r in refused["rejected"]} == {"s9": "unknown-account", "s1": "invalid-login"}


def test_single_records_are_rejected_and_the_rest_goes_through(portal: Portal) -> None:
    done = portal.sync(create("s1", "one"), operation("update", "s9", given_name="X"), create("s2", " "))
    assert {r["id"]: r["reason"] for r in done["rejected"]} == {"s9": "unknown-account", "s2": "invalid-login"}
    assert done["applied"]["student"]["create"] == 1
    assert portal.sync(create("s1", "one"))["rejected"][0]["reason"] == "account-exists"


def test_records_and_years(portal: Portal) -> None:
    portal.sync(
        operation("create", "2027", kind="school-year", role="active"),
        operation("create", "2028", kind="school-year", role="scheduling"),
    )
    school = portal.of_school("GET").json()
    assert (school["active_year"], school["scheduling_year"]) == ("2027", "2028")
    portal.sync(
        operation("remove", "2028", kind="school-year"), operation("update", "2027", kind="school-year", name="now")
    )
    years = portal.of_school("GET", "/school-years").json()["items"]
    assert [(y["id"], y["name"], y["role"]) for y in years] == [("2027", "now", "active")]


def test_paging_and_a_revision_that_moves(portal: Portal) -> None:
    portal.sync(*(create(f"s{n}", f"login{n}") for n in range(5)))
    page = portal.of_school("GET", "/accounts?limit=2").json()
    assert [a["person_id"] for a in page["items"]] == ["s0", "s1"]
    following = portal.of_school("GET", f"/accounts?limit=2&cursor={page['next']}").json()
    assert [a["person_id"] for a in following["items"]] == ["s2", "s3"]
    portal.sync(create("s9", "nine"))
    is_problem(portal.of_school("GET", f"/accounts?limit=2&cursor={page['next']}"), 410)
    for query in ("limit=0", "limit=10001", "limit=x", "cursor=nonsense", "kind=teacher", "status=gone"):
        is_problem(portal.of_school("GET", f"/accounts?{query}"), 400)


def test_what_is_refused_before_any_work(portal: Portal) -> None:
    is_problem(portal.of_school("GET", headers={"Authorization": "Bearer wrong"}), 401)
    is_problem(portal.ask("GET", "/nowhere"), 404)
    is_problem(portal.of_school("PATCH"), 405)
    is_problem(portal.of_school("GET", "/syncs/none"), 404)
    is_problem(portal.of_school("POST", "/syncs", data=b"x", headers={"Content-Type": "text/plain"}), 415)
    is_problem(portal.of_school("POST", "/syncs", data=b"{", headers={"Content-Type": "application/json"}), 400)
    is_problem(portal.of_school("POST", "/syncs", json={}), 422)


@pytest.mark.parametrize(
    "asked",
    [
        "/accounts?limit=", "/accounts?limit=%D9%A3", f"/accounts?limit={'9' * 5000}", "/accounts?cursor=",
        "/accounts?cursor=!!!!", "/accounts?cursor=Ww", "/syncs?state=gone", "/course-requests?since=yesterday",
        "/course-requests?since=20270801T120000Z", "/course-requests?since=0001-01-01T00:00:00%2B12:00",
    ],
)  # fmt: skip
def test_a_query_of_the_wrong_form_is_refused(portal: Portal, asked: str) -> None:
    is_problem(portal.of_school("GET", asked), 400)


@pytest.mark.parametrize("place", [["r"], [1, 2], ["REVISION", "student", 1], ["REVISION", "student", None, "s1"]])
def test_a_forged_cursor_is_refused(portal: Portal, place: list[Any]) -> None:
    real = [portal.revision if value == "REVISION" else value for value in place]
    forged = base64.urlsafe_b64encode(json.dumps(real).encode()).decode().rstrip("=")
    is_problem(portal.of_school("GET", f"/accounts?cursor={forged}"), 400)
    for number in (2**70, -(2**70)):
        far = base64.urlsafe_b64encode(json.dumps(["", number]).encode()).decode().rstrip("=")
        is_problem(portal.of_school("GET", f"/syncs?cursor={far}"), 400)


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.0", "%D9%A3", "1000001", "9" * 40])
def test_a_part_without_a_number_of_ours_is_refused(portal: Portal, number: str) -> None:
    path = f"/syncs/{portal.open().json()['sync_id']}/parts/{number}"
    is_problem(portal.of_school("PUT", path, data=b"", headers={"Content-Type": "application/x-ndjson"}), 400)


@pytest.mark.parametrize("parts", [-1, 0.5, 10**12, 10**400, "0", None])
def test_a_commit_of_parts_that_cannot_be_is_refused(portal: Portal, parts: Any) -> None:
    path = f"/syncs/{portal.open().json()['sync_id']}/commit"
    body = {"parts": parts, "digest": hashlib.sha256().hexdigest()}
    is_problem(portal.of_school("POST", path, json=body), 422)
    assert portal.of_school("POST", path, json={**body, "parts": 0.0}).status_code == 200, "an integer, in JSON"


def test_what_leaves_changes_no_field(portal: Portal) -> None:
    portal.sync(create("s1", "one"), operation("create", "2027", kind="school-year", role="active"))
    sync_id = portal.open().json()["sync_id"]
    for gone in (operation("disable", "s1", given_name="X"), operation("remove", "2027", kind="school-year", name="X")):
        is_problem(portal.put(sync_id, [gone]), 422)


def test_a_body_larger_than_the_server_takes_is_refused(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dayzero_simulator.api.LARGEST_PART", 200)
    sync_id = portal.open().json()["sync_id"]
    headers = {"Content-Type": "application/x-ndjson"}
    bomb = gzip.compress(b"\n" * 10_000)
    for body, more in ((b"\n" * 201, {}), (bomb, {"Content-Encoding": "gzip"})):
        is_problem(portal.of_school("PUT", f"/syncs/{sync_id}/parts/1", data=body, headers=headers | more), 413)


def test_syncs_by_state(portal: Portal) -> None:
    portal.sync(create("s1", "one"))
    open_one = portal.open().json()["sync_id"]
    listed = portal.of_school("GET", "/syncs?state=open").json()["items"]
    assert [s["sync_id"] for s in listed] == [open_one]
    assert len(portal.of_school("GET", "/syncs").json()["items"]) == 2


def test_an_empty_name_is_no_other_address(portal: Portal) -> None:
    is_problem(portal.ask("GET", "/v1/schools//accounts"), 404)


def test_the_log_keeps_the_latest_requests(portal: Portal) -> None:
    assert portal.cloud.requests.maxlen == 1000
    portal.of_school("GET")
    assert portal.ask("GET", "/_sim/requests").json()["items"][-1]["operation"] == "getSchool"


def test_a_fault_that_cannot_be_is_refused_and_a_spent_one_is_gone(portal: Portal) -> None:
    for wrong in ({"times": "x"}, {"effect": "gremlin"}, {"probability": "often"}, {"moon": 1}):
        is_problem(portal.ask("POST", "/_sim/faults", json=wrong), 400)
    for script in ({"effect": "status", "times": 1}, {"effect": "cut", "times": None, "probability": 1.0}):
        portal.ask("POST", "/_sim/faults", json=script)
    portal.of_school("GET")
    portal.of_school("GET")
    [left] = portal.ask("GET", "/_sim/faults").json()["items"]
    assert (left["effect"], left["struck"]) == ("cut", 1)


def test_scripted_faults(portal: Portal) -> None:
    portal.cloud.fault("getSchool", "status", status=429, retry_after=7)
    answer = portal.of_school("GET")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert portal.of_school("GET").status_code == 200
    portal.cloud.fault("getSchool", "drop")
    with pytest.raises(requests.exceptions.ConnectionError):
        portal.of_school("GET")
    portal.cloud.fault("getSchool", "cut")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        portal.of_school("GET").json()


def test_a_lost_reply_after_the_work_was_done(portal: Portal) -> None:
    sync_id = portal.open().json()["sync_id"]
    digest = portal.put(sync_id, [create("s1", "a")]).json()["digest"]
    portal.cloud.fault("commitSync", "lost-reply")
    with pytest.raises(requests.exceptions.ConnectionError):
        portal.commit(sync_id, digest)
    assert portal.commit(sync_id, digest).json()["applied"]["student"]["create"] == 1


def test_control(portal: Portal) -> None:
    portal.sync(create("s1", "a"))
    state = portal.ask("GET", "/_sim/snapshot").json()
    revision = portal.revision
    assert portal.ask("POST", "/_sim/reset", json={}).status_code == 204
    assert portal.cloud.accounts(SCHOOL) == []
    assert portal.revision != revision
    portal.ask("POST", "/_sim/restore", json=state)
    assert portal.revision == revision
    drawn = []
    for _ in range(2):
        portal.ask("POST", "/_sim/restore", json=state)
        assert portal.ask("POST", "/_sim/seed", json={"seed": 5}).status_code == 204
        drawn.append(portal.open().json()["sync_id"])
    assert drawn[0] == drawn[1]
    portal.ask("POST", "/_sim/restore", json=state)
    is_problem(portal.ask("POST", "/_sim/seed", json={}), 400)
    is_problem(portal.ask("POST", "/_sim/restore", json={"state": ""}), 400)
    is_problem(portal.ask("POST", "/_sim/clock", json={"advance_seconds": 1e300}), 400)
    is_problem(portal.ask("POST", "/_sim/reset", data=b"{}"), 415)
    is_problem(portal.ask("GET", "/_sim/requests", headers={"Host": "portal.attacker.example"}), 404)
    portal.ask("POST", "/_sim/faults", json={"operation": "openSync", "effect": "status", "status": 500})
    assert portal.open().status_code == 500
