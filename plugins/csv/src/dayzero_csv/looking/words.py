"""A header as words: without accents, marks, running numbers and capitals, so that the same name is the same words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Reading", "code_of", "plain", "readings", "shortened", "words_of"]

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[a-z]\d)(?=[A-Z])")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_NUMBERED = re.compile(r"^\d{1,2}[ .)_-]+(?=\D)")
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_TABLE = re.compile(r"^(?:([A-Z]{2}|[A-Za-z]\w{2,})\.|([A-Za-z][\w ]{2,30}?): ?)(?=[A-Za-z]\w)")
_REMARK = re.compile(r"\s*[({<]([^)}>]*)[)}>]?\s*$|\s+[-–|/]\s+([^-–|/]+)$")


@dataclass(frozen=True)
class Reading:
    """Words of a header; ``table`` and ``remark`` stand before and behind them, and ``turned`` says that the remark came first."""

    words: tuple[str, ...]
    table: tuple[str, ...] = ()
    remark: tuple[str, ...] = ()
    turned: bool = False


def plain(text: str) -> str:
    """Return a text in small letters without accents, one blank between words."""
    # `ß` is `ss` then, and `º` no mark of a letter.
    letters = unicodedata.normalize("NFKD", text.replace("º", "").replace("°", "").casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def code_of(header: str) -> str:
    """Return a header as it is compared with a code: as it is written, blanks at its ends aside."""
    return header.strip().upper()


def shortened(word: str) -> set[str]:
    """Return a word, and it without each of its letters: two words have one of these in common where one is a slip for the other."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def words_of(header: str) -> list[str]:
    """Return the words of a header.

    ``02 Student Last Name``, ``[13]Student_LastName`` and ``STUDENT LAST NAME [Required]`` are all student, last, name.
    """
    text = _NUMBERED.sub("", _BRACKETS.sub(" ", header.replace("#", " number ")).strip())
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    text = plain(_CAMEL.sub(" ", text)).replace("_", " ")
    text = re.sub(r"\be[\s-]?mails?\b(?:[\s.-]*addr(?:ess(?:es)?)?\b(?! ids?\b))?", "email", text)
    text = re.sub(r"(?<=[a-z]{2})(?=\d)|(?<=\d)(?=[a-z]{3,})", " ", text)
    return re.findall(r"[^\W_]+", text)


def readings(header: str) -> Iterator[Reading]:
    """Yield what a header may say, from all of it to what is left without a table's name before and a remark behind it.

    A remark in parentheses may say what the rest does not (``Grade (Next Year)``), and is read before the rest, too.
    """
    yield Reading(tuple(words_of(header)))
    behind = _REMARK.search(header)
    remark = tuple(words_of(behind[1] or behind[2] or "")) if behind else ()
    short = (header[: behind.start()] if behind else header).strip()
    if remark and short:
        yield Reading((*remark, *words_of(short)), remark=remark, turned=True)
        yield Reading(tuple(words_of(short)), remark=remark)
    if behind and behind[2]:  # `Demographics - Last Name`
        yield Reading(remark, tuple(words_of(short)))
    before = _TABLE.match(short)
    if before is not None:
        yield Reading(tuple(words_of(short[before.end() :])), tuple(words_of(before[1] or before[2])), remark)
