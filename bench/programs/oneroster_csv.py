"""Read a OneRoster bundle into dayzero's typed tables, as `dayzero check` does, and print how many people are in it."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from dayzero.conform import conform
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.source import OneRosterSource

source = OneRosterSource(OneRosterSettings(path=Path(sys.argv[1])), date(2027, 5, 1))
rows = conform(source.read, source.state, source.findings, source.remedies).rows
print(json.dumps({"people": rows["students"] + rows["contacts"]}))
