"""One school, written as CSV and as OneRoster, gives the same accounts, and they are those of its answer key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dayzero.cli import main

pytestmark = pytest.mark.slow

CONFIG = """
[school]
id = "{school}"
[source]
{source}
[portal]
url = "{url}"
token = {{ env = "DAYZERO_TOKEN" }}
[sync]
send_scheduling_year = true
[limits]
create = "none"
"""


def accounts(school: Any, name: str, cloud: Any, folder: Path) -> list[dict[str, Any]]:
    """Sync a school under an id of its own and return what the portal then holds."""
    source = {"csv": 'plugin = "csv"'}.get(
        school.format, 'plugin = "oneroster"\nactive_year = "2027"\nas_of = "2027-05-01"'
    )
    text = CONFIG.format(school=name, source=f'{source}\npath = "{school.path}"', url=cloud.url)
    config = folder / f"{name}.toml"
    config.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["sync", "--yes", "--json", "--config", str(config)])
    assert result.exit_code == 0, result.output[:600]
    shown = ("kind", "person_id", "login", "given_name", "family_name", "grade_level", "next_grade_level", "years")
    return sorted(
        ({k: a[k] for k in (*shown, "new", "children")} for a in cloud.accounts(name)),
        key=lambda a: (a["kind"], a["person_id"]),
    )


@pytest.mark.parametrize(
    "scenario", ["plain", "messy-contacts", "split-families", "late-admissions", "rollover-summer", "hostile-values"]
)
def test_one_school_in_three_forms(
    scenario: str, demo_school: Any, gradebook_cloud: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    plain = demo_school(students=90, seed=3, scenario=scenario)
    expected = accounts(plain, "as-csv", gradebook_cloud, tmp_path)
    for form in ("oneroster", "oneroster-1.2"):
        written = demo_school(students=90, seed=3, scenario=scenario, format=form)
        assert accounts(written, form.replace(".", "-"), gradebook_cloud, tmp_path) == expected
    key = plain.answers["yes"]
    assert len(expected) == len(key["student"]["granted"]) + len(key["parent"]["granted"])
