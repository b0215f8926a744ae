"""A school whose source is a database: commands on it, and one in a SQLite file that is changed between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
import tomlkit
from click.testing import CliRunner, Result
from sis_schools import Sis

from dayzero.cli import main
from dayzero.clock import SystemClock
from dayzero.config import SyncSettings
from dayzero.conform import Conformed, conform
from dayzero.people import Population, choose_years, populate
from dayzero_sql import SqlSettings, open_sql

__all__ = ["Commands", "DatabaseSchool", "working"]

AnySis = TypeVar("AnySis", bound=Sis)


def working(cloud: Any) -> dict[str, list[str]]:
    """Return the working accounts: student ids, and parent ids with their children."""
    there = [a for a in cloud.accounts("school") if a["status"] != "disabled"]
    return {
        "students": sorted(a["person_id"] for a in there if a["kind"] == "student"),
        "parents": sorted(f"{a['person_id']}: {' '.join(a['children'])}" for a in there if a["kind"] == "parent"),
    }


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


class DatabaseSchool(Generic[AnySis]):
    """A system's school in a SQLite file, read by its preset; ``source``: further settings of ``[source]``."""

    def __init__(self, commands: Commands, file: Path, kind: type[AnySis], preset: str, **parameters: int) -> None:
        self._commands, self._kind = commands, kind
        self.file = file
        self.source: dict[str, Any] = {"path": str(file), "preset": preset, "parameters": parameters}
        with self.edit() as sis:
            sis.open_school()

    @contextmanager
    def edit(self) -> Iterator[AnySis]:
        """Open the system's database to write."""
        engine = sa.create_engine(f"sqlite:///{self.file}", poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA synchronous = off")  # nobody outlives the test
            yield self._kind(connection)
        engine.dispose()

    def read(self, today: date) -> Conformed:
        """Return what the core reads of it on a day."""
        with open_sql(SqlSettings(**{**self.source, "path": self.file})) as source:
            source.begin(today, SystemClock())
            return conform(source.read, ordered=source.ordered)

    def population(self, today: date, *, yes: bool = True) -> Population:
        """Return who is at the school on a day, without a portal."""
        conformed = self.read(today)
        years, _ = choose_years(conformed.numbered["school_years"], send_scheduling_year=yes)
        settings = SyncSettings(student_login=["email", "username"])
        return populate(conformed.numbered, years, settings, unreadable=conformed.unreadable, today=today)

    def here(self, today: date, *, yes: bool = True) -> dict[str, str]:
        """Return the students who are sent on a day: in which years, and whether they are new."""
        students = self.population(today, yes=yes).students.filter("sent")
        told = (("active", "in_active"), ("scheduling", "in_scheduling"), ("new", "new"))
        return {row["student_id"]: " ".join(w for w, c in told if row[c]) for row in students.iter_rows(named=True)}

    def run(self, *command: str, today: date, yes: bool = False, **sync: Any) -> tuple[int, dict[str, Any]]:
        """Run a command on a day, with the setting at No or at Yes."""
        settings = {"student_login": ["email", "username"], "send_scheduling_year": yes, "today": today, **sync}
        return self._commands(self.source, *command, **settings)

    def sync(self, *options: str, today: date, yes: bool = False, code: int = 0) -> dict[str, Any]:
        """Sync, and return the document; it must end with ``code``."""
        ended, document = self.run("sync", "--yes", *options, today=today, yes=yes)
        assert ended == code, document
        return document
