"""A tiny school with its Sync Manager, in process: no socket, no thread but the one that works."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dayzero_manager.app import create_app
from dayzero_manager.door import FULL
from dayzero_manager.office import Office

sys.path.insert(0, str(Path(__file__).parents[3] / "tests"))

from tiny_school import TinySchool


class Browser:
    """A browser at the Sync Manager: follows links, sends forms with their forgery token."""

    def __init__(self, app: Any, link: str | None) -> None:
        self.client: FlaskClient = app.test_client()
        self.page = ""
        if link:
            self.get("/" + link.split("/", 3)[3])

    def get(self, path: str = "/") -> str:
        """Open a page, which must be there."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code, answer.get_data(as_text=True)[:500])
        self.page = answer.get_data(as_text=True)
        return self.page

    def status(self, path: str, *, post: bool = False, **form: Any) -> int:
        """Ask for a page, and return only its status."""
        call = self.client.post if post else self.client.get
        return (call(path, data=form) if post else call(path)).status_code

    @property
    def csrf(self) -> str:
        """The forgery token of the page that is open."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.page)
        return found[1] if found else ""

    def send(self, path: str, **form: Any) -> TestResponse:
        """Send a form of the page that is open."""
        answer = self.client.post(path, data={"csrf": self.csrf, **form}, follow_redirects=True)
        self.page = answer.get_data(as_text=True)
        return answer

    @property
    def text(self) -> str:
        """What the page says, without its marks."""
        main = self.page[self.page.find("<main") :]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main.replace("<wbr>", "")))


class Desk:
    """The office's desk: the school, its Sync Manager, and browsers at it."""

    def __init__(self, school: TinySchool, *, yes: bool = False) -> None:
        self.school = school
        config = school.write(yes=yes)
        self.office = Office(config, environ={"DAYZERO_TOKEN": school.token, "USER": "dana"}, patience=30)
        self.printed: list[str] = []
        self.app, self.door = create_app(self.office, tell=self.printed.append)

    def browser(self, role: str | None = FULL) -> Browser:
        """A browser that came in by a link of its own; None: one that has no link."""
        return Browser(self.app, role and self.door.link(role))

    def done(self) -> Any:
        """Wait for the sync that is under way, and return its job."""
        job = self.office.work.sending
        assert job is not None
        assert job.wait(30)
        return job


@pytest.fixture
def tiny_school(tmp_path: Path, gradebook_cloud: Any) -> TinySchool:
    """An empty school on disk, a steady family in it, and an in-process Gradebook Cloud to sync it to."""
    return TinySchool(tmp_path / "school", gradebook_cloud)


@pytest.fixture
def at_desk(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desk]]:
    """``at_desk(yes=True)`` sits down at the school's desk, as the school is then."""
    monkeypatch.setenv("DAYZERO_DEBUG", "1")
    desks: list[Desk] = []

    def sit(**how: Any) -> Desk:
        desks.append(Desk(tiny_school, **how))
        return desks[-1]

    yield sit
    for desk in desks:
        if desk.office.work.sending is not None:
            desk.office.work.sending.wait(30)


@pytest.fixture
def come_in() -> type[Browser]:
    """``come_in(app, link)`` opens a browser at an app, by a link or by none."""
    return Browser
