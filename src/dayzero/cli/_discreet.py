"""Who may see names: a person at a terminal. What goes elsewhere may be mailed, kept or logged; there stand ids, columns and counts.

``--json`` and files that were asked for have all: who asks for a document wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dayzero.cli._streams import is_terminal

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["HIDDEN", "for_eyes", "told"]

HIDDEN = "(personal, shown on a terminal)"


def for_eyes(console: Console) -> bool:
    """Say whether a person reads what is printed there."""
    return is_terminal(console.file)  # type: ignore[arg-type]


def told(value: Any, *, personal: bool, seen: bool, form: Any = repr) -> str:
    """Return a value in its ``form``, or that it is not for whoever reads along."""
    return HIDDEN if personal and not seen and value is not None else str(form(value))
