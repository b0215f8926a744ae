"""Files that people hand to a run: an id map, answers to doubts, a plan that was reviewed."""

from __future__ import annotations

from pathlib import Path

from dayzero.errors import UsageError
from dayzero.files import whole_content
from dayzero.people import Decisions
from dayzero.plan import IdMap, Plan, decisions_of_text, plan_of_text

__all__ = ["decisions_in", "id_map_in", "plan_in"]


def id_map_in(file: Path | IdMap | None) -> IdMap:
    """Return the id map of a file, or as it is; an empty one without. Raises UsageError for what is none."""
    if file is None or isinstance(file, IdMap):
        return file or IdMap()
    return IdMap.of_text(_text(file, "the id map", "`dayzero plan --rekey-out FILE` writes a proposal."), str(file))


def decisions_in(file: Path | Decisions | None) -> Decisions:
    """Return the answers of a file, or as they are; none without. Raises UsageError for what has none."""
    if file is None or isinstance(file, Decisions):
        return file or Decisions()
    text = _text(file, "the decisions", "`dayzero plan --doubts-out FILE` writes the doubts.")
    return decisions_of_text(text, str(file))


def plan_in(file: Path) -> Plan:
    """Return the plan of a file, as it was saved. Raises UsageError for what is none."""
    return plan_of_text(_content(file, "the plan", "Make one with `dayzero plan --out FILE`."), str(file))


def _text(file: Path, what: str, remedy: str) -> str:
    content = _content(file, what, remedy)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"Cannot read {what} {file}: it is no text ({error.reason}).", remedy=remedy) from error


def _content(file: Path, what: str, remedy: str) -> bytes:
    try:
        return whole_content(file)
    except OSError as error:
        raise UsageError(f"Cannot read {what} {file}: {error.strerror}.", remedy=remedy) from error
