"""What somebody typed into a form after their session had ended: kept until they are signed in again and see it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dayzero_simulator.portal.sessions import Session

__all__ = ["LARGEST", "Unsent", "read"]

LARGEST = 64 * 1024
"""Characters; a longer form is not kept."""


class Unsent(msgspec.Struct, frozen=True):
    """Whose it is, the page it belongs to, and the form's fields; none where nothing was typed yet."""

    kind: str
    person_id: str
    path: str
    form: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, session: Session, path: str, form: Iterable[tuple[str, str]] = ()) -> Unsent | None:
        """Return what is to be kept for the person of a session; None where nobody was signed in, or looked as another."""
        if session.kind is None or session.person_id is None or session.acting_id is not None:
            return None
        fields = tuple((name, value) for name, value in form if name not in ("csrf", "ask"))
        if sum(len(name) + len(value) for name, value in fields) > LARGEST:
            fields = ()
        return cls(session.kind, session.person_id, path, fields)

    def written(self) -> str:
        """Return it as a session keeps it."""
        return msgspec.json.encode(self).decode()


def read(session: Session | None) -> Unsent | None:
    """Return what a session keeps, or None."""
    if session is None or session.unsent is None:
        return None
    return msgspec.json.decode(session.unsent, type=Unsent)
