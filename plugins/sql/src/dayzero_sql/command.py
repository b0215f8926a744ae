"""``dayzero source``: with which query is each source table read?"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dayzero.errors import ConfigurationError, UsageError
from dayzero.schema import TABLES
from dayzero_sql.presets import load_preset
from dayzero_sql.queries import queries_of
from dayzero_sql.settings import SqlSettings

__all__ = ["source"]

_SAYING_QUERIES = {"preset": str, "parameters": dict, "tables": dict, "queries": dict, "queries_dir": str}
"""The settings that say how tables are read. The others say where the database is, and may hold a password."""


@click.command(
    epilog="""\b
Examples:
  dayzero source
  dayzero source --print-queries
  dayzero source --print-queries --preset rosariosis --table contacts
  dayzero source --preset gibbon --out queries/"""
)
@click.option("--print-queries", "prints", is_flag=True, help="Print the queries themselves.")
@click.option("--preset", metavar="NAME", help="Those of a preset, whatever is configured.")
@click.option(
    "--table", "tables", multiple=True, type=click.Choice(list(TABLES)), help="Only this source table; may be repeated."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write them there, for `queries_dir`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("dayzero.toml"),
    show_default=True,
    metavar="FILE",
    help="The configuration.",
)
def source(
    prints: bool, preset: str | None, tables: tuple[str, ...], out: Path | None, as_json: bool, config_path: Path
) -> None:
    """Say where each source table comes from, and print the queries. No database is opened.

    A query may be copied into the configuration, or into a file of `queries_dir`, and changed there. A line that ends in
    `-- if table.column` is left out where the database has no such column.
    """
    found = _of_preset(preset) if preset else _configured(config_path)
    chosen = {table: found[table] for table in tables or found if table in found}
    if out is not None:
        _write(out, chosen)
    if as_json:
        click.echo(json.dumps({"queries": chosen}, ensure_ascii=False))
        return
    for table, one in chosen.items():
        if prints and one["sql"] is not None:
            click.echo(f"-- {table}: from `{one['from']}`\n{one['sql']};\n")
        else:
            click.echo(f"{'-- ' * prints}{table}: {_from(one)}")


def _from(one: Mapping[str, Any]) -> str:
    return f"all of {one['table']}" if one["sql"] is None else f"a query from `{one['from']}`"


def _of_preset(name: str) -> dict[str, dict[str, Any]]:
    queries = load_preset(name).queries
    return {t: {"from": "preset", "table": None, "sql": queries[t].sql.rstrip()} for t in TABLES if t in queries}


def _configured(path: Path) -> dict[str, dict[str, Any]]:
    """Return what a configuration reads each table with: its ``sql``, or the ``table`` that is read whole."""
    written = _source_of(path)
    given: dict[str, Any] = {name: written[name] for name in _SAYING_QUERIES if name in written}
    for name, value in given.items():
        texts = value.values() if isinstance(value, dict) and name != "parameters" else ()
        if not (isinstance(value, _SAYING_QUERIES[name]) and all(isinstance(text, str) for text in texts)):
            raise ConfigurationError(
                f"[source] {name} is not what it should be.", remedy=f"Correct `{name}`.", key=name
            )
    # A value that is to be fetched is not: queries are printed with the names of their parameters.
    parameters = given.get("parameters", {})
    given["parameters"] = {k: v if isinstance(v, int | str) else 0 for k, v in parameters.items()}
    if "queries_dir" in given:
        given["queries_dir"] = path.resolve().parent / given["queries_dir"]
    queries = queries_of(SqlSettings(**given))
    told = {}
    for table in TABLES:
        statement, named = queries.statements.get(table), queries.tables.get(table)
        if statement is not None:
            told[table] = {"from": queries.origins[table], "table": None, "sql": statement.sql.rstrip()}
        elif named is not None or queries.by_name:
            told[table] = {"from": queries.origins.get(table, "name"), "table": named or table, "sql": None}
    return told


def _source_of(path: Path) -> dict[str, Any]:
    """Return ``[source]`` as it is written. No secret is fetched."""
    try:
        if path.is_char_device() or path.is_block_device():  # it may have no end
            raise OSError("it is no file")  # noqa: TRY301 - said as what the system says
        written = tomllib.loads(path.read_text(encoding="utf-8")).get("source", {})
    except FileNotFoundError:
        raise UsageError(f"There is no {path}.", remedy="Give --config FILE, or --preset NAME.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}.", remedy="Correct it, or give --preset NAME."
        ) from error
    if not isinstance(written, dict) or written.get("plugin") != "sql":
        raise UsageError(f"{path} has no source with queries.", remedy='That is plugin = "sql"; or give --preset NAME.')
    return written


def _write(folder: Path, queries: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the queries into a folder. Raises UsageError, before anything is written, for a file that is there."""
    texts = {folder / f"{table}.sql": one["sql"] for table, one in queries.items() if one["sql"] is not None}
    there = [str(file) for file in texts if file.exists()]
    if there:
        raise UsageError(f"{there[0]} exists already.", remedy="Name another folder, or choose with --table.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write into {folder}: {error.strerror}.", remedy="Name another folder.") from error
