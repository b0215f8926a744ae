"""E7: JSON as PHP, Java and .NET write it says the same as the specification's; what says something else stays unreadable."""

from __future__ import annotations

from typing import Any

import pytest

from dayzero_oneroster.rest.dialects import canonical
from dayzero_oneroster.rest.records import columns_of

USER = {
    "sourcedId": "ann", "status": "active", "role": "student", "givenName": "Ann", "familyName": "Ito",
    "enabledUser": True, "grades": ["09"], "agents": [{"sourcedId": "dad", "type": "user", "href": "x"}],
}  # fmt: skip
SESSION = {
    "sourcedId": "T",
    "title": "T",
    "type": "term",
    "startDate": "2027-08-19",
    "endDate": "2028-06-09",
    "schoolYear": "2028",
}
CLASS = {"sourcedId": "C", "title": "C", "classType": "homeroom", "grades": ["09"], "terms": [{"sourcedId": "T"}]}
RECORDS = {"users": USER, "academicSessions": SESSION, "classes": CLASS}


def read(collection: str, **changes: Any) -> dict[str, Any]:
    """Return the one row of a record, and of a user the linked ids and roles besides."""
    columns, malformed = columns_of(collection, [{**RECORDS[collection], **changes}], 0)
    assert not malformed
    row = columns[collection].row(0, named=True)
    links = (
        columns["relationships"]["relationshipUserSourcedId"].to_list() if len(columns.get("relationships", ())) else []
    )
    roles = [role.get("role") for role in columns["roles"].to_dicts()] if "roles" in columns else []
    return {**row, "links": links, "roles": roles}


@pytest.mark.parametrize(
    ("collection", "changes"),
    [
        ("users", {"metadata": []}),
        ("users", {"metadata": None}),
        ("users", {"metadata": ""}),
        ("users", {"userIds": {}}),
        ("users", {"userIds": []}),
        ("users", {"userIds": ""}),
        ("users", {"middleName": False}),
        ("users", {"middleName": []}),
        ("users", {"sms": {}}),
        ("users", {"orgs": []}),
        ("users", {"orgs": {}}),
        ("users", {"orgs": [{"sourcedId": None}]}),
        ("users", {"primaryOrg": {"sourcedId": None, "href": None, "type": None}}),
        ("users", {"agents": {"0": {"sourcedId": "dad"}}}),
        ("users", {"agents": {"7": {"sourcedId": "dad"}}}),
        ("users", {"agents": {"sourcedId": "dad"}}),
        ("users", {"agents": ["dad"]}),
        ("users", {"grades": {"0": "09"}}),
        ("users", {"grades": "09"}),
        ("users", {"roles": []}),
        ("academicSessions", {"parent": {"sourcedId": None}}),
        ("academicSessions", {"parent": {"sourcedId": ""}}),
        ("academicSessions", {"parent": {}}),
        ("academicSessions", {"parent": None}),
        ("academicSessions", {"schoolYear": 2028}),
        ("academicSessions", {"schoolYear": 2028.0}),
        ("academicSessions", {"startDate": [2027, 8, 19]}),
        ("academicSessions", {"startDate": "/Date(1818633600000)/"}),
        ("academicSessions", {"startDate": "/Date(1818626400000+0200)/"}),
        ("academicSessions", {"startDate": 1818648000000}),
        (
            "academicSessions",
            {"startDate": {"date": "2027-08-19 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"}},
        ),
        ("classes", {"terms": {"1": {"sourcedId": "T"}}}),
        ("classes", {"terms": {"sourcedId": "T"}}),
        ("classes", {"school": {"sourcedId": None}, "course": {"sourcedId": None}}),
        ("classes", {"periods": [], "subjects": {}, "subjectCodes": ""}),
    ],
)
def test_the_same_said_otherwise(collection: str, changes: dict[str, Any]) -> None:
    plain, other = read(collection), read(collection, **changes)
    assert other.get("source_problem") is None
    assert {k: v for k, v in other.items() if v not in (None, "")} == plain


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (0, "0"), ("TRUE", "TRUE"), ("False", "False"), (True, "true"), ("1", "1")]
)
def test_a_boolean_of_any_kind(value: Any, text: str) -> None:
    row = read("users", enabledUser=value)
    assert (row["enabledUser"], row.get("source_problem")) == (text, None)


@pytest.mark.parametrize("terms", [[], {}, "", None])
def test_a_class_without_terms_can_be_read(terms: Any) -> None:
    row = read("classes", terms=terms)
    assert row.get("source_problem") is None
    assert not row.get("termSourcedIds")


@pytest.mark.parametrize(("sourced", "text"), [(7, "7"), (7.0, "7"), ("007", "007")])
def test_an_id_that_is_a_number(sourced: Any, text: str) -> None:
    assert read("users", sourcedId=sourced)["sourcedId"] == text


@pytest.mark.parametrize(
    ("roles", "expected"),
    [(["student"], ["student"]), ({"role": "parent"}, ["parent"]), ({"0": {"role": "student"}}, ["student"])],
)
def test_roles_in_other_forms(roles: Any, expected: list[str]) -> None:
    row = read("users", roles=roles)
    assert (row["roles"], row.get("source_problem")) == (expected, None)


@pytest.mark.parametrize(
    ("collection", "changes"),
    [
        ("users", {"givenName": []}),
        ("users", {"givenName": False}),
        ("users", {"status": 1}),
        ("users", {"email": ["a@b.example"]}),
        ("users", {"enabledUser": 2}),
        ("users", {"enabledUser": []}),
        ("users", {"metadata": ["x"]}),
        ("users", {"agents": {"sourcedId": None}}),
        ("users", {"agents": [{"href": "x"}]}),
        ("users", {"grades": {"a": 1}}),
        ("users", {"roles": [{"role": None}]}),
        ("academicSessions", {"startDate": [2027, 8]}),
        ("academicSessions", {"startDate": [2027, 13, 1]}),
        ("academicSessions", {"startDate": True}),
        ("academicSessions", {"parent": {"href": "x"}}),
        ("classes", {"terms": [{}]}),
        ("classes", {"terms": 7.5}),
    ],
)
def test_what_says_something_else_is_unreadable(collection: str, changes: dict[str, Any]) -> None:
    (field,) = changes
    assert field in read(collection, **changes)["source_problem"]


@pytest.mark.parametrize("value", ["2027-08-19", "", None, "19.8.2027"])
def test_a_date_that_is_text_stays_as_it_is(value: Any) -> None:
    assert canonical("startDate", value) == value
