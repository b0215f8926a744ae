"""Compare the accounts that are wanted with those the portal has: one operation per account that must change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import polars as pl

from dayzero.conform import places
from dayzero.gradebook import ACCOUNT_FIELDS, ACCOUNT_KINDS, Key, of_kind, working
from dayzero.plan.cascade import together
from dayzero.plan.encoding import changed, created, differing, in_slices, operations_frame

__all__ = ["account_operations", "beside", "frozen_accounts", "in_order", "years_only_added"]


def frozen_accounts(known: pl.DataFrame, unreadable: pl.DataFrame, *, renewed: Collection[Key] = ()) -> pl.DataFrame:
    """Return whose account stays as it is in this run: ``kind``, ``person_id``, ``table``, ``row`` of the root cause.

    Persons named in left-out rows, and every parent whose children on the portal include such a student, unless their account is
    ``renewed``: these are no children of whoever has it now.
    """
    students = unreadable.filter(pl.col("kind") == "student").select(
        pl.col("person_id").alias("children"), "table", "row"
    )
    parents = (
        working(known)
        .filter(pl.col("kind") == "parent", ~pl.col("person_id").is_in([i for kind, i in renewed if kind == "parent"]))
        .select("kind", "person_id", "children")
        .explode("children")
        .join(students, on="children")
        .select("kind", "person_id", "table", "row")
        .sort("person_id", "table", "row")
    )
    return pl.concat([unreadable.select("kind", "person_id", "table", "row"), parents]).unique(
        ["kind", "person_id"], keep="first", maintain_order=True
    )


def years_only_added(wanted: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return accounts or student records with the years and grades that ``known`` has of them, and with years of their own beside these.

    For a people table that was read in part: a row that did not come takes no year away and makes nobody new (R39), and one that
    came alone, or in pieces, changes no grade.
    """
    key = [c for c in ("kind", "person_id", "id") if c in wanted.columns]
    fields = [c for c in ("years", "grade_level", "next_grade_level", "new") if c in wanted.columns]
    before = known.select(*key, pl.col(fields).name.prefix("known_"))
    rows = wanted.join(before, on=key, how="left", maintain_order="left")
    kept = {
        "years": pl.when(pl.col("known_years").is_not_null())
        .then(pl.col("known_years").list.set_union("years").list.sort())
        .otherwise("years"),
        "grade_level": pl.coalesce("known_grade_level", "grade_level"),
        "next_grade_level": pl.coalesce("known_next_grade_level", "next_grade_level"),
        "new": pl.col("new") & pl.col("known_new").fill_null(value=True),
    }
    return rows.with_columns(**{field: kept[field] for field in fields}).select(wanted.columns)


def account_operations(
    wanted: Callable[[str], pl.DataFrame],
    withheld: pl.DataFrame,
    known: pl.DataFrame,
    frozen: pl.DataFrame,
    *,
    refused: Mapping[str, frozenset[str]] = MappingProxyType({}),
    cut: Mapping[str, frozenset[str]] = MappingProxyType({}),
    untouched: pl.DataFrame | None = None,
    renewed: Collection[Key] = (),
    may_remove: bool = True,
) -> pl.DataFrame:
    """Return one operation per account that must change, columns of ``OPERATION_SCHEMA``, sorted by kind and id.

    ``wanted``: gives the accounts of a kind, asked for one after the other. ``may_remove`` False (a people table was
    read in part): nobody is disabled and children are only added. ``refused``: parent -> children somebody has refused
    them; ``cut``: parent -> children whose id is somebody else's now: both are taken all the same, even from who is untouched or kept
    for a slip of the pen. ``untouched`` (``kind``, ``person_id``): nothing else is done of them, whatever is frozen or wanted. ``renewed``: whose account goes to another person.
    """
    made = []
    for kind in sorted(ACCOUNT_KINDS):
        asked, there, leaving = wanted(kind), known, withheld
        if untouched is not None and not untouched.is_empty():
            asked, there, leaving = (
                _without(rows, of_kind(untouched, kind)["person_id"])
                for rows in (asked, of_kind(known, kind), of_kind(withheld, kind))
            )
        others = [ident for of, ident in renewed if of == kind]
        no = together(refused, cut)
        mine = _operations_on(kind, asked, leaving, there, frozen, no, others, may_remove=may_remove)
        if no and kind == "parent":
            left = pl.Series(sorted(no.keys() - set(mine["id"])), dtype=pl.String)
            mine = in_order(pl.concat([mine, _refusals(of_kind(known, kind), left, no)]))
        made.append(mine)
    return pl.concat(made)


def _operations_on(
    kind: str,
    wanted: pl.DataFrame,
    withheld: pl.DataFrame,
    known: pl.DataFrame,
    frozen: pl.DataFrame,
    refused: Mapping[str, frozenset[str]],
    renewed: Collection[str],
    *,
    may_remove: bool,
) -> pl.DataFrame:
    known, still = of_kind(known, kind), of_kind(frozen, kind)["person_id"]
    fresh, there, _ = beside(wanted, known, "person_id")
    fresh = _without(fresh, still)
    there = _bent(there, still, refused if kind == "parent" else {}, may_remove=may_remove)
    back = pl.col("known_status") == "disabled"
    who = pl.col("person_id")
    other = who.is_in(list(renewed))
    # Only what differs is encoded: on most days next to nothing does.
    concerned = differing(there, ACCOUNT_FIELDS) | (there["known_status"] == "disabled")
    there = there.filter(concerned | there.select(other).to_series() if renewed else concerned)

    named: dict[str, pl.Expr] = {"kind": pl.col("kind"), "id": pl.col("person_id")}
    again = pl.when(other).then(pl.lit("renew")).when(back).then(pl.lit("enable")).otherwise(pl.lit("update"))
    made = [
        in_slices(fresh, op=pl.lit("create"), **named, changes=created(fresh, ACCOUNT_FIELDS)),
        in_slices(there, op=again, **named, changes=changed(there, ACCOUNT_FIELDS)),
    ]
    # An account that is somebody else's is kept for no slip of the pen.
    ends = of_kind(withheld, kind).filter(pl.col("ends_account") | other, "has_account")
    stays = who.is_in(still.implode()) if may_remove else pl.lit(value=True)
    if kind == "parent" and refused:
        stays &= ~who.is_in(_refused_all(known, refused))
    leavers = ends.filter(~stays)
    if refused:
        made.append(_refusals(known, ends.filter(stays)["person_id"], refused))
    made.append(leavers.select(op=pl.lit("disable"), kind="kind", id="person_id", changes=pl.lit("{}")))
    return in_order(pl.concat(made))


def _refused_all(known: pl.DataFrame, refused: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the parents to whom every child they have was refused."""
    parents = known.filter(pl.col("person_id").is_in(list(refused))).select("person_id", "children")
    return [parent for parent, children in parents.iter_rows() if children and refused[parent].issuperset(children)]


def _refusals(known: pl.DataFrame, staying: pl.Series, refused: Mapping[str, frozenset[str]]) -> pl.DataFrame:
    """Return what takes the refused children from parents whose account stays though nobody grants them access now."""
    parents = known.filter(pl.col("person_id").is_in(staying.implode()), pl.col("person_id").is_in(list(refused)))
    changes = [
        ("update", "parent", parent, {"children": (children, sorted(set(children) - refused[parent]))})
        for parent, children in parents.select("person_id", "children").iter_rows()
    ]
    return operations_frame(changes).drop("held")


def _without(rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Return rows but for those of some people; nothing is copied where it is nobody."""
    return rows if ids.is_empty() else rows.filter(~pl.col("person_id").is_in(ids.implode()))


def beside(wanted: pl.DataFrame, known: pl.DataFrame, key: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the wanted rows that are new, the rest with what is known beside them (``known_*``), and who is known and not wanted.

    ``known`` is sorted by ``key``; ``wanted`` should be: then neither is gathered row by row, and on most nights not even copied.
    """
    before = known.select(pl.all().exclude("kind", key).name.prefix("known_"))
    if known.is_empty():
        return wanted, wanted.clear().hstack(before), known
    if wanted[key].equals(known[key]):
        return wanted.clear(), wanted.hstack(before), known.clear()
    place = places(known[key], wanted[key])
    there, rows = place.is_not_null(), place.drop_nulls()
    asked_for = pl.repeat(value=False, n=known.height, eager=True).scatter(rows, True)
    before = before.filter(asked_for) if rows.is_sorted() else before[rows]
    both = wanted if rows.len() == wanted.height else wanted.filter(there)
    return wanted.filter(~there), both.hstack(before), known.filter(~asked_for)


def in_order(operations: pl.DataFrame) -> pl.DataFrame:
    """Return operations on one kind sorted by id, in one piece; most are made in that order."""
    operations = operations.rechunk()
    ids = operations["id"]
    return operations if (ids.shift(1) < ids).all() else operations.sort("id")


def _bent(
    rows: pl.DataFrame, still: pl.Series, refused: Mapping[str, frozenset[str]], *, may_remove: bool
) -> pl.DataFrame:
    """Return wanted beside known, frozen accounts (``still``) bent to what they already are."""
    if may_remove and still.is_empty():
        return rows
    held_still = pl.col("person_id").is_in(still.implode())
    rows = rows.filter(~held_still | (pl.col("known_status") != "disabled"))
    adds_only = held_still if may_remove else pl.lit(value=True)
    union = pl.col("known_children").list.set_union("children").list.sort()
    if refused:
        said = pl.DataFrame({"person_id": list(refused), "refused": [sorted(c) for c in refused.values()]})
        rows = rows.join(said, on="person_id", how="left", maintain_order="left")
        union = union.list.set_difference(pl.col("refused").fill_null([])).list.sort()
    grown = adds_only & (pl.col("kind") == "parent") & pl.col("known_children").is_not_null()
    rows = rows.with_columns(
        pl.when(grown).then(union).otherwise("children").alias("children"),
        pl.when(grown)
        .then(pl.col("known_years").list.set_union("years").list.sort())
        .otherwise("years")
        .alias("years"),
        pl.when(grown).then(pl.col("known_new") & pl.col("new")).otherwise("new").alias("new"),
    )
    got_child = held_still & (pl.col("children") != pl.col("known_children")).fill_null(value=False)
    fixed = [f for f in ACCOUNT_FIELDS if f not in ("children", "years", "new")]
    return rows.with_columns(
        *(pl.when(held_still).then(f"known_{f}").otherwise(f).alias(f) for f in fixed),
        *(
            pl.when(held_still & ~got_child).then(f"known_{f}").otherwise(f).alias(f)
            for f in ("children", "years", "new")
        ),
    )
