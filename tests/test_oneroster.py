"""Real OneRoster bundles end to end: the accounts that ``real/README.md`` states, and nobody disabled by an odd bundle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dayzero.cli import main

ROOT = Path(__file__).parents[1]
REAL = Path(os.environ.get("DAYZERO_REAL_CASES", ROOT.parent / "shared" / "real"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (REAL / "oneroster-1.1-family").is_dir(), reason="real cases are not on this machine (DAYZERO_REAL_CASES)"
    ),
]

CONFIG = """
[school]
id = "real"
[source]
plugin = "oneroster"
path = "{path}"
as_of = "2026-11-01"
[portal]
url = "{url}"
token = {{ env = "DAYZERO_TOKEN" }}
[sync]
today = {today}
[limits]
disable = "none"
update = "none"
shrink = "none"
"""
_SESSIONS = {"school-year-below-term", "term-outside-year", "session-parent-missing", "status-tobedeleted"}
_STAFF = {"staff-linked-as-parent", "staff-enrolled-as-student", "agent-not-a-parent"}
QUIRKS = {
    "Test_full_data_set": {*_SESSIONS, *_STAFF, "class-deleted-in-use", "class-school-type", "org-parent-missing"},
    "Test_minimal_data_set": {"term-outside-year", "staff-enrolled-as-student", "grade-missing", "class-school-type"},
    "oneroster_test_data": {"delta-without-image", "no-school-year-session", "year-is-over"},
    "v1p2_full_dataset": {
        *_SESSIONS, *_STAFF, "header-typo", "header-nameless", "header-unknown", "date-format", "manifest-value",
        "role-over", "class-deleted-in-use",
    },
}  # fmt: skip
"""What is odd about each bundle, by the rule that reports it."""


@pytest.fixture
def run(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    config = tmp_path / "dayzero.toml"

    def run(bundle: Path, *command: str, year: str = "2027") -> tuple[int, dict[str, Any]]:
        today = {"2027": "2026-11-01", "2028": "2027-07-01"}[year]
        text = CONFIG.format(path=bundle, url=gradebook_cloud.url, today=today)
        if bundle.is_dir():
            text = text.replace("as_of", f"active_year = {year}\nas_of")
        config.write_text(text, encoding="utf-8")
        result = CliRunner().invoke(main, [*command, "--json", "--config", str(config)])
        return result.exit_code, json.loads(result.stdout)

    return run


def counts(accounts: list[dict[str, Any]]) -> tuple[int, int]:
    there = [a for a in accounts if a["status"] != "disabled"]
    return tuple(sum(a["kind"] == kind for a in there) for kind in ("student", "parent"))  # type: ignore[return-value]


def test_the_family_bundle(run: Any, gradebook_cloud: Any) -> None:
    """Shared mailboxes cost two students and a parent their account under the default policies."""
    code, _ = run(REAL / "oneroster-1.1-family", "sync", "--yes")
    assert code == 0
    assert counts(gradebook_cloud.accounts("real")) == (1185, 811)
    code, document = run(REAL / "oneroster-1.1-family", "settings", "send-scheduling-year", "yes", "--yes")
    assert code == 0
    accounts = gradebook_cloud.accounts("real")
    assert counts(accounts) == (1185, 811)
    assert not any(a["new"] for a in accounts)
    assert document["counts"]["student"]["disable"] == document["counts"]["parent"]["disable"] == 0


def test_the_family_bundle_a_year_later(run: Any, gradebook_cloud: Any) -> None:
    """308 have left; of two who share a mailbox one has, so that the other may have the account."""
    run(REAL / "oneroster-1.1-family", "sync", "--yes")
    code, document = run(REAL / "oneroster-1.1-family", "sync", "--yes", year="2028")
    assert code == 0
    assert counts(gradebook_cloud.accounts("real")) == (879, 749)
    assert document["counts"]["student"] == {
        "create": 1,
        "update": 878,
        "renew": 0,
        "disable": 307,
        "enable": 0,
        "unchanged": 0,
    }


@pytest.mark.parametrize("name", QUIRKS)
def test_an_odd_bundle_is_reported_and_disables_nobody(run: Any, gradebook_cloud: Any, name: str) -> None:
    """Over a portal full of people of whom the bundle knows none, and without any limit."""
    run(REAL / "oneroster-1.1-family", "sync", "--yes")
    _, document = run(REAL / "oneroster-quirks" / f"{name}.zip", "sync", "--yes")
    accounts = gradebook_cloud.accounts("real")
    _, checked = run(REAL / "oneroster-quirks" / f"{name}.zip", "check")
    found = checked["error"]["findings"] if "error" in checked else checked["findings"]
    assert QUIRKS[name] <= {finding["rule"] for finding in found}
    assert counts(accounts)[0] >= 1185
    assert counts(accounts)[1] >= 811
    if "counts" in document:
        assert document["counts"]["student"]["disable"] == document["counts"]["parent"]["disable"] == 0
    else:
        assert document["error"]["rule"] in ("empty-table", "implausible-year"), document
