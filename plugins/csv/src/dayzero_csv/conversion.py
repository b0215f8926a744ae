"""Turn dates and yes/no words of the school's own format into ISO text; what does not parse stays as it is."""

from __future__ import annotations

import polars as pl

from dayzero.schema import TABLES, Type
from dayzero_csv.settings import CsvSettings


def to_iso(table: str, frame: pl.DataFrame, settings: CsvSettings) -> pl.DataFrame:
    """Return ``frame`` with converted date and boolean columns. The core reports what is left as it was."""
    types = {c.name: c.type for c in TABLES[table].columns}
    changed = []
    for name in frame.columns:
        text = pl.col(name)
        if types.get(name) is Type.DATE and settings.date_format:
            parsed = text.str.strip_chars().str.to_date(settings.date_format, strict=False)
            changed.append(pl.coalesce(parsed.dt.to_string("%Y-%m-%d"), text).alias(name))
        elif types.get(name) is Type.BOOLEAN and (settings.true_words or settings.false_words):
            changed.append(_word(text, settings).alias(name))
    return frame.with_columns(changed)


def _word(text: pl.Expr, settings: CsvSettings) -> pl.Expr:
    word = text.str.strip_chars().str.to_lowercase()
    true = [w.strip().lower() for w in settings.true_words]
    false = [w.strip().lower() for w in settings.false_words]
    return pl.when(word.is_in(true)).then(pl.lit("true")).when(word.is_in(false)).then(pl.lit("false")).otherwise(text)
