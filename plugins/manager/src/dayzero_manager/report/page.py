"""A report as one HTML page: no script, nothing fetched, its style inside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dayzero.report import FixGroup, Report
from dayzero_manager.report import charts, sentences, tables, words
from dayzero_manager.words import day, many, moment

__all__ = ["page", "style_source"]


def page(report: Report, names: bool = True, *, back: str | None = None) -> str:
    """Return the whole page. Without ``names``, ids alone say who somebody is, and what they wrote is left out.

    ``back``: where the Sync Manager is, for who reads the page in it.
    """
    people = report.people
    groups = [
        ("Newcomers", people.newcomers),
        ("Families of newcomers", people.families_new),
        ("Students of this year", people.here),
        ("Families of this year", people.families_here),
        ("Parents with access", people.parents),
    ]
    grades = [(words.grade(row.grade, new=row.new), row.shares) for row in people.grades]
    left_out = [(words.label(g.rule.kind, g.rule.code), g.count) for g in report.fix if not g.rule.may_be_meant]
    return _environment().get_template("report.html").render(
        report=report,
        names=names,
        back=back,
        style=Markup(_style()),  # noqa: S704 - our own file
        style_source=style_source(),
        groups=[(name, shares) for name, shares in groups if shares.all],
        grades=grades,
        left_out=sorted(left_out, key=lambda row: -row[1]),
        trend=charts.curve(report.trend, _days(report)),
        days=_days(report),
        correct=[_shown(group, names=names) for group in report.fix if not group.rule.may_be_meant],
        perhaps=[_shown(group, names=names) for group in report.fix if group.rule.may_be_meant],
        questions=list(tables.questions(report, names=names)),
        operations=list(tables.operations(report)),
        reads=list(tables.reads(report)),
        runs=list(tables.runs(report)),
        drift=list(tables.drift(report, names=names)),
        rejected=list(tables.rejected(report)),
    )  # fmt: skip


def style_source() -> str:
    """Return what a Content Security Policy calls the page's style: ``'sha256-...'``."""
    digest = hashlib.sha256(_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _style() -> str:
    package = files("dayzero_manager")
    parts = (package / "static" / "tokens.css", package / "report" / "report.css")
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dayzero_manager.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for module in (words, sentences, charts):
        environment.globals |= {name: getattr(module, name) for name in module.__all__}
    environment.globals |= {"day": day, "many": many, "moment": moment}
    environment.filters["number"] = "{:,}".format
    return environment


def _days(report: Report) -> list[str]:
    """Return what each moment of the trend is called: the day, with the time where a day has several."""
    days = [moment.at.date() for moment in report.trend]
    several = len(set(days)) < len(days)
    return [words.short_day(moment.at) + (f", {words.clock(moment.at)}" if several else "") for moment in report.trend]


def _shown(group: FixGroup, *, names: bool) -> Mapping[str, Any]:
    """Return a group with its people, each place's together; a column in which nobody has anything is left out."""
    # What somebody wrote into a login says who they are.
    told = names or "login" not in group.rule.looks_at
    people = [
        {
            "place": words.place(person["place_kind"], person["place"]),
            "who": words.who(person, names=names),
            "id": person["person_id"],
            "new": person["new"],
            "of": person["students" if names else "student_ids"] or "",
            "now": (told and person["detail"]) or "",
            "account": words.ACCOUNT[person["account"]],
        }
        for person in group.people.iter_rows(named=True)
    ]
    columns = {"of": "Parent of", "now": "In the SIS now", "account": "Account"}
    heading, rest = words.split_remedy(group.remedy)
    return {
        "key": f"{group.rule.kind}-{group.rule.code}",
        "kind": group.rule.kind,
        "heading": heading,
        "rest": rest,
        "count": group.count,
        "message": group.rule.message,
        "columns": {key: head for key, head in columns.items() if any(person[key] for person in people)},
        "places": [list(rows) for _, rows in groupby(people, itemgetter("place"))],
    }
