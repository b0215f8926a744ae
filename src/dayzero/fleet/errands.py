"""What a worker is asked to do for some schools. It carries names and no settings: configurations stay where they stand."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from dayzero.fleet.where import FleetSchool

__all__ = ["CHUNK", "Errand", "Sent", "errands_of"]

CHUNK = 50
"""So many schools go to a worker at once: an empty task of a cluster costs as much as a school in which nothing changed."""


@dataclass(frozen=True)
class Sent:
    """What is asked for each school: ``plan``, ``sync`` or ``status``. ``allow``: what is released, of one school alone."""

    what: str
    allow: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Errand:
    """Some schools of a fleet, by their ids. ``where``: the fleet, as ``schools_in`` reads it. ``moment``: when that was last saved
    as the run began, so that a worker reads it once; None: it is read for each errand."""

    sent: Sent
    where: str
    schools: tuple[str, ...]
    moment: int | None = None

    def alone(self) -> list[Errand]:
        """Return an errand for each school of this one."""
        return [replace(self, schools=(one,)) for one in self.schools]


def errands_of(
    sent: Sent, where: Path, schools: Sequence[FleetSchool], *, workers: int, sharing: Collection[str] = ()
) -> list[Errand]:
    """Return errands of at most ``CHUNK`` schools, and of fewer where some workers would have none.

    ``sharing``: plugins whose schools go together where they have one source, however few errands that makes: each reads it once.
    """
    size = max(1, min(CHUNK, -(-len(schools) // (workers * 4))))
    by_source: dict[Hashable, list[str]] = {}
    for school in schools:
        plugin, at = school.source
        by_source.setdefault((plugin, at) if plugin in sharing and at else school.id, []).append(school.id)
    several = [ids for ids in by_source.values() if len(ids) > 1]
    alone = [ids[0] for ids in by_source.values() if len(ids) == 1]
    chunks = [*chain.from_iterable(_batched(ids, CHUNK) for ids in several), *_batched(alone, size)]
    moment = where.stat().st_mtime_ns
    return [Errand(sent, str(where), chunk, moment) for chunk in chunks]


def _batched(ids: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield ids in their order, so many at a time."""
    for at in range(0, len(ids), size):
        yield tuple(ids[at : at + size])
