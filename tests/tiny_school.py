"""A school of a handful of people, written as CSV, synced by the real commands to an in-process Gradebook Cloud.

Every school starts with a *steady family*: student ``s0`` and parent ``c0``, in both years, with an entry code on Day 0.
It keeps every table from being empty, so that a test can be about one person.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import requests
import tomlkit
from click.testing import CliRunner, Result

from dayzero.cli import main
from dayzero.schema import TABLES

SCHOOL = "tiny"
ACTIVE, SCHEDULING = "2027", "2028"
NEWCOMER: dict[str, Any] = {"enrolled": {SCHEDULING: "9"}, "entry": {SCHEDULING: 0}}
"""``school.student("s1", **NEWCOMER)``: only in the scheduling year, entered on Day 0."""
PROMOTED: dict[str, Any] = {"enrolled": {ACTIVE: "9", SCHEDULING: "10"}}
"""In the active year's grade 9 and next year's grade 10."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code, the JSON document, what was said on stderr."""

    exit_code: int
    doc: dict[str, Any]
    stderr: str

    def reason(self, kind: str, person_id: str) -> str | None:
        """Return why a person is withheld, None if the plan does not list them so."""
        entry = self.withheld(kind, person_id)
        return entry and entry["reason"]

    def withheld(self, kind: str, person_id: str) -> Any:
        """Return a person's ``withheld`` entry, or None; two entries for one person are a failure."""
        found = [w for w in self.doc["withheld"] if (w["kind"], w["person_id"]) == (kind, person_id)]
        assert len(found) <= 1, found
        return found[0] if found else None

    def operation(self, kind: str, ident: str) -> Any:
        """Return the operation on an account or record, or None; two of them are a failure."""
        found = [o for o in self.doc["operations"] if (o["kind"], o["id"]) == (kind, ident)]
        assert len(found) <= 1, found
        return found[0] if found else None

    def op(self, kind: str, ident: str) -> str | None:
        """Return ``create``, ``update`` ... or None."""
        operation = self.operation(kind, ident)
        return operation and operation["op"]

    def findings(self, rule: str) -> list[dict[str, Any]]:
        """Return the findings of one rule."""
        return [f for f in self.doc["findings"] if f["rule"] == rule]

    def severities(self) -> set[str]:
        """Return the severities of all findings."""
        return {f["severity"] for f in self.doc["findings"]}

    def held(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what is held, by operation and kind."""
        return {(h["op"], h["kind"]): h for h in self.doc["held"]}


class TinySchool:
    """Builds the tables, runs the commands, looks at the portal."""

    def __init__(self, folder: Path, cloud: Any, school: str = SCHOOL) -> None:
        self.folder, self.cloud, self.id = folder, cloud, school
        self.rows: dict[str, list[dict[str, Any]]] = {t: [] for t in TABLES}
        self.files: dict[str, str | bytes | None] = {}  # a table's file as written by hand; None: no such file
        self.source: dict[str, Any] = {"plugin": "csv"}
        self.sync_settings: dict[str, Any] = {"today": date(int(ACTIVE), 2, 1)}
        self.limits: dict[str, Any] = {}
        self.sections: dict[str, Any] = {}  # further sections of dayzero.toml
        self.portal_settings: dict[str, Any] = {}
        self.token = cloud.token
        self.portal_token: Any = {"env": "DAYZERO_TOKEN"}
        self.year("2026", "past").year(ACTIVE, "active").year(SCHEDULING, "scheduling")
        self.student("s0", enrolled={ACTIVE: "10", SCHEDULING: "11"}, entry={ACTIVE: 0, SCHEDULING: 0})
        self.contact("c0", children=["s0"])

    # -- the tables

    def year(self, year_id: str, role: str) -> TinySchool:
        """Add a year, or give it another role."""
        self.remove("school_years", year_id=year_id)
        end = int(year_id)
        days = {"starts_on": f"{end - 1}-08-25", "ends_on": f"{end}-06-12"}
        return self.row("school_years", year_id=year_id, name=f"{end - 1}-{end % 100}", role=role, **days)

    def activate(self, year_id: str = SCHEDULING) -> TinySchool:
        """Change the active year, in the summer before it; the one before is past, and no year is the scheduling year."""
        self.sync_settings["today"] = date(int(year_id) - 1, 7, 1)
        for year in [r["year_id"] for r in self.rows["school_years"]]:
            self.year(year, "active" if year == year_id else "past" if year < year_id else "future")
        return self

    def student(
        self, ident: str, email: str | None = None, *, enrolled: Mapping[str, Any] | None = None,
        entry: Mapping[str, int] | None = None, withdrawn: Mapping[str, int] | None = None,
        codes: Iterable[tuple[str, Any, str]] = (), **columns: Any,
    ) -> TinySchool:  # fmt: skip
        """Add a student, or replace one. ``enrolled``: year -> grade, or (grade, status); ``entry``, ``withdrawn``: year -> day.

        Without ``email`` the login is ``<id>@pupils.example``; without ``enrolled`` the student is in the active year.
        """
        for table in ("students", "enrollments", "calendar_codes"):
            self.remove(table, student_id=ident)
        names = {"given_name": f"Given {ident}", "family_name": f"Family {ident}"}
        login = f"{ident}@pupils.example" if email is None else email
        self.row("students", **{**names, "student_id": ident, "email": login, **columns})
        for year, grade in ({ACTIVE: "9"} if enrolled is None else enrolled).items():
            level, status = grade if isinstance(grade, tuple) else (grade, "")
            self.row("enrollments", student_id=ident, year_id=year, grade_level=level, status=status)
        entries = [(year, day, "E") for year, day in (entry or {}).items()]
        leaves = [(year, day, "W") for year, day in (withdrawn or {}).items()]
        for year, day, code in [*entries, *leaves, *codes]:
            self.code(ident, year, day, code)
        return self

    def code(self, student: str, year: str, day: Any, code: str, number: Any = "") -> TinySchool:
        """Add a calendar code."""
        return self.row("calendar_codes", student_id=student, year_id=year, day=day, code=code, code_number=number)

    def contact(
        self, ident: str, email: str | None = None, *, tick: Any = True, children: Iterable[str] = (),
        access: Mapping[str, str] | None = None, **columns: Any,
    ) -> TinySchool:  # fmt: skip
        """Add a contact, or replace one; ``tick`` is the contact's own, ``access`` is child -> yes or no."""
        for table in ("contacts", "relationships"):
            self.remove(table, contact_id=ident)
        names = {"given_name": f"Given {ident}", "family_name": f"Family {ident}"}
        mail = f"{ident}@homes.example" if email is None else email
        self.row("contacts", **{**names, "contact_id": ident, "primary_email": mail, "portal_access": tick, **columns})
        for child in children:
            self.row("relationships", student_id=child, contact_id=ident, portal_access=(access or {}).get(child, ""))
        return self

    def row(self, table: str, **values: Any) -> TinySchool:
        """Add a row as it stands."""
        self.rows[table].append(values)
        return self

    def remove(self, table: str, **where: Any) -> TinySchool:
        """Take out the rows that match."""
        self.rows[table] = [r for r in self.rows[table] if any(r.get(k) != v for k, v in where.items())]
        return self

    def edit(self, table: str, where: Mapping[str, Any], **changes: Any) -> TinySchool:
        """Change the rows that match; there must be one."""
        found = [r for r in self.rows[table] if all(r.get(k) == v for k, v in where.items())]
        assert found, f"no such row in {table}: {where}"
        for row in found:
            row.update(changes)
        return self

    def forget_student(self, ident: str) -> TinySchool:
        """Take a student out of every table."""
        for table in ("students", "enrollments", "calendar_codes", "relationships"):
            self.remove(table, student_id=ident)
        return self

    def write(self, *, yes: bool = False) -> Path:
        """Write the tables and ``dayzero.toml``; return the configuration's path."""
        export = self.folder / "export"
        export.mkdir(parents=True, exist_ok=True)
        for table, rows in self.rows.items():
            file = export / f"{table}.csv"
            by_hand = self.files.get(table, "")
            if by_hand is None:
                file.unlink(missing_ok=True)
            elif by_hand:
                file.write_bytes(by_hand if isinstance(by_hand, bytes) else by_hand.encode())
            else:
                _write_csv(file, table, rows)
        config = self.folder / "dayzero.toml"
        document = {
            "school": {"id": self.id, "name": "Tiny School"},
            "source": {"path": "export/", **self.source},
            "portal": {"url": self.cloud.url, "token": self.portal_token, **self.portal_settings},
            "sync": {"send_scheduling_year": yes, **self.sync_settings},
            "limits": self.limits,
            **self.sections,
        }
        config.write_text(tomlkit.dumps(document), encoding="utf-8")
        return config

    def keep(self) -> Callable[[], None]:
        """Return a function that brings the portal and this side's state back to how they are now."""
        portal, state, kept = self.cloud.world.snapshot(), self.folder / ".dayzero", self.folder / "kept"
        shutil.copytree(state, kept)

        def again() -> None:
            self.cloud.world.restore(portal)
            for file in state.iterdir():
                file.unlink()
            shutil.copytree(kept, state, dirs_exist_ok=True)

        return again

    # -- the commands

    def plan(self, *options: str, yes: bool = False) -> Outcome:
        """Run ``dayzero plan --json`` with the setting at No, or at Yes."""
        self.write(yes=yes)
        return self.run("plan", *options)

    def sync(self, *options: str, yes: bool = False, allow: str | None = None) -> Outcome:
        """Run ``dayzero sync --yes --json`` with the setting at No, or at Yes."""
        self.write(yes=yes)
        return self.run("sync", "--yes", *(["--allow", allow] if allow else []), *options)

    def explain(self, ident: str, *options: str, yes: bool = False) -> Outcome:
        """Run ``dayzero explain --json``."""
        self.write(yes=yes)
        return self.run("explain", ident, *options)

    def run(self, *arguments: str) -> Outcome:
        """Run one command on the school as it stands on disk."""
        command = [*arguments, "--json", "--config", str(self.folder / "dayzero.toml")]
        result: Result = CliRunner().invoke(main, command, env={"DAYZERO_TOKEN": self.token, "DAYZERO_DEBUG": "1"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        doc = json.loads(result.stdout) if result.stdout.strip() else {}
        return Outcome(result.exit_code, doc, result.stderr)

    # -- the portal

    def get(self, path: str = "", **query: Any) -> Any:
        """GET below ``/v1/schools/tiny``, or the school's other id, as any client would."""
        address = f"{self.cloud.url}/v1/schools/{self.id}{path}"
        answer = requests.get(address, params=query, headers={"Authorization": f"Bearer {self.cloud.token}"}, timeout=5)
        answer.raise_for_status()
        return answer.json()

    def accounts(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return every account on the portal, disabled ones too, by kind and person_id."""
        page = self.get("/accounts", limit=10_000)
        assert page["next"] is None
        return {(a["kind"], a["person_id"]): a for a in page["items"]}

    def everything(self) -> Any:
        """Return all accounts and records, without what a clock decides."""
        accounts = [
            {k: v for k, v in a.items() if k not in ("created_at", "disabled_at")} for a in self.accounts().values()
        ]
        return accounts, [
            self.get(f"/{what}", limit=10_000)["items"] for what in ("students", "school-years", "courses")
        ]

    def syncs(self, state: str) -> list[dict[str, Any]]:
        """Return the portal's syncs in one state, oldest first."""
        return [s for s in self.get("/syncs", limit=10_000)["items"] if s["state"] == state]

    def account(self, kind: str, person_id: str) -> Any:
        """Return one account, or None."""
        return self.accounts().get((kind, person_id))

    def status(self, kind: str, person_id: str) -> str | None:
        """Return ``pending``, ``active``, ``disabled`` or None: no such account."""
        account = self.account(kind, person_id)
        return account and account["status"]

    def working(self, kind: str) -> set[str]:
        """Return who has an account that is not disabled."""
        return {ident for (k, ident), a in self.accounts().items() if k == kind and a["status"] != "disabled"}

    def sign_in(self, kind: str, person_id: str, password: str = "Day0-secret") -> None:
        """Let a person have signed in with a password of their own."""
        self.cloud.sign_in(self.id, kind, person_id, password)

    def has_password(self, kind: str, person_id: str, password: str | None = None) -> bool:
        """Say whether a person has a password of their own and, if one is given, whether it is this one."""
        return bool(self.cloud.has_password(self.id, kind, person_id, password))

    def revision(self) -> str:
        """Return the portal's revision: it moves when something was committed."""
        return str(self.get()["revision"])


def _write_csv(file: Path, table: str, rows: list[dict[str, Any]]) -> None:
    own = TABLES[table].names
    extra = sorted({column for row in rows for column in row} - set(own))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*own, *extra])
        writer.writeheader()
        writer.writerows(rows)
