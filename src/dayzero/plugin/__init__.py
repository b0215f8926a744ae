"""The plugin API: all a plugin may import, besides ``dayzero.schema`` and ``dayzero.errors``."""

from dayzero.plugin._loading import LoadedPlugin, Plugins, load_plugins
from dayzero.plugin._spec import hookimpl, hookspec
from dayzero.plugin._types import (
    API_VERSION,
    ArrowStream,
    Check,
    Command,
    Finding,
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
    "Command",
    "Finding",
    "LoadedPlugin",
    "Plugins",
    "Severity",
    "Source",
    "SourceType",
    "State",
    "TableLike",
    "hookimpl",
    "hookspec",
    "load_plugins",
]
