"""Plan a school in its own process: on the service with an empty portal in process, and by the command."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path


def config_of(school: str, url: str) -> Path:
    from dayzero.config import starter_file

    path = Path(school).parent / "dayzero.toml"
    text = starter_file("csv", {"path": school}, school_id="bench", school_name="Bench", portal_url=url)
    path.write_text(text.replace("send_scheduling_year = false", "send_scheduling_year = true"), encoding="utf-8")
    return path


def plan(school: str) -> None:
    """Decide a first sync at Yes; with ``--report`` print the size, the stages and the peak memory."""
    from dayzero.config import load
    from dayzero.service import Service
    from dayzero_simulator import GradebookCloud

    with GradebookCloud(token="bench", seed=1) as cloud:
        config = load(config_of(school, cloud.url), environ={"DAYZERO_TOKEN": "bench"})
        start = time.perf_counter()
        decision = Service(config).plan()
        took = time.perf_counter() - start
    if "--report" in sys.argv:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"  {decision.plan.operations.height:,} operations in {took:.2f} s inside the process; peak memory {peak:.0f} MB (bar: 500)"
        )


def cli(school: str) -> None:
    """Print the command's own time for the same plan."""
    from click.testing import CliRunner

    from dayzero.cli import main
    from dayzero_simulator import GradebookCloud

    with GradebookCloud(token="bench", seed=1) as cloud:
        path = config_of(school, cloud.url)
        start = time.perf_counter()
        result = CliRunner(env={"DAYZERO_TOKEN": "bench"}).invoke(main, ["plan", "--json", "--config", str(path)])
        print(
            f"  dayzero plan --json: exit {result.exit_code}, {time.perf_counter() - start:.2f} s, {len(result.stdout) / 1e6:.0f} MB of JSON"
        )
