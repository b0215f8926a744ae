"""A fleet of tiny schools on one served portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tiny_school import SCHEDULING, TinySchool

from dayzero_simulator import GradebookCloud

Fleet = Callable[..., dict[str, TinySchool]]


@pytest.fixture
def cloud() -> Iterator[GradebookCloud]:
    cloud = GradebookCloud(token="t", seed=1)
    try:
        with cloud.serve():
            yield cloud
    finally:
        cloud.world.close()


@pytest.fixture
def fleet(tmp_path: Path, cloud: GradebookCloud, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return what makes schools below a folder, each with a family, and writes them."""
    monkeypatch.setenv("DAYZERO_TOKEN", "t")

    def made(*ids: str) -> dict[str, TinySchool]:
        schools = {}
        for ident in ids:
            school = TinySchool(tmp_path / "schools" / ident, cloud, ident)
            school.student(f"{ident}-new", enrolled={SCHEDULING: "9"}, entry={SCHEDULING: 0})
            school.write(yes=True)
            schools[ident] = school
        return schools

    return made
