"""R38, case 56: killed anywhere, or out of disk, and run again: the portal ends as after one clean run."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHOOL, TinySchool

MORTAL = Path(__file__).with_name("mortal.py")
SOAK = bool(os.environ.get("DAYZERO_SOAK"))
DEATHS = 10
SYNC = ("sync", "--yes")


class Mortals:
    """Commands in processes of their own that can be killed at a counted point."""

    def __init__(self, school: TinySchool, folder: Path) -> None:
        self.school = school
        self._process = subprocess.Popen(
            [sys.executable, str(MORTAL), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *argv: str, **request: Any) -> dict[str, Any]:
        """Run one command; return ``status``, ``points`` and the document it printed, if it did."""
        assert self._process.stdin
        assert self._process.stdout
        command = [*argv, "--json", "--config", str(self.school.folder / "dayzero.toml")]
        asked = {"argv": command, "env": {"DAYZERO_TOKEN": self.school.token}, **request}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        said["doc"] = json.loads(said["stdout"]) if said["stdout"].strip() else {}
        return said

    def close(self) -> None:
        """End the process that forks."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@pytest.fixture
def mortals(tmp_path: Path, gradebook_cloud_server: Any) -> Iterator[Mortals]:
    """Return a served school that was synced once and has much to do: every operation occurs, in parts of two."""
    school = TinySchool(tmp_path / "school", gradebook_cloud_server)
    school.portal_settings["part_size"] = 2
    for number in range(1, 4):
        school.student(f"s{number}", enrolled={ACTIVE: "9"}).contact(f"c{number}", children=[f"s{number}"])
    assert school.student("back", enrolled={ACTIVE: "9"}).sync().exit_code == 0
    assert school.student("back", enrolled={}).sync().exit_code == 0
    school.student("back", **PROMOTED).student("s1", given_name="Renamed", **PROMOTED).student("s2", enrolled={})
    school.student("n1", **NEWCOMER).contact("c3", "moved@homes.example", children=["s3", "n1"])
    school.write(yes=True)
    (tmp_path / "mortal").mkdir()
    mortal = Mortals(school, tmp_path / "mortal")
    yield mortal
    mortal.close()


class Replay:
    """The same morning again and again: portal and state as they were before the sync."""

    def __init__(self, school: TinySchool) -> None:
        self.school = school
        self._portal = school.cloud.world.snapshot()
        self._state = school.folder / ".dayzero"
        self._kept = school.folder / "kept"
        shutil.copytree(self._state, self._kept)

    def again(self) -> None:
        """Go back to the morning."""
        self.school.cloud.world.restore(self._portal)
        shutil.rmtree(self._state)
        shutil.copytree(self._kept, self._state)


def everything(school: TinySchool) -> Any:
    """Return what the portal has, without what a clock or a draw decides."""
    accounts = [{k: v for k, v in a.items() if k != "created_at"} for a in school.cloud.accounts(SCHOOL)]
    return accounts, [school.get(f"/{what}", limit=10_000)["items"] for what in ("students", "school-years", "courses")]


def committed(school: TinySchool) -> list[dict[str, Any]]:
    """Return the syncs that were committed."""
    return [s for s in school.cloud.syncs(SCHOOL) if s["state"] == "committed"]


def open_runs(mortals: Mortals) -> list[Any]:
    """Return the runs of which the journal does not know how they ended."""
    runs = mortals.run("history")["doc"]["runs"]
    return [r["run_id"] for r in runs if r["state"] in ("running", "unsettled")]


def settled_like(mortals: Mortals, clean: Any) -> None:
    """Run again after a crash; the end state is that of one clean run, nothing is doubled, nothing is left open."""
    again = mortals.run(*SYNC)
    assert again["status"] == 0, again
    assert everything(mortals.school) == clean
    assert len(committed(mortals.school)) == 3
    assert not [s for s in mortals.school.cloud.syncs(SCHOOL) if s["state"] == "open"]
    assert open_runs(mortals) == []


@pytest.mark.soak
def test_case_56_killed_at_any_point_and_rerun_is_one_clean_run(mortals: Mortals) -> None:
    morning = Replay(mortals.school)
    run = mortals.run(*SYNC)
    assert run["status"] == 0, run
    clean, last = everything(mortals.school), run["points"]
    assert last > 60
    everywhere = range(1, last + 1)
    deaths = everywhere if SOAK else random.Random(11).sample(everywhere, DEATHS)
    became = set()
    for point in deaths:
        morning.again()
        assert mortals.run(*SYNC, die_at=point)["status"] == -9, point
        settled_like(mortals, clean)
        became |= {r["recovered"] for r in mortals.run("history")["doc"]["runs"]}
    assert {"committed", "resumed", "abandoned"} <= became or not SOAK


@pytest.mark.soak
def test_killed_again_and_again_until_it_is_through(mortals: Mortals) -> None:
    morning = Replay(mortals.school)
    clean_run = mortals.run(*SYNC)
    clean = everything(mortals.school)
    draw = random.Random(12)
    for _ in range(20 if SOAK else 1):
        morning.again()
        for _ in range(4):
            mortals.run(*SYNC, die_at=draw.randrange(1, clean_run["points"] + 40))
        settled_like(mortals, clean)


def test_an_open_sync_of_ours_is_abandoned_when_the_source_has_changed(mortals: Mortals) -> None:
    morning = Replay(mortals.school)
    points = mortals.run(*SYNC)["points"]
    for point in range(points // 2, points, 2):
        morning.again()
        mortals.run(*SYNC, die_at=point)
        if any(s["state"] == "open" for s in mortals.school.cloud.syncs(SCHOOL)):
            break
    mortals.school.student("late").write(yes=True)
    again = mortals.run(*SYNC)
    assert (again["status"], [r["became"] for r in again["doc"]["recovered"]]) == (0, ["abandoned"])
    assert mortals.school.status("student", "late") == "pending"


@pytest.mark.soak
def test_a_full_disk_sends_nothing_half_and_says_so(mortals: Mortals) -> None:
    morning = Replay(mortals.school)
    assert mortals.run(*SYNC)["status"] == 0
    clean = everything(mortals.school)
    refused = 0
    for size in range(1_000, 120_000, 2_000 if SOAK else 24_000):
        morning.again()
        before = everything(mortals.school)
        full = mortals.run(*SYNC, file_bytes=size)
        if full["status"] == 0:
            continue
        refused += 1
        assert full["status"] in (1, 2), full
        assert everything(mortals.school) in (before, clean), "all or nothing"
        settled_like(mortals, clean)
    assert refused > 1
