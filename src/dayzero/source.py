"""The source of one school: opened as its settings say, read as often as it takes to come to rest, and conformed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from dayzero.clock import Clock, Deadline
from dayzero.config import Config, fill_settings
from dayzero.conform import Conformed, Renaming, conform
from dayzero.errors import DayzeroError, SourceError, SourceMovedError
from dayzero.plan import IdMap
from dayzero.plugin import Source, SourceType, State, TableLike
from dayzero.plugins import Plugins
from dayzero.sync.progress import Progress
from dayzero.sync.stop import require_time

__all__ = ["ConfiguredSource"]

log = logging.getLogger(__name__)

_READS, _MOVES_SECONDS = 3, 2.0
"""How often a source that moves is read, and how long it is left to come to rest."""


@dataclass(frozen=True)
class ConfiguredSource:
    """What a configuration names as its source. ``today``: the school's day. ``run``: until when all of it must be read."""

    config: Config
    plugins: Plugins
    environ: Mapping[str, str]
    clock: Clock
    today: date
    run: Deadline
    progress: Progress

    def settings(self) -> tuple[SourceType, Any]:
        """Return the source's type and its settings, filled from ``[source]``."""
        raw, base = self.config.source.raw, self.config.path.parent
        source_type = self.plugins.source_type(self.config.source.plugin, base)
        return source_type, fill_settings(source_type.settings, raw, base, self.environ)

    @contextmanager
    def opened(self) -> Iterator[Source]:
        """Open the source. Raises SourceError; whatever else a source raises becomes one."""
        source_type, settings = self.settings()
        try:
            with source_type.open(settings) as source:
                getattr(source, "begin", lambda _day, _clock: None)(self.today, self.clock)
                yield source
        except (DayzeroError, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # an exit as well: who asks for the run is told how it ended
            log.debug("source failed", exc_info=True)
            raise SourceError(
                f"The source plugin {source_type.name} failed: {type(error).__name__}.",
                remedy="Nothing was sent. If its settings are right, tell the plugin's author.",
                plugin=source_type.name,
                said=str(error),  # a stranger's words may name people
            ) from error

    def stamp(self) -> str | None:
        """Return what the source is known by as it is now; None where it has no stamp."""
        with self.opened() as source:
            return getattr(source, "stamp", lambda: None)()

    def conformed(
        self,
        as_known: Renaming | None = None,
        *,
        measure_before: Mapping[str, int] = MappingProxyType({}),
        as_it_ends: bool = False,
        seconds: dict[str, float] | None = None,
    ) -> Conformed:
        """Read the source and conform it. ``as_known``: gives people the ids they are known by. ``measure_before``: that of the
        last good read. ``as_it_ends``: a last line without an end is no doubt.

        ``seconds`` is filled with what reading and typing each table took. A source that moves while it is read is read again;
        raises SourceMovedError where it does not come to rest.
        """
        seconds = {} if seconds is None else seconds
        for _ in range(_READS - 1):
            try:
                return self._read_once(as_known, measure_before, as_it_ends, seconds)
            except SourceMovedError as error:
                log.info("%s It is read again.", error.message)
                self.clock.sleep(_MOVES_SECONDS)
        return self._read_once(as_known, measure_before, as_it_ends, seconds)

    def _read_once(
        self, as_known: Renaming | None, measure_before: Mapping[str, int], as_it_ends: bool, seconds: dict[str, float]
    ) -> Conformed:
        began: dict[str, float] = {}
        with self.opened() as source:
            state: Callable[[str], State] = getattr(source, "state", lambda _: "complete")

            def read(table: str) -> TableLike | None:
                require_time(self.run, f"{table} was to be read. Nothing was sent.")
                self.progress.stage(f"Reading {table}")
                began[table] = self.clock.now().timestamp()
                return source.read(table)

            conformed = conform(
                read,
                state,
                getattr(source, "findings", tuple),
                getattr(source, "remedies", {}),
                logins=self.config.sync.student_login,
                as_known=as_known or IdMap().renamed,
                measure_before=measure_before,
                as_it_ends=as_it_ends,
                ordered=getattr(source, "ordered", True),
            )
        # A source may hand over rows one by one: a table's turn lasts until the next one's comes.
        ends = [*list(began.values())[1:], self.clock.now().timestamp()]
        seconds |= {
            table: round(end - start, 3)
            for (table, start), end in zip(began.items(), ends, strict=True)
            if table in conformed.rows
        }
        return conformed
