"""The same on a Dask cluster of two workers that the test starts, on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet.conftest import Fleet
from fleet.test_fleet import DEADLY, ran, schools_of

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of Dask's own making

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = tmp_path_factory.mktemp("cluster") / "cluster.py"
    program.write_text(CLUSTER)
    environ = {
        **os.environ,
        "DAYZERO_TOKEN": "t",
        "POLARS_MAX_THREADS": "1",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    }
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environ,
    ) as cluster:
        assert cluster.stdout
        assert cluster.stdin
        yield cluster.stdout.readline().strip()
        cluster.stdin.close()


def test_a_cluster_gives_what_this_machine_gives(fleet: Fleet, tmp_path: Path, scheduler: str) -> None:
    schools, where = fleet("alpha", "beta", "gamma"), str(tmp_path / "schools")
    code, here = ran("plan", where)
    ended, there = ran("plan", where, "--engine", "dask", "--scheduler", scheduler)
    assert (code, here) == (ended, there)
    code, doc = ran("sync", where, "--yes", "--engine", "dask", "--scheduler", scheduler)
    assert (code, schools_of(doc, "error")) == (0, dict.fromkeys(schools))
    assert all(school.status("student", f"{ident}-new") == "pending" for ident, school in schools.items())


def test_a_school_that_kills_its_worker_each_time_costs_itself_alone(
    fleet: Fleet, tmp_path: Path, scheduler: str
) -> None:
    schools, where = fleet("alpha", "beta", "gamma"), tmp_path / "schools"
    (schools["beta"].folder / "deadly.py").write_text(DEADLY)
    schools["beta"].source = {"plugin": "./deadly.py", "times": 1_000}
    schools["beta"].write(yes=True)
    code, doc = ran("sync", str(where), "--yes", "--engine", "dask", "--scheduler", scheduler)
    assert (code, schools_of(doc, "exit_code")) == (2, {"alpha": 0, "beta": 2, "gamma": 0})
    assert schools["gamma"].status("student", "gamma-new") == "pending"


def test_without_a_scheduler_it_says_what_to_start(fleet: Fleet, tmp_path: Path) -> None:
    fleet("alpha")
    code, doc = ran("plan", str(tmp_path / "schools"), "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert (code, "dask scheduler" in doc["error"]["remedy"]) == (2, True)
