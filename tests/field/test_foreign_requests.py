"""G7: with the portal in process a source may still ask its own service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
import responses
from requests.adapters import BaseAdapter


class Roster(BaseHTTPRequestHandler):
    """A service that answers everything with one student."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"students": ["s1"]}')

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Roster)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_g7_a_service_on_a_socket_answers_while_the_portal_is_in_process(gradebook_cloud: Any, service: str) -> None:
    assert requests.get(f"{service}/students", timeout=5).json() == {"students": ["s1"]}
    assert requests.get(f"{gradebook_cloud.url}/v1/schools/x", timeout=5).status_code == 401
    assert requests.get(f"{gradebook_cloud.url}/no/such/path", timeout=5).status_code in (401, 404)


@pytest.fixture
def stand_in() -> Iterator[responses.RequestsMock]:
    """A test's own stand-in for a service, begun before the portal's."""
    with responses.RequestsMock() as mock:
        mock.get("https://sis.school.example/students", json={"students": ["s2"]})
        yield mock


def test_g7_a_stand_in_of_the_tests_own_goes_on(stand_in: responses.RequestsMock, gradebook_cloud: Any) -> None:
    assert requests.get("https://sis.school.example/students", timeout=5).json() == {"students": ["s2"]}
    assert len(stand_in.calls) == 1


class Canned(BaseAdapter):
    """An adapter of a session's own."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        answer = requests.Response()
        answer.status_code, answer.request = 204, request
        return answer

    def close(self) -> None:
        """Nothing is open."""


def test_g7_a_sessions_own_adapter_is_asked(gradebook_cloud: Any) -> None:
    with requests.Session() as session:
        session.mount("https://sis.school.example", Canned())
        assert session.get("https://sis.school.example/x", timeout=5).status_code == 204
