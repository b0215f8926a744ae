"""One query with its named parameters. Values are bound, never written into the text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import chain, zip_longest

import sqlalchemy as sa

from dayzero.errors import ConfigurationError

__all__ = ["Statement"]

_TOKENS = re.compile(
    r"""'(?:[^']|'')*' | "[^"]*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | :: | (?<![\w\\:]):(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)
"""What may hold a colon that begins no parameter, and parameters."""
_IF_THERE_IS = re.compile(r"--[ \t]*if[ \t]+(\w+)\.(\w+)[ \t]*$")
"""What may stand at the end of a line that is left out where a table has no such column."""


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

    @property
    def sql(self) -> str:
        """The query as it was written, its parameters as ``:name``."""
        return "".join(chain.from_iterable(zip_longest(self.texts, (f":{name}" for name in self.names), fillvalue="")))

    def fitting(self, columns: Callable[[str], Collection[str]]) -> Statement:
        """Return the query without the lines that ask for what is not there: ``-- if table.column`` at the end of a line.

        ``columns``: the names of a table's columns, in lower case.
        """
        lines = self.sql.splitlines()
        marks = [_IF_THERE_IS.search(line) for line in lines]
        absent = {n for n, mark in enumerate(marks) if mark and mark[2].lower() not in columns(mark[1])}
        return Statement.parse("\n".join(line for n, line in enumerate(lines) if n not in absent)) if absent else self

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

    def for_sqlalchemy(self, days: Collection[str] = ()) -> sa.TextClause:
        """Return the query with ``:name`` as SQLAlchemy's own parameters; all other colons stay colons.

        ``days``: names of parameters that are dates, which drivers want told.
        """
        pieces = [text.replace(":", "\\:") for text in self.texts]
        text = sa.text(pieces[0] + "".join(f":{n}{p}" for n, p in zip(self.names, pieces[1:], strict=True)))
        return text.bindparams(*(sa.bindparam(day, type_=sa.Date()) for day in days))

    def numbered(self) -> tuple[str, tuple[str, ...]]:
        """Return the query with ``$1``, ``$2`` ..., and the names in that order."""
        order = tuple(dict.fromkeys(self.names))
        marks = [f"${order.index(name) + 1}" for name in self.names]
        return self.texts[0] + "".join(m + t for m, t in zip(marks, self.texts[1:], strict=True)), order
