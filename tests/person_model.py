"""Who is who at a school whose ids change hands: humans, what the office writes of them, and what each may see. No core.

Humans have names of their own, so that whoever an account or a record is of can be read off the portal. What is true is known
here; dayzero has to find it out, or to ask. An office that is asked tells the truth, or leaves it, or does not answer yet.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Child", "Human", "Office", "Row"]

_GIVEN = ("Ada", "Bela", "Cem", "Dana", "Egon", "Fatma", "Gustav", "Hilde", "Ines", "Jonas", "Kaya", "Lars", "Mina", "Nils",
          "Olga", "Pavel", "Quirin", "Rosa", "Stefan", "Tilda", "Ugo", "Vera", "Wim", "Xenia", "Yusuf", "Zita")  # fmt: skip
_FAMILY = ("Abel", "Brandt", "Cordes", "Dietz", "Eggers", "Fuchs", "Gross", "Huber", "Irmer", "Junker", "Krug", "Lorenz", "Moser",
           "Nagel", "Orth", "Pohl", "Quast", "Ritter", "Sauer", "Thiel", "Ulmer", "Vogt", "Winkler", "Xander", "Yildiz", "Zeller")  # fmt: skip


@dataclass(frozen=True)
class Human:
    """Somebody. ``number`` tells them from everybody else; no two have a name in common."""

    number: int

    @property
    def names(self) -> tuple[str, str]:
        """Given and family name."""
        turn, at = divmod(self.number, len(_GIVEN))
        return f"{_GIVEN[at]}{'en' * turn}", f"{_FAMILY[(at * 7 + 3) % len(_FAMILY)]}{'son' * turn}"

    @property
    def birth_date(self) -> str:
        """A day that nobody else was born on."""
        return f"{2008 + self.number % 7}-{1 + self.number % 12:02d}-{13 + self.number % 15:02d}"

    @property
    def password(self) -> str:
        """What they would choose, and nobody else."""
        return f"Own-pass-{self.number}1"


@dataclass
class Row:
    """What the SIS has of a person under an id: who it is, and how they are reached."""

    human: Human
    login: str
    here: bool = True


@dataclass
class Child:
    """A link in the SIS: in which years' copies it stands. ``true``: it is, or was, this child's and this parent's."""

    years: frozenset[str]
    true: bool = True


@dataclass
class Office:
    """The SIS and the truth. ``written``: id -> how the export writes it tonight. ``known_as``: id -> the id the portal may know."""

    draw: random.Random
    active: str
    following: str
    students: dict[str, Row] = field(default_factory=dict)
    parents: dict[str, Row] = field(default_factory=dict)
    links: dict[tuple[str, str], Child] = field(default_factory=dict)
    may_see: set[tuple[Human, Human]] = field(default_factory=set)
    forbidden: set[tuple[Human, Human]] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)
    known_as: dict[str, str] = field(default_factory=dict)
    people: int = 0
    ids: int = 0

    # -- what happens

    def somebody(self) -> Human:
        """Return somebody new."""
        self.people += 1
        return Human(self.people)

    def fresh_id(self, kind: str) -> str:
        """Return an id that nobody had: with zeros in front, as a school has them."""
        self.ids += 1
        return f"00{self.ids * 13 + 100}" if kind == "student" else f"0{self.ids * 13 + 500}"

    def family(self, *, login: bool = True) -> str:
        """Let a child with a parent come; return the child's id."""
        child = self.newcomer(self.fresh_id("student"), login=login)
        self.parent_of(child)
        return child

    def newcomer(self, ident: str, *, login: bool = True) -> str:
        """Enter a new student under an id, whoever had it before."""
        human = self.somebody()
        self.students[ident] = Row(human, f"{human.names[0].lower()}@pupils.example" if login else "")
        return ident

    def parent_of(self, child: str, ident: str | None = None) -> str:
        """Enter a new parent of a child, under a new id or one that somebody had."""
        human = self.somebody()
        ident = ident or self.fresh_id("parent")
        self.parents[ident] = Row(human, f"{human.names[0].lower()}@homes.example")
        self.link(child, ident)
        return ident

    def link(self, child: str, parent: str) -> None:
        """Enter that a parent is a child's, in both years."""
        self.links[child, parent] = Child(frozenset({self.active, self.following}))
        self.may_see.add((self.parents[parent].human, self.students[child].human))

    def reuse_student(self, ident: str, *, login: bool, swept: bool) -> None:
        """Give an id to another student, with a parent of their own; ``swept``: the former links are removed."""
        for child, parent in [link for link in self.links if link[0] == ident]:
            if swept:
                del self.links[child, parent]
            else:
                self.links[child, parent].true = False
        self.newcomer(ident, login=login)
        self.parent_of(ident)

    def reuse_parent(self, ident: str, child: str, *, swept: bool) -> None:
        """Give a contact's id to another child's parent."""
        for link in [link for link in self.links if link[1] == ident and link != (child, ident)]:
            if swept:
                del self.links[link]
            else:
                self.links[link].true = False
        self.links.pop((child, ident), None)
        self.parent_of(child, ident)

    def renumber(self, kind: str, ident: str) -> str:
        """Give somebody another id; it is the same person."""
        mine, new = (self.students if kind == "student" else self.parents), f"9{self.fresh_id(kind)}"
        mine[new] = mine.pop(ident)
        at = 0 if kind == "student" else 1
        for link in [link for link in self.links if link[at] == ident]:
            moved = (new, link[1]) if at == 0 else (link[0], new)
            self.links[moved] = self.links.pop(link)
        return new

    def forbid(self, child: str, parent: str) -> None:
        """Let a court decide that a parent may not see a child: the office removes the link of this year, and forgets the next."""
        self.links[child, parent].years -= {self.active}
        self.forbidden.add((self.parents[parent].human, self.students[child].human))

    def one_mailbox(self, parent: str, other: str) -> None:
        """Let a slip of the registrar give a parent another one's address."""
        self.parents[parent].login = self.parents[other].login

    # -- what the office says when it is asked

    def truth(self, doubt: dict[str, Any], portal_names: tuple[str, str] | None) -> str | None:
        """Return the true answer to a doubt. ``portal_names``: of whoever the portal has under the id."""
        kind, ident = doubt["kind"], doubt["person_id"]
        rows = self.students if kind == "student" else self.parents
        match doubt["doubt"]:
            case "another-person":
                row = rows.get(ident)
                return None if row is None else "same" if row.human.names == portal_names else "other"
            case "look-alike-id" | "renumbered":
                row = rows.get(ident) or next(
                    (rows[i] for i, w in self.written.items() if w == doubt["is"] and i in rows), None
                )
                row = rows.get(doubt["is"], row)
                return None if row is None else "same" if row.human.names == portal_names else "other"
            case "link-of-another":
                link = self.links.get((doubt["was"], ident))
                return None if link is None else "same" if link.true else "other"
            case "link-only-next-year":
                pair = self._pair(doubt["was"], ident)
                return None if pair is None else "gone" if pair in self.forbidden else "same"
        return None

    def _pair(self, child: str, parent: str) -> tuple[Human, Human] | None:
        if child not in self.students or parent not in self.parents:
            return None
        return self.parents[parent].human, self.students[child].human

    def everybody(self) -> Iterator[Human]:
        """Yield everybody who ever was at the school."""
        yield from map(Human, range(1, self.people + 1))

    def named(self, given: str | None, family: str | None) -> Human | None:
        """Return who has these names."""
        return next((human for human in self.everybody() if human.names == (given, family)), None)
