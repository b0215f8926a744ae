"""One query with its named parameters. Values are bound, never written into the text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from dayzero.errors import ConfigurationError

__all__ = ["Statement"]

_TOKENS = re.compile(
    r"""'(?:[^']|'')*' | "[^"]*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | :: | (?<![\w\\:]):(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)
"""What may hold a colon that begins no parameter, and parameters."""


@dataclass(frozen=True)
class Statement:
    """A query in pieces: ``texts`` with ``names`` of parameters between them."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, sql: str) -> Statement:
        """Cut a query at its parameters: ``:name`` outside quotes and comments. A closing semicolon is dropped."""
        sql = sql.strip().rstrip(";").rstrip()
        texts, names, start = [], [], 0
        for token in _TOKENS.finditer(sql):
            if token["name"]:
                texts.append(sql[start : token.start()])
                names.append(token["name"])
                start = token.end()
        # A line break at the end closes a comment that a driver would otherwise write its own words into.
        return cls((*texts, sql[start:] + "\n"), tuple(names))

    def require(self, known: Collection[str], where: str) -> None:
        """Raise ConfigurationError for a parameter that has no value."""
        for name in self.names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                raise ConfigurationError(
                    f"{where} needs the parameter `:{name}`, which has no value."
                    + (f" Is `{near[0]}` meant?" if near else ""),
                    remedy=f"Give it under [source.parameters]: {name} = ...",
                    parameter=name,
                )

    def for_sqlalchemy(self) -> sa.TextClause:
        """Return the query with ``:name`` as SQLAlchemy's own parameters; all other colons stay colons."""
        pieces = [text.replace(":", "\\:") for text in self.texts]
        return sa.text(pieces[0] + "".join(f":{n}{p}" for n, p in zip(self.names, pieces[1:], strict=True)))

    def numbered(self) -> tuple[str, tuple[str, ...]]:
        """Return the query with ``$1``, ``$2`` ..., and the names in that order."""
        order = tuple(dict.fromkeys(self.names))
        marks = [f"${order.index(name) + 1}" for name in self.names]
        return self.texts[0] + "".join(m + t for m, t in zip(marks, self.texts[1:], strict=True)), order
