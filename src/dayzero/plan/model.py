"""A plan: what is to be done on the portal, what of it is held, and all there is to say about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
import polars as pl

from dayzero.config import Config, settings_digest
from dayzero.conform import Findings
from dayzero.errors import ExitCode
from dayzero.gradebook import Drift, Rejection
from dayzero.people import Doubt
from dayzero.plan.encoding import newcomers_made
from dayzero.plan.limits import Breach, Suspicion
from dayzero.plan.names import Names
from dayzero.plan.reads import ReadDoubt
from dayzero.plan.requests import REQUEST_STATES

__all__ = ["PLAN_SCHEMA", "Header", "Plan", "bare_plan", "header_of"]

PLAN_SCHEMA = "dayzero-plan/1"


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a plan is bound to besides its operations, and what a saved one must still say of people.

    ``undoes``: the run it takes back. ``shrunk`` and ``rekeyed``: see ``Suspicion``. ``reasons``: kind -> reason -> ids
    of the accounts that end. ``refused``: parents who lose a child because somebody said no.
    ``unlimited``: ops that nothing limited when it was made. ``held``: why what is held is held. ``doubts``: doubt, kind and id
    of those who are untouched. ``renumbered``: kind -> new id -> old id of those whose account follows them, kept once it is
    sent. ``cut``: student and contact of links that give nothing, because they were somebody else's. ``reads``: doubts about the
    read as a whole.
    """

    schema: str
    school: str
    portal: str
    send_scheduling_year: bool
    settings_digest: str
    base_revision: str
    undoes: str | None = None
    shrunk: dict[str, tuple[int, int]] = {}
    rekeyed: dict[str, dict[str, str]] = {}
    reasons: dict[str, dict[str, list[str]]] = {}
    refused: list[str] = []
    unlimited: list[str] = []
    held: tuple[Breach, ...] = ()
    doubts: tuple[tuple[str, str, str], ...] = ()
    renumbered: dict[str, dict[str, str]] = {}
    cut: tuple[tuple[str, str], ...] = ()
    reads: tuple[ReadDoubt, ...] = ()

    @property
    def suspicion(self) -> Suspicion:
        """What makes the read behind the plan doubtful."""
        return Suspicion(self.shrunk, self.rekeyed)

    def document(self) -> dict[str, Any]:
        """Return it as it stands in a plan file, without what is not set."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]


def header_of(config: Config, revision: str, **further: Any) -> Header:
    """Return what a plan is bound to besides its operations."""
    return Header(
        schema=PLAN_SCHEMA,
        school=config.school.id,
        portal=config.portal.url,
        send_scheduling_year=config.sync.send_scheduling_year,
        settings_digest=settings_digest(config),
        base_revision=revision,
        **further,
    )


@dataclass(frozen=True)
class Plan:
    """A plan with all there is to say about it.

    ``operations``: ``OPERATION_SCHEMA`` with ``held``, sorted by kind and id. ``plan_id``: see ``file``; releasing what is
    held does not change it. ``tables``: ``withheld``, ``unreadable`` and ``findings``, which may be read only when they are
    asked for. ``rows_left_out``: whether source rows were left out by an error. ``unchanged``: working accounts per kind
    that no operation touches.
    ``measure``: of the read, for the next one to be held against; empty for a plan that no read was made for.
    ``drift``: what others changed on the portal since the last run. ``listed``: whether the portal was listed for it.
    ``rejected_before``: what the portal rejected and would again; it is not sent. ``estimated_seconds``: by earlier syncs.
    ``change_of_year``: see ``turn.told``. ``requests``: how many course requests it would withdraw, by state,
    those for which something is held included. ``reads``: doubts about the read as a whole. ``doubts``: about
    who somebody is, without an answer; they are untouched. ``remedies``: what to do about
    a rule, in the source's own words. ``names``: what the people it speaks of are called, as far as that is known.
    """

    header: Header
    operations: pl.DataFrame
    plan_id: str
    held: tuple[Breach, ...]
    tables: Mapping[str, pl.DataFrame]
    rows_left_out: bool = False
    unchanged: Mapping[str, int] = field(default_factory=dict)
    partial: tuple[str, ...] = ()
    measure: Mapping[str, int] = field(default_factory=dict)
    drift: tuple[Drift, ...] = ()
    listed: bool = True
    rejected_before: tuple[Rejection, ...] = ()
    estimated_seconds: float | None = None
    change_of_year: Mapping[str, Any] | None = None
    requests: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(REQUEST_STATES, 0))
    remedies: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    reads: tuple[ReadDoubt, ...] = ()
    names: Names = field(default_factory=Names, repr=False, compare=False)

    @property
    def waiting(self) -> tuple[Breach | ReadDoubt, ...]:
        """All that somebody must look at before it goes; each has its ``allow``."""
        return (*self.held, *(doubt for doubt in self.reads if doubt.waits))

    @cached_property
    def going(self) -> pl.DataFrame:
        """The operations that are not held."""
        return self.operations.filter(~pl.col("held"))

    @cached_property
    def newcomers(self) -> int:
        """How many of these give an account to a student who is new next year."""
        return self.going.filter(pl.col("kind") == "student", newcomers_made()).height

    @property
    def withheld(self) -> pl.DataFrame:
        """Who gets no account: ``kind``, ``person_id``, names, ``reason``, ``detail``, and what becomes of their ``account``."""
        return self.tables["withheld"]

    @property
    def unreadable(self) -> pl.DataFrame:
        """Whose account stays as it is because they could not be read: ``kind``, ``person_id``, ``table``, ``row``."""
        return self.tables["unreadable"]

    @property
    def findings(self) -> Findings:
        """What was remarked on the data, root causes first."""
        return Findings(self.tables["findings"])

    @property
    def exit_code(self) -> ExitCode:
        """What looking at it ends with."""
        if self.waiting or self.header.doubts or self.operations["held"].any():
            return ExitCode.HELD
        return ExitCode.INCOMPLETE if self.rows_left_out else ExitCode.DONE


_WITHHELD = ("kind", "person_id", "given_name", "family_name", "reason", "detail", "account")


def bare_plan(header: Header, operations: pl.DataFrame, plan_id: str, held: Iterable[Breach] = ()) -> Plan:
    """Return a plan of which only the operations are known: one read from a file, or the inverse of a run."""
    nobody = pl.DataFrame(schema=dict.fromkeys(_WITHHELD, pl.String))
    unread = pl.DataFrame(schema={"kind": pl.String, "person_id": pl.String, "table": pl.String, "row": pl.Int64})
    tables = {"withheld": nobody, "unreadable": unread, "findings": Findings().frame}
    return Plan(header, operations, plan_id, tuple(held), tables, reads=header.reads)
