"""The durable record of runs: what was sent when, by whom, from which source (SQLite). ``tables`` holds the schema."""

from dayzero.journal.runs import Journal, Rejection, Run

__all__ = ["Journal", "Rejection", "Run"]
