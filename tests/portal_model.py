"""What a sync must make of a portal, reckoned one person at a time from the rules (docs/rules.md), without the core.

The core compares tables and bends operations. Here everything is a state: what the portal has, what the source wants, and what
is left of the difference once nobody who is held loses anything. Only the outside is shared with the core: names and words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

__all__ = [
    "BEGINNING", "PLACES", "Account", "Key", "Parent", "Portal", "Record", "Run", "Settings", "Source", "Student", "as_seen", "ends_on",
    "undone",
]  # fmt: skip

Key = tuple[str, str]
BEGINNING = date(2027, 2, 1)
"""The school's first day here."""
BRIDGE = 30

PLACES: dict[str, tuple[str, str]] = {
    "active": ("in", ""),
    "promoted": ("in", "in"),
    "promoted, no code": ("in", "bare"),
    "newcomer": ("", "in"),
    "re-entered": ("", "R"),
    "no code": ("", "bare"),
    "left, expected": ("left", "in"),
    "stamped": ("inactive", "in"),
    "leaving": ("in", "left"),
    "inactive": ("inactive", ""),
    "gone": ("", ""),
}
"""How a student stands in the active year and in the next."""


def ends_on(year: int) -> date:
    """Return the last day of a school year."""
    return date(year, 6, 12)


@dataclass(frozen=True)
class Account:
    """An account as far as the model looks at it; all of it that a sync sends but the family name."""

    working: bool
    login: str
    given_name: str
    grade: str | None = None
    next_grade: str | None = None
    years: frozenset[str] = frozenset()
    new: bool = False
    children: frozenset[str] | None = None


@dataclass(frozen=True)
class Record:
    """A student's record."""

    given_name: str
    grade: str | None
    next_grade: str | None
    years: frozenset[str]


@dataclass(frozen=True)
class Portal:
    """What the portal has. ``roles``: of its years; ``courses``: years that have one; ``requests``: (student, year) -> state."""

    accounts: Mapping[Key, Account] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    courses: frozenset[int] = frozenset()
    requests: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def year(self, role: str) -> int | None:
        """Return the year that has a role."""
        return next((year for year, has in self.roles.items() if has == role), None)

    def workers(self, kind: str) -> int:
        """Return how many accounts of a kind work."""
        return sum(a.working for (k, _), a in self.accounts.items() if k == kind)


_WITHDRAWN = "withdrawn, "
"""What stands before the state a withdrawn request has again once the student is back."""


def _carried(portal: Portal, requests: Mapping[tuple[str, int], str]) -> dict[tuple[str, int], str]:
    """Return what becomes of requests: of the next year, who is not in it has theirs withdrawn."""
    there = {i for i, record in portal.records.items() if "scheduling" in record.years}
    return {
        (i, y): ("" if i in there else _WITHDRAWN) + state.removeprefix(_WITHDRAWN) if portal.roles.get(y) == "scheduling" else state
        for (i, y), state in requests.items()
    }  # fmt: skip


@dataclass(frozen=True)
class Student:
    """A student in the source. ``places``: how they stand in each year."""

    given_name: str = "Ada"
    logins: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parent:
    """A contact in the source. ``access``: child -> the link's own word, ``tick`` the contact's: yes, no or nothing."""

    given_name: str = "Pat"
    email: str = ""
    tick: str = "yes"
    access: Mapping[str, str] = field(default_factory=dict)

    def said(self, child: str) -> str:
        """Return what is said of a child: the link's own word before the contact's."""
        return self.access[child] or self.tick


@dataclass(frozen=True)
class Settings:
    """The settings that change. ``limits``: op -> how many may go; None: no limit."""

    yes: bool = False
    login: str = "email"
    re_entry: bool = False
    add_only: bool = False
    limits: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a run makes of the portal, and what is ``held``: how much by op and kind; of years by op and role."""

    after: Portal
    held: Mapping[Key, int]
    turned: bool = False

    def with_requests(self, now: Portal) -> tuple[Run, bool]:
        """Return the same run where requests are by now others, and whether it would withdraw one that was handed in since."""
        requests = _carried(self.after, now.requests)
        new = {
            k for k, state in now.requests.items() if not state.startswith(_WITHDRAWN) and k not in self.after.requests
        }
        withdraws = any(requests[key].startswith(_WITHDRAWN) for key in new)
        return replace(self, after=replace(self.after, requests=requests)), withdraws


@dataclass
class Source:
    """Everybody in the source, the calendar and the settings. It begins with the steady family of ``TinySchool``."""

    students: dict[str, Student] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    active: int = 2027
    day: int = 0

    @property
    def today(self) -> date:
        """The school's day."""
        return BEGINNING + timedelta(days=self.day)

    def copied(self) -> Source:
        """Return the source as it is now."""
        return replace(self, students=dict(self.students), parents=dict(self.parents))

    def last_day(self) -> date:
        """Return the last day of the active year."""
        return ends_on(self.active)

    def role(self, year: int) -> str:
        """Return what the SIS has a year set as."""
        further = {self.active: "active", self.active + 1: "scheduling"}
        return further.get(year, "past" if year < self.active else "future")

    def grade(self, year: int) -> str:
        """Return everybody's grade in a year: it tells which year it was taken from."""
        return str(year - 2018)

    def after(
        self, portal: Portal, recent: Mapping[str, int], released: Collection[str] = (), *, by_office: bool = False
    ) -> Run:
        """Return what a sync makes of the portal.

        ``recent``: leavers of the last week, by kind, and who lost a year, by its role. ``released``: what is allowed. ``by_office``: the setting has just been set.
        """
        was = portal.year("active")
        turned = was is not None and was != self.active
        early = turned and (
            portal.roles.get(self.active) == "past"
            or portal.year("scheduling") not in (None, self.active)
            or self.today < ends_on(was or 0) - timedelta(days=BRIDGE)
        )
        judge = _Judge(
            portal,
            self._wanted(portal),
            self.settings.limits,
            unlimited=("year", "enable") if turned or by_office else (),
            released=released,
            refused=self.refused(portal),
            recent=recent,
            turned=turned,
        )
        if early and "change-of-year" not in released:
            return Run(portal, judge.held | {("change-of-year", "student"): 1}, turned)
        return Run(judge.after(), judge.held, turned)

    # -- what the source wants

    def _in(self, student: Student, year: int, *, active: bool = False) -> bool:
        """Say whether a student is in a year, by its own rows (R1, R2, R6)."""
        place = student.places.get(year, "")
        if year == self.active:
            return place in ("in", "bare", "R")
        enters = {"in"} | ({"R"} if self.settings.re_entry else set())
        return place in enters or (place in ("bare", "R") and active)

    def _here(self, portal: Portal) -> dict[str, tuple[bool, bool, str | None]]:
        """Return who is in the active year, who in the next, and in which grade they are now; stamps of the year's end looked
        through."""
        here = {i: self._in(s, self.active) for i, s in self.students.items()}
        grades = {i: self.grade(self.active) if on else None for i, on in here.items()}
        if portal.year("active") == self.active and self.today >= ends_on(self.active) - timedelta(days=BRIDGE):
            were = {i for i, r in portal.records.items() if "active" in r.years}
            lost = {i for i in were if not here.get(i)}
            limit = self.settings.limits["year"]
            half = max(1, len(were) // 2)
            if limit is not None and len(lost) > min(limit, half):
                for ident in lost & set(self.students):
                    if self.students[ident].places.get(self.active + 1, "") in ("in", "bare", "R"):
                        here[ident], grades[ident] = True, portal.records[ident].grade
        at = self.active + 1
        return {
            i: (here[i], self.settings.yes and self._in(s, at, active=here[i]), grades[i])
            for i, s in self.students.items()
        }

    def refused(self, portal: Portal) -> dict[str, frozenset[str]]:
        """Return parent -> children they have and whom a row that is there refuses them."""
        found = {}
        for ident, parent in self.parents.items():
            there = portal.accounts.get(("parent", ident))
            if there and there.working:
                noes = {c for c in parent.access if c in self.students and parent.said(c) == "no"}
                if noes & (there.children or frozenset()):
                    found[ident] = frozenset(noes & (there.children or frozenset()))
        return found

    def _wanted(self, portal: Portal) -> Portal:
        """Return the portal if everything went."""
        here, add_only = self._here(portal), self.settings.add_only
        sent = {i for i, (now, then, _) in here.items() if now or then}
        accounts, records = dict(portal.accounts), dict(portal.records)
        for kind, ident in portal.accounts:
            accounts[kind, ident] = self._left(portal, kind, ident)
        for ident, student in self.students.items():
            now, then, grade = here[ident]
            if ident not in sent:
                continue
            following = self.grade(self.active + 1) if then else None
            years = frozenset([*["active"] * now, *["scheduling"] * then])
            records[ident] = Record(student.given_name, grade if now else following, following, years)
            login, there = student.logins.get(self.settings.login, ""), portal.accounts.get(("student", ident))
            if login:
                accounts["student", ident] = Account(
                    True, login, student.given_name, grade if now else following, following, years, then and not now
                )
            elif there:
                accounts["student", ident] = there
        for ident, parent in self.parents.items():
            there = portal.accounts.get(("parent", ident))
            children = frozenset(c for c in parent.access if c in sent and parent.said(c) == "yes")
            if not children:
                continue
            if not parent.email:
                if there:  # kept for a slip of the pen, but for a child who was refused
                    left = (there.children or frozenset()) - self.refused(portal).get(ident, frozenset())
                    accounts["parent", ident] = replace(there, children=left)
                continue
            accounts["parent", ident] = self._parent(parent, children, here, there, portal)
        if not add_only:
            records = {i: r for i, r in records.items() if i in sent}
        roles = {y: role for y, role in portal.roles.items() if add_only or y < self.active}
        roles |= {y: "past" for y in portal.roles if y < self.active} | {self.active: "active"}
        if self.settings.yes:
            roles[self.active + 1] = "scheduling"
        courses = {self.active} | ({self.active + 1} if self.settings.yes else set())
        courses |= portal.courses if add_only else set()
        return Portal(accounts, records, roles, frozenset(courses), portal.requests)

    def _left(self, portal: Portal, kind: str, ident: str) -> Account:
        """Return what becomes of an account whose person is wanted no more; whoever is wanted overwrites it."""
        there = portal.accounts[kind, ident]
        if not there.working or not self.settings.add_only:
            return replace(there, working=False)
        noes = self.refused(portal).get(ident, frozenset()) if kind == "parent" else frozenset()
        if noes and noes == there.children:
            return replace(there, working=False)
        return replace(there, children=there.children - noes) if noes and there.children else there

    def _parent(
        self,
        parent: Parent,
        children: frozenset[str],
        here: Mapping[str, tuple[bool, bool, str | None]],
        there: Account | None,
        portal: Portal,
    ) -> Account:
        now, then = (any(here[c][n] for c in children) for n in (0, 1))
        years, new = frozenset([*["active"] * now, *["scheduling"] * then]), not now
        if self.settings.add_only and there and there.children is not None:
            noes = {c for c in parent.access if c in self.students and parent.said(c) == "no"}
            children = (children | there.children) - (noes if there.working else set())
            years, new = years | there.years, new and there.new
        return Account(True, parent.email, parent.given_name, None, None, years, new, children)


class _Judge:
    """Compares two states, counts who loses what, and leaves everything to those who are kept."""

    def __init__(
        self,
        before: Portal,
        wanted: Portal,
        limits: Mapping[str, int | None],
        *,
        unlimited: Collection[str] = (),
        released: Collection[str] = (),
        refused: Mapping[str, frozenset[str]] | None = None,
        recent: Mapping[str, int] | None = None,
        turned: bool = False,
        by_hand: bool = False,
    ) -> None:
        self.before, self.wanted, self.limits = before, wanted, limits
        self.unlimited = {*unlimited, *released}
        self.released, self.refused, self.recent = set(released), dict(refused or {}), dict(recent or {})
        self.turned, self.by_hand = turned, by_hand
        self.held: dict[Key, int] = {}
        self.shrunk: set[str] = set()
        self._count()
        self.spared = {} if ("refuse", "parent") in self.held else self.refused
        self.everybody = bool(self.shrunk) and any(
            op in ("disable", "year") or (op, kind) == ("update", "parent") for op, kind in self.held
        )
        self.students, self.parents, self.keeping = self._kept()
        self._keep_requests()

    # -- what is done to each

    def op(self, key: Key) -> str:
        """Return what is done to an account."""
        was, now = self.before.accounts.get(key), self.wanted.accounts[key]
        if was is None:
            return "create"
        if was.working != now.working:
            return "enable" if now.working else "disable"
        return "update" if now.working and was != now else ""

    def _renames(self, key: Key) -> bool:
        was, now = self.before.accounts[key], self.wanted.accounts[key]
        return (was.login, was.given_name) != (now.login, now.given_name)

    def _loses_child(self, key: Key) -> bool:
        was, now = self.before.accounts[key], self.wanted.accounts[key]
        return bool((was.children or frozenset()) - (now.children or frozenset()))

    def _counts(self, key: Key) -> bool:
        """Say whether limits count what is done to an account, but for refusals."""
        op, by_refusal = self.op(key), key[0] == "parent" and key[1] in self.refused
        if op == "update":
            return self._renames(key) or (self._loses_child(key) and not by_refusal)
        return op in ("create", "disable", "enable") and not (op == "disable" and by_refusal)

    def _losing(self, role: str) -> set[str]:
        """Return students who stay and lose a year."""
        there = self.wanted.records
        return {i for i, r in self.before.records.items() if i in there and role in r.years - there[i].years}

    def _gone(self) -> set[str]:
        """Return students who leave: the account ends, or the record goes."""
        ends = {i for k, i in self.wanted.accounts if k == "student" and self.op((k, i)) == "disable"}
        return ends | (set(self.before.records) - set(self.wanted.records))

    # -- what is too much

    def _count(self) -> None:
        for kind in ("student", "parent"):
            ends = sum(self.op(key) == "disable" for key in self.wanted.accounts if key[0] == kind)
            limit = self.limits.get("shrink")
            if limit is not None and ends > limit and not self.by_hand:
                self.shrunk.add(kind)
        for op in ("update", "disable", "enable"):
            for kind in ("student", "parent"):
                keys = [k for k in self.wanted.accounts if k[0] == kind and self.op(k) == op and self._counts(k)]
                self._weigh(op, kind, len(keys))
        refusals = [p for p in self.refused if self.op(("parent", p)) in ("update", "disable")]
        self._weigh("refuse", "parent", len(refusals))
        for role in ("active", "scheduling"):
            self._weigh("year", "student", len(self._losing(role)), role)

    def _weigh(self, op: str, kind: str, count: int, role: str | None = None) -> None:
        limit = self.limits.get(op)
        takes = op in ("disable", "year") or (op, kind) == ("update", "parent")
        if self.shrunk and takes:
            limit = 0
        if limit is None or op in self.unlimited:
            return
        before = self.recent.get(role or kind, 0) if op in ("disable", "year") and count else 0
        there = sum(role in r.years for r in self.before.records.values()) if role else self.before.workers(kind)
        half = max(1, there // 2)
        emptying = op == "disable" or (op, role) == ("year", "active")
        if count + before > limit or (emptying and not self.by_hand and count > half):
            self.held[op, role or kind] = count

    # -- who is kept

    def _kept(self) -> tuple[set[str], set[str], dict[str, set[str]]]:
        students = self._gone() if ("disable", "student") in self.held else set()
        parents = {i for k, i in self.wanted.accounts if k == "parent" and self._held_parent(i)}
        parents = parents | set(self.refused) if ("refuse", "parent") in self.held else parents - set(self.refused)
        years = {
            role: self._losing(role) if ("year", role) in self.held else set() for role in ("active", "scheduling")
        }
        return students, parents, years

    def _held_parent(self, ident: str) -> bool:
        op = self.op(("parent", ident))
        return (op == "disable" and ("disable", "parent") in self.held) or (
            op == "update"
            and ("update", "parent") in self.held
            and (self._renames(("parent", ident)) or self._loses_child(("parent", ident)))
        )

    def stays(self, student: str) -> bool:
        """Say whether a student does not leave."""
        return self.everybody or student in self.students

    def stays_in(self, student: str, role: str) -> bool:
        """Say whether a student keeps a year."""
        return self.stays(student) or student in self.keeping[role]

    def _keep_requests(self) -> None:
        """Hold with the person what a family has handed in, unless the year turns, goes, or the leaver was released."""
        year = self.before.year("scheduling")
        if year is None or "requests" in self.released or self._years()[0].get(year) != "scheduling":
            return
        after = self._records()
        lost = {
            i
            for i, r in self.before.records.items()
            if "scheduling" in r.years and ("scheduling" not in after[i].years if i in after else True)
        }
        if "disable" in self.released:
            lost = {i for i in lost if i in after}
        if "year" in self.released:
            lost = {i for i in lost if i not in after}
        there = {i for (i, y), state in self.before.requests.items() if y == year and not state.startswith(_WITHDRAWN)}
        handed_in = there & lost
        if handed_in:
            self.held["requests", "student"] = len(handed_in)
            self.students |= handed_in

    # -- what is left

    def after(self) -> Portal:
        """Return what the portal has once all that may go has gone."""
        roles, courses = self._years()
        records = self._records()
        accounts = {key: self._account(key) for key in self.wanted.accounts}
        if self.turned:
            records, accounts = self._moved_on(records, accounts)
        after = Portal(accounts, records, roles, courses)
        return replace(after, requests=_carried(after, self.before.requests))

    def _named(self) -> set[str]:
        """Return of whose records a parent's page goes on telling: whose account works, and who is left with that child."""
        left = [self._account(key) for key in self.wanted.accounts if key[0] == "parent"]
        return {child for account in left if account.working for child in account.children or ()}

    def _peopled(self, role: str | None) -> bool:
        """Say whether somebody who is kept, or named, is in a year of the portal."""
        if role not in ("active", "scheduling") or (self.turned and role == "active"):  # what was active is past
            return False
        stay = self.students | (self._named() - set(self.wanted.records) if not self.turned else set())
        kept = [r for i, r in self.before.records.items() if i in stay]
        return self.everybody or bool(self.keeping[role]) or any(role in r.years for r in kept)

    def _years(self) -> tuple[dict[int, str], frozenset[int]]:
        roles, courses = dict(self.wanted.roles), set(self.wanted.courses)
        for year, role in self.before.roles.items():
            if year not in roles and self._peopled(role):
                roles[year] = role
            if year in self.before.courses and self._peopled(role):
                courses.add(year)
        return roles, frozenset(courses)

    def _records(self) -> dict[str, Record]:
        made, named = {}, self._named()
        for ident, was in self.before.records.items():
            now = self.wanted.records.get(ident)
            if now is None and (self.stays(ident) or ident in named):
                made[ident] = was
            elif now is not None:
                made[ident] = self._with_years(was, now, [r for r in was.years - now.years if self.stays_in(ident, r)])
        return made | {i: r for i, r in self.wanted.records.items() if i not in self.before.records}

    def _with_years(self, was: Any, now: Any, kept: Collection[str]) -> Any:
        """Return what somebody becomes who keeps some of the years they would lose, and what belongs to these."""
        if not kept:
            return now
        years = now.years | set(kept)
        changes: dict[str, Any] = {"years": years}
        if "active" in kept or "active" not in years:
            changes["grade"] = was.grade
        if "scheduling" in kept:
            changes["next_grade"] = was.next_grade
        if "active" in kept and isinstance(now, Account):
            changes["new"] = was.new
        return replace(now, **changes)

    def _account(self, key: Key) -> Account:
        was, now, op = self.before.accounts.get(key), self.wanted.accounts[key], self.op(key)
        if was is None or not op:
            return now
        refuses = key[0] == "parent" and key[1] in self.refused
        held = (op, key[0]) in self.held and self._counts(key) and not refuses
        if key[0] == "student":
            if held or (op == "disable" and self.stays(key[1])):
                return self._waiting(was, now, op)
            if op == "disable":
                return now
            return self._with_years(was, now, [r for r in was.years - now.years if self.stays_in(key[1], r)])  # type: ignore[no-any-return]
        return self._waiting(was, now, op) if held else self._parent(key[1], was, now, op)

    def _waiting(self, was: Account, now: Account, op: str) -> Account:
        """Return the account of somebody of whom a change is held: where the year changes they go on with it."""
        if op != "update" or not self.turned:
            return was
        calendar = replace(was, grade=now.grade, next_grade=now.next_grade, years=now.years, new=now.new)
        if was.children is None:
            return calendar
        years = now.years | ({"active"} if "scheduling" in was.years else set())
        return replace(calendar, years=years, new="active" not in years)

    def _parent(self, ident: str, was: Account, now: Account, op: str) -> Account:
        own, noes = self.everybody or ident in self.parents, self.spared.get(ident, frozenset())
        children = was.children or frozenset()
        left = frozenset(c for c in children if c not in noes and (own or self.stays(c)))
        if op == "disable":
            if not left:
                return was if own and not noes else now
            return replace(was, children=left) if noes else was
        back = left - (now.children or frozenset())
        made = replace(now, children=(now.children or frozenset()) | back)
        if self.turned:
            gone_on = any(self.stays(c) and "scheduling" in self._had(c) for c in made.children or ())
            return replace(made, years=made.years | {"active"}, new=False) if gone_on else made
        kept = [
            r for r in was.years - now.years
            if own or any(self.stays_in(c, r) and r in self._had(c) for c in made.children or ())
        ]  # fmt: skip
        return self._with_years(was, made, kept)  # type: ignore[no-any-return]

    def _had(self, student: str) -> frozenset[str]:
        record = self.before.records.get(student)
        return record.years if record else frozenset()

    def _moved_on(
        self, records: dict[str, Record], accounts: dict[Key, Account]
    ) -> tuple[dict[str, Record], dict[Key, Account]]:
        """Return everybody who stays though they would leave in the year that has come: what was next is now, what was now is
        past."""

        def turned(was: Any) -> Any:
            goes_on = "scheduling" in was.years
            changes: dict[str, Any] = {"years": frozenset(["active"] if goes_on else []), "next_grade": None}
            if goes_on and was.next_grade is not None:
                changes["grade"] = was.next_grade
            return replace(was, **changes)

        records = {
            i: turned(r) if i in self.before.records and i not in self.wanted.records else r for i, r in records.items()
        }
        moved = {}
        for key, account in accounts.items():
            stays = self.op(key) == "disable" and account.working
            moved[key] = replace(turned(account), new=False) if stays else account
        return records, moved


def undone(now: Portal, before: Portal, after: Portal, limits: Mapping[str, int | None]) -> Run:
    """Return the portal after undoing a run that led from ``before`` to ``after``; what somebody changed since stays."""
    accounts, records = dict(now.accounts), dict(now.records)
    for key, left in after.accounts.items():
        was, there = before.accounts.get(key), now.accounts[key]
        if was == left or (was and not was.working and not left.working):
            continue
        if was is None or not was.working:
            accounts[key] = replace(there, working=False)
        elif not left.working:
            accounts[key] = replace(there, working=True)
        elif there.working:
            accounts[key] = _set_back(there, was, left)
    for ident in {*before.records, *after.records}:
        old, new, there = before.records.get(ident), after.records.get(ident), now.records.get(ident)
        if old == new:
            continue
        if old is None and there is not None and there == new:
            del records[ident]
        elif new is None and there is None and old is not None:
            records[ident] = old
        elif old is not None and new is not None and there is not None:
            records[ident] = _set_back(there, old, new)
    wanted = replace(now, accounts=accounts, records=records)
    judge = _Judge(now, wanted, limits, unlimited=("enable",), by_hand=True)
    return Run(judge.after(), judge.held)


def _set_back(there: Any, was: Any, left: Any) -> Any:
    """Give back what the run changed and nobody has changed since."""
    names: Callable[[Any], list[str]] = lambda row: [n for n in row.__dataclass_fields__ if n != "working"]  # noqa: E731
    back = {}
    for name in names(there):
        old, new, now = (getattr(a, name) for a in (was, left, there))
        back[name] = old if old != new and now == new else now
    return replace(there, **back)


def as_seen(
    accounts: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
    years: Iterable[Mapping[str, Any]],
    courses: Iterable[Mapping[str, Any]],
    requests: Iterable[Mapping[str, Any]],
    *,
    asked: Mapping[tuple[str, int], str],
) -> Portal:
    """Return what the portal lists as the model sees it. ``asked``: the states to which requests were brought."""
    return Portal(
        {
            (a["kind"], a["person_id"]): Account(
                a["status"] != "disabled", a["login"], a["given_name"], a["grade_level"], a["next_grade_level"],
                frozenset(a["years"] or ()), a["new"], None if a["kind"] == "student" else frozenset(a["children"] or ()),
            )
            for a in accounts
        },
        {r["id"]: Record(r["given_name"], r["grade_level"], r["next_grade_level"], frozenset(r["years"] or ())) for r in records},
        {int(y["id"]): y["role"] for y in years},
        frozenset(int(c["year_id"]) for c in courses),
        {
            (q["student_id"], year): f"{_WITHDRAWN}{asked[q['student_id'], year]}" if q["status"] == "withdrawn" else q["status"]
            for q in requests
            for year in [int(q["year_id"])]
        },
    )  # fmt: skip
