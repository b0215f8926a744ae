"""The durable record of runs: what was sent when, by whom, from which source (SQLite). ``_tables`` holds the SQL."""

from dayzero.journal._store import Journal, Run

__all__ = ["Journal", "Run"]
