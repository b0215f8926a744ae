"""The ways to a simulated server in tests: in process through ``responses``, or a socket on loopback.

Both can do what a scripted fault may ask for: drop the connection without a word.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

import requests
import responses
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

from dayzero_simulator.striking import DROP

__all__ = ["IN_PROCESS_URL", "in_process", "served"]

_HOST = "gradebook.example"
IN_PROCESS_URL = f"https://{_HOST}"


@contextmanager
def in_process(app: Flask) -> Iterator[None]:
    """Run the app for whatever the ``requests`` library sends to ``IN_PROCESS_URL``.

    A single matcher is registered for that address, and no path below it strays. Requests to other addresses go where they
    went before: to the network, or to whatever stands in for it in a test of a REST source.
    """
    mock = responses.RequestsMock(
        assert_all_requests_are_fired=False,
        passthru_prefixes=("http://", "https://"),
        real_adapter_send=requests.adapters.HTTPAdapter.send,
    )

    def answer(prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        # `responses` keeps every body in `calls` and in its registry: a big sync would be held in memory whole.
        mock.calls.reset()
        mock.registered()[0].calls.reset()
        return _run(app, prepared)

    mock.start()
    try:
        mock.add(_Everything(responses.GET, IN_PROCESS_URL, answer))
        yield
    finally:
        mock.stop(allow_assert=False)


def _run(app: Flask, prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    body = prepared.body
    if body is not None and not isinstance(body, bytes | str):
        body = b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in body)
    environ = _environ(prepared, body.encode() if isinstance(body, str) else body or b"") | {DROP: []}
    answer, status, answer_headers = run_wsgi_app(app, environ)
    content = b"".join(answer)
    if environ[DROP]:
        raise requests.exceptions.ConnectionError("the connection was dropped")
    return (
        int(status.split()[0]),
        {k: v for k, v in answer_headers.items() if k.lower() != "content-length"},
        content,
    )


def _environ(prepared: requests.PreparedRequest, body: bytes) -> dict[str, Any]:
    """Return a request as WSGI has it (PEP 3333). Made by hand: a test builder takes as long as the answer."""
    path, _, query = prepared.path_url.partition("?")
    environ: dict[str, Any] = {"HTTP_HOST": _HOST}  # unless the request names another
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": _text(value) for name, value in prepared.headers.items()}
    for name in ("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_LENGTH"):
        environ.pop(name, None)  # the body is here as a whole
    return environ | {
        "REQUEST_METHOD": prepared.method or "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": prepared.path_url,
        "CONTENT_TYPE": environ.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": _HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


class _Everything(responses.CallbackResponse):
    """The one matcher: every method and path below the address. Overlapping ones would take turns."""

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Match by address alone."""
        ours = (request.url or "").startswith(f"{IN_PROCESS_URL}/")
        return ours, "" if ours else "another address"


@contextmanager
def served(app: Flask, port: int) -> Iterator[str]:
    """Serve the app on 127.0.0.1 in a thread; yield the address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Dropping)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
