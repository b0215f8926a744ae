"""What a server takes: bodies, connections, addresses, ids and nesting, by whoever they come."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from oak import ADMIN
from people import FRONTS, Visitor, at_once
from test_state_file import run, served

from dayzero_simulator import GradebookCloud
from dayzero_simulator.serving import listening, url_of

pytestmark = pytest.mark.slow

Front = Callable[[GradebookCloud], AbstractContextManager[str]]
TOKEN = {"Authorization": "Bearer t"}


@contextmanager
def spoken(url: str, words: bytes) -> Iterator[socket.socket]:
    """A connection on which something was said."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 80), timeout=10) as line:
        line.sendall(words)
        yield line


def status(line: socket.socket) -> int:
    """The status of the answer on a line."""
    return int(line.recv(4096).split()[1])


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
@pytest.mark.parametrize("token", [b"", b"Authorization: Bearer wrong\r\n", b"Authorization: Bearer t\r\n"])
@pytest.mark.parametrize("path", [b"/v1/schools/oak/syncs", b"/portal/oak/", b"/_sim/reset", b"/nowhere"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read_and_before_the_token_is(
    portal: Any, front: Front, token: bytes, path: bytes
) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + token
    with front(portal.cloud) as url, spoken(url, head + b"Content-Length: 9000000000\r\n\r\n") as line:
        assert status(line) == 413


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_a_page_takes_a_form_and_no_more(portal: Any, front: Front) -> None:
    with front(portal.cloud) as url:
        visitor = Visitor(url)
        visitor.sign_in(*ADMIN)
        form = visitor.form("/settings")
        assert visitor.post("/settings", form, min_credits="5", lock_message_student="x" * 1_000_000).status_code == 422
        assert visitor.post("/settings", form, min_credits="5", lock_message_student="x" * 3_000_000).status_code == 413


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_idle_connections_do_not_keep_others_out(portal: Any, front: Front) -> None:
    """A hundred and twenty who say nothing, and as many who stop in the middle of a word."""
    with front(portal.cloud) as url, ExitStack() as idle:
        for n in range(240):
            idle.enter_context(spoken(url, b"" if n % 2 else b"POST /portal/oak/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConte"))
        answer = requests.get(f"{url}/v1/schools/oak", headers=TOKEN, timeout=10)
        assert answer.status_code == 200
        assert Visitor(url).sign_in(*ADMIN).url.endswith("/home")


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_24_visitors_read_at_once_while_others_sync(portal: Any, front: Front) -> None:
    with front(portal.cloud) as url:
        visitors = [Visitor(url) for _ in range(24)]
        for visitor in visitors:
            visitor.sign_in(*ADMIN)
        paths = [
            "/manage/parents",
            "/manage/students",
            "/settings",
            "/syncs",
            "/requests/list",
            "/outbox",
            "/audit",
            "/requests",
        ]
        reads = [lambda v=v, n=n: v.get(paths[n % 8]).status_code for n, v in enumerate(visitors)]
        syncing = threading.Thread(target=lambda: [portal.sync() for _ in range(20)])
        syncing.start()
        assert at_once(*reads) == [200] * 24
        syncing.join()


DEEP = "[" * 100_000
WIDE = 10**400


@pytest.mark.parametrize(
    "body", [DEEP, '{"kind":' * 50_000, f'{{"kind": {DEEP}', "[]", "1e400", str(WIDE), "nul", "\x00"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/schools/oak/syncs",
        "/_sim/reset",
        "/_sim/seed",
        "/_sim/clock",
        "/_sim/restore",
        "/_sim/faults",
        "/_sim/unlock",
    ],
)
def test_json_that_is_nothing_is_the_sender_s_fault(portal: Any, path: str, body: str) -> None:
    client = portal.browser().client
    answer = client.post(path, data=body, headers={**TOKEN, "Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    ("path", "name"), [("/_sim/seed", "seed"), ("/_sim/reset", "seed"), ("/_sim/clock", "advance_seconds")]
)
@pytest.mark.parametrize("value", [WIDE, -WIDE, 1e308, [1], {"a": 1}, "7", True])
def test_numbers_that_are_none_are_refused(portal: Any, path: str, name: str, value: Any) -> None:
    answer = portal.browser().client.post(path, json={name: value}, headers=TOKEN)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("line", [DEEP, '{"op":"create","kind":"student","id":"x","changes":' + '{"a":' * 50_000])
def test_lines_nested_too_deeply_are_refused(portal: Any, line: str) -> None:
    client, base = portal.browser().client, portal.cloud.world.school("oak")["revision"]
    opened = client.post(
        "/v1/schools/oak/syncs",
        json={"kind": "all-data", "base_revision": base, "plan_id": "p", "client": "c"},
        headers=TOKEN,
    ).json
    part = f"/v1/schools/oak/syncs/{opened['sync_id']}/parts/1"
    answer = client.put(part, data=line + "\n", headers={**TOKEN, "Content-Type": "application/x-ndjson"})
    assert answer.status_code == 422
    long = json.dumps({"op": "create", "kind": "student", "id": "x" * 100_000, "changes": {"login": [None, "x@y.z"]}})
    answer = client.put(part, data=long + "\n", headers={**TOKEN, "Content-Type": "application/x-ndjson"})
    assert answer.status_code == 422
    number = f"/v1/schools/oak/syncs/{opened['sync_id']}/parts/{WIDE}"
    assert client.put(number, data=b"", headers={**TOKEN, "Content-Type": "application/x-ndjson"}).status_code == 400


@pytest.mark.parametrize("text", [str(2**63), "9" * 30, "9" * 5000], ids=len)
def test_a_number_no_state_has_is_a_page_that_is_not_there(portal: Any, text: str) -> None:
    admin = portal.admin()
    token = {"csrf": admin.get("/settings").hidden("csrf"), "action": "approve", "version": text}
    for path in (f"/outbox/{text}", f"/outbox?before={text}", f"/syncs?before={text}", f"/audit?before={text}",
                 f"/manage/student/new?earlier={text}", f"/approval-center?closed={text}",
                 f"/syncs/{portal.syncs[0]}/people?after={text}", f"/manage/parents?after={text}", f"/requests/list?after={text}"):  # fmt: skip
        assert admin.client.get(f"/portal/oak{path}").status_code in (200, 404), path
    for path in (f"/approval-center/{text}", "/requests/of/new", "/requests/list"):
        answer = admin.client.post(f"/portal/oak{path}", data={**token, "ticked": f"new:{text}"})
        assert 400 <= answer.status_code < 500, path
    saved = admin.client.post("/portal/oak/settings", data={**token, "max_credits": text, "temporary_days": text})
    assert saved.status_code == 422


@pytest.mark.parametrize("path", ["/v1/schools/{}", "/v1/schools/{}/accounts", "/portal/{}/", "/portal/?school={}"])
def test_a_school_s_id_has_an_end(portal: Any, path: str) -> None:
    client = portal.browser().client
    answer = client.get(path.format("o" * 5_000), headers=TOKEN)
    assert answer.status_code in (200, 404)
    with portal.cloud.world.reading() as db:
        assert [row["school"] for row in db.execute("select school from schools")] == ["oak"]


# -- on the network


def own_address() -> str:
    """An address of this machine that is not loopback; the test is skipped where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket sends nothing by that
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])


def test_a_server_for_the_network_says_what_that_means(tmp_path: Any) -> None:
    with served(tmp_path / "p.sqlite", "--host", "0.0.0.0") as (process, document):
        assert document["url"].startswith("http://127.0.0.1:")
        requests.get(f"{document['url']}/portal/", timeout=5).raise_for_status()
        process.terminate()
        _, said = process.communicate(timeout=20)
    for word in ("Warning: 0.0.0.0", "plain HTTP", "children's data", "--public-url"):
        assert word in said
    with served(tmp_path / "p.sqlite") as (process, _):
        process.terminate()
        assert "Warning" not in process.communicate(timeout=20)[1]


def test_nobody_on_the_network_steers_the_simulation(tmp_path: Any) -> None:
    there = own_address()
    with served(tmp_path / "p.sqlite", "--host", "0.0.0.0", "--allow-host", "lab.example") as (_, document):
        port = document["url"].rsplit(":", 1)[1]
        for host in ("127.0.0.1", "localhost", f"localhost:{port}", "[::1]", there):
            answer = requests.post(
                f"http://{there}:{port}/_sim/seed", json={"seed": 1}, headers={**TOKEN, "Host": host}, timeout=5
            )
            assert answer.status_code == 404, host
        assert (
            requests.post(f"{document['url']}/_sim/seed", json={"seed": 1}, headers=TOKEN, timeout=5).status_code == 204
        )
        passed_on = {**TOKEN, "X-Forwarded-For": "192.0.2.7"}
        assert (
            requests.post(f"{document['url']}/_sim/seed", json={"seed": 1}, headers=passed_on, timeout=5).status_code
            == 404
        )
        school = f"http://{there}:{port}/v1/schools/oak"
        assert requests.get(school, headers=TOKEN, timeout=5).status_code == 200
        assert requests.get(school, headers={**TOKEN, "Host": "lab.example"}, timeout=5).status_code == 200
        assert requests.get(school, headers={**TOKEN, "Host": "evil.example"}, timeout=5).status_code == 400


def test_letters_have_the_public_address(tmp_path: Any) -> None:
    with served(tmp_path / "p.sqlite", "--public-url", "https://lab.school.example/") as (_, document):
        url = document["url"]
        requests.get(f"{url}/v1/schools/oak", headers=TOKEN, timeout=5).raise_for_status()
        visitor = Visitor(url)
        visitor.client.headers["Host"] = "lab.school.example"
        assert "Secure" in visitor.get("/").headers["Set-Cookie"]
    with served(tmp_path / "p.sqlite") as (_, document):
        assert "Secure" not in Visitor(document["url"]).get("/").headers["Set-Cookie"]


@pytest.mark.parametrize(
    "address", ["lab.example", "ftp://lab.example", "http://", "http://[::1", "https://lab.example/?a=1"]
)
def test_a_public_address_that_is_none_is_refused(address: str) -> None:
    assert run("serve", "--port", "0", "--public-url", address).returncode == 2


def test_a_port_in_use_and_a_name_that_is_nobody_s_are_said(tmp_path: Any) -> None:
    db = tmp_path / "p.sqlite"
    with closing(listening("127.0.0.1", 0)) as taken:
        port = url_of(taken).rsplit(":", 1)[1]
        refused = run("serve", "--port", port, "--db", db)
    assert refused.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}: port {port} is taken by another program" in refused.stderr
    assert "--port 0 for a free one" in refused.stderr
    assert run("serve", "--port", "0", "--host", "nobody.invalid").returncode == 2
    assert not db.exists()


def test_localhost_is_one_server(tmp_path: Any) -> None:
    with served(tmp_path / "p.sqlite", "--host", "localhost") as (_, document):
        assert requests.get(f"{document['url']}/portal/", timeout=5).status_code == 200
