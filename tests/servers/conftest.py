"""Fixtures: one PostgreSQL and one MariaDB server for the whole run, and a school synced from any source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from click.testing import CliRunner, Result
from database_servers import Server, mariadb, postgresql

from dayzero.cli import main


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


class Commands:
    """``run(source, *command, name="school", **sync)``: one command on a school with that ``[source]``.

    Returns the exit code and the JSON document.
    """

    def __init__(self, cloud: Any, config: Path) -> None:
        self._cloud = cloud
        self._config = config

    def __call__(
        self, source: dict[str, Any], *command: str, name: str = "school", **sync: Any
    ) -> tuple[int, dict[str, Any]]:
        result = self._invoke(source, [*command, "--json"], name, sync)
        return result.exit_code, json.loads(result.stdout)

    def shown(self, source: dict[str, Any], *command: str, name: str = "school", **sync: Any) -> str:
        """Return what a command prints for people, in one line."""
        return " ".join(self._invoke(source, [*command], name, sync).stdout.split())

    def _invoke(self, source: dict[str, Any], command: list[str], name: str, sync: dict[str, Any]) -> Result:
        document = {
            "school": {"id": name},
            "source": {"plugin": "sql", **source},
            "portal": {"url": self._cloud.url, "token": {"env": "DAYZERO_TOKEN"}},
            "sync": sync,
        }
        self._config.write_text(tomlkit.dumps(document), encoding="utf-8")
        result = CliRunner().invoke(main, [*command, "--config", str(self._config)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result
