"""A simulated Gradebook Cloud for tests: in process through ``responses``, or served on loopback."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from dayzero_simulator import deeds
from dayzero_simulator.app import create_app
from dayzero_simulator.courses.catalog import Choice
from dayzero_simulator.courses.forms import Actor
from dayzero_simulator.faults import FaultScript
from dayzero_simulator.fronts import IN_PROCESS_URL, in_process, served
from dayzero_simulator.portal import directory, edits, passwords, resets, signin
from dayzero_simulator.portal.admins import MASTER
from dayzero_simulator.portal.outbox import login_details
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import role_of
from dayzero_simulator.portal.settings import read_settings, write_settings
from dayzero_simulator.reached import Reached
from dayzero_simulator.world import World

__all__ = ["GradebookCloud"]

STEPS = {"submitted": ("submit",), "received": ("submit", "receive"), "approved": ("submit", "receive", "approve")}
"""What is done with a request of courses, the first by the student, until it is in a state."""


class GradebookCloud:
    """One simulated server. ``with GradebookCloud() as cloud:`` runs it in process; ``cloud.serve()`` on a socket.

    In process a single matcher is registered for ``cloud.url``; requests to other addresses pass.
    ``now``, ``seed`` and ``sleep`` make it deterministic; ``world`` is its state.

    What people do is judged by the rules that the portal's pages go by: ``RefusedAction`` is raised with the reason a page
    would give, ``KeyError`` where the school has no such person.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        token: str | None = None,
        admin_password: str | None = None,
        now: Callable[[], datetime] | None = None,
        seed: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.world = World(path, now=now, seed=seed)
        self.token = token or secrets.token_urlsafe(24)
        self.admin_password = admin_password or secrets.token_urlsafe(12)
        self.url = IN_PROCESS_URL
        self._faults = FaultScript()
        self._reached = Reached(self.url)
        self.app = create_app(
            self.world,
            token=self.token,
            admin_password=self.admin_password,
            faults=self._faults,
            sleep=sleep,
            reached=self._reached,
        )
        self._entered = ExitStack()

    def __enter__(self) -> GradebookCloud:
        self._entered.enter_context(in_process(self.app))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.close()

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve the same app on 127.0.0.1 in a thread; yield the address, which is also ``url`` meanwhile."""
        before = self.url
        try:
            with served(self.app, port) as self.url:
                self._reached.url = self.url
                yield self.url
        finally:
            self.url = self._reached.url = before

    def fault(self, operation: str = "*", effect: str = "status", **parameters: Any) -> None:
        """Script a fault; see ``dayzero_simulator.faults.Fault``."""
        self._faults.add(operation=operation, effect=effect, **parameters)

    def clear_faults(self) -> None:
        """Take back every scripted fault."""
        self._faults.clear()

    # -- what is there

    def accounts(self, school: str) -> list[dict[str, Any]]:
        """Return all accounts of a school, as the API would list them."""
        items: list[dict[str, Any]] = self.world.accounts(school, limit=2**62)["items"]
        return items

    def pupils(self, school: str) -> list[dict[str, Any]]:
        """Return the records of all students sent, with or without an account, as the API would list them."""
        items: list[dict[str, Any]] = self.world.records(school, "student-record", limit=2**62)["items"]
        return items

    def syncs(self, school: str) -> list[dict[str, Any]]:
        """Return all syncs of a school, oldest first."""
        items: list[dict[str, Any]] = self.world.syncs(school, limit=2**62)["items"]
        return items

    def has_password(self, school: str, kind: str, person_id: str, password: str | None = None) -> bool:
        """Say whether somebody has a password of their own and, if one is given, whether it is this one.

        A temporary password is not their own. ``kind``: ``admin``, too.
        """
        with self.world.reading() as db:
            if kind != "admin":
                directory.known(db, school, kind, person_id)
            own = role_of(db, school, kind, person_id)
        kept = own.password if own else None
        return kept is not None and (password is None or passwords.matches(password, kept))

    def email_edits(self, school: str) -> list[dict[str, Any]]:
        """Return the e-mails that families have edited, oldest first, as the Approval Center knows them.

        Each has ``number``, ``kind``, ``person_id``, ``before``, ``after`` and ``state``: ``submitted``, ``approved``,
        ``done`` (a sync brought it), ``deleted``, or ``replaced`` (the family edited it again).
        """
        with self.world.reading() as db:
            return edits.edits_in(db, school, (*edits.WAITING, *edits.CLOSED), limit=-1)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let all that is done within be one change: the whole of it, or nothing. It is a good deal quicker than many."""
        with self.world.writing():
            yield

    @contextmanager
    def foreseeable(self, seed: int) -> Iterator[None]:
        """Draw all by ``seed`` within, passwords too: see ``World.foreseeable``."""
        with self.world.foreseeable(seed):
            yield

    def last_moment(self) -> datetime | None:
        """Return when anything was last done on the portal; None: nothing yet."""
        return deeds.last_moment(self.world)

    @property
    def requests(self) -> deque[dict[str, Any]]:
        """The latest requests, ``dayzero_simulator.app.REQUESTS_KEPT`` of them: operation, method, path, status."""
        log: deque[dict[str, Any]] = self.app.extensions["dayzero"]["log"]
        return log

    # -- what families do

    def sign_in(self, school: str, kind: str, person_id: str, password: str = "Own-pass1") -> tuple[str, str]:  # noqa: S107 - no secret
        """Let somebody sign in, which makes their account ``active``; return login and password.

        Whoever has no password gets Login Details, signs in with the temporary one and chooses ``password``; whoever has
        one signs in with it. Refused are, as on the page, a disabled account, a locked group, a wrong ``password`` and
        one that is too weak.
        """
        with self.world.reading() as db:
            person = directory.known(db, school, kind, person_id)
        login, temporary = person["login"], person["temporary"]
        if temporary is None and not self.has_password(school, kind, person_id):
            login, temporary = self.login_details(school, kind, person_id)
        entered = signin.sign_in(self.world, school, login, temporary or password, "", self.world.now())
        own = next((role for role in entered if (role.kind, role.person_id) == (kind, person_id)), None)
        if own is None:
            raise RefusedAction(signin.WRONG, status=403)
        if temporary is not None:
            with self.world.reading() as db:
                settings = read_settings(db, school)
            chosen = signin.change_password(own, None, password, password, settings)
            with self.world.writing() as db:
                signin.set_password(db, school, own, chosen)
        return login, password

    def submit_email(self, school: str, kind: str, person_id: str, email: str) -> int:
        """Let somebody edit their e-mail; return the number that ``decide_email`` takes. It changes no login."""
        with self.world.writing() as db:
            directory.known(db, school, kind, person_id)
            return edits.submit(db, school, kind, person_id, email, self.world.now())

    def request_courses(self, school: str, student_id: str, *courses: str, state: str = "submitted") -> None:
        """Let a student request courses of the scheduling year, and the school bring the request to a state.

        ``state``: ``submitted``, ``received`` or ``approved``. Refused are, as on the pages, a student who is not in that
        year, a course not offered to their grade, and too few credits: see ``change_settings``.
        """
        with self.world.writing():
            for name in STEPS[state]:
                actor = ("student", student_id) if name == "submit" else ("admin", MASTER)
                self.work_on_form(school, actor, student_id, name, courses)

    def come_in(self, school: str, kind: str, person_id: str, *, chosen: str) -> None:
        """Let somebody sign in whose password is not tried: see ``dayzero_simulator.deeds.come_in``. ``kind``: ``admin``, too.

        ``chosen``: what ``password_kept`` makes of the password that whoever has none of their own chooses.
        """
        deeds.come_in(self.world, school, kind, person_id, chosen=chosen)

    @staticmethod
    def password_kept(password: str, *, salt: bytes | None = None) -> str:
        """Return what the portal keeps of a password. ``salt``: sixteen bytes, for the same again."""
        return passwords.hashed(password, salt=salt)

    def courses_for(self, school: str, student_id: str) -> list[dict[str, Any]]:
        """Return the courses that are offered to a student next year, those who must be taken marked ``required``."""
        return deeds.courses_for(self.world, school, student_id)

    def state_of_form(self, school: str, student_id: str) -> str:
        """Return how far a student's form of next year is; empty: nobody has begun."""
        return deeds.state_of_form(self.world, school, student_id)

    def work_on_form(
        self, school: str, actor: tuple[str, str], student_id: str, action: str, courses: Sequence[str] = (),
        *, alternates: Sequence[str] = (), note: str = "", agrees: bool = True, message: str | None = None,
    ) -> None:  # fmt: skip
        """Let an ``actor``, kind and id, do one thing with a student's form: ``save``, ``submit``, ``review``, ``receive`` ...

        ``alternates``: in the order in which they are wanted. ``note``: to the family, or a parent's comment. ``message``: to
        the school, with what is chosen.
        """
        choices = [*map(Choice, courses), *(Choice(c, rank) for rank, c in enumerate(alternates, start=1))]
        deeds.work_on_form(
            self.world, school, Actor(*actor), student_id, action, choices, note=note, agrees=agrees, message=message
        )  # fmt: skip

    # -- what the school does

    def login_details(self, school: str, kind: str, person_id: str) -> tuple[str, str | None]:
        """Give somebody Login Details, as an admin would; return login and temporary password (None: they have their own)."""
        with self.world.writing() as db:
            person = directory.known(db, school, kind, person_id)
            login_details(
                db, school, f"{self.url}/portal/{school}/", [person], "print",
                settings=read_settings(db, school), rng=self.world.secrets, now=self.world.now(),
            )  # fmt: skip
            given = directory.known(db, school, kind, person_id)
        return given["login"], given["temporary"]

    def password_link(self, school: str, kind: str, person_id: str) -> str:
        """Return a link at which somebody chooses a new password: once, within an hour. Until then the one they have opens.

        ``kind``: ``admin``, too.
        """
        with self.world.writing() as db:
            own = role_of(db, school, kind, person_id)
            if own is None:
                raise KeyError(person_id)
            token = resets.begin(db, school, own, self.world.secrets, self.world.now())
        return f"{self.url}/portal/{school}/reset/{token}"

    def edit(self, school: str, kind: str, person_id: str, *, silently: bool = False, **fields: Any) -> None:
        """Change synced fields of an account on the portal, as an admin would: to the next sync it is drift.

        ``fields``: any that a sync sends (``login``, ``given_name``, ``children`` ...), and ``status``. The revision moves;
        ``silently``, it does not, as with a restored back-up or a change made in the database. Refused are a status there
        is not and a login that is empty or another account's.
        """
        self.world.edit(school, kind, person_id, fields, silently=silently)

    def former_holders(self, school: str) -> list[dict[str, Any]]:
        """Return whose accounts were given to another person and can be given back for thirty days, the latest first.

        Each has ``number``, ``kind``, ``person_id``, ``name``, ``login``, ``renewed_at`` and ``kept_until``.
        """
        return self.world.former_holders(school)

    def give_back(self, school: str, number: int) -> None:
        """Give an account back to a former holder, with password and history and without links; the revision moves.

        Who has it now is a former holder then. Refused are one who is not kept any more, and a login that is another's.
        """
        self.world.give_back(school, number)

    def decide_email(self, school: str, number: int, decision: str, *, by: str = MASTER) -> None:
        """Let the school ``approve`` or ``delete`` an e-mail that a family has edited."""
        deeds.decide_email(self.world, school, number, decision, by=by)

    def give_login_details(
        self, school: str, kind: str, channel: str, criterion: str, *, ticked: Sequence[str] = (), by: str = MASTER
    ) -> int:
        """Mail (``email``) or ``print`` Login Details for many, as the page of that name does; return for how many.

        ``criterion``: ``all``, ``not-active``, ``no-email`` or ``ticked``, which is of the ids ``ticked``.
        """
        address = f"{self.url}/portal/{school}/"
        return deeds.give_login_details(self.world, school, address, kind, channel, criterion, ticked=ticked, by=by)

    def set_capacities(self, school: str, capacities: Mapping[str, int], *, by: str = MASTER) -> None:
        """Say how many students courses of the scheduling year can take."""
        deeds.set_capacities(self.world, school, capacities, by=by)

    def create_admin(self, school: str, login: str, name: str) -> str:
        """Create an Admin account and return its id; it has a temporary password."""
        return deeds.create_admin(self.world, school, login, name)

    def change_settings(self, school: str, **values: str) -> None:
        """Save settings of the school's portal, by the names and in the words of ``dayzero_simulator.portal.settings``."""
        with self.world.writing() as db:
            write_settings(db, school, values)
