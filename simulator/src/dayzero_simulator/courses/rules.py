"""Who may do what with a request in which state, as data; what is not in the table is refused, with its reason."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACTIONS", "FAMILY", "NOTHING", "STATES", "Action", "refusal"]

STATES = ("draft", "submitted", "reviewed", "received", "approved", "returned")
NOTHING = ""
"""The state of a request nobody has begun."""
FAMILY = ("student", "parent")


@dataclass(frozen=True)
class Action:
    """What somebody does: ``roles`` may, in the states ``of``; the request is ``to`` afterwards."""

    name: str
    title: str
    roles: tuple[str, ...]
    of: tuple[str, ...]
    to: str
    edits: bool = False


ACTIONS = {
    a.name: a
    for a in (
        Action("save", "Save draft", FAMILY, (NOTHING, "draft", "returned"), "draft", edits=True),
        Action("submit", "Submit", FAMILY, (NOTHING, "draft", "returned"), "submitted", edits=True),
        Action("take-back", "Take back to change it", FAMILY, ("submitted", "reviewed"), "draft"),
        Action("review", "Send review", ("parent",), ("submitted", "reviewed"), "reviewed"),
        Action("receive", "Receive", ("admin",), ("submitted", "reviewed"), "received"),
        Action("approve", "Approve", ("admin",), ("received",), "approved"),
        Action("return", "Return with a note", ("admin",), ("submitted", "reviewed", "received"), "returned"),
        Action("reopen", "Reopen with a reason", ("admin",), ("approved",), "returned"),
    )
}

_WHY = {
    NOTHING: "Nothing has been chosen yet.",
    "draft": "The request has not been submitted yet.",
    "submitted": "The request is submitted. Take it back to change it.",
    "reviewed": "The request is submitted and reviewed. Take it back to change it.",
    "received": "The school has received the request. Ask the school to return it if it must change.",
    "approved": "The school has approved the request; it is final. If it must change, ask the school to reopen it.",
    "returned": "The school has returned the request; it must be submitted again first.",
}
_WHY_NOT = {
    ("approve", "submitted"): "Receive the request before you approve it.",
    ("approve", "reviewed"): "Receive the request before you approve it.",
    ("receive", "received"): "The request is received already.",
    ("return", "approved"): "The request is approved. Reopen it with a reason if it must change.",
    ("receive", "approved"): "The request is approved already.",
    ("approve", "approved"): "The request is approved already.",
    ("return", "returned"): "The request is returned already.",
    ("reopen", "received"): "The request is not approved yet. Return it with a note if it must change.",
}


def refusal(action: Action, role: str, state: str, *, withdrawn: bool) -> str | None:
    """Return why somebody may not do this now, or None if they may."""
    if role not in action.roles:
        who = " or ".join("the school" if r == "admin" else f"the {r}" for r in action.roles)
        return f"Only {who} can do that."
    if withdrawn:
        # Case 52: the request is kept, and nobody goes on with it.
        return "The student is no longer in the scheduling year: the request is kept as it is."
    if state not in action.of:
        return _WHY_NOT.get((action.name, state), _WHY[state])
    return None
