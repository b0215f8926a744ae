"""Seeded damage: the same seed spoils the same bytes in the same way."""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["HOSTILE", "damaged"]

HOSTILE: tuple[str, ...] = (
    *(
        '"',
        "'",
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\\",
        "|",
        "#",
        "=",
        "[",
        "]",
        "{",
        "}",
        '""',
        '"\n',
        "`",
        " ",
    ),
    *("-1", "0", "1e999", "NaN", "inf", "9" * 400, "00042", "42.0", "0x2A", "٣٢", "true", "None", "null", "2027-13-45"),
    *("0000-00-00", "31/08/2026", "2027", "2028", "s1", "c1", "E", "W", "active", "scheduling", "inactive"),
    *(
        "=1+1",
        "@SUM(A1)",
        "'); drop table students; --",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "%s%n",
        "${HOME}",
    ),
    *("\u202e", "\ufeff", "\u2028", "\u00a0", "\x1f", "\x7f", "Å", "😀", "é" * 3_000),
)
"""What has broken readers before: separators, numbers that are none, formulas, markup, SQL, odd letters, length."""


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Return ``data`` after one to four edits."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 4))):
        start = draw.randrange(len(data) + 1)
        end = min(len(data), start + draw.choice((0, 1, 1, 2, 5, 20, 200)))
        data = draw.choice(_EDITS)(data, start, end, draw)
    return data


Edit = Callable[[bytes, int, int, random.Random], bytes]


def _put(data: bytes, start: int, end: int, draw: random.Random) -> bytes:
    return data[:start] + draw.choice(HOSTILE).encode() + data[end:]


def _noise(data: bytes, start: int, end: int, draw: random.Random) -> bytes:
    return data[:start] + draw.randbytes(max(1, end - start)) + data[end:]


def _cut(data: bytes, start: int, end: int, draw: random.Random) -> bytes:
    return data[:start] + data[end:]


def _end(data: bytes, start: int, end: int, draw: random.Random) -> bytes:
    return data[:start]


def _repeat(data: bytes, start: int, end: int, draw: random.Random) -> bytes:
    return data[:end] + data[start:end] * draw.randrange(1, 4) + data[end:]


def _move(data: bytes, start: int, end: int, draw: random.Random) -> bytes:
    rest = data[:start] + data[end:]
    to = draw.randrange(len(rest) + 1)
    return rest[:to] + data[start:end] + rest[to:]


_EDITS: tuple[Edit, ...] = (_put, _put, _noise, _cut, _end, _repeat, _move)
