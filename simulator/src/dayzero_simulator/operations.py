"""Operations as they come over the wire: typed by kind in one pass, named by line where they are wrong."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct

from dayzero_simulator.problems import Unprocessable

__all__ = [
    "ACCOUNT_KINDS",
    "FIELDS",
    "LEFT_OUT",
    "LISTS",
    "RECORD_KINDS",
    "STATUSES",
    "UNCHANGED",
    "AccountChanges",
    "Operation",
    "changed",
    "decode_part",
]

T = TypeVar("T")

ACCOUNT_KINDS = ("student", "parent")
STATUSES = ("pending", "active", "disabled")
"""Of an account."""
LONGEST_ID = 1000
RECORD_KINDS = ("student-record", "school-year", "course")
LISTS = ("years", "children", "grade_levels")
BARE = ("disable", "remove")
"""Operations whose changes are empty."""


class Pair(Struct, Generic[T], array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """``[before, after]`` of a field. A part has a million of them: they are kept out of the collector's sight."""

    before: T | None
    after: T | None


UNCHANGED: Any = Pair(None, None)
"""THE pair of a field that is not named; one that changes from nothing to nothing is another object."""


class Changes(Struct, forbid_unknown_fields=True, gc=False):
    """``{field: [before, after]}``."""


class AccountChanges(Changes):
    """What changes of an account, besides its status."""

    login: Pair[str] = UNCHANGED
    given_name: Pair[str] = UNCHANGED
    family_name: Pair[str] = UNCHANGED
    grade_level: Pair[str] = UNCHANGED
    next_grade_level: Pair[str] = UNCHANGED
    years: Pair[list[str]] = UNCHANGED
    new: Pair[bool] = UNCHANGED
    children: Pair[list[str]] = UNCHANGED


class StudentRecordChanges(Changes):
    """What changes of a student's record."""

    given_name: Pair[str] = UNCHANGED
    family_name: Pair[str] = UNCHANGED
    grade_level: Pair[str] = UNCHANGED
    next_grade_level: Pair[str] = UNCHANGED
    years: Pair[list[str]] = UNCHANGED


class SchoolYearChanges(Changes):
    """What changes of a school year."""

    name: Pair[str] = UNCHANGED
    starts_on: Pair[str] = UNCHANGED
    ends_on: Pair[str] = UNCHANGED
    role: Pair[str] = UNCHANGED
    opened_as: Pair[str] = UNCHANGED


class CourseChanges(Changes):
    """What changes of a course."""

    course_id: Pair[str] = UNCHANGED
    year_id: Pair[str] = UNCHANGED
    title: Pair[str] = UNCHANGED
    department: Pair[str] = UNCHANGED
    credits: Pair[float] = UNCHANGED
    grade_levels: Pair[list[str]] = UNCHANGED
    required: Pair[bool] = UNCHANGED
    code: Pair[str] = UNCHANGED
    description: Pair[str] = UNCHANGED
    prerequisite: Pair[str] = UNCHANGED
    term: Pair[str] = UNCHANGED


class Operation(Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True, gc=False):
    """One line of a part."""

    kind: ClassVar[str]
    op: str
    id: Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
    changes: Any
    held: bool = False


class OnAccount(Operation):
    """An operation on an account."""

    op: Literal["create", "update", "renew", "disable", "enable"]
    changes: AccountChanges


class OnStudent(OnAccount, tag="student"):
    """An operation on a student's account."""

    kind = "student"


class OnParent(OnAccount, tag="parent"):
    """An operation on a parent's account."""

    kind = "parent"


class OnStudentRecord(Operation, tag="student-record"):
    """An operation on a student's record."""

    kind = "student-record"
    op: Literal["create", "update", "renew", "remove"]
    changes: StudentRecordChanges


class OnSchoolYear(Operation, tag="school-year"):
    """An operation on a school year."""

    kind = "school-year"
    op: Literal["create", "update", "remove"]
    changes: SchoolYearChanges


class OnCourse(Operation, tag="course"):
    """An operation on a course."""

    kind = "course"
    op: Literal["create", "update", "remove"]
    changes: CourseChanges


_TYPES: tuple[type[Operation], ...] = (OnStudent, OnParent, OnStudentRecord, OnSchoolYear, OnCourse)
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    OnStudent | OnParent | OnStudentRecord | OnSchoolYear | OnCourse
)


def _field(of: type[Operation], name: str) -> Any:
    return next(f.type for f in msgspec.structs.fields(of) if f.name == name)


OPS: dict[str, tuple[str, ...]] = {of.kind: get_args(_field(of, "op")) for of in _TYPES}
FIELDS: dict[str, tuple[str, ...]] = {of.kind: _field(of, "changes").__struct_fields__ for of in _TYPES}
"""What an operation of a kind may change, besides the status of an account."""
LEFT_OUT = ("code", "description", "prerequisite", "term")
"""Fields that a record does not have while they are empty: of a school that says none of them it is as it always was."""


def changed(operation: Operation) -> list[str]:
    """Return the fields that an operation names."""
    return [f for f in operation.changes.__struct_fields__ if getattr(operation.changes, f) is not UNCHANGED]


def decode_part(body: bytes) -> list[Operation]:
    """Return a part's operations; raise Unprocessable naming the first line that is none."""
    try:
        operations: list[Operation] = _DECODER.decode_lines(body)
    except RecursionError:
        raise Unprocessable("a line is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _refusal(body) from None
    if any(o.held or (o.op in BARE and changed(o)) for o in operations):
        raise _refusal(body)
    return operations


# What is refused is read once more, by a type that any operation on any kind fits: it says what is wrong with which line.


def _any_pair(of: Any) -> Any:
    (value,) = get_args(of)
    return tuple[value | None, value | None] | UnsetType  # type: ignore[valid-type]


_ANY_CHANGES = defstruct(
    "Changes",
    list({
        f.name: (f.name, _any_pair(f.type), UNSET) for of in _TYPES for f in msgspec.structs.fields(_field(of, "changes"))
    }.values()),
    forbid_unknown_fields=True,
)  # fmt: skip
_ANY_OPERATION: Any = defstruct(
    "Operation",
    [
        ("op", Literal[tuple(op for ops in OPS.values() for op in ops)]),
        ("kind", Literal[tuple(OPS)]),
        ("id", str),
        ("changes", _ANY_CHANGES),
        ("held", bool, False),
    ],
    forbid_unknown_fields=True,
)
_NAMING = msgspec.json.Decoder(_ANY_OPERATION)


def _refusal(body: bytes) -> Unprocessable:
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                _NAMING.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                return Unprocessable(f"line {number}: {error}", line=number)
    for number, operation in enumerate(_NAMING.decode_lines(body), start=1):
        if problem := _problem(operation):
            return Unprocessable(f"line {number}: {problem}", line=number)
    return Unprocessable("the part is no NDJSON")


def _problem(operation: Any) -> str:
    if not operation.id:
        return "an operation needs an id"
    if len(operation.id) > LONGEST_ID:
        return f"an id has no more than {LONGEST_ID:,} characters"
    if operation.held:
        return "a held operation must not be sent"
    if operation.op not in OPS[operation.kind]:
        return f"{operation.op!r} is no operation on {operation.kind!r}"
    named = {f for f in operation.changes.__struct_fields__ if getattr(operation.changes, f) is not UNSET}
    if named and operation.op in BARE:
        return f"{operation.op!r} changes no field"
    strange = sorted(named - set(FIELDS[operation.kind]))
    return f"{operation.kind!r} has no field {', '.join(strange)}" if strange else ""
