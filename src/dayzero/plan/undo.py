"""Take a run back: the inverse of what it did, with the values from the journal. Pure.

Nothing is deleted on a portal: a created account is disabled, a disabled one enabled, a changed field set back. What
somebody changed since is not overwritten but shown as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from dayzero.config import Config
from dayzero.errors import RefusedError
from dayzero.gradebook import RECORD_SCHEMAS, Difference, Key, PortalView, working_counts
from dayzero.plan.cascade import Kept, following, years_by_role
from dayzero.plan.encoding import operations_frame
from dayzero.plan.file import plan_id_of
from dayzero.plan.holds import kept_by, mark_held
from dayzero.plan.limits import Suspicion, breaches, students_in
from dayzero.plan.model import Plan, bare_plan, header_of
from dayzero.plan.names import names_on
from dayzero.plan.requests import REQUESTS_SCHEMA, withdrawing

__all__ = ["Undo", "ended_year", "inverse", "undo"]

Row = Mapping[str, Any]
Changes = dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Undo:
    """The plan that takes a run back, and what somebody changed since, which stays as it is."""

    plan: Plan
    conflicts: tuple[Difference, ...]


def undo(
    run_id: str,
    operations: Iterable[Mapping[str, Any]],
    removed: Mapping[Key, Row],
    portal: PortalView,
    config: Config,
    requests: pl.DataFrame | None = None,
) -> Undo:
    """Return the plan that takes a run back, judged by the same limits, and what stands in its way. See ``inverse``.

    ``requests``: course requests on the portal, where anybody loses the year they are for.
    """
    back, conflicts = inverse(operations, removed, portal)
    years = years_by_role(portal)
    working = working_counts(portal.accounts)
    # What comes back by an undo surprises nobody.
    over = breaches(
        back, working, config.limits, years=years, students=students_in(portal), unlimited=("enable",), by_hand=True
    )
    keep = kept_by(over, back, Suspicion(), {}, years)
    marked = mark_held(back, over)
    back = following(marked, portal, keep, {})
    choosing = withdrawing(back, portal, pl.DataFrame(schema=REQUESTS_SCHEMA) if requests is None else requests)
    if choosing.held:
        over += choosing.held
        back = following(marked, portal, keep | Kept(students=choosing.students), {})
    header = header_of(config, portal.revision, undoes=run_id, held=choosing.held)
    plan = replace(
        bare_plan(header, back, plan_id_of(header, back), over), requests=choosing.lost, names=names_on(portal)
    )
    return Undo(plan, tuple(conflicts))


def ended_year(operations: Iterable[Mapping[str, Any]], removed: Mapping[Key, Row]) -> str | None:
    """Return the year that a run's ``operations`` took the role of the active one from; None: no change of year is in them.

    ``removed``: the records it removed, as they were.
    """
    for o in operations:
        if o["kind"] != "school-year":
            continue
        before, after = (removed.get(("school-year", o["id"]), {}).get("role"), None)
        if o["op"] != "remove":
            before, after = o["changes"].get("role", (None, None))
        if before == "active" != after:
            return str(o["id"])
    return None


@dataclass(frozen=True)
class _Inverse:
    op: str | None
    changes: Changes
    conflicts: tuple[Difference, ...] = ()


def inverse(
    operations: Iterable[Mapping[str, Any]], removed: Mapping[Key, Row], portal: PortalView
) -> tuple[pl.DataFrame, list[Difference]]:
    """Return the operations that take ``operations`` back, and what stands in the way.

    ``operations``: those a run applied, decoded. ``removed``: the records it removed, as they were. The frame has
    ``OPERATION_SCHEMA`` and ``held`` (false), sorted by kind and id.
    """
    done = list(operations)
    renewed = [f"{o['kind']} {o['id']}" for o in done if o["op"] == "renew"]
    if renewed:
        raise RefusedError(
            f"This run gave an account to another person ({', '.join(renewed[:5])}): it cannot be taken back.",
            remedy="The former holder's account can be restored on the portal for 30 days.",
            renewed=renewed,
        )
    there = _rows(portal, {(o["kind"], o["id"]) for o in done})
    made: list[tuple[str, str, str, Changes]] = []
    conflicts: list[Difference] = []
    for operation in done:
        key = operation["kind"], operation["id"]
        answer = _inverse_of(operation, there.get(key), removed.get(key))
        conflicts += answer.conflicts
        if answer.op is not None:
            made.append((answer.op, *key, answer.changes))
    return operations_frame(made).sort("kind", "id"), conflicts


def _rows(portal: PortalView, wanted: set[Key]) -> dict[Key, Row]:
    """Return what the portal has of ``wanted``."""
    return {key: row for key, row in _everything(portal) if key in wanted}


def _everything(portal: PortalView) -> Iterator[tuple[Key, Row]]:
    for row in portal.accounts.iter_rows(named=True):
        yield (row["kind"], row["person_id"]), row
    for kind, records in portal.records.items():
        for row in records.iter_rows(named=True):
            yield (kind, row["id"]), row


def _inverse_of(operation: Row, now: Row | None, before: Row | None) -> _Inverse:
    op, kind, ident, changes = (operation[name] for name in ("op", "kind", "id", "changes"))
    if op == "remove":
        return _put_back(kind, ident, now, before)
    if now is None and op == "create" and kind in RECORD_SCHEMAS:
        return _Inverse(None, {})
    if now is None:
        return _Inverse(None, {}, (Difference(kind, ident, None, "there", None),))
    if op == "update":
        return _set_back(kind, ident, changes, now)
    if kind in RECORD_SCHEMAS:
        changed = _conflicts(kind, ident, changes, now)
        return _Inverse(None if changed else "remove", {}, changed)
    # An account. `enable` may have carried new values: they stay on the disabled account, which holds no login.
    wanted, inverse_op = ("disabled", "enable") if op == "disable" else ("working", "disable")
    as_left = (now["status"] == "disabled") == (wanted == "disabled")
    return _Inverse(inverse_op if as_left else None, {})


def _put_back(kind: str, ident: str, now: Row | None, before: Row | None) -> _Inverse:
    if now is not None or before is None:
        return _Inverse(
            None, {}, (Difference(kind, ident, None, None, "there" if now is not None else "not recorded"),)
        )
    return _Inverse("create", {f: (None, v) for f, v in before.items() if f != "id" and v is not None})


def _set_back(kind: str, ident: str, changes: Row, now: Row) -> _Inverse:
    if now.get("status") == "disabled":
        return _Inverse(None, {}, (Difference(kind, ident, "status", "working", "disabled"),))
    conflicts = _conflicts(kind, ident, changes, now)
    left_alone = {c.field for c in conflicts}
    back = {f: (after, before) for f, (before, after) in changes.items() if f not in left_alone and now[f] != before}
    return _Inverse("update" if back else None, back, conflicts)


def _conflicts(kind: str, ident: str, changes: Row, now: Row) -> tuple[Difference, ...]:
    """Return the fields that no longer have the value the run gave them; one that is back already is no conflict."""
    return tuple(
        Difference(kind, ident, field, after, now[field])
        for field, (before, after) in changes.items()
        if now[field] not in (after, before)
    )
