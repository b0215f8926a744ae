"""The hooks. Each docstring says what is asked, when, and what happens to the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from dayzero.plugin._types import Check, Command, SourceType

NAMESPACE = "dayzero"

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


@hookspec
def dayzero_sources() -> Iterable[SourceType]:  # type: ignore[empty-body]
    """Return the source types this plugin brings.

    Collecting. Asked once per process, before a source is opened or plugins are listed.
    """


@hookspec
def dayzero_checks() -> Iterable[Check]:  # type: ignore[empty-body]
    """Return extra findings rules over the typed tables.

    Collecting. Asked once per run, after the tables were conformed.
    """


@hookspec
def dayzero_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Return commands to mount under ``dayzero``.

    Collecting. Asked at start, so the module may import nothing heavy.
    """


@hookspec
def dayzero_sync_finished(report: Mapping[str, Any]) -> None:
    """Observe the end of a sync.

    :param report: the document that ``sync --json`` prints.

    Observer. A failure is logged and never changes the outcome of the sync.
    """
