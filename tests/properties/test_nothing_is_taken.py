"""No operation that is sent takes anything from somebody whose leaving is held, doubted, partial, shrunken or unreadable.

Over generated small schools: a portal that was synced, another read of it, and limits as they come. What is sent is compared with
what was there, person by person, without asking how the plan came to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from frames import ACTIVE, NEXT, Row, account, code, config, contact, enrolled, link, pupil, tables, unreadable, view
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dayzero.config import Config, Limit
from dayzero.conform import Conformed, Findings
from dayzero.gradebook import PortalView
from dayzero.plan import REQUESTS_SCHEMA, Plan, decide, gather

pytestmark = pytest.mark.slow

STUDENTS, PARENTS = [f"s{n}" for n in range(6)], [f"c{n}" for n in range(4)]

place = st.sampled_from(["both", "both", "active", "next", "gone", "no rows"])
schools = st.fixed_dictionaries(
    {
        "places": st.fixed_dictionaries(dict.fromkeys(STUDENTS, place)),
        "links": st.dictionaries(
            st.tuples(st.sampled_from(PARENTS), st.sampled_from(STUDENTS)),
            st.sampled_from([True, True, True, False, None]),
        ),
    }
)


def rows_of(school: Mapping[str, Any]) -> list[Row]:
    """Return the source's rows; the steady s and c keep every table from being empty."""
    rows = [pupil("s"), enrolled("s"), enrolled("s", NEXT), code("s"), contact("c"), link("c", "s")]
    for ident, where in school["places"].items():
        rows += [pupil(ident)] if where != "no rows" else []
        rows += [enrolled(ident)] if where in ("both", "active") else []
        rows += [enrolled(ident, NEXT, "10"), code(ident)] if where in ("both", "next") else []
    rows += [contact(ident) for ident in PARENTS]
    there = {ident for ident, where in school["places"].items() if where != "no rows"}
    return rows + [link(p, s, portal_access=word) for (p, s), word in school["links"].items() if s in there]


def read(school: Mapping[str, Any], **how: Any) -> Conformed:
    source = tables(*rows_of(school))
    count = {name: frame.height for name, frame in source.items()}
    return Conformed(source, Findings(), unreadable(*how.get("out", ())), count, how.get("states", {}))


def synced(school: Mapping[str, Any], settings: Config) -> PortalView:
    """Return a portal that has just what the school wants."""
    made = decide(gather(read(school), view(), settings), view(), settings).plan
    return applied(made, view())


def applied(plan: Plan, portal: PortalView) -> PortalView:
    """Return the portal after what is sent of a plan, reckoned here."""
    accounts = {(a["kind"], a["person_id"]): a for a in portal.accounts.to_dicts()}
    records = {kind: {r["id"]: r for r in frame.to_dicts()} for kind, frame in portal.records.items()}
    for row in plan.going.iter_rows(named=True):
        kind, ident, values = row["kind"], row["id"], {f: now for f, (_, now) in json.loads(row["changes"]).items()}
        if kind in records:
            there = records[kind].setdefault(ident, {"id": ident})
            there.update(values)
            if row["op"] == "remove":
                del records[kind][ident]
            continue
        there = accounts.setdefault((kind, ident), account(kind, ident, children=None, grade_level=None))
        there.update(values, status="disabled" if row["op"] == "disable" else "active")
    kinds = {kind.replace("-", "_"): list(rows.values()) for kind, rows in records.items()}
    return view(*accounts.values(), **kinds)


def taken(before: PortalView, after: PortalView) -> dict[str, set[str]]:
    """Return what was taken from each person: account, record, years, children (from the child as well as from the parent)."""
    lost: dict[str, set[str]] = {}
    now = {(a["kind"], a["person_id"]): a for a in after.accounts.to_dicts()}
    for was in before.accounts.to_dicts():
        there = now[was["kind"], was["person_id"]]
        gone = set[str]()
        if was["status"] != "disabled" and there["status"] == "disabled":
            gone.add("account")
        elif was["status"] != "disabled":
            gone |= set(was["years"] or ()) - set(there["years"] or ())
            for child in set(was["children"] or ()) - set(there["children"] or ()):
                gone.add(f"child {child}")
                lost.setdefault(child, set()).add(f"place with {was['person_id']}")
        lost.setdefault(was["person_id"], set()).update(gone)
    records = {r["id"]: r for r in after.records["student-record"].to_dicts()}
    for was in before.records["student-record"].to_dicts():
        gone = lost.setdefault(was["id"], set())
        gone |= {"record"} if was["id"] not in records else set(was["years"]) - set(records[was["id"]]["years"])
    return {who: what for who, what in lost.items() if what}


def refused(school: Mapping[str, Any], who: str, what: str) -> bool:
    """Say whether something was taken because somebody said no."""
    noes = {(p, s) for (p, s), word in school["links"].items() if word is False}
    if what.startswith(("child ", "place with ")):
        other = what.split()[-1]
        return (who, other) in noes or (other, who) in noes
    return any(p == who for p, _ in noes)  # the account, or the years that child brought


def leaving(plan: Plan) -> set[str]:
    """Return whose leaving is held."""
    return set(plan.operations.filter("held", pl.col("op").is_in(["disable", "remove"]))["id"])


at_most = st.sampled_from([Limit(), Limit(count=0), Limit(count=1)])
PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def at_yes(**limits: Any) -> Config:
    made = config(**limits)
    return replace(made, sync=replace(made.sync, send_scheduling_year=True, today=date(2027, 2, 1)))


@PROPERTY
@given(before=schools, after=schools, disable=at_most, year=at_most, shrink=at_most, update=at_most)
def test_from_whom_is_held_nothing_is_taken(before: Any, after: Any, **limits: Limit) -> None:
    settings = at_yes(**limits, from_accounts=0)
    portal = synced(before, at_yes())
    plan = decide(gather(read(after), portal, settings), portal, settings).plan
    held, lost = leaving(plan), taken(portal, applied(plan, portal))
    over = {(b.op, b.kind) for b in plan.held}
    for who, what in lost.items():
        wrong = {w for w in what if not refused(after, who, w)}
        assert not (who in held and wrong), (who, wrong)
        assert not (plan.header.shrunk and wrong), (who, wrong)
        assert not (("disable", "student") in over and "record" in what), who
        assert not (("disable", "student") in over and who in STUDENTS and "account" in what), who
    for breach in plan.held:
        if breach.op == "year":
            role = "active" if breach.year == ACTIVE else "scheduling"
            assert not [w for w, what in lost.items() if role in what and w in STUDENTS and "record" not in what]


@PROPERTY
@given(before=schools, after=schools, out=st.sets(st.sampled_from(STUDENTS), min_size=1))
def test_from_who_could_not_be_read_nothing_is_taken(before: Any, after: Any, out: set[str]) -> None:
    settings, portal = at_yes(), synced(before, at_yes())
    conformed = read(after, out=[("student", ident) for ident in sorted(out)])
    plan = decide(gather(conformed, portal, settings), portal, settings).plan
    lost = taken(portal, applied(plan, portal))
    assert not {
        who: what for who, what in lost.items() if who in out and {w for w in what if not refused(after, who, w)}
    }


@PROPERTY
@given(before=schools, after=schools, table=st.sampled_from(["students", "enrollments", "contacts", "relationships"]))
def test_after_a_read_in_part_nothing_is_taken_from_anybody(before: Any, after: Any, table: str) -> None:
    settings, portal = at_yes(), synced(before, at_yes())
    plan = decide(gather(read(after, states={table: "partial"}), portal, settings), portal, settings).plan
    lost = taken(portal, applied(plan, portal))
    assert not {who: what for who, what in lost.items() if {w for w in what if not refused(after, who, w)}}


@PROPERTY
@given(before=schools, after=schools, asked=st.sets(st.sampled_from(STUDENTS), min_size=1))
def test_who_has_handed_in_requests_loses_nothing_unseen(before: Any, after: Any, asked: set[str]) -> None:
    settings, portal = at_yes(), synced(before, at_yes())
    rows = [(ident, NEXT, "submitted") for ident in sorted(asked)]
    requests = pl.DataFrame(rows, schema=REQUESTS_SCHEMA, orient="row")
    plan = decide(gather(read(after), portal, settings), portal, settings, requests=requests).plan
    lost = taken(portal, applied(plan, portal))
    had = portal.records["student-record"].filter(pl.col("years").list.contains("scheduling"))["id"].to_list()
    assert not [who for who in asked & set(had) if {"record", "scheduling", "account"} & lost.get(who, set())]
