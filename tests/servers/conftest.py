"""Fixtures: one PostgreSQL and one MariaDB server for the whole run, and a school synced from any source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from database_school import Commands
from database_servers import Server, mariadb, postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    with mariadb() as server:
        yield server


@pytest.fixture
def run(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Run commands against a Gradebook Cloud in process."""
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    return Commands(gradebook_cloud, tmp_path / "dayzero.toml")


@pytest.fixture
def run_served(tmp_path: Path, gradebook_cloud_server: Any, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The same against one on loopback: then a source may be a service on loopback too."""
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud_server.token)
    return Commands(gradebook_cloud_server, tmp_path / "dayzero.toml")
