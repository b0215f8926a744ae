"""R38, case 56: killed anywhere, or out of disk, and run again: the portal ends as after one clean run."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mortals import KILLED, Mortals, built
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, TinySchool

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
DEATHS = 500 if SOAK else 10
SYNC = ("sync", "--yes")
ROOM = 8 << 20


class Morning:
    """The same morning again and again: portal and state as they were before the sync."""

    def __init__(self, school: TinySchool, mortals: Mortals) -> None:
        self.school, self._mortals = school, mortals
        self.again = school.keep()

    def run(self, *argv: str, **request: Any) -> dict[str, Any]:
        """Run one command in a process of its own."""
        return self._mortals.run(*argv, config=self.school.folder / "dayzero.toml", **request)

    def history(self) -> list[dict[str, Any]]:
        """Return the runs of the journal."""
        runs: list[dict[str, Any]] = self.run("history")["doc"]["runs"]
        return runs

    def settled_like(self, clean: Any) -> None:
        """Run again after a crash: the end state is that of one clean run, nothing is doubled, lost or left open."""
        again = self.run(*SYNC)
        assert again["status"] == 0, again
        assert self.school.everything() == clean
        done = [s["revision"] for s in self.school.syncs("committed")]
        assert len(done) == 3
        assert self.school.syncs("open") == []
        runs = self.history()
        assert not [r for r in runs if r["state"] in ("running", "unsettled")]
        assert sorted(r["revision"] for r in runs if r["state"] == "committed") == sorted(done)


@pytest.fixture
def morning(tmp_path: Path, gradebook_cloud_server: Any) -> Iterator[Morning]:
    """Return a served school that was synced once and has much to do: every operation occurs, one to a part."""
    school = TinySchool(tmp_path / "school", gradebook_cloud_server)
    school.portal_settings["part_size"] = 1
    for number in range(1, 4):
        school.student(f"s{number}", enrolled={ACTIVE: "9"}).contact(f"c{number}", children=[f"s{number}"])
    assert school.student("back", enrolled={ACTIVE: "9"}).sync().exit_code == 0
    assert school.student("back", enrolled={}).sync().exit_code == 0
    school.student("back", **PROMOTED).student("s1", given_name="Renamed", **PROMOTED).student("s2", enrolled={})
    school.student("n1", **NEWCOMER).contact("c3", "moved@homes.example", children=["s3", "n1"])
    for number in range(2, 30 if SOAK else 5):
        school.student(f"n{number}", **NEWCOMER)
    school.write(yes=True)
    with Mortals(built(tmp_path), tmp_path / "mortal", school.token) as mortals:
        yield Morning(school, mortals)


@pytest.mark.soak
def test_case_56_killed_at_any_point_and_rerun_is_one_clean_run(morning: Morning) -> None:
    run = morning.run(*SYNC)
    assert run["status"] == 0, run
    clean, last = morning.school.everything(), run["points"]
    assert last > DEATHS
    became = set()
    for point in random.Random(11).sample(range(1, last + 1), DEATHS):
        morning.again()
        assert morning.run(*SYNC, die_at=point)["status"] == KILLED, point
        morning.settled_like(clean)
        became |= {r["recovered"] for r in morning.history()}
    assert {"committed", "resumed", "abandoned"} <= became or not SOAK


@pytest.mark.soak
def test_killed_again_and_again_until_it_is_through(morning: Morning) -> None:
    points = morning.run(*SYNC)["points"]
    clean = morning.school.everything()
    draw = random.Random(12)
    for _ in range(20 if SOAK else 1):
        morning.again()
        for _ in range(4):
            morning.run(*SYNC, die_at=draw.randrange(1, points + 40))
        morning.settled_like(clean)


def test_an_open_sync_of_ours_is_abandoned_when_the_source_has_changed(morning: Morning) -> None:
    points = morning.run(*SYNC)["points"]
    for point in range(points // 2, points, 8):
        morning.again()
        morning.run(*SYNC, die_at=point)
        if morning.school.syncs("open"):
            break
    morning.school.student("late").write(yes=True)
    again = morning.run(*SYNC)
    assert (again["status"], [r["became"] for r in again["doc"]["recovered"]]) == (0, ["abandoned"])
    assert morning.school.status("student", "late") == "pending"


def check_shortages(morning: Morning, sizes: range, shorten: Callable[[int], dict[str, Any]]) -> None:
    """Run out of room at each size; it is all or nothing, said clearly, and the next run ends as one clean run."""
    assert morning.run(*SYNC)["status"] == 0
    clean = morning.school.everything()
    refused = 0
    for size in sizes:
        morning.again()
        before = morning.school.everything()
        full = morning.run(*SYNC, **shorten(size))
        if full["status"] == 0:
            continue
        refused += 1
        assert full["status"] in (1, 2), full
        assert "No space" in full["stdout"] or "journal" in full["stdout"], full
        assert morning.school.everything() in (before, clean), "all or nothing"
        shorten(ROOM)
        morning.settled_like(clean)
    assert refused > 1


@pytest.mark.soak
def test_a_file_that_cannot_grow_sends_nothing_half_and_says_so(morning: Morning) -> None:
    sizes = range(1_000, 120_000, 1_000 if SOAK else 24_000)
    check_shortages(morning, sizes, lambda size: {"file_bytes": size} if size < ROOM else {})


@pytest.fixture
def disk(morning: Morning) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Put the state on a small file system of its own; the function leaves so many bytes free there."""
    state = morning.school.folder / ".dayzero"

    def mount(size: int, *options: str) -> int:
        how = ",".join([f"size={size}", "mode=0700", *options])
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(state)], capture_output=True, check=False
        ).returncode

    def leave(free: int) -> dict[str, Any]:
        there = os.statvfs(state)
        assert mount((there.f_blocks - there.f_bfree) * there.f_bsize + free, "remount") == 0
        return {}

    if mount(ROOM):
        pytest.skip("a file system of its own needs the right to mount one")
    yield leave
    subprocess.run(["umount", str(state)], check=True)


@pytest.mark.soak
def test_a_full_disk_sends_nothing_half_and_says_so(morning: Morning, disk: Any) -> None:
    check_shortages(morning, range(0, 400_000, 4_096 if SOAK else 65_536), disk)
