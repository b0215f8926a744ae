"""The contract suite, run by a plugin's author. What this author did not implement is skipped by name."""

import json

import dayzero_roster

from dayzero.testing import SourceContract


class TestRoster(SourceContract):
    source_type = dayzero_roster.dayzero_sources()[0]

    def make(self, tables):
        path = self.tmp_path / "roster.json"
        path.write_text(json.dumps(tables))
        return dayzero_roster.Settings(path)
