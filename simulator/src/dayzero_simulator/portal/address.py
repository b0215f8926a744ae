"""What an e-mail address looks like."""

from __future__ import annotations

import re

__all__ = ["is_email"]

LONGEST = 254
"""RFC 5321 carries no longer one."""
_PART = r"[^@\s\x00-\x1f\x7f-\x9f]+"


def is_email(text: str) -> bool:
    """Say whether a text is an e-mail address: one ``@``, no blanks, a dot in the domain; letters of any kind."""
    return len(text) <= LONGEST and re.fullmatch(rf"{_PART}@{_PART}\.{_PART}", text) is not None
