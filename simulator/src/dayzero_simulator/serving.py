"""``simulator serve``'s own server: waitress, on one socket, until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any

from dayzero_simulator.api import LARGEST_PART
from dayzero_simulator.cut import cut_instead_of_drop

__all__ = ["EVERYWHERE", "is_loopback", "listening", "made", "run", "told_to_stop", "url_of"]

CONNECTIONS = 900
"""So many may be open, idle ones too, before new ones wait; most systems give a process 1,024 files."""
THREADS = 8
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with
HEADERS = 64 * 1024


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raise OSError where none can."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """Return the address at which this machine reaches a socket."""
    host, port = bound.getsockname()[:2]
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(bound: socket.socket) -> bool:
    """Say whether nobody but this machine reaches a socket."""
    host = str(bound.getsockname()[0])
    return host == "::1" or host.startswith("127.")


def made(app: Any, bound: socket.socket) -> Any:
    """Return waitress's server of an app on a socket; it does not run yet."""
    from waitress.server import create_server

    return create_server(
        cut_instead_of_drop(app),
        sockets=[bound],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        max_request_header_size=HEADERS,
        max_request_body_size=LARGEST_PART,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # they are never believed; that they are there is looked at
    )


def run(app: Any, bound: socket.socket, *, started: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, and end what is being answered."""
    server = made(app, bound)
    with closing(server), told_to_stop():
        try:
            started()
            server.run()
        except KeyboardInterrupt:
            server.task_dispatcher.shutdown()


@contextmanager
def told_to_stop() -> Iterator[None]:
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
