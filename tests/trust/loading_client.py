"""A school that changes and syncs without pause, in a process of its own, for ``test_load``.

argv: one JSON object (``folder``, ``url``, ``token``, ``school``, ``seed``, and ``rounds`` or ``seconds``). It syncs so
often or so long, then says on stdout what happened; for each line it reads on stdin after that it syncs once more and
says how that ended and what the portal must have now.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiny_school import NEWCOMER, PROMOTED, TinySchool

from dayzero.clock import SystemClock

STUDENTS = [f"s{n}" for n in range(1, 13)]
TAKE_OVER = ["--take-over"]
"""Two of them sync one school in turn, each from its own folder."""
LONGEST = 300
"""Seconds beyond those asked for after which it ends by itself, whatever hangs."""
NAMES = ("Ada", "Zoë", "O'Neil", "Jan-Peter", "Nguyễn")
PLACES: dict[str, dict[str, Any]] = {"active": {}, "promoted": PROMOTED, "newcomer": NEWCOMER, "gone": {"enrolled": {}}}
FIELDS: dict[str, dict[str, Any]] = {
    "active": {"grade_level": "9", "next_grade_level": None, "years": ["active"], "new": False},
    "promoted": {"grade_level": "9", "next_grade_level": "10", "years": ["active", "scheduling"], "new": False},
    "newcomer": {"grade_level": "9", "next_grade_level": "9", "years": ["scheduling"], "new": True},
    "steady": {"grade_level": "10", "next_grade_level": "11", "years": ["active", "scheduling"], "new": False},
}
"""What the account of a student in that place says, with the setting at Yes."""


@dataclass(frozen=True)
class Server:
    """Where the portal is."""

    url: str
    token: str


class Registrar:
    """Changes one school by a seeded draw and knows what its portal must have."""

    def __init__(self, school: TinySchool, seed: int) -> None:
        self.school = school
        self._draw = random.Random(seed)
        self.places = {"s0": ("steady", "Given s0")}

    def works(self) -> None:
        """Let one to four students come, go, come back, change the year or their name."""
        for ident in self._draw.sample(STUDENTS, self._draw.randint(1, 4)):
            place, name = self._draw.choice(sorted(PLACES)), self._draw.choice(NAMES)
            self.places[ident] = (place, name)
            self.school.student(ident, given_name=name, **PLACES[place]).contact(f"c{ident[1:]}", children=[ident])

    def accounts(self) -> Iterator[dict[str, Any]]:
        """Yield the accounts that must work: one of each student sent and one of the parent."""
        for ident, (place, name) in self.places.items():
            if place == "gone":
                continue
            parent = f"c{ident[1:]}"
            fields = FIELDS[place]
            yield {
                "kind": "student", "person_id": ident, "login": f"{ident}@pupils.example", "given_name": name,
                "family_name": f"Family {ident}", "children": None, **fields,
            }  # fmt: skip
            yield {
                "kind": "parent", "person_id": parent, "login": f"{parent}@homes.example",
                "given_name": f"Given {parent}", "family_name": f"Family {parent}", "children": [ident], **fields,
                "grade_level": None, "next_grade_level": None,
            }  # fmt: skip


def main() -> None:
    """Do what argv asks for."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    signal.alarm(asked.get("seconds", 0) + LONGEST)
    if asked.get("rounds"):
        SystemClock.sleep = lambda self, seconds: None  # type: ignore[method-assign]
    school = TinySchool(Path(asked["folder"]), Server(asked["url"], asked["token"]))
    school.sections["school"] = {"id": asked["school"], "name": asked["school"]}
    school.limits.update(disable="none", update="none", create="none", shrink="none", rekey="none")
    school.portal_settings["part_size"] = 5
    registrar = Registrar(school, asked["seed"])
    ended: Counter[str] = Counter()
    until = time.monotonic() + asked.get("seconds", 0)
    while sum(ended.values()) < asked["rounds"] if asked.get("rounds") else time.monotonic() < until:
        registrar.works()
        ended[_said(school.sync(*TAKE_OVER, yes=True))] += 1
    print(json.dumps(ended), flush=True)  # noqa: T201 - the answer
    for _ in sys.stdin:
        outcome = school.sync(*TAKE_OVER, yes=True)
        said = {"ended": _said(outcome), "accounts": list(registrar.accounts())}
        print(json.dumps(said), flush=True)  # noqa: T201 - the answer


def _said(outcome: Any) -> str:
    """Return the exit code, and for a failure its kind and the portal's status."""
    if outcome.exit_code == 0:
        return "0"
    error = outcome.doc.get("error") or {}
    return f"{outcome.exit_code} {error.get('kind')} {error.get('status', '')}".strip()


if __name__ == "__main__":
    main()
