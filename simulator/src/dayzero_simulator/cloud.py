"""A simulated Gradebook Cloud for tests: in process through ``responses``, or served on loopback."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import requests
import responses
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import EnvironBuilder, run_wsgi_app

from dayzero_simulator.app import create_app
from dayzero_simulator.faults import FaultScript
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.outbox import login_details
from dayzero_simulator.striking import DROP
from dayzero_simulator.world import World

__all__ = ["GradebookCloud"]

IN_PROCESS_URL = "https://gradebook.example"


class GradebookCloud:
    """One simulated server. ``with GradebookCloud() as cloud:`` runs it in process; ``cloud.serve()`` on a socket.

    In process a single matcher is registered for ``cloud.url``; every other address fails, so nothing strays.
    ``now``, ``seed`` and ``sleep`` make it deterministic.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        token: str | None = None,
        admin_password: str | None = None,
        now: Callable[[], datetime] | None = None,
        seed: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.world = World(path, now=now, seed=seed)
        self.token = token or secrets.token_urlsafe(24)
        self.admin_password = admin_password or secrets.token_urlsafe(12)
        self.url = IN_PROCESS_URL
        self._faults = FaultScript()
        self.app = create_app(
            self.world, token=self.token, admin_password=self.admin_password, faults=self._faults, sleep=sleep
        )
        self._mock: responses.RequestsMock | None = None

    def __enter__(self) -> GradebookCloud:
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)
        self._mock.start()
        self._mock.add(_Everything(responses.GET, IN_PROCESS_URL, self._answer))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mock is not None:
            self._mock.stop(allow_assert=False)
            self._mock = None

    def _answer(self, prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        """Run the app for one request of the ``requests`` library."""
        body = prepared.body
        if body is not None and not isinstance(body, bytes | str):
            body = b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in body)
        headers = {k: v for k, v in prepared.headers.items() if k.lower() != "transfer-encoding"}
        builder = EnvironBuilder(
            path=prepared.path_url,
            base_url=IN_PROCESS_URL,
            method=prepared.method or "GET",
            headers=list(headers.items()),
            data=body,
        )
        environ = builder.get_environ() | {DROP: []}
        answer, status, answer_headers = run_wsgi_app(self.app, environ)
        content = b"".join(answer)
        # `responses` keeps every body in `calls` and in its registry: a big sync would be held in memory whole.
        if self._mock is not None:
            self._mock.calls.reset()
            self._mock.registered()[0].calls.reset()
        if environ[DROP]:
            raise requests.exceptions.ConnectionError("the connection was dropped")
        return (
            int(status.split()[0]),
            {k: v for k, v in answer_headers.items() if k.lower() != "content-length"},
            content,
        )

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve the same app on 127.0.0.1 in a thread; yield the address, which is also ``url`` meanwhile."""
        server = make_server("127.0.0.1", port, self.app, threaded=True, request_handler=_Dropping)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        before, self.url = self.url, f"http://127.0.0.1:{server.server_port}"
        try:
            yield self.url
        finally:
            self.url = before
            server.shutdown()
            thread.join()
            server.server_close()

    def fault(self, operation: str = "*", effect: str = "status", **parameters: Any) -> None:
        """Script a fault; see ``dayzero_simulator.faults.Fault``."""
        self._faults.add(operation=operation, effect=effect, **parameters)

    def accounts(self, school: str) -> list[dict[str, Any]]:
        """Return all accounts of a school, as the API would list them."""
        items: list[dict[str, Any]] = self.world.accounts(school, limit=2**62)["items"]
        return items

    def login_details(self, school: str, kind: str, person_id: str) -> tuple[str, str | None]:
        """Give somebody Login Details, as an admin would; return login and temporary password (None: they have their own)."""
        with self.world.writing() as db:
            person = directory.person(db, school, kind, person_id)
            if person is None:
                raise KeyError(f"{school} has no {kind} {person_id}")
            address = f"{self.url}/portal/{school}/"
            login_details(db, school, address, [person], "print", rng=self.world.rng, now=self.world.now())
            given = directory.person(db, school, kind, person_id) or person
        return given["login"], given["temporary"]

    def syncs(self, school: str) -> list[dict[str, Any]]:
        """Return all syncs of a school, oldest first."""
        items: list[dict[str, Any]] = self.world.syncs(school, limit=2**62)["items"]
        return items

    @property
    def requests(self) -> deque[dict[str, Any]]:
        """The latest requests, ``dayzero_simulator.app.REQUESTS_KEPT`` of them: operation, method, path, status."""
        log: deque[dict[str, Any]] = self.app.extensions["dayzero"]["log"]
        return log


class _Everything(responses.CallbackResponse):
    """The one matcher: every method and path below the address. Overlapping ones would take turns."""

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Match by address alone."""
        ours = (request.url or "").startswith(f"{IN_PROCESS_URL}/")
        return ours, "" if ours else "another address"


class _Dropping(WSGIRequestHandler):
    """Closes the connection without a word where the app asks for it; logs nothing: paths name children."""

    def run_wsgi(self) -> None:
        """Run the app, unless it asks to drop the connection."""
        environ = self.make_environ() | {DROP: []}
        app_iter, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        if environ[DROP]:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = b"".join(app_iter)
        self.send_response(int(status.split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's signature
        """Log nothing."""
