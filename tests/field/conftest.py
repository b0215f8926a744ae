"""Schools whose source is a system's database, in a SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from database_school import Commands, DatabaseSchool
from gibbon_school import Gibbon
from sis_schools import OpenSis, RosarioSis


@pytest.fixture
def run(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    return Commands(gradebook_cloud, tmp_path / "dayzero.toml")


@pytest.fixture
def rosario(run: Commands, tmp_path: Path) -> DatabaseSchool[RosarioSis]:
    return DatabaseSchool(run, tmp_path / "rosario.sqlite", RosarioSis, "rosariosis", school_year=2026)


@pytest.fixture
def opensis(run: Commands, tmp_path: Path) -> DatabaseSchool[OpenSis]:
    return DatabaseSchool(run, tmp_path / "opensis.sqlite", OpenSis, "opensis", school_year=2026)


@pytest.fixture
def gibbon(run: Commands, tmp_path: Path) -> DatabaseSchool[Gibbon]:
    return DatabaseSchool(run, tmp_path / "gibbon.sqlite", Gibbon, "gibbon")


@pytest.fixture(params=["rosariosis", "opensis"])
def either(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("rosario" if request.param == "rosariosis" else "opensis")
