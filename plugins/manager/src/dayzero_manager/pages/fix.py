"""Data to fix: whom one field keeps from an account, grouped by what is to be done, printable and as CSV."""

from __future__ import annotations

import polars as pl
from flask import Response, render_template, request

from dayzero.errors import UsageError
from dayzero.files import safe_csv
from dayzero.report import sheets_of, to_correct
from dayzero_manager.changes import named
from dayzero_manager.door import Door
from dayzero_manager.office import Office
from dayzero_manager.view import ROWS, Paged, asked_for

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def fix() -> str:
        shown = asked_for(office)
        wanted, number = request.args.get("rule"), request.args.get("page", 1, int)
        groups = []
        for group in shown.report.fix:
            key = f"{group.rule.kind}-{group.rule.code}"
            page = Paged.of_frame(group.people, number if wanted == key else 1, ROWS if wanted == key else FIRST)
            rows = [{**row, "name": named(row)} for row in page.rows]
            if wanted in (None, key):
                groups.append({"key": key, "group": group, "page": page, "rows": rows})
        return render_template(
            "fix.html",
            what_if=request.args.get("setting"),
            shown=shown,
            groups=groups,
            wanted=wanted,
            findings=_findings(shown.report.findings),
        )

    def by_place() -> str:
        shown = asked_for(office)
        people = to_correct(shown.report.fix)
        places = people.partition_by("place_kind", "place", maintain_order=True) if people.height else []
        number = request.args.get("page", 1, int)
        some = places[(number - 1) * SHEETS : number * SHEETS]
        return render_template(
            "fix_by_place.html", places=[[{**row, "name": named(row)} for row in p.to_dicts()] for p in some],
            all=len(places), number=number, pages=-(-len(places) // SHEETS), today=office.today,
        )  # fmt: skip

    def as_csv() -> Response:
        shown = asked_for(office)
        wanted = request.args.get("rule")
        files = sheets_of(shown.report)
        if wanted is not None:
            if f"fix-{wanted}.csv" not in files:
                raise UsageError("There is nobody of that kind to correct.")
            return _file(files[f"fix-{wanted}.csv"], f"fix-{wanted}.csv")
        groups = [g.people.with_columns(remedy=pl.lit(g.remedy)) for g in shown.report.fix]
        return _file(safe_csv(pl.concat(groups)) if groups else b"", "data-to-fix.csv")

    door.mount("/fix", "fix", fix)
    door.mount("/fix/by-homeroom", "fix_by_place", by_place)
    door.mount("/fix.csv", "fix_csv", as_csv)


FIRST = 10
"""So many of each group stand on the page of all groups."""
SHEETS = 20


def _findings(found: tuple[object, ...]) -> list[object]:
    return list(found)[:FINDINGS]


FINDINGS = 30


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
