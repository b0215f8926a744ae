"""Turn a file's bytes into text, or say on which line they are none."""

from __future__ import annotations

from dayzero.errors import SourceError


def decoded(file: str, data: bytes, encoding: str) -> str:
    """Return the text without byte order mark. Raises SourceError: empty file, NUL, undecodable byte."""
    if not data:
        raise SourceError(
            f"{file} is empty: not even a header line.",
            remedy="Export it again; a table without rows still has its header.",
            file=file,
        )
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{file}, line {line}: byte 0x{data[error.start]:02x} is not {encoding}.",
            remedy='Save the file as UTF-8, or set `encoding` under [source], for example "cp1252".',
            file=file,
            line=line,
        ) from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError(
            f"{file}, line {line}: a NUL character; this is no text file, or its `encoding` is another.",
            remedy="Export it again, or set `encoding` under [source].",
            file=file,
            line=line,
        )
    return text
