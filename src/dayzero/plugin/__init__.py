"""The plugin API: all a plugin may import, besides ``dayzero.schema`` and ``dayzero.errors``."""

from dayzero.clock import Clock, SystemClock
from dayzero.plugin._headers import columns_told, is_plain
from dayzero.plugin._sharing import read_once
from dayzero.plugin._spec import hookimpl, hookspec
from dayzero.plugin._types import (
    API_VERSION,
    ArrowStream,
    Check,
    Command,
    Finding,
    Looking,
    Proposal,
    Question,
    Severity,
    Source,
    SourceType,
    State,
    TableLike,
)

__all__ = [
    "API_VERSION",
    "ArrowStream",
    "Check",
    "Clock",
    "Command",
    "Finding",
    "Looking",
    "Proposal",
    "Question",
    "Severity",
    "Source",
    "SourceType",
    "State",
    "SystemClock",
    "TableLike",
    "columns_told",
    "hookimpl",
    "hookspec",
    "is_plain",
    "read_once",
]
