"""Whom somebody may have meant who gave no id that there is: an id that differs in zeros and capitals, or a name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from dayzero.errors import UsageError
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.plan.names import Names
from dayzero.words import full_name, person

__all__ = ["nobody"]

_FEW = 5


def nobody(typed: str, kind: str | None, names: Names) -> UsageError:
    """Return the error that nobody has the id that was ``typed``, with who may have been meant.

    Names are in what is ``said`` to a person at a terminal alone; where a name was typed, elsewhere it is not repeated.
    """
    kinds = [k for k in ACCOUNT_KINDS if kind in (None, k)]
    alike = [person(k, ident) for k, ident, _ in _matching(names, kinds, _same_id(typed))]
    called = [] if alike else [person(*found) for found in _matching(names, kinds, _called(typed))]
    whose = kind or "student or contact"
    if called:
        number = "one person has" if len(called) == 1 else f"{len(called):,} people have"
        return UsageError(
            f"No {whose} has this id, but {number} this name.",
            remedy="Use the id of the SIS, not a name. Whose it is, is shown on a terminal; more of the name leaves fewer of them.",
            said=_listed(called),
        )
    return UsageError(
        f"No {whose} has the id {typed!r}, in the source or on the portal.{f' {_listed(alike)}' if alike else ''}",
        remedy="Ids are text: 00042 is not 42. Use the id of the SIS, not a name or login.",
    )


def _listed(people: list[str]) -> str:
    more = f", or one of {len(people) - _FEW:,} more" if len(people) > _FEW else ""
    return f"Did you mean {', or '.join(people[:_FEW])}{more}?"


def _matching(names: Names, kinds: list[str], wanted: pl.Expr | None) -> Iterator[tuple[str, str, str]]:
    """Yield kind, id and name of those who match, each once."""
    if wanted is None:
        return
    for kind in kinds:
        seen: set[str] = set()
        for table in names.known.get(kind, ()):
            for ident, given, family in table.filter(wanted).sort("person_id").iter_rows():
                if ident not in seen:
                    yield kind, ident, full_name(given, family)
                seen.add(ident)


def _same_id(typed: str) -> pl.Expr:
    """Return what matches an id that is the same but for leading zeros and capitals."""
    return _bare(pl.col("person_id")) == _bare(pl.lit(typed))


def _bare(ident: pl.Expr) -> pl.Expr:
    return ident.str.to_lowercase().str.strip_chars_start("0")


def _called(typed: str) -> pl.Expr | None:
    """Return what matches a name in which every word that was typed begins a word, in any order; None where there is no word."""
    words = [word for word in typed.replace(",", " ").casefold().split() if any(map(str.isalpha, word))]
    if not words:
        return None
    name: Any = pl.concat_str(
        [pl.lit(" "), pl.col("given_name").fill_null(""), pl.lit(" "), pl.col("family_name").fill_null("")]
    ).str.to_lowercase()
    return pl.all_horizontal([name.str.contains(f" {word}", literal=True) for word in words])
