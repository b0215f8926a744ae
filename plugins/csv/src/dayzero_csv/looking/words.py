"""A header as words: without accents, marks, running numbers and capitals, so that the same name is the same words."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["code_of", "plain", "words_of"]

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[a-z]\d)(?=[A-Z])")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_NUMBERED = re.compile(r"^\d{1,2}[ .)_-]+(?=\D)")
_PREFIX = re.compile(r"^[A-Z]{5,}\.|^[A-Z]{3,}: ")


def plain(text: str) -> str:
    """Return a text in small letters without accents, one blank between words."""
    # `ß` is `ss` then, and `º` no mark of a letter.
    letters = unicodedata.normalize("NFKD", text.replace("º", "").replace("°", "").casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def code_of(header: str) -> str:
    """Return a header as it is compared with a code: as it is written, blanks at its ends aside."""
    return header.strip().upper()


def words_of(header: str) -> list[str]:
    """Return the words of a header.

    ``02 Student Last Name``, ``[13]Student_LastName`` and ``STUDENT LAST NAME [Required]`` are all student, last, name.
    """
    text = _PREFIX.sub("", _NUMBERED.sub("", _BRACKETS.sub(" ", header.replace("#", " number ")).strip()))
    text = plain(_CAMEL.sub(" ", text))
    text = re.sub(r"\be[\s_-]?mails?\b", "email", text)
    text = re.sub(r"(?<=[a-z]{2})(?=\d)|(?<=\d)(?=[a-z]{3,})", " ", text)
    return re.findall(r"[^\W_]+", text)
