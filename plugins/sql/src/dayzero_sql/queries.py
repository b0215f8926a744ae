"""Which query each source table gets: the school's own, its preset's, or a whole table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dayzero.errors import ConfigurationError
from dayzero.schema import TABLES
from dayzero_sql.presets import Preset, load_preset
from dayzero_sql.settings import SqlSettings
from dayzero_sql.statement import Statement

__all__ = ["DAY", "Queries", "queries_of"]

DAY = "today"
"""The parameter that every query may have without being given it: the school's day."""


@dataclass(frozen=True)
class Queries:
    """``statements`` by source table; the ``values`` of their parameters; ``tables`` to read whole.

    ``by_name``: a source table found in neither is read from the database's table of that name, if there is one.
    ``remedies``: what to do, by rule, in the words of the preset's system. ``origins``: by source table, the setting that says
    where its query comes from.
    """

    statements: Mapping[str, Statement]
    values: Mapping[str, int | str]
    tables: Mapping[str, str]
    by_name: bool
    remedies: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)


def queries_of(settings: SqlSettings) -> Queries:
    """Return the queries the settings ask for. Raises ConfigurationError, before the database is touched."""
    preset = load_preset(settings.preset) if settings.preset else Preset()
    _refuse_unknown_tables(settings)
    of_preset = {table: query for table, query in preset.queries.items() if table not in settings.tables}
    in_folder, own = _in_folder(settings), {t: Statement.parse(sql) for t, sql in settings.queries.items()}
    statements = of_preset | in_folder | own
    found: dict[str, Mapping[str, object]] = {
        "preset": of_preset,
        "tables": settings.tables,
        "queries_dir": in_folder,
        "queries": own,
    }
    origins = {table: name for name, tables in found.items() for table in tables}
    values = preset.filled(settings.parameters)
    for table, query in statements.items():
        query.require({*values, DAY}, f"The query for {table}")
    _refuse_unused(settings, {name for q in statements.values() for name in q.names} | set(preset.parameters))
    # A SIS has tables of these names too (`students`), but in its own words, not in the schema's.
    by_name = not settings.preset
    return Queries(statements, values, settings.tables, by_name, preset.remedies, origins)


def _in_folder(settings: SqlSettings) -> dict[str, Statement]:
    folder = settings.queries_dir
    if folder is None:
        return {}
    if not folder.is_dir():
        raise ConfigurationError(f"[source] queries_dir: {folder} is no folder.", remedy="Correct `queries_dir`.")
    files = {table: folder / f"{table}.sql" for table in TABLES}
    return {t: Statement.parse(f.read_text(encoding="utf-8")) for t, f in files.items() if f.is_file()}


def _refuse_unknown_tables(settings: SqlSettings) -> None:
    unknown = sorted({*settings.queries, *settings.tables} - set(TABLES))
    if unknown:
        raise ConfigurationError(
            f"[source] has queries or tables for {', '.join(unknown)}: no such source table.",
            remedy=f"Source tables are {', '.join(TABLES)}.",
            keys=unknown,
        )


def _refuse_unused(settings: SqlSettings, used: set[str]) -> None:
    unused = sorted(set(settings.parameters) - used)
    if unused:
        raise ConfigurationError(
            f"[source.parameters] {', '.join(unused)}: no query has such a parameter.",
            remedy=f"Known: {', '.join(sorted(used)) or 'none'}.",
            keys=unused,
        )
