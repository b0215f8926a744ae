"""One read for many: schools of one fleet that have the same source read it once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

__all__ = ["read_once", "shared_reads"]

T = TypeVar("T")
_read: ContextVar[dict[Hashable, object] | None] = ContextVar("shared reads", default=None)


def read_once(key: Hashable, read: Callable[[], T]) -> T:
    """Return what ``read`` gives: once for all schools of a worker that ask under one ``key``, where several are done together.

    ``key`` must tell apart all that a read depends on, and what is returned must not be changed: the next school gets the same.
    What ``read`` raises is raised, and the next school reads again. The latest reading alone is kept.
    """
    kept = _read.get()
    if kept is None:
        return read()
    if key not in kept:
        kept.clear()
        kept[key] = read()
    return cast("T", kept[key])


@contextmanager
def shared_reads() -> Iterator[None]:
    """Let the schools that are done within share what they read."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)
