"""When two logins are one, and who has the one that several want (cases 18, 20, 37, 40)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import pytest
from frames import account, accounts

from dayzero.config import SyncSettings
from dayzero.conform import places
from dayzero.people import login_key
from dayzero.people.holders import settle_logins


def keys(*logins: str | None) -> list[str | None]:
    """Return the form in which logins are compared."""
    return pl.DataFrame({"login": pl.Series(logins, dtype=pl.String)}).select(login_key("login"))["login"].to_list()


@pytest.mark.parametrize("login", ["ada@x.example", "ADA@X.example", " ada@x.example\t", "Ada@x.Example"])
def test_case_40_blanks_around_it_and_case_make_no_other_login(login: str) -> None:
    assert keys(login) == ["ada@x.example"]


def test_case_40_letters_beyond_ascii_are_folded_as_well() -> None:
    assert keys("straße", "STRASSE", "ÅSA", None, "åsa", "plain") == ["strasse", "strasse", "åsa", None, "åsa", "plain"]


def test_blanks_inside_and_accents_make_another_login() -> None:
    assert len(set(keys("a b", "ab", "á", "a"))) == 4


def test_nobody_without_a_login_is_compared() -> None:
    assert keys(None, None) == [None, None]


A, B, C = "a@x", "b@x", "c@x"


def yielding(
    wanted: Mapping[str, str | None], there: Mapping[str, str] | None = None, *, kind: str = "student",
    withheld: Mapping[str, str] | None = None, stuck: Iterable[str] = (), disabled: Iterable[str] = (),
    may_disable: bool = True, **settings: Any,
) -> dict[str, str]:  # fmt: skip
    """Return who must yield, and to whom. ``wanted``: the logins of the source; ``there``: those on the portal."""
    reasons = withheld or {}
    seen = pl.DataFrame(
        [(ident, login, reasons.get(ident)) for ident, login in wanted.items()],
        schema=dict.fromkeys(("person_id", "login", "reason"), pl.String), orient="row",
    )  # fmt: skip
    status = dict.fromkeys(disabled, "disabled")
    known = accounts(
        *(account(kind, i, login=login, status=status.get(i, "active")) for i, login in (there or {}).items())
    )
    seen = seen.with_columns(key=login_key("login"))
    known = known.with_columns(row=places(seen["person_id"], known["person_id"]), held=login_key("login"))
    lost = settle_logins(
        seen, known, pl.Series(list(stuck), dtype=pl.String), kind, SyncSettings(**settings), may_disable=may_disable
    )
    assert lost["person_id"].is_unique().all()
    return dict(lost.select("person_id", "other").iter_rows())


def test_nobody_yields_where_all_logins_differ() -> None:
    assert yielding({"s1": A, "s2": B}, {"s3": C}) == {}


def test_case_20_of_two_new_students_with_one_login_neither_has_it() -> None:
    assert yielding({"s1": A, "s2": A.upper(), "s3": B}) == {"s1": "s2", "s2": "s1"}


def test_case_18_of_many_all_yield_to_the_first_and_it_to_the_second() -> None:
    assert yielding({"s3": "n/a", "s1": "N/A", "s2": "n/a "}) == {"s1": "s2", "s2": "s1", "s3": "s1"}


def test_case_37_of_two_new_parents_the_lower_id_as_text_has_it() -> None:
    assert yielding({"9": A, "10": A}, kind="parent") == {"9": "10"}


def test_case_37_or_neither() -> None:
    assert yielding({"c1": A, "c2": A}, kind="parent", shared_parent_login="withhold") == {"c1": "c2", "c2": "c1"}


@pytest.mark.parametrize("kind", ["student", "parent"])
def test_who_has_it_on_the_portal_keeps_it_whatever_the_ids(kind: str) -> None:
    assert yielding({"s1": A, "s9": A}, {"s9": A.upper()}, kind=kind) == {"s1": "s9"}


def test_who_moves_to_a_login_that_is_taken_yields_like_a_newcomer() -> None:
    assert yielding({"s1": A, "s2": A}, {"s1": B, "s2": A}) == {"s1": "s2"}


def test_who_yields_stays_with_the_old_login_and_so_takes_it_from_a_third() -> None:
    there = {"s1": A, "s2": B, "s3": C}
    assert yielding({"s1": A, "s2": A, "s3": B, "s4": C}, there) == {"s2": "s1", "s3": "s2", "s4": "s3"}


def test_logins_may_be_passed_round() -> None:
    assert yielding({"s1": B, "s2": C, "s3": A}, {"s1": A, "s2": B, "s3": C}) == {}


def test_a_login_that_is_given_up_is_free() -> None:
    assert yielding({"s1": B, "s2": A}, {"s1": A}) == {}


def test_a_leaver_holds_no_login() -> None:
    assert yielding({"s1": A, "s2": A}, {"s1": A}, withheld={"s1": "not-enrolled"}) == {}


def test_who_may_not_be_disabled_today_still_holds_it() -> None:
    leaver = {"s1": "not-enrolled"}
    assert yielding({"s1": A, "s2": A}, {"s1": A}, withheld=leaver, may_disable=False) == {"s2": "s1"}


def test_who_is_kept_by_a_slip_of_the_pen_holds_it() -> None:
    assert yielding({"s1": None, "s2": A}, {"s1": A}, withheld={"s1": "no-login"}) == {"s2": "s1"}


def test_whose_account_stays_as_it_is_holds_it_and_wants_no_other() -> None:
    assert yielding({"s1": B, "s2": A, "s3": B}, {"s1": A}, stuck=["s1"]) == {"s2": "s1"}


def test_who_could_not_be_read_and_has_no_account_is_no_rival() -> None:
    assert yielding({"s1": A, "s2": A}, stuck=["s1"]) == {}
    assert yielding({"s1": A, "s2": A}, {"s1": A}, stuck=["s1"], disabled=["s1"]) == {}


def test_a_leaver_who_is_held_holds_the_login() -> None:
    assert yielding({"s1": A, "s2": A}, {"s1": A}, withheld={"s1": "withdrawn"}, stuck=["s1"]) == {"s2": "s1"}


def test_a_disabled_account_holds_no_login() -> None:
    assert yielding({"s1": A, "s2": A}, {"s1": A}, disabled=["s1"], withheld={"s1": "not-enrolled"}) == {}


def test_who_comes_back_to_a_login_that_is_taken_yields() -> None:
    assert yielding({"s1": A, "s2": A}, {"s1": A, "s2": A}, disabled=["s1"]) == {"s1": "s2"}


def test_one_who_gets_no_account_for_another_reason_is_no_rival() -> None:
    assert yielding({"s1": A, "s2": A}, withheld={"s2": "not-enrolled"}) == {}


def test_another_spelling_of_ones_own_login_is_ones_own() -> None:
    assert yielding({"s1": A.upper()}, {"s1": A}) == {}
