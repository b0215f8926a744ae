"""Fixtures of the plugin's tests."""

from __future__ import annotations

import sys
from pathlib import Path

# Import mode importlib puts no test folder on the path; this one holds the bundle that the tests share.
sys.path.insert(0, str(Path(__file__).parent))
