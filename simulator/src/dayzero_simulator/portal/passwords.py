"""Passwords: the documented rule (R22), and hashing with argon2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

__all__ = ["REQUIREMENTS", "Requirement", "hashed", "matches", "unmet"]

LONGEST = 200
"""Beyond it a password is refused before it is hashed: hashing a megabyte is work for the server alone."""


@dataclass(frozen=True)
class Requirement:
    """One thing a password must have."""

    text: str
    met: Callable[[str], bool]


REQUIREMENTS = (
    Requirement("at least 8 characters", lambda p: len(p) >= 8),
    Requirement("a lower-case letter", lambda p: any(c.islower() for c in p)),
    Requirement("an upper-case letter", lambda p: any(c.isupper() for c in p)),
    Requirement("a digit", lambda p: any(c.isdigit() for c in p)),
)
"""R22, as the product documents it."""


def unmet(password: str, confirmation: str, *, temporary: str | None = None) -> list[str]:
    """Return what a new password still lacks, in words."""
    found = [r.text for r in REQUIREMENTS if not r.met(password)]
    if len(password) > LONGEST:
        found.append(f"no more than {LONGEST} characters")
    if password != confirmation:
        found.append("the same password in both fields")
    if temporary is not None and password == temporary:
        found.append("another password than the temporary one")
    return found


@cache
def _hasher() -> PasswordHasher:
    # OWASP's least for argon2id: a class signs in at the same minute, on the machine that also runs the rehearsal.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobody() -> str:
    return hashed("nobody's password")


def hashed(password: str, *, salt: bytes | None = None) -> str:
    """Return the argon2 hash of a password.

    ``salt``: sixteen bytes, where the same hash is wanted again, such as of a password that is told to everybody anyway;
    absent, as it must be for anybody's real password, a new one is drawn.
    """
    return _hasher().hash(password, salt=salt)


def matches(password: str, password_hash: str | None) -> bool:
    """Say whether a password fits a hash; without one it takes as long and is false, so that nothing is given away."""
    try:
        return _hasher().verify(password_hash or _nobody(), password[: LONGEST + 1]) and password_hash is not None
    except VerificationError:
        return False
