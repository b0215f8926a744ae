"""What somebody changed on a page, told apart from what others changed while it was open.

A page says of every value what it was when it was shown. Only what differs from that is theirs, and only that is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["Changes", "compared"]


@dataclass(frozen=True)
class Changes:
    """``mine``: what was changed on the page. ``clashing``: what of it somebody else changed to something else meanwhile."""

    mine: dict[str, str]
    clashing: tuple[str, ...]

    def clash(self, now: Mapping[str, str], titles: Mapping[str, str]) -> RefusedAction | None:
        """Return what is said of values that two have changed, by their titles; None where there are none."""
        if not self.clashing:
            return None
        said = [
            f"{titles[name]}: somebody changed it to {now[name] or 'nothing'} while you had this page open; yours is"
            f" {self.mine[name] or 'nothing'}."
            for name in self.clashing
        ]
        return RefusedAction(" ".join([*said, "Nothing is saved yet: save again to have yours."]))

    def require_no_clash(self, now: Mapping[str, str], titles: Mapping[str, str]) -> None:
        """Raise it."""
        if refused := self.clash(now, titles):
            raise refused


def compared(typed: Mapping[str, str], shown: Mapping[str, str], now: Mapping[str, str]) -> Changes:
    """Compare what is typed with what was ``shown`` (as it is ``now`` where the page does not say) and with what is now."""
    mine = {name: value for name, value in typed.items() if value != shown.get(name, now[name])}
    clashing = (n for n, value in mine.items() if now[n] not in (value, shown.get(n, now[n])))
    return Changes(mine, tuple(clashing))
