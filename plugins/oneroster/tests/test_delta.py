"""Deltas: a partial read, applied to an image that is verified and renewed by the next bulk."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundles import BUNDLE, Read, write

USERS = BUNDLE["users"].splitlines()[0] + "\n"
DELTA = "propertyName,value\nfile.users,delta\nfile.enrollments,delta\n"
PEOPLE = ("students", "enrollments", "calendar_codes", "contacts", "relationships")


def delta(folder: Path, users: str) -> Path:
    nothing = dict.fromkeys(("academicSessions", "orgs", "classes", "enrollments"))
    return write(folder, manifest=DELTA.replace("file.enrollments,delta\n", ""), users=USERS + users, **nothing)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image made of the bundle."""
    folder = tmp_path / "state" / "oneroster"
    Read(write(tmp_path / "bulk"), image=folder)
    return folder


def test_a_delta_is_applied_and_partial(tmp_path: Path, image: Path) -> None:
    changes = "bob,active,2027-01-05,student,Robert,Ito,rob@school.example,,,dad,,\ncy,tobedeleted,2027-01-05,student,,Oak,,,,,,\n"
    read = Read(delta(tmp_path / "delta", changes), image=image)
    assert read.ids("students") == ["ann", "bob"]
    assert dict(read["students"].select("student_id", "given_name").iter_rows())["bob"] == "Robert"
    assert read["students"].filter(read["students"]["removed"])["student_id"].to_list() == ["cy"]
    assert ("bob", "2028", "10") in read.places()
    assert {read.states[name] for name in PEOPLE} == {"partial"}


def test_deltas_add_up_and_an_older_one_is_not_applied(tmp_path: Path, image: Path) -> None:
    Read(delta(tmp_path / "one", "bob,active,2027-01-05,student,Robert,Ito,,,,dad,,\n"), image=image)
    later = Read(delta(tmp_path / "two", "ann,active,2027-01-06,student,Anna,Ito,,,,,,\n"), image=image)
    names = dict(later["students"].select("student_id", "given_name").iter_rows())
    assert (names["ann"], names["bob"]) == ("Anna", "Robert")
    again = Read(delta(tmp_path / "late", "bob,active,2026-12-01,student,Bobby,Ito,,,,dad,,\n"), image=image)
    assert dict(again["students"].select("student_id", "given_name").iter_rows())["bob"] == "Robert"
    assert "delta-older" in again.rules


def test_the_next_bulk_renews_the_image(tmp_path: Path, image: Path) -> None:
    Read(delta(tmp_path / "one", "eve,active,2027-01-05,student,Eve,New,,,,,,\n"), image=image)
    read = Read(write(tmp_path / "bulk"), image=image)
    assert read.ids("students") == ["ann", "bob", "cy"]
    assert set(read.states.values()) == {"complete"}
    after = Read(delta(tmp_path / "two", "ann,active,2027-01-06,student,Anna,Ito,,,,,,\n"), image=image)
    assert after.ids("students") == ["ann", "bob", "cy"]


@pytest.mark.parametrize("harm", ["cut", "index", "gone"])
def test_a_damaged_image_is_noticed_and_not_used(tmp_path: Path, image: Path, harm: str) -> None:
    users = next(image.glob("users-*.parquet"))
    if harm == "cut":
        users.write_bytes(users.read_bytes()[:-20])
    elif harm == "gone":
        users.unlink()
    else:
        (image / "image.json").write_text('{"files-v1": 7}', encoding="utf-8")
    read = Read(delta(tmp_path / "delta", "ann,active,2027-01-06,student,Anna,Ito,,,,,,\n"), image=image)
    assert {"image-damaged", "delta-without-image"} <= read.rules
    assert read.ids("students") == ["ann"]
    assert {read.states[name] for name in PEOPLE} == {"partial"}
    Read(write(tmp_path / "bulk"), image=image)
    assert "image-damaged" not in Read(delta(tmp_path / "delta", ""), image=image).rules


def test_the_image_is_private_and_holds_no_password(image: Path) -> None:
    files = list(image.iterdir())
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert not any(b"secret" in path.read_bytes() for path in files)


def test_without_an_image_only_the_delta_is_known(tmp_path: Path) -> None:
    read = Read(delta(tmp_path / "delta", "ann,active,2027-01-06,student,Anna,Ito,,,,,,\n"))
    assert read.ids("students") == ["ann"]
    assert "delta-without-image" in read.rules
    assert {read.states[name] for name in PEOPLE} == {"partial"}
