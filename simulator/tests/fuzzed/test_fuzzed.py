"""``schemathesis`` tries the served simulator by ``openapi.yaml``, all checks and phases, and finds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from oak import SCHOOL
from people import on_waitress

from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "openapi.yaml"
SOAK = bool(os.environ.get("DAYZERO_SOAK"))
EXAMPLES, WALKS = (200, 600) if SOAK else (10, 40)
"""Requests of each operation, and walks along the links."""
BOUNDS = f"""
[phases.fuzzing.generation]
max-examples = {EXAMPLES}
[phases.stateful]
max-steps = 10
[phases.stateful.generation]
max-examples = {WALKS}
"""
PAGES = f"""
[parameters]
"path.school" = "{SCHOOL}"
"query.limit" = 1
[[operations]]
include-method = ["POST", "PUT", "DELETE"]
enabled = false
"""
"""Only listings, of the school that has people, so that pages follow pages."""
PHASES = ("examples", "coverage", "fuzzing", "stateful")
DONE = {
    ("openSync", 201),
    ("putPart", 201),
    ("commitSync", 200),
    ("getSync", 200),
    ("abandonSync", 204),
}
"""What the stateful phase must have come to: it is easily content with refusals."""


def try_out(url: str, token: str, folder: Path, config: str) -> tuple[dict[str, Any], set[tuple[str, str, int]]]:
    """Run the command as a person would; return its report, and in which phase which operation answered what."""
    file, report, answers = folder / "schemathesis.toml", folder / "report.json", folder / "answers.jsonl"
    file.write_text((HERE / "schemathesis.toml").read_text(encoding="utf-8") + BOUNDS + config, encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(file), "run", str(DOCUMENT)]
    options = ["--url", url, "--checks", "all"]
    ended = subprocess.run(
        [*command, *options, "--report", "json", "--report-json-path", str(report)],
        env={
            **os.environ, "DAYZERO_TOKEN": token,
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "FUZZED_ANSWERS": str(answers),
        }, cwd=folder, capture_output=True, text=True, check=False, timeout=3600,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = answers.read_text(encoding="utf-8").splitlines()
    return json.loads(report.read_text(encoding="utf-8")), {tuple(json.loads(line)) for line in set(lines)}


@pytest.mark.soak
@pytest.mark.parametrize("config", ["", PAGES], ids=["any school", "pages"])
@pytest.mark.parametrize("front", [GradebookCloud.serve, on_waitress], ids=["served", "waitress"])
def test_nothing_is_found(
    front: Callable[[GradebookCloud], AbstractContextManager[str]], config: str, portal: Any, tmp_path: Path
) -> None:
    if not SOAK and (front is on_waitress) is not bool(config):
        pytest.skip("each front with one of the two; all four by `tox -e soak`")
    with front(portal.cloud) as url:
        report, answers = try_out(url, portal.cloud.token, tmp_path, config)
    assert report["operations"]["tested"] == report["operations"]["selected"]
    assert {phase: report["phases"][phase]["status"] for phase in PHASES} == dict.fromkeys(PHASES, "success")
    assert report["failures"] == report["errors"] == []
    came_to = {(name, status) for phase, name, status in answers if phase == "stateful"}
    assert came_to >= ({("next page", 200)} if config else DONE)
