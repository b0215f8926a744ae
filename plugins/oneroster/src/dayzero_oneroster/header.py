"""Give nameless columns at the end of a header a name, or take them away: exports leave delimiters behind."""

from __future__ import annotations

import re

from dayzero_oneroster.findings import Findings, odd

__all__ = ["with_named_header"]


def with_named_header(name: str, data: bytes, delimiter: str) -> tuple[bytes, Findings]:
    """Return the file with a name for every column of its header (line 1), and whether that was needed as a finding."""
    head, newline, body = data.partition(b"\n")
    if delimiter == "auto":
        return data, ()
    mark = re.escape(delimiter.encode())
    nameless = re.search(rb"((?:%s[ \t]*)+)(\r?)$" % mark, head)
    if nameless is None:
        return data, ()
    count = nameless.group(1).count(delimiter.encode())
    first = body.partition(b"\n")[0]
    # Rows may have left the delimiters out too: then the header is cut to what the rows have.
    widened = first.count(delimiter.encode()) >= head.count(delimiter.encode())
    named = "".join(f"{delimiter}unnamed {n + 1}" for n in range(count)).encode() if widened else b""
    header = head[: nameless.start()] + named + nameless.group(2)
    return header + newline + body, (odd("header-nameless", name, row=1),)
