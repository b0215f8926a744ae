"""How long one has to wait between tries: counted before anything is looked at, so that tries side by side are counted too.

Whoever tries too often is slowed down and never locked out: every further try costs a longer wait, up to a longest one. A
try that is refused for coming too early counts for nothing, so nobody prolongs another's wait by hammering.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from dayzero_simulator.columns import login_key
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["Counter", "Pace", "count", "forget", "forgive", "link_by", "sign_in_by", "typed_by", "unlock"]

FORGOTTEN = timedelta(hours=24)
"""So long after the last try that counted, all are forgotten."""
AHEAD = timedelta(hours=1)
"""A try so much later than now was counted by a clock that has been put back since: nobody waits until it is there again."""


@dataclass(frozen=True)
class Pace:
    """``free`` tries at once; then a wait of ``first``, doubled by every further try up to ``longest``."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, tries: int) -> timedelta:
        """Return how long after the last of so many tries the next one may come."""
        if tries < self.free:
            return timedelta()
        return min(self.first * (1 << min(tries - self.free, 30)), self.longest)


@dataclass(frozen=True)
class Counter:
    """What is counted by itself: one name for the sort of try and for whom or from where it is."""

    name: str
    pace: Pace

    @property
    def key(self) -> str:
        """What the state keeps of it: as long for a login of a megabyte, and no address to be read."""
        return hashlib.sha256(self.name.encode(errors="surrogatepass")).hexdigest()


GUESSING = Pace(5, timedelta(seconds=15), timedelta(minutes=15))
"""Of a login's password."""
MISTYPING = Pace(20, timedelta(seconds=15), timedelta(minutes=15))
"""On a device that the login was signed in with before: it is most likely the owner."""
CROWD = Pace(300, timedelta(seconds=1), timedelta(seconds=1))
"""From one address, where a class, a proxy or a whole school may sit: a second's wait is no lock."""
ASKING = Pace(5, timedelta(minutes=1), timedelta(minutes=15))
"""For links to a new password: each is a message to somebody."""


def sign_in_by(school: str, login: str, address: str, device: str | None) -> list[Counter]:
    """Return what a try to sign in counts for. ``device``: one on which this login was signed in with before.

    Such a device is counted by itself alone, whatever others do.
    """
    if device is not None:
        return [Counter(f"sign-in at {school} on device {device} as {_same(login)}", MISTYPING)]
    return [
        Counter(f"sign-in at {school} as {_same(login)}", GUESSING),
        Counter(f"sign-in at {school} from {address}", CROWD),
    ]


def link_by(school: str, login: str, address: str, device: str | None) -> list[Counter]:
    """Return what asking for a link counts for; it has nothing to do with signing in."""
    if device is not None:
        return [Counter(f"link at {school} on device {device} for {_same(login)}", ASKING)]
    return [
        Counter(f"link at {school} for {_same(login)}", ASKING),
        Counter(f"link at {school} from {address}", CROWD),
    ]


def typed_by(school: str, kind: str, person_id: str) -> list[Counter]:
    """Return what typing one's present password counts for, once signed in."""
    return [Counter(f"present password at {school} of {kind} {person_id}", GUESSING)]


def count(db: sqlite3.Connection, counters: list[Counter], now: datetime) -> None:
    """Count one try in all counters, or raise RefusedAction and count it in none."""
    db.execute("delete from tries where at <= ? or at > ?", [(now - FORGOTTEN).isoformat(), (now + AHEAD).isoformat()])
    waits = [_wait(db, counter, now) for counter in counters]
    if any(waits):
        raise RefusedAction(
            f"Too many tries. Please wait {_said(max(waits))} and try again.", status=429, wait=max(waits)
        )
    db.executemany(
        "insert into tries values (?, 1, ?) on conflict do update set tries = tries + 1, at = excluded.at",
        [(counter.key, now.isoformat()) for counter in counters],
    )


def forgive(db: sqlite3.Connection, counters: list[Counter]) -> None:
    """Take the try back that was right after all; what was wrong before it is forgotten with it, but not an address's."""
    for counter in counters:
        if counter.pace is CROWD:
            db.execute("update tries set tries = tries - 1 where subject = ?", [counter.key])
        else:
            db.execute("delete from tries where subject = ?", [counter.key])


def _wait(db: sqlite3.Connection, counter: Counter, now: datetime) -> timedelta:
    row = db.execute("select tries, at from tries where subject = ?", [counter.key]).fetchone()
    if row is None:
        return timedelta()
    return max(datetime.fromisoformat(row["at"]) + counter.pace.wait(row["tries"]) - now, timedelta())


def unlock(db: sqlite3.Connection, school: str, login: str | None) -> int:
    """Forget the tries of one login at a school, None: all tries; return how many counters that were."""
    if login is None:
        return db.execute("delete from tries").rowcount
    return forget(db, [sign_in_by(school, login, "", None)[0], link_by(school, login, "", None)[0]])


def forget(db: sqlite3.Connection, counters: list[Counter]) -> int:
    """Forget what counters have counted; return how many of them had anything."""
    return sum(db.execute("delete from tries where subject = ?", [c.key]).rowcount for c in counters)


def _same(login: str) -> str:
    return login_key(login) or ""


def _said(wait: timedelta) -> str:
    seconds = max(1, -(-wait // timedelta(seconds=1)))
    return f"{seconds} second{'' if seconds == 1 else 's'}" if seconds < 120 else f"{-(-seconds // 60)} minutes"
