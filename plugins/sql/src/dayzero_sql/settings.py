"""What a school may set about its database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["SqlSettings"]


@dataclass(frozen=True)
class SqlSettings:
    """``[source] plugin = "sql"``: either ``path`` (a SQLite file) or ``url`` (a SQLAlchemy URL).

    By source table, the first that there is: ``queries``; ``<table>.sql`` in ``queries_dir``; ``tables``; the query of
    the ``preset``; without a preset the table of that name. ``parameters`` are bound as ``:name`` in queries;
    ``:today``, the school's day, always.

    ``password`` is put into the URL. ``tls``: "auto" verifies every server but this machine. ``statement_timeout`` is in
    seconds per query, 0 for none. ``snapshot``: read all tables as of one moment.
    """

    path: Path | None = None
    url: str = ""
    password: str = field(default="", repr=False)
    preset: str = ""
    parameters: dict[str, int | str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    queries_dir: Path | None = None
    tls: Literal["auto", "verify", "require", "off"] = "auto"
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    statement_timeout: int = 600
    snapshot: bool = True
