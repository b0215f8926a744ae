"""Turn a file's bytes into UTF-8, or say on which line they are no text."""

from __future__ import annotations

import codecs
import re

from dayzero.errors import SourceError

__all__ = ["UndecodableError", "decoded", "found_encoding", "is_western", "utf8", "wide_encoding"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 4_096
_WESTERN = re.compile("[A-Za-zÀ-ÖØ-öø-þŒœŠšŽžŸß]")
_TYPOGRAPHY = set("‘’“”„‚–—…€«»°ºª·¿¡´§\u00a0")


class UndecodableError(SourceError):
    """A byte is no text in the encoding that was taken."""

    word = "Source"


def utf8(file: str, data: bytes, encoding: str) -> bytes:
    """Return the text as UTF-8 without byte order mark. Raises SourceError: empty file, NUL, undecodable byte.

    Bytes rather than ``str``: one name in another script makes Python's text twice as wide, and a file is large. What is
    UTF-8 already is not looked at here: whoever reads it does so anyway, and ``decoded`` says on which line it is not.
    """
    if not data:
        raise SourceError(
            f"{file} is empty: not even a header line.",
            remedy="Export it again; a table without rows still has its header.",
            file=file,
        )
    if codecs.lookup(encoding).name == "utf-8":
        data = data.removeprefix(codecs.BOM_UTF8)
    else:
        data = decoded(file, data, encoding).removeprefix("\ufeff").encode()
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise SourceError(
            f"{file}, line {line}: a NUL character; this is no text file, or its `encoding` is another.",
            remedy="Export it again, or set `encoding` under [source].",
            file=file,
            line=line,
        )
    return data


def decoded(file: str, data: bytes, encoding: str = "utf-8") -> str:
    """Return the text. Raises UndecodableError that names the line of the first byte that is none."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UndecodableError(
            f"{file}, line {line}: byte 0x{data[error.start]:02x} is not {encoding}.",
            remedy='Save the file as UTF-8, or set `encoding` under [source], for example "cp1252".',
            file=file,
            line=line,
        ) from None


def found_encoding(data: bytes) -> str | None:
    """Return the encoding that looking tells, None where several might be meant."""
    wide = wide_encoding(data)
    if wide is not None:
        return wide
    try:
        data.decode()
    except UnicodeDecodeError:
        return "cp1252" if is_western(data) else None
    return "utf-8"


def wide_encoding(data: bytes) -> str | None:
    """Return UTF-16 or UTF-32 where a byte order mark, or a NUL in every second byte, says so."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    looked = data[: _LOOKED_AT & ~1]
    pairs = len(looked) // 2
    if b"\0" not in looked or not pairs:
        return None
    high, low = looked[0::2].count(0), looked[1::2].count(0)
    if low > pairs / 2 and high == 0:
        return "utf-16-le"
    return "utf-16-be" if high > pairs / 2 and low == 0 else None


def is_western(data: bytes) -> bool:
    """Say whether bytes that are no UTF-8 read as Western European text (cp1252), and as nothing else.

    They do not where some of them are UTF-8 after all (then it is a damaged file), where a letter is none that names are
    written with, where a capital follows a small letter (other code pages), or where words have hardly a plain letter.
    """
    if re.search(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}", data):
        return False
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    odd = set(re.findall(r"[^\x00-\x7f]", text))
    if any(not _WESTERN.match(c) and c not in _TYPOGRAPHY for c in odd) or odd & set("ÞþÐð"):
        return False
    return not re.search("[a-zà-öø-ÿ][À-ÖØ-ÞŒŠŽŸ]|[À-ÖØ-öø-ÿ]{4}", text)
