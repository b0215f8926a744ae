"""Turn the school's own words, dates and yes/no into what the schema reads; what is none of them stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dayzero.schema import TABLES, Type
from dayzero_csv.settings import CsvSettings

__all__ = ["TIME_OF_DAY", "filled", "in_schema_words", "meant", "to_date", "to_iso"]

TIME_OF_DAY = r"[T,\s]\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AaPp]\.?\s?[Mm]\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$"
"""A time of day behind a date, as databases and scripts write it: `6/4/2012 12:00:00 AM`."""


def in_schema_words(table: str, frame: pl.DataFrame, settings: CsvSettings) -> pl.DataFrame:
    """Return a table with its words, constants, dates and ticks as the schema reads them."""
    words, constants = settings.values.get(table, {}), settings.constants.get(table, {})
    if words:
        frame = frame.with_columns(meant(pl.col(c), words[c]).alias(c) for c in frame.columns if c in words)
    return to_iso(table, filled(frame, constants) if constants else frame, settings)


def meant(text: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    """Return what words mean, compared trimmed and in any case; the word ``""`` is an empty cell."""
    word = text.fill_null("").str.strip_chars().str.to_lowercase()
    known = {key.strip().lower(): value for key, value in words.items()}
    return pl.coalesce(word.replace_strict(known, default=None, return_dtype=pl.String), text)


def filled(frame: pl.DataFrame, constants: Mapping[str, str]) -> pl.DataFrame:
    """Return a table with a constant wherever a cell, or the whole column, is empty."""
    there = {
        name: pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))
        if name in frame.columns
        else pl.lit(None)
        for name in constants
    }
    return frame.with_columns(
        pl.coalesce(there[name].cast(pl.String), pl.lit(value)).alias(name) for name, value in constants.items()
    )


def to_iso(table: str, frame: pl.DataFrame, settings: CsvSettings) -> pl.DataFrame:
    """Return ``frame`` with converted date and boolean columns. The core reports what is left as it was."""
    types = {c.name: c.type for c in TABLES[table].columns}
    changed = []
    for name in frame.columns:
        text = pl.col(name)
        if types.get(name) is Type.DATE and settings.date_format:
            parsed = _in_format(text.str.strip_chars(), settings.date_format)
            changed.append(pl.coalesce(parsed.dt.to_string("%Y-%m-%d"), text).alias(name))
        elif types.get(name) is Type.BOOLEAN and (settings.true_words or settings.false_words):
            changed.append(_word(text, settings).alias(name))
    return frame.with_columns(changed) if changed else frame


def to_date(text: pl.Expr, date_format: str) -> pl.Expr:
    """Return dates of the school's format or of ISO 8601, null for anything else."""
    day = text.str.strip_chars()
    iso = day.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$").str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(_in_format(day, date_format), iso) if date_format else iso


def _in_format(day: pl.Expr, date_format: str) -> pl.Expr:
    """Return dates of a format, a time of day behind them aside where the format has none."""
    told, alone = (text.str.to_date(date_format, strict=False) for text in (day, day.str.replace(TIME_OF_DAY, "")))
    return pl.coalesce(told, alone)


def _word(text: pl.Expr, settings: CsvSettings) -> pl.Expr:
    word = text.str.strip_chars().str.to_lowercase()
    true = [w.strip().lower() for w in settings.true_words]
    false = [w.strip().lower() for w in settings.false_words]
    return pl.when(word.is_in(true)).then(pl.lit("true")).when(word.is_in(false)).then(pl.lit("false")).otherwise(text)
