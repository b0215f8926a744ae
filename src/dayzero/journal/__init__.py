"""The durable record of runs: what was sent when, by whom, from which source (SQLite). ``_tables`` holds the SQL."""

from dayzero.journal._store import Journal, Rejection, Run

__all__ = ["Journal", "Rejection", "Run"]
