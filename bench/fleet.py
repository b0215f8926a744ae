"""A fleet's night on this machine: what a second processor gains, what a school costs beyond its own work, what a worker's memory does.

python -m bench.fleet                                first syncs of 200 schools of 600 students, then nights without a change
python -m bench.fleet --schools 2000 --students 60   more schools, and smaller ones
python -m bench.fleet --dask                         the nights on a Dask cluster of two workers as well
python -m bench.fleet --schools 2000 --nights        nights without a change alone, after one first sync
python -m bench.fleet --schools 50 --bundle          schools of one OneRoster bundle, done together and each by itself

Each step runs with one worker and with two, in turn, with the portal in a process of its own; the figures go into docs/scale.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import requests

from bench.portal import TOKEN, Portal, served
from bench.process import dayzero, program, spent, told

FLEET = """
[template.source]
{source}
path = "export"

[template.portal]
url = "{url}"
token = {{ env = "BENCH_TOKEN" }}

[template.sync]
send_scheduling_year = true
today = 2027-02-01
"""
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
_ENV = {"BENCH_TOKEN": TOKEN, "POLARS_MAX_THREADS": "1"}


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(
        "bench.fleet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--students", type=int, default=600)
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--nights", action="store_true")
    parser.add_argument("--bundle", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.bundle:
            share(folder, args.schools, args.students)
            return
        spent(dayzero("school", "new", folder / "school", "--students", str(args.students), "--seed", "1"))
        spent(dayzero("school", "export", folder / "school", folder / "export"))
        measure(folder, args.schools, dask=args.dask, nights=args.nights)


def share(folder: Path, schools: int, students: int) -> None:
    """First syncs of schools of one bundle, together and each by itself, in one process and on a portal each; the accounts are the same."""
    people = schools * students * 100 // 55
    spent(program("bundle", people, people * 7, folder / "export", schools))
    accounts = {}
    for way in ("together", "apart"):
        where = _made(folder / way, folder / "export")
        ids = [f"N{number}" for number in range(schools)]
        with served(where / "portal.sqlite") as portal:
            _fleet(where, portal, ids, 'plugin = "oneroster"\nschool = "{school}"')
            took = told(program("fleet_shared", where / "fleet.toml", way), _ENV)
            _say(f"{schools} schools of one bundle, {way}", took["seconds"], f"s; it was read {took['reads']:,} times")
            accounts[way] = {ident: _accounts(portal, ident) for ident in ids}
    assert accounts["together"] == accounts["apart"]
    print(f"the accounts are the same: {sum(map(len, accounts['apart'].values())):,}", flush=True)


def _accounts(portal: Portal, school: str) -> list[dict[str, Any]]:
    """Return the accounts of a school, without what a portal says of itself."""
    answer = requests.get(
        f"{portal.url}/v1/schools/{school}/accounts?limit=10000",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=60,
    )
    answer.raise_for_status()
    kept = ("kind", "person_id", "login", "status", "children", "years", "given_name", "family_name")
    return [{name: one.get(name) for name in kept} for one in answer.json()["items"]]


def measure(folder: Path, schools: int, *, dask: bool, nights: bool) -> None:
    """First syncs with one worker and with two, on a portal each; then nights in which nothing has changed.

    ``nights``: those alone are measured, after one first sync.
    """
    walls = {}
    for workers in (2,) if nights else (1, 2):
        where = _made(folder / f"workers-{workers}", folder / "export")
        with served(where / "portal.sqlite") as portal:
            _fleet(where, portal, [f"s{number:05}" for number in range(schools)], 'plugin = "csv"')
            walls[workers] = _by(workers, "first sync", portal, where, schools)
            if workers == 2:
                _nights(where, portal, schools, dask=dask, renamed=not nights)
    if not nights:
        _say("first sync: speed-up of 2 workers, of ideal", walls[1] / walls[2] / 2, "")


def _nights(where: Path, portal: Portal, schools: int, *, dask: bool, renamed: bool) -> None:
    walls = {n: _by(n, "nothing changed", portal, where, schools) for n in (1, 2)}
    _say("nothing changed: speed-up of 2 workers, of ideal", walls[1] / walls[2] / 2, "")
    alone = told(program("fleet_alone", where / "fleet.toml"), _ENV)
    _say("nothing changed: a school by itself, one process for all", alone["seconds"] / schools * 1_000, "ms")
    _say("memory of that process after a tenth, and at the end", alone["mb_tenth"], f"MB, {alone['mb_end']:.0f} MB")
    if renamed:
        _renamed(where / "export" / "students.csv")
        _night("one student of each has another name, 2 workers", portal, where, "--workers", "2")
    if dask:
        walls[2] = _night("nothing changed, 2 workers, once more", portal, where, "--workers", "2")
        with _cluster() as address:
            wall = _night("nothing changed, Dask", portal, where, "--engine", "dask", "--scheduler", address)
        _say("nothing changed: Dask, of two local workers", wall / walls[2], "times")


def _by(workers: int, what: str, portal: Portal, where: Path, schools: int) -> float:
    """Measure with so many workers; with one, also what it takes beyond what its schools take in that very run: two runs differ
    by more than that."""
    if workers > 1:
        return _night(f"{what}, {workers} workers", portal, where, "--workers", str(workers))
    began = portal.cpu
    took = told(program("fleet_own", where / "fleet.toml"), _ENV)
    _took(f"{what}, 1 worker", took, portal.cpu - began)
    _say(f"{what}: beyond its own work, 1 worker", (took["whole"] - took["own"]) / schools * 1_000, "ms a school")
    return took["wall"]


def _night(what: str, portal: Portal, where: Path, *options: str) -> float:
    began = portal.cpu
    cost, _ = spent(dayzero("fleet", "sync", where / "fleet.toml", "--yes", "--json", *options), _ENV)
    _took(what, cost, portal.cpu - began)
    return cost["wall"]


def _took(what: str, cost: Mapping[str, float], on_portal: float) -> None:
    _say(what, cost["wall"], f"s; {cost['cpu']:.1f} CPU s here, {on_portal:.1f} CPU s on the portal's side")


def _renamed(students: Path) -> None:
    """Give the first student of the export another family name."""
    frame = pl.read_csv(students, infer_schema=False)
    first = pl.int_range(pl.len()) == 0
    name = pl.when(first).then(pl.lit("Renamed")).otherwise("family_name").alias("family_name")
    frame.with_columns(name).write_csv(students, null_value="")


def _made(where: Path, export: Path) -> Path:
    where.mkdir()
    (where / "export").symlink_to(export)
    return where


def _fleet(where: Path, portal: Portal, schools: Sequence[str], source: str) -> None:
    listed = "".join(f"\n[schools.{school}]\n" for school in schools)
    (where / "fleet.toml").write_text(FLEET.format(url=portal.url, source=source) + listed, encoding="utf-8")


@contextmanager
def _cluster() -> Iterator[str]:
    environ = {**os.environ, **_ENV}
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as cluster:
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        yield cluster.stdout.readline().strip()
        cluster.stdin.close()


def _say(what: str, figure: float, unit: str) -> None:
    print(f"{what}: {figure:,.2f} {unit}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
