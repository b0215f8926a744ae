"""C6: a school whose tables have nothing that can be done without: every page of the portal opens, and every command ends well."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from living_school import ID, TOKEN, LivingSchool

from dayzero.cli import main
from dayzero_fixtures import new_school

pytestmark = pytest.mark.slow

MOST = 150
"""So many pages are opened of each visitor: a school of a few dozen has no more sorts."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingSchool]:
    """A bare school of forty on its portal, at Yes."""
    living = LivingSchool(tmp_path_factory.mktemp("bare"), new_school(40, 3, 7, "bare"))
    with living.cloud:
        outcome = living.sync()
        assert (int(outcome.exit_code), living.differences(outcome.plan)) == (0, [])
        yield living


def signed_in(living: LivingSchool, login: str, password: str) -> Any:
    """Return a client of somebody who is signed in."""
    client = living.cloud.app.test_client()
    start = client.get(f"/portal/{ID}/", follow_redirects=True).text
    send(client, f"/portal/{ID}/", start, login=login, password=password)
    return client


def send(client: Any, path: str, page: str, **fields: str) -> Any:
    """Send a form of a page."""
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    return client.post(path, data={"csrf": found[1] if found else "", **fields}, follow_redirects=True)


def every_page(client: Any) -> dict[str, int]:
    """Follow every link from the home page on; return the pages with how each was answered."""
    seen: dict[str, int] = {}
    waiting, sorts = deque([f"/portal/{ID}/home", f"/portal/{ID}/manage/parents"]), set[str]()
    while waiting and len(seen) < MOST:
        path = waiting.popleft()
        sort = re.sub(r"\d+|sync-\w+|=[^&]*", "#", path)  # of pages of one sort, three are enough
        if path in seen or "sign-out" in path or f"{sort} 3" in sorts:
            continue
        sorts.add(next(mark for n in (1, 2, 3) if (mark := f"{sort} {n}") not in sorts))
        page = client.get(path, follow_redirects=True)
        seen[path] = page.status_code
        if page.mimetype == "text/html":
            links = re.findall(r'href="([^"#]*)', page.text)
            waiting += [link.replace("&amp;", "&") for link in links if link.startswith(f"/portal/{ID}/")]
    return seen


def test_c6_every_page_opens(bare: LivingSchool) -> None:
    accounts = [a for a in bare.cloud.accounts(ID) if "scheduling" in a["years"] and a["status"] != "disabled"]
    visitors = {"admin": signed_in(bare, "plusportaladmin", bare.cloud.admin_password)}
    for kind in ("student", "parent"):
        account = next(a for a in accounts if a["kind"] == kind)
        bare.cloud.sign_in(ID, kind, account["person_id"], "Own-pass1")
        visitors[kind] = signed_in(bare, account["login"], "Own-pass1")
        child = account["person_id"] if kind == "student" else account["children"][0]
        form = visitors[kind].get(f"/portal/{ID}/courses/{child}")
        assert form.status_code == 200, kind
        course = re.search(r'name="(course:[^"]+)"', form.text)
        version = re.search(r'name="version" value="([^"]*)"', form.text)
        assert course, "courses are offered to whoever may be of any grade"
        assert version
        saved = send(
            visitors[kind],
            f"/portal/{ID}/courses/{child}",
            form.text,
            action="save",
            version=version[1],
            **{course[1]: "yes"},
        )
        assert saved.status_code == 200, saved.text
    for who, client in visitors.items():
        pages = every_page(client)
        assert len(pages) > {"admin": 20, "student": 2, "parent": 2}[who], pages
        assert {
            path: status for path, status in pages.items() if status >= 400 and "/manage/parents" not in path
        } == {}, who


COMMANDS = (
    ("check",), ("plan",), ("plan", "--send-scheduling-year", "no"), ("forecast",), ("sync", "--yes"),
    ("history",), ("plugins",), ("schema",), ("receive", "--out", "requests.csv"), ("explain", "STUDENT"), ("explain", "PARENT"),
    ("plan", "--out", "tonight.plan"), ("sync", "--plan", "tonight.plan"), ("plan", "--doubts-out", "doubts.csv"),
    ("settings", "send-scheduling-year", "no", "--yes"), ("history", "--person", "STUDENT"), ("forget", "STUDENT"),
)  # fmt: skip


def test_c6_every_command_ends_well(bare: LivingSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bare.folder)
    someone = {
        kind.upper(): next(a["person_id"] for a in bare.cloud.accounts(ID) if a["kind"] == kind)
        for kind in ("student", "parent")
    }
    for command in COMMANDS:
        argv = [someone.get(word, word) for word in command]
        for further in ([], ["--json"]):
            wants_config = command[0] not in ("plugins", "schema")
            config = ["--config", str(Path(bare.folder) / "dayzero.toml")] if wants_config else []
            result = CliRunner().invoke(main, [*argv, *further, *config], env={**TOKEN, "DAYZERO_DEBUG": "1"})
            assert result.exception is None or isinstance(result.exception, SystemExit), (command, result.exception)
            assert result.exit_code in (0, 3), (command, further, result.output)
            assert "should not" not in result.output
            if further:
                json.loads(result.stdout)
