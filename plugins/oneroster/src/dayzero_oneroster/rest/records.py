"""Make columns of JSON records, in the names and forms of a CSV bundle, so that one mapping reads both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd
from dayzero_oneroster.rest.dialects import canonical
from dayzero_oneroster.rest.shapes import REFERENCES, misshapen

__all__ = ["Columns", "columns_of", "joined"]

Columns: TypeAlias = dict[str, pl.DataFrame]
"""Frames of text by file. A collection may fill more than one: users bring their roles and agents along."""

_RENAMED = {
    "preferredFirstName": "preferredGivenName",
    "preferredMiddleName": "preferredMiddleName",
    "preferredLastName": "preferredFamilyName",
}
_SET_APART = ("agents", "roles", "userProfiles", "children", "resources", "password")
"""Fields that go into other files, or nowhere."""

_Row: TypeAlias = dict[str, str]


def columns_of(collection: str, records: Sequence[Any], before: int) -> tuple[Columns, Findings]:
    """Return the records of one page, and a finding for each that is none. ``before`` counts those of the pages before."""
    rows: dict[str, list[_Row]] = {collection: []}
    numbers: dict[str, list[int]] = {collection: []}
    malformed: list[Finding] = []
    for number, record in enumerate(records, start=before + 1):
        if isinstance(record, dict):
            record = {field: canonical(field, value) for field, value in record.items()}
        key = _text(record.get("sourcedId")) if isinstance(record, dict) else None
        if not key:
            malformed.append(odd("record-malformed", collection, row=number))
            continue
        parts = {collection: [_row(collection, record)]}
        if collection == "users":
            parts |= {"roles": list(_roles(key, record)), "relationships": list(_agents(key, record))}
        for file, found in parts.items():
            rows.setdefault(file, []).extend(found)
            numbers.setdefault(file, []).extend([number] * len(found))
    columns = {file: _frame(rows[file], numbers[file], always=["sourcedId"] * (file == collection)) for file in rows}
    return columns, tuple(malformed)


def joined(pages: Iterable[Columns]) -> Columns:
    """Return pages as one."""
    by_file: dict[str, list[pl.DataFrame]] = {}
    for page in pages:
        for file, frame in page.items():
            by_file.setdefault(file, []).append(frame)
    return {file: pl.concat(frames, how="diagonal") for file, frames in by_file.items()}


def _frame(rows: list[_Row], numbers: list[int], always: Sequence[str]) -> pl.DataFrame:
    names = dict.fromkeys([*always, *(key for row in rows for key in row)])
    columns = {name: pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names}
    return pl.DataFrame({**columns, "source_row": pl.Series(numbers, dtype=pl.Int64)})


def _row(collection: str, record: Mapping[str, Any]) -> _Row:
    references = REFERENCES[collection]
    row: _Row = {}
    for field, value in record.items():
        if field in _SET_APART or value is None:
            continue
        if field in references:
            text = ",".join(_ids(value))
        elif field == "userIds":
            text = ",".join(_user_ids(value))
        elif field == "metadata":
            row |= {f"metadata.{k}": v for k, v in _scalars(value)}
            continue
        else:
            text = _text(value) or ""
        row[references.get(field, _RENAMED.get(field, field))] = text
    if odd := misshapen(collection, record):
        row["source_problem"] = f"{odd} has another shape than the specification gives it"
    return row


def _ids(value: Any) -> list[str]:
    """Return the ids of a reference or a list of them; some providers give the bare id."""
    found = (v.get("sourcedId") if isinstance(v, dict) else v for v in (value if isinstance(value, list) else [value]))
    return [text for one in found if (text := _text(one))]


def _user_ids(value: Any) -> list[str]:
    pairs = value if isinstance(value, list) else []
    made = (
        f"{{{_text(v.get('type')) or ''}:{_text(v.get('identifier')) or ''}}}" if isinstance(v, dict) else _text(v)
        for v in pairs
    )  # fmt: skip
    return [text for text in made if text]


def _roles(user: str, record: Mapping[str, Any]) -> Iterable[_Row]:
    """Yield the roles of a 1.2 user as rows of roles.csv."""
    roles = record.get("roles")
    for number, said in enumerate(roles if isinstance(roles, list) else []):
        role = {"role": said} if isinstance(said, str) else said
        if isinstance(role, dict):
            role = {field: canonical(field, value) for field, value in role.items()}
            org = ",".join(_ids(role.get("org") or []))
            plain = {k: v for k, v in _scalars(role) if k in ("role", "roleType", "beginDate", "endDate")}
            yield {"sourcedId": f"{user}:{number}", "userSourcedId": user, "orgSourcedId": org, **plain}


def _agents(user: str, record: Mapping[str, Any]) -> Iterable[_Row]:
    """Yield links as rows of relationships.csv: an id with a comma would not survive in a list."""
    for agent in _ids(record.get("agents") or []):
        yield {"userSourcedId": user, "relationshipUserSourcedId": agent}


def _scalars(value: Any) -> Iterable[tuple[str, str]]:
    for key, one in value.items() if isinstance(value, dict) else ():
        text = _text(one)
        if text is not None:
            yield str(key), text


def _text(value: Any) -> str | None:
    """Return a JSON value as a CSV file would hold it; null for what has no such form."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list):
        return ",".join(text for one in value if (text := _text(one)))
    return None
