"""What can be a login, and when two logins are the same."""

from __future__ import annotations

import unicodedata

import polars as pl

__all__ = ["ADDRESS", "cleaned", "login_key", "login_keys", "unusable"]

_AROUND = r"^[\s\p{Cf}]+|[\s\p{Cf}]+$"
# What spreadsheets, databases and tired people write where there is nothing. Not `n/a`: many have it as a user name (case 18).
_NOTHING = (
    r"^(?i:#[a-z/0!?]+|null|none|nil|nan|nat|undefined|tb[acd]|unknown|blank|empty"
    r"|[(<\[{](?:null|none|nil|blank|empty)[)>\]}]|[-–—_.?*/]+)$"
)

_IN_LOCAL = r"[^\s@\p{Cc}\p{Cf}\p{Co}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\",:\\]"
_FIRST = r"[^\s@\p{Cc}\p{Cf}\p{Co}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\",:\\;.'`]"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}])?"
ADDRESS = rf"^{_FIRST}{_IN_LOCAL}*@(?:{_LABEL}\.)+{_LABEL}$"
"""An address that a message can be sent to: one @, nothing that quotes or encloses it, no empty label, a dot in the domain.

Apostrophes and letters beyond ASCII are fine. Not the whole of RFC 5321, which allows what only a slip of the pen writes.
"""
_BROKEN_NAME = r"[\p{Cc}\p{Cf}]|^=|^\d+(?:[.,]\d+)?[eE][+-]\d+$"
"""A user name that is none: with something invisible inside, or what a spreadsheet made of a number."""


_PLAIN = rf"{ADDRESS}|^[0-9A-Za-z._]+$"


def unusable(logins: pl.Series) -> pl.Series:
    """Return which logins nobody can sign in with: an address that is none, or a broken user name. Null where there is none."""
    odd = ~logins.str.contains(_PLAIN)
    rows = odd.arg_true()  # one look at most: few need the others
    if rows.is_empty():
        return odd
    mine = logins.gather(rows)
    names = ~mine.str.contains("@", literal=True)
    return odd.scatter(rows, ~names | mine.str.contains(_BROKEN_NAME))


def cleaned(logins: pl.Series) -> pl.Series:
    """Return logins without white space and invisible characters around them, null for what stands for nothing."""
    if not logins.str.contains(f"{_AROUND}|{_NOTHING}").any():
        return logins
    bare = logins.str.replace_all(_AROUND, "")
    return bare.set((bare == "") | bare.str.contains(_NOTHING), None)


def login_keys(logins: pl.Series) -> pl.Series:
    """Return the form in which logins are compared: trimmed, case-folded, NFC, the domain as IDNA has it (case 40)."""
    text = logins.str.strip_chars()
    # Polars lower-cases; the few logins beyond ASCII are folded by Python, where ß and SS are one.
    beyond = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    return _scattered(text.str.to_lowercase(), beyond, [_folded(t) for t in text.gather(beyond)])


def _folded(login: str) -> str:
    name, at, domain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", login).casefold()).rpartition("@")
    return f"{name}{at}{_as_ascii(domain) if at else domain}"


def _as_ascii(domain: str) -> str:
    """Return a domain as it is asked for on the network; as it stands where it cannot be one."""
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def _scattered(text: pl.Series, rows: pl.Series, values: list[str]) -> pl.Series:
    return text.scatter(rows, pl.Series(values, dtype=pl.String)) if values else text


def login_key(login: str) -> pl.Expr:
    """Return the same as an expression."""
    return pl.col(login).map_batches(login_keys, return_dtype=pl.String)
