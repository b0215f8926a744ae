"""Operations as they come over the wire: typed, checked by kind, named by line where they are wrong."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from dayzero_simulator.problems import Unprocessable

__all__ = ["ACCOUNT_KINDS", "FIELDS", "LISTS", "OPS", "RECORD_KINDS", "STATUSES", "Operation", "decode_part"]

ACCOUNT_KINDS = ("student", "parent")
STATUSES = ("pending", "active", "disabled")
"""Of an account."""
RECORD_KINDS = ("student-record", "school-year", "course")
LISTS = ("years", "children", "grade_levels")

_ACCOUNT = ("login", "given_name", "family_name", "grade_level", "next_grade_level", "years", "new", "children")
FIELDS: dict[str, tuple[str, ...]] = {
    "student": _ACCOUNT,
    "parent": _ACCOUNT,
    "student-record": ("given_name", "family_name", "grade_level", "next_grade_level", "years"),
    "school-year": ("name", "starts_on", "ends_on", "role", "opened_as"),
    "course": ("course_id", "year_id", "title", "department", "credits", "grade_levels", "required"),
}
"""What an operation of a kind may change, besides the status of an account."""

OPS = {
    **dict.fromkeys(ACCOUNT_KINDS, ("create", "update", "enable", "disable")),
    **dict.fromkeys(RECORD_KINDS, ("create", "update", "remove")),
}
BARE = ("disable", "remove")
"""Operations whose changes are empty."""

Text = tuple[str | None, str | None] | UnsetType
Texts = tuple[list[str] | None, list[str] | None] | UnsetType
Flag = tuple[bool | None, bool | None] | UnsetType


class Changes(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """``{field: [before, after]}`` of any kind; which fields a kind has is checked by ``decode_part``."""

    login: Text = UNSET
    given_name: Text = UNSET
    family_name: Text = UNSET
    grade_level: Text = UNSET
    next_grade_level: Text = UNSET
    years: Texts = UNSET
    new: Flag = UNSET
    children: Texts = UNSET
    name: Text = UNSET
    starts_on: Text = UNSET
    ends_on: Text = UNSET
    role: Text = UNSET
    opened_as: Text = UNSET
    course_id: Text = UNSET
    year_id: Text = UNSET
    title: Text = UNSET
    department: Text = UNSET
    credits: tuple[float | None, float | None] | UnsetType = UNSET
    grade_levels: Texts = UNSET
    required: Flag = UNSET


class Operation(Struct, forbid_unknown_fields=True):
    """One line of a part."""

    op: Literal["create", "update", "enable", "disable", "remove"]
    kind: Literal["student", "parent", "student-record", "school-year", "course"]
    id: str
    changes: Changes
    held: bool = False

    def after(self) -> dict[str, object]:
        """Return the fields that change, with the value after."""
        return {f: pair[1] for f in FIELDS[self.kind] if (pair := getattr(self.changes, f)) is not UNSET}


_DECODER = msgspec.json.Decoder(Operation)


def decode_part(body: bytes) -> list[Operation]:
    """Return a part's operations; raise Unprocessable naming the first line that is none."""
    try:
        operations = _DECODER.decode_lines(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _first_wrong_line(body) from None
    for number, operation in enumerate(operations, start=1):
        if problem := _problem(operation):
            raise Unprocessable(f"line {number}: {problem}", line=number)
    return operations


def _problem(operation: Operation) -> str:
    if not operation.id:
        return "an operation needs an id"
    if operation.held:
        return "a held operation must not be sent"
    if operation.op not in OPS[operation.kind]:
        return f"{operation.op!r} is no operation on {operation.kind!r}"
    changed = {f for f in operation.changes.__struct_fields__ if getattr(operation.changes, f) is not UNSET}
    if changed and operation.op in BARE:
        return f"{operation.op!r} changes no field"
    strange = sorted(changed - set(FIELDS[operation.kind]))
    return f"{operation.kind!r} has no field {', '.join(strange)}" if strange else ""


def _first_wrong_line(body: bytes) -> Unprocessable:
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                _DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                return Unprocessable(f"line {number}: {error}", line=number)
    return Unprocessable("the part is no NDJSON")
