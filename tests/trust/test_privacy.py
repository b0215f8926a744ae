"""Secrets and children's data: case 62, `dayzero forget`, notifications without names, tokens from a keyring."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

import keyring
import pytest
from apprise.decorators import notify as apprise_sender
from keyring.backend import KeyringBackend
from tiny_school import NEWCOMER, TinySchool

pytestmark = pytest.mark.slow

SENT: list[str] = []


@apprise_sender(on="dayzerotest")
def _collect(body: str, title: str, notify_type: str, *args: Any, **kwargs: Any) -> bool:
    SENT.append(body)
    return True


@pytest.fixture
def told(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the messages sent so far; the school sends them."""
    SENT.clear()
    monkeypatch.setenv("DAYZERO_NOTIFY", "dayzerotest://")
    tiny_school.sections["notify"] = {"urls": {"env": "DAYZERO_NOTIFY"}}
    return SENT


def state_bytes(school: TinySchool) -> bytes:
    """Return everything the state folder holds, and what is packed in it, deleted or not."""
    held = b"".join(f.read_bytes() for f in (school.folder / ".dayzero").iterdir() if f.is_file())
    packed = [zlib.decompressobj(wbits=31).decompress(held[m.start() :]) for m in re.finditer(b"\x1f\x8b\x08\0", held)]
    return b"".join([held, *packed])


def test_forget_removes_a_person_from_every_byte_of_the_state(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "q-forgotten@pupils.example", given_name="Quirina")
    tiny_school.contact("c1", children=["s0", "s1"]).sync()
    tiny_school.student("s1", "q-forgotten@pupils.example", given_name="Quirinetta").sync()
    assert b'"given_name":[null,"Quirina"]' in state_bytes(tiny_school)
    forgotten = tiny_school.run("forget", "s1")
    assert (forgotten.exit_code, forgotten.doc["records"]) == (0, 5)
    left = state_bytes(tiny_school)
    assert b"Quirin" not in left
    assert b"q-forgotten" not in left
    assert b'"s1"' not in left
    assert tiny_school.run("history", "--person", "s1").doc["changes"] == []
    assert tiny_school.sync().exit_code == 0


def test_messages_have_counts_and_no_names(tiny_school: TinySchool, told: list[str]) -> None:
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", given_name="Quirina").sync()
    assert told == [], "nothing to tell"
    tiny_school.student("n1", given_name="Quirina", **NEWCOMER).sync(yes=True)
    tiny_school.student("s1", given_name="Quirina", enrolled={}).sync(yes=True)
    tiny_school.rows["students"] = []
    tiny_school.sync(yes=True)
    assert told == [
        "dayzero, tiny: the first 1 newcomers have accounts.",
        "dayzero, tiny: held: 1 student disable; review `dayzero plan`.",
        "dayzero, tiny: the sync did not happen (UntrustedSource, exit code 4). `dayzero history` says more.",
    ]


def test_only_what_is_wished_for_is_told(tiny_school: TinySchool, told: list[str]) -> None:
    tiny_school.sections["notify"]["on"] = ["held"]
    tiny_school.student("n1", **NEWCOMER).sync(yes=True)
    assert told == []


def test_literal_notification_addresses_are_refused(tiny_school: TinySchool) -> None:
    tiny_school.sections["notify"] = {"urls": "mailto://user:secret@school.example"}
    refused = tiny_school.plan()
    assert refused.exit_code == 2
    assert "secret" not in refused.stderr


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority: ClassVar[float] = 1
    passwords: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[service, username]


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before = keyring.get_keyring()
    mine = Drawer()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_a_token_from_the_keyring(tiny_school: TinySchool, drawer: Drawer) -> None:
    tiny_school.portal_token = {"keyring": "dayzero/tiny"}
    missing = tiny_school.plan()
    assert missing.exit_code == 2
    assert "dayzero/tiny" in missing.stderr
    drawer.set_password("dayzero", "tiny", tiny_school.cloud.token)
    assert tiny_school.sync().exit_code == 0


def test_case_62_the_token_is_nowhere_in_the_state_or_the_plan(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    tiny_school.plan("--out", str(file))
    synced = tiny_school.sync()
    token = tiny_school.cloud.token
    assert token.encode() not in state_bytes(tiny_school) + file.read_bytes()
    assert token not in json.dumps(synced.doc) + synced.stderr
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("url", "code"), [("http://portal.example", 2), ("http://127.0.0.1:9", 5)])
def test_plain_http_beyond_loopback_is_refused(tiny_school: TinySchool, url: str, code: int) -> None:
    class Elsewhere:
        token = "t"

    other = Elsewhere()
    other.url = url  # type: ignore[attr-defined]
    tiny_school.cloud = other
    tiny_school.portal_settings["timeout_seconds"] = 0.1
    refused = tiny_school.plan()
    assert refused.exit_code == code
    assert ("unencrypted" in refused.stderr) is (code == 2)
