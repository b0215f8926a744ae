"""Which two years matter (R1-R3, cases 2, 3, 6)."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from frames import ACTIVE, NEXT, NO, YES, table, year

from dayzero.errors import ExitCode, UntrustedSourceError
from dayzero.people import Years, choose_years
from dayzero.plugin import Finding

ROLES = {"2026": "past", ACTIVE: "active", NEXT: "scheduling"}


def chosen(*, yes: bool, sent: Collection[str] = (), **roles: str) -> tuple[Years, list[Finding]]:
    """Choose among years with these roles; ``y2029="scheduling"`` adds one, or gives one another role."""
    known = ROLES | {name[1:]: role for name, role in roles.items()}
    rows = table("school_years", *(year(ident, role)[1] for ident, role in known.items()))
    return choose_years(rows, send_scheduling_year=yes, sent_as_scheduling=sent)


def test_r1_at_no_the_active_year_alone_matters() -> None:
    assert chosen(yes=False) == (NO, [])
    assert NO.both == (ACTIVE,)


def test_r2_at_yes_both_years_matter_the_active_one_first() -> None:
    assert chosen(yes=True) == (YES, [])
    assert YES.both == (ACTIVE, NEXT)


@pytest.mark.parametrize("role", ["future", "past"])
def test_r3_case_2_a_year_that_is_not_set_as_the_scheduling_year_is_none(role: str) -> None:
    with pytest.raises(UntrustedSourceError) as caught:
        chosen(yes=True, y2028=role)
    assert (caught.value.rule, caught.value.exit_code) == ("no-scheduling-year", ExitCode.SOURCE)
    assert chosen(yes=False, y2028=role) == (NO, [])


@pytest.mark.parametrize("yes", [False, True])
@pytest.mark.parametrize(
    ("roles", "rule"),
    [
        ({"y2029": "scheduling"}, "one-scheduling-year"),
        ({"y2029": "active"}, "one-active-year"),
        ({"y2027": "past"}, "one-active-year"),
    ],
)
def test_case_3_two_years_of_one_role_are_refused_at_no_as_well(yes: bool, roles: dict[str, str], rule: str) -> None:
    with pytest.raises(UntrustedSourceError) as caught:
        chosen(yes=yes, **roles)
    assert caught.value.rule == rule


def test_case_6_after_the_change_of_year_a_missing_scheduling_year_is_a_notice() -> None:
    years, findings = chosen(yes=True, sent=[ACTIVE], y2028="future")
    assert years == NO
    assert [(f.severity, f.rule) for f in findings] == [("notice", "no-scheduling-year")]


def test_case_6_that_some_other_year_was_once_sent_does_not_explain_it() -> None:
    with pytest.raises(UntrustedSourceError):
        chosen(yes=True, sent=["2026", NEXT], y2028="future")
