"""A plan as a text and back: what was reviewed, byte for byte, or an error that says what it is instead."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import polars as pl
import pytest
from frames import Op, op, planned

from dayzero.errors import ExitCode, StalePlanError, UsageError
from dayzero.plan import Header, Plan, plan_of_text, text_of_plan
from dayzero.plan.file import plan_id_of
from dayzero.plan.limits import Suspicion, counted
from dayzero.plan.model import bare_plan

HEADER = Header(
    schema="dayzero-plan/1", school="tiny", portal="https://portal.example", send_scheduling_year=True,
    settings_digest="d", base_revision="r1",
)  # fmt: skip
FULL = Header(
    schema="dayzero-plan/1", school="tiny", portal="https://portal.example", send_scheduling_year=False,
    settings_digest="d", base_revision="r1", undoes="run", shrunk={"students": (9, 1)},
    rekeyed={"student": {"1": "x1"}}, reasons={"parent": {"no-sent-student": ["c1", "c2"]}},
)  # fmt: skip
OPS = (
    op("update", "parent", "c1", children=(["s1", 'a"b'], []), login=("O'Neil@x", "zoë@x")),
    op("create", "course", "2028/ENG", credits=(None, 1.5), grade_levels=(None, ["9"]), required=(None, True)),
    op("disable", "student", "s,1"),
    op("create", "student", 's"2\n', new=(None, True), years=(None, ["active"])),
    op("remove", "student-record", "s1"),
)


def plan_of(*ops: Op, header: Header = HEADER, held: tuple[str, ...] = ()) -> Plan:
    """Return a plan of these operations."""
    frame = planned(*ops, held=held)
    return bare_plan(header, frame, plan_id_of(header, frame))


def text(plan: Plan) -> bytes:
    """Return a plan's whole text."""
    return b"".join(text_of_plan(plan))


def canonical(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def written(header: dict[str, Any], *lines: bytes) -> bytes:
    """Return the text of a plan with an honest id, whatever its lines say."""
    plan_id = hashlib.sha256(canonical(header) + b"".join(lines)).hexdigest()
    return canonical({**header, "plan_id": plan_id}) + b"".join(lines)


@pytest.mark.parametrize("header", [HEADER, FULL])
def test_a_plan_is_read_as_it_was_written(header: Header) -> None:
    plan = plan_of(*OPS, header=header, held=("c1",))
    read = plan_of_text(text(plan), "tonight.plan")
    assert (read.header, read.plan_id) == (plan.header, plan.plan_id)
    assert read.operations.equals(plan.operations)
    assert read.going["id"].to_list() == [ident for _, _, ident, _ in OPS[1:]]


def test_limits_count_a_plan_that_was_read_as_the_one_that_was_written() -> None:
    plan = plan_of(*OPS)
    assert counted(plan.operations).to_list() == [True, False, True, True, False]
    assert counted(plan_of_text(text(plan), "p").operations).equals(counted(plan.operations))


def test_a_header_carries_what_makes_a_read_doubtful() -> None:
    read = plan_of_text(text(plan_of(header=FULL)), "p").header
    assert read.suspicion == Suspicion({"students": (9, 1)}, {"student": {"1": "x1"}})
    assert HEADER.suspicion == Suspicion()


def test_a_plan_of_nothing_is_a_plan() -> None:
    read = plan_of_text(text(plan_of()), "p")
    assert (read.operations.height, read.exit_code) == (0, ExitCode.DONE)
    assert plan_of_text(text(plan_of()).removesuffix(b"\n"), "p").plan_id == read.plan_id


def test_the_id_is_the_hash_of_the_lines_without_itself() -> None:
    plan = plan_of(*OPS)
    first, *rest = text(plan).splitlines(keepends=True)
    head = json.loads(first)
    assert head.pop("plan_id") == plan.plan_id == hashlib.sha256(canonical(head) + b"".join(rest)).hexdigest()
    assert [canonical(json.loads(line)) for line in rest] == rest
    assert "undoes" not in head, "what is not set is not there"


def test_what_is_held_is_part_of_the_plan() -> None:
    assert plan_of(*OPS).plan_id != plan_of(*OPS, held=("c1",)).plan_id
    assert plan_of(*OPS, held=("c1",)).exit_code == ExitCode.HELD


def test_another_header_is_another_plan() -> None:
    assert plan_of(*OPS).plan_id != plan_of(*OPS, header=FULL).plan_id


def test_a_plan_that_was_changed_is_not_the_one_that_was_reviewed() -> None:
    body = text(plan_of(*OPS, held=("c1",)))
    changes = {
        b'"s1"': b'"s9"', b'"held":true': b'"held":false', b'"base_revision":"r1"': b'"base_revision":"r2"',
        b'"send_scheduling_year":true': b'"send_scheduling_year":false', b'"op":"disable"': b'"op":"enable"',
    }  # fmt: skip
    for before, after in changes.items():
        changed = body.replace(before, after, 1)
        assert changed != body
        with pytest.raises(StalePlanError, match=r"tonight\.plan was changed") as caught:
            plan_of_text(changed, "tonight.plan")
        assert caught.value.exit_code == ExitCode.HELD


def test_a_line_less_or_more_or_in_another_order_is_another_plan() -> None:
    first, *rest = text(plan_of(*OPS)).splitlines(keepends=True)
    more = canonical({"changes": {}, "held": False, "id": "s9", "kind": "student", "op": "disable"})
    for lines in (rest[:-1], [*rest, more], rest[::-1]):
        with pytest.raises(StalePlanError):
            plan_of_text(b"".join([first, *lines]), "p")


def line(**changed: Any) -> bytes:
    """Return an operation's line with something changed."""
    sound = {"changes": {"login": ["a", "b"]}, "held": False, "id": "s1", "kind": "student", "op": "update"}
    return canonical({**sound, **changed})


def test_an_honest_line_is_read() -> None:
    assert plan_of_text(written(HEADER.document(), line()), "p").operations.height == 1


def test_two_operations_on_one_account_are_no_plan() -> None:
    for second in (line(), line(op="disable", changes={}), line(changes={"login": ["a", "c"]})):
        with pytest.raises(UsageError, match="same account or record"):
            plan_of_text(written(HEADER.document(), line(), line(id="s2"), second), "p")


def test_a_student_a_parent_and_a_record_of_one_id_are_three() -> None:
    others = [line(kind="parent"), line(kind="student-record", changes={})]
    assert plan_of_text(written(HEADER.document(), line(), *others), "p").operations.height == 3


def refusals(*texts: bytes) -> list[str]:
    """Return how each text is refused; nothing is raised but a UsageError."""
    said = []
    for body in texts:
        try:
            plan_of_text(body, "notes.txt")
        except UsageError as error:
            said.append(error.message)
        else:
            said.append(f"taken as a plan: {body!r}")
    return said


BROKEN = [
    line(op="remove"), line(op="rename"), line(kind="teacher"), line(kind="course", op="disable", changes={}),
    line(changes={"status": ["active", "disabled"]}), line(changes={"login": ["a"]}),
    line(changes={"login": ["a", "b", "c"]}), line(changes={"login": ["a", 7]}), line(changes={"years": [[], "active"]}),
    line(changes=[]), line(held="no"), line(id=""), line(id=7), line(more=1),
    b'{"changes":{},"held":false,"id":"s1","kind":"student"}\n', b"no json\n", b"[1]\n",
    b'{"id": "\xff"}\n',
]  # fmt: skip


def test_an_operation_there_cannot_be_is_no_plan() -> None:
    said = refusals(*(written(HEADER.document(), line(id="s0"), broken) for broken in BROKEN))
    assert [message for message in said if not message.startswith("notes.txt is not a dayzero plan")] == []


def test_another_file_is_no_plan() -> None:
    bodies = (b"", b"\n", b"no json", b"[]", b"{", b"kind,old_id,new_id\n", b"\xff\xfe", b"[" * 100_000)
    said = refusals(*bodies, canonical(HEADER.document()))
    assert [message for message in said if not message.startswith("notes.txt is not a dayzero plan")] == []


def test_a_plan_of_another_version_is_said_to_be_one() -> None:
    schemas = ("dayzero-plan/0", "dayzero-plan/2", None, 1)
    said = refusals(*(written({**HEADER.document(), "schema": schema}) for schema in schemas))
    assert [f"has the plan schema {schema!r}" in message for schema, message in zip(schemas, said, strict=True)] == [
        True
    ] * 4


def test_a_header_that_says_something_else_is_no_plan() -> None:
    others = ({"more": 1}, {"school": 7}, {"undoes": []}, {"rekeyed": {"student": ["1"]}})
    said = refusals(*(written({**HEADER.document(), **other}) for other in others))
    assert [message for message in said if "is not a dayzero plan" not in message] == []


def test_a_header_that_leaves_something_out_is_no_plan() -> None:
    needed = [name for name in HEADER.document() if name != "schema"]
    said = refusals(*(written({k: v for k, v in HEADER.document().items() if k != name}) for name in needed))
    assert [f"missing required field `{name}`" in message for name, message in zip(needed, said, strict=True)] == [
        True
    ] * 5


def test_a_long_plan_is_written_and_read_like_a_short_one() -> None:
    frame = pl.DataFrame({
        "op": "disable", "kind": "student", "id": [f"{n:05}" for n in range(8_200)], "changes": "{}", "held": False,
    })  # fmt: skip
    plan = bare_plan(HEADER, frame, plan_id_of(HEADER, frame))
    assert plan_of_text(text(plan), "p").operations.equals(frame)
