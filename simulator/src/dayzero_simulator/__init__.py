"""A simulated Gradebook Cloud: the sync API v1 and the portal's pages.

What ``__all__`` names is imported when first asked for: this module is what the entry point ``dayzero`` names, so loading
it costs no more than the plugin API.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dayzero.plugin import Command, hookimpl

if TYPE_CHECKING:
    from dayzero_simulator.app import create_app
    from dayzero_simulator.cloud import GradebookCloud
    from dayzero_simulator.portal.refusal import RefusedAction
    from dayzero_simulator.world import World

__all__ = ["GradebookCloud", "RefusedAction", "World", "create_app"]

_HOMES = {"GradebookCloud": "cloud", "RefusedAction": "portal.refusal", "World": "world", "create_app": "app"}


@hookimpl
def dayzero_commands() -> list[Command]:
    """Bring ``dayzero simulator``."""
    return [
        Command("simulator", "Run a simulated Gradebook Cloud, and look into it.", "dayzero_simulator.cli:simulator")
    ]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"dayzero_simulator.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
