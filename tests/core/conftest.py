"""Tests of single stages: frames made by hand in, frames or values out; no portal, no command, no disk."""

from __future__ import annotations

import sys
from pathlib import Path

# Import mode importlib puts no test folder on the path; this one holds the builders of frames.
sys.path.insert(0, str(Path(__file__).parent))
