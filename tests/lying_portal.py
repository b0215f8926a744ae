"""Portals that do not keep to their contract: answers that are changed on their way, and bytes that drip."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.wrappers import Response

__all__ = ["dripping", "lying"]


def lying(cloud: Any, method: str, path: str, tell: Callable[[Any], Any]) -> None:
    """Let a simulated portal answer ``tell(document)`` instead of the document, where method and end of the path match."""
    honest = cloud.app.wsgi_app

    def app(environ: dict[str, Any], start: Any) -> Any:
        asked = environ["REQUEST_METHOD"] == method and re.search(f"{path}$", environ["PATH_INFO"])
        if not asked:
            return honest(environ, start)
        answer = Response.from_app(honest, environ)
        body = tell(json.loads(answer.get_data()))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Response(content, answer.status, mimetype="application/json")(environ, start)

    cloud.app.wsgi_app = app


@contextmanager
def dripping(head: bytes = b"", *, gap: float = 0.05) -> Iterator[str]:
    """Yield the address of a server that sends ``head`` at once and then a byte at a time, for ever."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def drip(connection: socket.socket) -> None:
        with connection:
            connection.recv(65_536)
            connection.sendall(head)
            while not ended.wait(gap):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        server.join()
        listener.close()
