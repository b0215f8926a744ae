"""The Sync Manager's own server: waitress, on one socket, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any

__all__ = ["LOOPBACK", "is_loopback", "listening", "run", "url_of"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
THREADS = 8


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raise OSError where none can."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """Return the address at which this machine reaches a socket."""
    host, port = bound.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared with
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(bound: socket.socket) -> bool:
    """Say whether nobody but this machine reaches a socket."""
    host = str(bound.getsockname()[0])
    return host == "::1" or host.startswith("127.")


def run(app: Any, bound: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, and end what is being answered. Nothing is logged of a request."""
    from waitress.server import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that somebody waits a moment is no news
    server = create_server(app, sockets=[bound], threads=THREADS, asyncore_use_poll=True)
    with closing(server), _told_to_stop():
        try:
            server.run()
        except KeyboardInterrupt:
            server.task_dispatcher.shutdown()


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C, once: what is being closed is closed."""

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
