"""What `dayzero init` takes for a OneRoster bundle or service."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from dayzero.plugin import Looking
from dayzero_oneroster.look import look

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["manifest.csv", "users.csv", "orgs.csv"], True),
        (["Users.csv", "academicSessions.csv"], True),
        (["users.csv", "students.csv"], False),
        (["students.csv", "orgs.csv"], False),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_bundle_is_told_by_its_files(tmp_path: Path, names: list[str], told: bool, packed: bool) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("sourcedId\n", encoding="utf-8")
    path = folder
    if packed:
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.write(folder / name, f"export/{name}")
    found = look(Looking(str(path), TODAY))
    assert (found is not None) == told
    if found is not None:
        assert [q.key for q in found.questions] == ["portal_access"]
        assert look(Looking(str(path), TODAY, {"portal_access": "all"})).questions == ()


def test_an_address_is_a_service_whose_secrets_stay_out_of_the_file() -> None:
    found = look(Looking("https://sis.school.example/ims/oneroster/v1p1", TODAY))
    assert found is not None
    assert found.settings["client_secret"] == {"env": "DAYZERO_ONEROSTER_SECRET"}
    assert look(Looking("postgresql://x/y", TODAY)) is None
