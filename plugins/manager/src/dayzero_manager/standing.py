"""Can somebody sign in, until when, and why: what People and Person say of an account beside the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dayzero_manager.held import KEY
from dayzero_manager.view import Shown
from dayzero_manager.words import reason

__all__ = ["Standing", "standings"]

WORKING = ("pending", "active")


@dataclass(frozen=True)
class Standing:
    """``tone`` and ``said``: the mark; ``until_decided``: somebody's decision may change it; ``why``: the reason, as what it is one for."""

    tone: str
    said: str
    until_decided: bool = False
    why: str = ""


def standings(shown: Shown, rows: Sequence[dict[str, Any]]) -> list[Standing]:
    """Return how each of some rows of ``people`` stands."""
    keys = pl.DataFrame([[row[k] for k in KEY] for row in rows], schema=dict.fromkeys(KEY, pl.String), orient="row")
    mine = shown.changes.join(keys, on=KEY, how="semi").select(*KEY, "does", "held")
    does = {(kind, ident, held): what for kind, ident, what, held in mine.iter_rows()}
    asked = {(kind, ident) for _, kind, ident in shown.plan.header.doubts}
    return [
        _standing(row, does.get((*key, False)), does.get((*key, True)), asked=key in asked)
        for row in rows
        for key in [(row["kind"], row["person_id"])]
    ]


def _standing(row: dict[str, Any], going: str | None, waits: str | None, *, asked: bool) -> Standing:
    why = reason(row["reason"], row["kind"])
    if row["status"] in WORKING:
        if waits == "leave":
            return Standing("warn", "Can sign in", until_decided=True, why=f"Held: {why or 'would leave'}")
        if going == "leave":
            return Standing("warn", "Can sign in until the next sync", why=why)
        if asked:
            return Standing(
                "good", "Can sign in", why="Nothing is touched: a question about who it is waits for an answer"
            )
        held = "Held: a change waits for a decision" if waits else ""
        return Standing("good", "Can sign in", why=held or (f"Stays as it is. To correct: {why}" if why else ""))
    said = "Cannot sign in" if row["status"] else "No account"
    if waits in ("back", "appear"):
        return Standing("off", said, until_decided=True, why="Held: " + _COMES[waits])
    if going in ("back", "appear"):
        return Standing("off", f"{said} yet", why=f"{_COMES[going].capitalize()} with the next sync")
    return Standing("off", said, why=why)


_COMES = {"back": "can sign in again", "appear": "gets an account"}
