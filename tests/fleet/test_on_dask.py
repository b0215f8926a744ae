"""The same on a Dask cluster of two workers that the test starts, on loopback."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest
from fleet.conftest import Fleet
from fleet.test_fleet import DEADLY, ran, schools_of

from dayzero.errors import InterruptedRunError
from dayzero.fleet import Errand, Sent, schools_in
from dayzero.fleet.cluster import on_cluster
from dayzero.fleet.work import run
from dayzero_simulator import GradebookCloud

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


@contextmanager
def started(
    program: Path, environ: Mapping[str, str], said: IO[str] | int = subprocess.DEVNULL
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a cluster in a process group of its own; give its address. It ends with its input, or is killed."""
    program.write_text(CLUSTER)
    own = {"POLARS_MAX_THREADS": "1", "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", **environ}
    cluster = subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        text=True,
        env={**os.environ, "DAYZERO_TOKEN": "t", **own},
        start_new_session=True,
    )
    assert cluster.stdout
    assert cluster.stdin
    try:
        yield cluster.stdout.readline().strip(), cluster
    finally:
        with suppress(BrokenPipeError):
            cluster.stdin.close()
        try:
            cluster.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(cluster.pid, signal.SIGKILL)
            cluster.wait()
        cluster.stdout.close()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("cluster") / "cluster.py", {}) as (address, _):
        yield address


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


def test_a_worker_that_is_killed_in_the_middle_costs_no_school(fleet: Fleet, tmp_path: Path, scheduler: str) -> None:
    """Every school is as after a clean run, and nothing was sent twice."""
    schools, where = fleet("alpha", "beta", "gamma"), tmp_path / "schools"
    (schools["beta"].folder / "deadly.py").write_text(DEADLY)
    schools["beta"].source = {"plugin": "./deadly.py", "times": 1}
    schools["beta"].write(yes=True)
    code, doc = ran("sync", str(where), "--yes", "--engine", "dask", "--scheduler", scheduler)
    assert (code, schools_of(doc, "exit_code")) == (0, dict.fromkeys(schools, 0))
    for ident, school in schools.items():
        assert school.status("student", f"{ident}-new") == "pending"
        assert len(school.syncs("committed")) == 1
        assert school.sync(yes=True).doc["operations"] == []


def test_a_scheduler_that_is_killed_ends_the_run_and_the_next_goes_on(fleet: Fleet, tmp_path: Path) -> None:
    schools, where = fleet(*(f"s{n}" for n in range(8))), str(tmp_path / "schools")
    with started(tmp_path / "cluster.py", {}) as (address, cluster):
        found = schools_in(Path(where))
        errands = Errand(Sent("sync"), where, tuple(schools)).alone()
        done = []
        with pytest.raises(InterruptedRunError, match="lost with"):  # noqa: PT012 - it comes while results do
            for some in on_cluster(errands, found, scheduler=address):
                done += some
                os.killpg(cluster.pid, signal.SIGKILL)
    assert 0 < len(done) < len(schools)
    code, doc = ran("sync", where, "--yes")
    assert (code, schools_of(doc, "exit_code")) == (0, dict.fromkeys(schools, 0))
    for ident, school in schools.items():
        assert school.status("student", f"{ident}-new") == "pending"
        assert len(school.syncs("committed")) == 1, "nothing is doubled"


SECRET = "open-sesame-of-the-portal"


def test_no_secret_is_in_a_graph_a_log_or_a_process_list(
    fleet: Fleet, tmp_path: Path, cloud: GradebookCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is in the workers' own environment, and in nothing that goes through the scheduler."""
    monkeypatch.setenv("DAYZERO_TOKEN", SECRET)
    schools, where = fleet("alpha", "beta"), str(tmp_path / "schools")
    log = tmp_path / "cluster.log"
    with log.open("w") as said, started(tmp_path / "cluster.py", {"DAYZERO_TOKEN": SECRET}, said) as (address, _):
        code, doc = ran("sync", where, "--yes", "--engine", "dask", "--scheduler", address)
        assert set(schools_of(doc, "exit_code").values()) == {5}, "the portal has another token: they do use theirs"
        with distributed.Client(address, set_as_default=False) as client:
            errand = Errand(Sent("sync"), where, tuple(schools))
            future = client.submit(run, errand, pure=False)
            told = [result.exit_code for result in future.result()]
            known = client.run_on_scheduler(_all_that_is_known)
        lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    assert (code, told) == (5, [5, 5])
    assert SECRET not in known
    assert where in known, "what was looked at is what a task carries"
    assert not any(SECRET.encode() in line for line in lines)
    assert SECRET not in log.read_text()
    assert SECRET not in json.dumps(doc)


def _all_that_is_known(dask_scheduler: Any) -> str:
    """Return everything a scheduler has of its tasks, as its dashboard could show it."""
    tasks = [(key, repr(task), pickle.dumps(task.run_spec)) for key, task in dask_scheduler.tasks.items()]
    return f"{tasks} {dask_scheduler.get_events()} {dask_scheduler.get_logs()}"


_all_that_is_known.__module__ = "__main__"  # so that it goes to the scheduler as it is: that cannot import a test
