"""What the cells of a column look like: words, dates and their order, yes and no."""

from __future__ import annotations

import polars as pl

from dayzero_csv.conversion import TIME_OF_DAY
from dayzero_csv.looking.vocabulary import vocabulary
from dayzero_csv.looking.words import plain

__all__ = [
    "UNDECIDED",
    "are_dates",
    "are_emails",
    "are_full_names",
    "are_relations",
    "are_ticks",
    "date_format_of",
    "has_blanks",
    "may_be_names",
    "mostly_with_comma",
    "shouted_first",
    "words_in",
]

UNDECIDED = "?"
_FORMATS = (
    (r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?", ""),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
    (r"\d{8}", "%Y%m%d"),
    (r"\d{1,2}/\d{1,2}/\d{4}", "/"),
    (r"\d{1,2}-\d{1,2}-\d{4}", "-"),
    (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
)
_MOST = 0.8
_FEW = 40


def _filled(column: pl.Series) -> pl.Series:
    text = column.str.strip_chars()
    return text.filter((text != "").fill_null(value=False))


def has_blanks(column: pl.Series) -> bool:
    """Say whether a cell is empty."""
    return len(_filled(column)) < len(column)


def words_in(column: pl.Series) -> list[str]:
    """Return the different words of a column, sorted; at most a few."""
    return _filled(column).unique().sort().head(_FEW).to_list()


def _mostly(column: pl.Series, pattern: str) -> bool:
    """Say whether most cells are of a kind; a column without any may be of every kind."""
    filled = _filled(column)
    return filled.is_empty() or float(filled.str.contains(f"^(?:{pattern})$").mean() or 0) >= _MOST  # type: ignore[arg-type]


def are_emails(column: pl.Series) -> bool:
    """Say whether a column may hold addresses."""
    return _mostly(column, r"[^@]*@.*")


def are_dates(column: pl.Series) -> bool:
    """Say whether a column may hold dates."""
    return _mostly(
        column.str.strip_chars().str.replace(TIME_OF_DAY, ""),
        "|".join([*(p for p, _ in _FORMATS), r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}"]),
    )


def are_ticks(column: pl.Series) -> bool:
    """Say whether a column may hold yes and no."""
    words = {plain(word) for word in words_in(column)}
    return words <= set(vocabulary().yes) | {"t", "f", "1.0", "0.0"}


def may_be_names(column: pl.Series) -> bool:
    """Say whether a column may hold names: `Last Contact` holds dates."""
    return _filled(column).is_empty() or not are_dates(column)


def are_relations(column: pl.Series) -> bool:
    """Say whether a column holds what somebody is to a child: mother, guardian."""
    words = {plain(word) for word in words_in(column)}
    return bool(words) and words <= vocabulary().kin_words


def date_format_of(columns: list[pl.Series]) -> str:
    """Return how the dates of columns are written: "" is ISO 8601, ``UNDECIDED`` and the mark where the order is open."""
    cells = (
        pl.concat([_filled(c).str.replace(TIME_OF_DAY, "") for c in columns])
        if columns
        else pl.Series([], dtype=pl.String)
    )
    for pattern, meaning in _FORMATS:
        fitting = cells.filter(cells.str.contains(f"^(?:{pattern})$"))
        if fitting.is_empty() or meaning == "":
            continue
        return _ordered(fitting, meaning) if meaning in "/-" else meaning
    return ""


def _ordered(cells: pl.Series, mark: str) -> str:
    first = cells.str.extract(rf"^(\d+){mark}").cast(pl.Int64)
    second = cells.str.extract(rf"^\d+{mark}(\d+)").cast(pl.Int64)
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first == month_first:
        return UNDECIDED + mark
    return mark.join(("%d", "%m", "%Y") if day_first else ("%m", "%d", "%Y"))


def are_full_names(column: pl.Series) -> bool:
    """Say whether most cells have more than one name."""
    return _mostly(column, r"\S+[ ,].*\S")


def shouted_first(column: pl.Series) -> bool:
    """Say whether names are written as `MARTIN Zoé`: the family name in capitals, and first."""
    return not _filled(column).is_empty() and _mostly(column, r"\p{Lu}[\p{Lu}'’ -]+ \p{Lu}[\p{Ll}].*")


def mostly_with_comma(column: pl.Series) -> bool:
    """Say whether most names are written `Martin, Zoé`."""
    return _mostly(column, r"[^,]+,.*")
