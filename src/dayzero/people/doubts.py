"""An id is not a person: what makes it doubtful who somebody is, what may be answered, and what was.

A person in doubt is untouched until somebody answers; everybody else goes on. The one table of doubts about persons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import polars as pl

__all__ = [
    "ANOTHER_PERSON",
    "DOUBTS",
    "LINK_OF_ANOTHER",
    "LINK_ONLY_NEXT_YEAR",
    "LOOK_ALIKE",
    "RENUMBERED",
    "Answer",
    "Decisions",
    "Doubt",
    "DoubtRule",
    "keys_of",
]

Answer: TypeAlias = Literal["same", "other", "gone", "leave"]


@dataclass(frozen=True)
class DoubtRule:
    """A doubt about persons. ``answers``: what may be answered, and what that means for it."""

    code: str
    message: str
    remedy: str
    answers: Mapping[Answer, str]


LOOK_ALIKE, ANOTHER_PERSON = "look-alike-id", "another-person"
LINK_OF_ANOTHER, RENUMBERED = "link-of-another", "renumbered"
LINK_ONLY_NEXT_YEAR = "link-only-next-year"
_STAYS = "they stay untouched, and it is said as a notice until something changes"

DOUBTS: Mapping[str, DoubtRule] = {
    rule.code: rule
    for rule in (
        DoubtRule(
            LOOK_ALIKE,
            "rows of this id are missing, and an unknown id that differs only in zeros, case or what a spreadsheet makes of a "
            "number has rows instead",
            "Export again with ids as text. If the school does write it so now, answer `same`; if they are two persons, `other`.",
            {"same": "from now on the new spelling is read as the old id", "other": "they are two persons", "leave": _STAYS},
        ),
        DoubtRule(
            ANOTHER_PERSON,
            "under this id there is somebody else now",
            "Look at both in the SIS. If it is one person with new names, answer `same`; if the id was given to somebody else, `other`.",
            {
                "same": "the account follows: it is changed to what the SIS says",
                "other": "the account is renewed for the other person: nothing of the former one can be reached",
                "leave": _STAYS,
            },
        ),
        DoubtRule(
            LINK_OF_ANOTHER,
            "this link was there when the id was somebody else's, and gives nothing",
            "Remove the row in the SIS if it is left over. If it is right for the new person too, answer `same`.",
            {"same": "it gives access again", "other": "it gives none, and is not said again", "leave": "it gives none, and is not said again"},
        ),
        DoubtRule(
            RENUMBERED,
            "this id is gone, and somebody new has the same login and names",
            "Accept the id map (`plan --rekey-out FILE`, `sync --accept-rekey FILE`), or answer `other` for those who are two persons.",
            {"same": "the account follows: the new id is read as the old one", "other": "they are two persons", "leave": _STAYS},
        ),
        DoubtRule(
            LINK_ONLY_NEXT_YEAR,
            "the active year had this link at an earlier sync and has it no more, and next year's copy still has it",
            "If it was removed on purpose, remove it from next year too, or answer `gone`. If it is right, put it back, or answer `same`.",
            {
                "gone": "the parent does not see the child, until the link is back in the active year or new in next year",
                "same": "next year's copy counts",
                "leave": "it is neither given nor taken, and that is said as a notice until something changes",
            },
        ),
    )
}  # fmt: skip
"""In the order in which they are looked for; the first that holds is the doubt."""


@dataclass(frozen=True)
class Doubt:
    """A doubt about one person: who they were (``was``) and who they seem to be (``now``), as text.

    For ids that look alike or follow one another these are the ids; for a link the student's id, and the names of both or the year
    that still has it: once another person has one of the ids, it is another doubt.
    """

    doubt: str
    kind: str
    person_id: str
    was: str
    now: str

    @property
    def rule(self) -> DoubtRule:
        """What the table says of it."""
        return DOUBTS[self.doubt]


@dataclass(frozen=True)
class Decisions:
    """What was answered: an answer holds as long as the doubt is this very one."""

    answers: Mapping[Doubt, Answer] = field(default_factory=dict)

    def grown(self, newer: Decisions) -> Decisions:
        """Return both; the newer answer counts."""
        return Decisions({**self.answers, **newer.answers})

    def answered(self, doubt: Doubt) -> Answer | None:
        """Return the answer to a doubt, None where there is none."""
        return self.answers.get(doubt)

    def pairs(self) -> dict[str, dict[str, str]]:
        """Return kind -> new id -> old id of the answers that an id is another one's new spelling or number."""
        found: dict[str, dict[str, str]] = {}
        for doubt, answer in self.answers.items():
            if answer == "same" and doubt.doubt in (LOOK_ALIKE, RENUMBERED):
                found.setdefault(doubt.kind, {})[doubt.now] = doubt.was
        return found


def keys_of(kind: str, ids: Iterable[str]) -> pl.DataFrame:
    """Return people of a kind as ``kind`` and ``person_id``."""
    named = list(ids)
    return pl.DataFrame(
        {"kind": [kind] * len(named), "person_id": named}, schema=dict.fromkeys(("kind", "person_id"), pl.String)
    )
