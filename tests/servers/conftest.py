"""Fixtures: one PostgreSQL and one MariaDB server for the whole run, and a school synced from any source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from click.testing import CliRunner
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
def run(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return ``run(source, *command, **sync)``: one command on a school with that ``[source]``, and its document."""
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    config = tmp_path / "dayzero.toml"

    def run(source: dict[str, Any], *command: str, **sync: Any) -> tuple[int, dict[str, Any]]:
        document = {
            "school": {"id": "school"},
            "source": {"plugin": "sql", **source},
            "portal": {"url": gradebook_cloud.url, "token": {"env": "DAYZERO_TOKEN"}},
            "sync": sync,
        }
        config.write_text(tomlkit.dumps(document), encoding="utf-8")
        result = CliRunner().invoke(main, [*command, "--json", "--config", str(config)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout)

    return run
