"""What a sync must make of a portal, reckoned one person at a time from the rules (docs/rules.md), without the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING

__all__ = ["PLACES", "Account", "Key", "Parent", "Portal", "Settings", "Source", "Student", "as_seen", "undone"]

Key = tuple[str, str]
PLACES: dict[str, dict[str, Any]] = {
    "active": {"enrolled": {ACTIVE: "9"}},
    "promoted": PROMOTED,
    "newcomer": NEWCOMER,
    "re-entered": {"enrolled": {SCHEDULING: "9"}, "codes": [(SCHEDULING, 0, "R")]},
    "gone": {"enrolled": {}},
}


@dataclass(frozen=True)
class Account:
    """An account as far as the model looks at it."""

    working: bool
    login: str
    given_name: str
    children: tuple[str, ...] | None = None


Portal = Mapping[Key, Account]


@dataclass(frozen=True)
class Student:
    """A student in the source."""

    place: str = "active"
    given_name: str = "Ada"
    logins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parent:
    """A contact in the source."""

    given_name: str = "Pat"
    email: str = ""
    tick: bool = True
    children: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Settings:
    """The settings that change. ``holds``: nobody may be disabled but by ``--allow``."""

    yes: bool = False
    login: str = "email"
    re_entry: bool = False
    add_only: bool = False
    holds: bool = False


@dataclass
class Source:
    """Everybody in the source, and the settings. It begins with the steady family of ``TinySchool``."""

    students: dict[str, Student] = field(
        default_factory=lambda: {"s0": Student("promoted", "Given s0", {"email": "s0@pupils.example"})}
    )
    parents: dict[str, Parent] = field(
        default_factory=lambda: {"c0": Parent("Given c0", "c0@homes.example", children=frozenset({"s0"}))}
    )
    settings: Settings = field(default_factory=Settings)

    def sent(self, ident: str) -> bool:
        """Say whether a student is in the sent set (R1, R2, R6)."""
        place = self.students[ident].place if ident in self.students else "gone"
        next_year = {"newcomer", "re-entered"} if self.settings.re_entry else {"newcomer"}
        return place in {"active", "promoted"} or (self.settings.yes and place in next_year)

    def after(self, portal: Portal) -> tuple[Portal, bool]:
        """Return the portal after a sync of it, and whether anything is held."""
        wanted: dict[Key, Account | None] = {}
        for ident, student in self.students.items():
            wanted["student", ident] = self._student(student, self.sent(ident), portal.get(("student", ident)))
        for ident, parent in self.parents.items():
            wanted["parent", ident] = self._parent(parent, portal.get(("parent", ident)))
        made = {key: account for key, account in wanted.items() if account is not None}
        made.update({key: _ended(account) for key, account in portal.items() if key not in wanted})
        return self._limited(portal, made)

    def _student(self, student: Student, sent: bool, there: Account | None) -> Account | None:
        if not sent:
            return there and _ended(there)
        login = student.logins.get(self.settings.login, "")
        return Account(True, login, student.given_name) if login else there

    def _parent(self, parent: Parent, there: Account | None) -> Account | None:
        children = tuple(sorted(c for c in parent.children if self.sent(c)))
        if not children or not parent.tick:
            return there and _ended(there)
        if not parent.email:
            return there
        if self.settings.add_only and there and there.children:
            children = tuple(sorted({*children, *there.children}))
        return Account(True, parent.email, parent.given_name, children)

    def _limited(self, portal: Portal, made: dict[Key, Account]) -> tuple[Portal, bool]:
        """Take back what the limits or the add-only weeks keep from ending."""
        ends = [key for key, account in portal.items() if account.working and not made[key].working]
        if self.settings.add_only or self.settings.holds:
            made.update({key: portal[key] for key in ends})
        return made, bool(ends) and self.settings.holds and not self.settings.add_only


def _ended(account: Account) -> Account:
    return replace(account, working=False)


def undone(now: Portal, before: Portal, after: Portal, *, holds: bool) -> tuple[Portal, bool]:
    """Return the portal after undoing a run that led from ``before`` to ``after``, and whether anything is held."""
    made = dict(now)
    held = False
    for key, left in after.items():
        was, there = before.get(key), now[key]
        if was == left or (was and not was.working and not left.working):
            continue
        if was is None or not was.working:
            held = held or (there.working and holds)
            made[key] = there if holds else _ended(there)
        elif not left.working:
            made[key] = replace(there, working=True)
        elif there.working:
            made[key] = _set_back(there, was, left)
    return made, held


def _set_back(there: Account, was: Account, left: Account) -> Account:
    """Give back what the run changed and nobody has changed since."""
    back = {}
    for name in ("login", "given_name", "children"):
        old, new, now = (getattr(a, name) for a in (was, left, there))
        back[name] = old if old != new and now == new else now
    return replace(there, **back)


def as_seen(accounts: Iterable[Mapping[str, Any]]) -> Portal:
    """Return listed accounts as the model sees them."""
    return {
        (a["kind"], a["person_id"]): Account(
            a["status"] != "disabled", a["login"], a["given_name"], tuple(a["children"]) if a["children"] else None
        )
        for a in accounts
    }
