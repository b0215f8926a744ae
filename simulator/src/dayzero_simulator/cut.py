"""For fronts that cannot drop a connection: a scripted drop becomes a body that ends early."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dayzero_simulator.striking import DROP

__all__ = ["cut_instead_of_drop"]

App = Callable[[dict[str, Any], Any], Iterable[bytes]]


def cut_instead_of_drop(app: App) -> App:
    """Return the app with dropped connections turned into cut bodies."""

    def cutting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[DROP] = []
        body = b"".join(app(environ, start_response))
        return [body[: len(body) // 2]] if environ[DROP] else [body]

    return cutting
