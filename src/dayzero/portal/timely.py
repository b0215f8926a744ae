"""Connections on which nothing lasts longer than it may: an answer has its seconds, and all of a run have theirs.

A socket's own timeout counts from one byte to the next: who drips a byte at a time never reaches it.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from dayzero.clock import Clock, Deadline

__all__ = ["timely_pools"]

_AT_ONCE = 0.001
"""A timeout of nothing would mean: do not wait for anything, and fail for it."""


def timely_pools(clock: Clock, answer_seconds: float, run: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Return the connection pools by scheme, in which one answer may take so long, and all together until ``run``."""

    def answer(sock: socket.socket, *args: Any, **kwargs: Any) -> _TimelyAnswer:
        until = Deadline(clock, answer_seconds)
        return _TimelyAnswer(sock, lambda: min(until.left, run.left), *args, **kwargs)

    class Timely(HTTPConnection):
        response_class: Any = staticmethod(answer)
        _given: Any = None

        @property
        def timeout(self) -> Any:
            """How long to wait for the socket: as was said, and not beyond the run's end."""
            return max(min(self._given, run.left), _AT_ONCE) if isinstance(self._given, int | float) else self._given

        @timeout.setter
        def timeout(self, seconds: Any) -> None:
            self._given = seconds

    class TimelySafe(Timely, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Timely

    class SafePool(HTTPSConnectionPool):
        ConnectionCls = TimelySafe

    return {"http": Pool, "https": SafePool}


class _TimelyAnswer(http.client.HTTPResponse):
    """An answer, head and body, that is read as long as there are seconds ``left``."""

    def __init__(self, sock: socket.socket, left: Callable[[], float], *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimelyReader(self.fp.detach(), sock, left))


class _TimelyReader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, left: Callable[[], float]) -> None:
        self._raw, self._sock, self._left = raw, sock, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._left()
        if left <= 0:
            raise TimeoutError("the answer takes longer than it may")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
