"""``dayzero simulator faults`` scripts faults on a running server."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from dayzero_simulator import GradebookCloud
from dayzero_simulator.cli import simulator


def faults(cloud: GradebookCloud, *arguments: str) -> list[dict[str, Any]]:
    """Run the command; return the faults in force."""
    reach = ("--url", cloud.url, "--token", cloud.token, "--json")
    done = CliRunner().invoke(simulator, ["faults", *arguments, *reach], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout)["items"])


def test_one_fault_or_a_share_of_all_requests(gradebook_cloud_server: GradebookCloud) -> None:
    [once] = faults(gradebook_cloud_server, "add", "--operation", "putPart")
    assert (once["times"], once["probability"]) == (1, None)
    [_, share] = faults(gradebook_cloud_server, "add", "--effect", "cut", "--probability", "0.05", "--seed", "7")
    assert (share["times"], share["probability"], share["seed"]) == (None, 0.05, 7)
    assert faults(gradebook_cloud_server, "list") == [once, share]
    assert faults(gradebook_cloud_server, "clear") == []
