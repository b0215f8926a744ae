"""Turn a file's bytes into UTF-8, or say on which line they are no text."""

from __future__ import annotations

import codecs

from dayzero.errors import SourceError


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
    """Return the text. Raises SourceError that names the line of the first byte that is none."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{file}, line {line}: byte 0x{data[error.start]:02x} is not {encoding}.",
            remedy='Save the file as UTF-8, or set `encoding` under [source], for example "cp1252".',
            file=file,
            line=line,
        ) from None
