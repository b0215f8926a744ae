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
    try:
        return IdMap.of_text(whole_content(file).decode("utf-8-sig"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Cannot read the id map {file}: {getattr(error, 'strerror', None) or error}.",
            remedy="`dayzero plan --rekey-out FILE` writes a proposal.",
        ) from error


def decisions_in(file: Path | Decisions | None) -> Decisions:
    """Return the answers of a file, or as they are; none without. Raises UsageError for what has none."""
    if file is None or isinstance(file, Decisions):
        return file or Decisions()
    try:
        return decisions_of_text(file.read_text(encoding="utf-8-sig"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Cannot read the decisions {file}: {error}.", remedy="`dayzero plan --doubts-out FILE` writes the doubts."
        ) from error


def plan_in(file: Path) -> Plan:
    """Return the plan of a file, as it was saved. Raises UsageError for what is none."""
    try:
        text = whole_content(file)
    except OSError as error:
        raise UsageError(
            f"Cannot read the plan {file}: {error.strerror}.", remedy="Make one with `dayzero plan --out FILE`."
        ) from error
    return plan_of_text(text, str(file))
