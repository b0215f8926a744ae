"""The file a state is kept in: one server's, looked at and backed up meanwhile, and a copy that lacks something is refused."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from oak import Hands, Portal, change
from people import Visitor

from dayzero_simulator import GradebookCloud
from dayzero_simulator.state_file import UnusableState
from dayzero_simulator.world import World

pytestmark = pytest.mark.slow

TOKEN = {"Authorization": "Bearer t"}
BEFORE = Path(__file__).parent / "states" / "version-4.sqlite.gz"


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from dayzero.cli import main; main()", "simulator", *words]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the simulator to its end."""
    return subprocess.run(command(*map(str, words)), capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def served(db: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A server of its own process, until the test is through with it."""
    options = ["serve", "--port", "0", "--db", str(db), "--token", "t", "--admin-password", "Admin-pass1", "--json"]
    process = subprocess.Popen(command(*options, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def synced(url: str, *idents: str, school: str = "oak") -> dict[str, Any]:
    """Make accounts through the API; return what the commit answers."""
    base = f"{url}/v1/schools/{school}"
    with requests.Session() as client:
        client.headers.update(TOKEN)
        revision = client.get(base).json()["revision"]
        opened = client.post(
            f"{base}/syncs", json={"kind": "all-data", "base_revision": revision, "plan_id": "p", "client": "c"}
        ).json()
        body = b"".join(
            json.dumps(
                {"op": "create", "kind": "student", "id": i, "changes": {"login": [None, f"{i}@x.example"]}}
            ).encode()
            + b"\n"
            for i in idents
        )
        sync = f"{base}/syncs/{opened['sync_id']}"
        client.put(f"{sync}/parts/1", data=body, headers={"Content-Type": "application/x-ndjson"}).raise_for_status()
        digest = hashlib.sha256(hashlib.sha256(body).hexdigest().encode()).hexdigest()
        return dict(client.post(f"{sync}/commit", json={"parts": 1, "digest": digest}).json())


def there(db: Path, school: str = "oak") -> list[str]:
    """The ids of a school's accounts in a file, as the command reads them."""
    said = run("accounts", "--db", db, "--school", school, "--json")
    assert said.returncode == 0, said.stderr
    return [a["person_id"] for a in json.loads(said.stdout)["items"]]


def test_a_served_state_is_backed_up_and_a_copy_without_its_log_is_refused(tmp_path: Path) -> None:
    db, copy, backup = (tmp_path / name for name in ("portal.sqlite", "copy.sqlite", "backup.sqlite"))
    with served(db) as (_, document):
        synced(document["url"], "a", "b")
        shutil.copy(db, copy)
        for words in (
            ("accounts", "--db", copy, "--school", "oak"),
            ("serve", "--db", copy, "--port", "0"),
            ("backup", tmp_path / "x", "--db", copy),
        ):
            refused = run(*words)
            assert refused.returncode == 2, words
            assert "without copy.sqlite-wal" in refused.stderr
            assert "simulator backup" in refused.stderr
        assert there(db) == ["a", "b"]
        assert run("backup", backup, "--db", db).returncode == 0
        synced(document["url"], "c")
    assert there(backup) == ["a", "b"]
    assert backup.stat().st_mode & 0o077 == 0
    assert sorted(p.name for p in tmp_path.glob("backup*")) == ["backup.sqlite"]
    assert sorted(p.name for p in tmp_path.glob("copy*")) == ["copy.sqlite"]


def test_sigterm_ends_it_like_ctrl_c_and_leaves_the_file_alone(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    with served(db) as (process, document):
        synced(document["url"], "a")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["portal.sqlite"]
    assert there(db) == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["portal.sqlite"]


def test_a_server_that_is_killed_loses_nothing_whoever_looks_first(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    with served(db) as (process, document):
        synced(document["url"], "a", "b")
        process.kill()
        process.wait()
    assert there(db) == ["a", "b"]
    assert run("backup", tmp_path / "backup.sqlite", "--db", db).returncode == 0
    with served(db) as (_, document):
        synced(document["url"], "c")
        assert there(db) == ["a", "b", "c"]


def test_tries_are_forgotten_in_a_file_served_or_not(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"

    def tries(visitor: Visitor) -> list[int]:
        return [visitor.sign_in("plusportaladmin", "Wrong-pass1").status_code for _ in range(6)]

    with served(db) as (process, document):
        synced(document["url"], "a")
        stranger = Visitor(document["url"])
        for _ in range(2):
            assert tries(stranger) == [403] * 5 + [429]
            assert run("unlock", "--db", db).returncode == 0
        assert tries(stranger)[-1] == 429
        process.kill()
        process.wait()
    said = run("unlock", "--db", db, "--school", "oak", "--login", "plusportaladmin", "--json")
    assert json.loads(said.stdout) == {"unlocked": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["portal.sqlite"]
    with served(db) as (_, document):
        assert tries(Visitor(document["url"])) == [403] * 5 + [429]
    assert run("unlock", "--db", tmp_path / "none.sqlite").returncode == 2


def test_two_servers_do_not_share_one_file(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    with served(db) as (_, document):
        second = run("serve", "--db", db, "--port", "0")
        assert second.returncode == 2
        assert "another server has" in second.stderr
        synced(document["url"], "a")
    with served(db) as (_, document):
        synced(document["url"], "b")


@pytest.mark.parametrize(
    ("content", "says"), [(b"hello\n" * 2000, "no state"), (b"SQLite format 3\x00" + b"\xff" * 5000, "no state")]
)
def test_a_junk_file_is_refused_and_stays_what_it_is(tmp_path: Path, content: bytes, says: str) -> None:
    junk, good = tmp_path / "junk", tmp_path / "good.sqlite"
    junk.write_bytes(content)
    World(good).close()
    for words in (
        ("serve", "--db", junk, "--port", "0"),
        ("accounts", "--db", junk, "--school", "oak"),
        ("backup", tmp_path / "copy", "--db", junk),
        ("backup", junk, "--db", good),
    ):
        refused = run(*words)
        assert refused.returncode == 2, words
        assert says in refused.stderr
        assert "Traceback" not in refused.stderr
    assert junk.read_bytes() == content


def test_an_empty_file_is_no_portal_without_accounts_and_may_become_one(tmp_path: Path) -> None:
    empty, state = tmp_path / "empty", tmp_path / "state.sqlite"
    empty.touch()
    World(state).close()
    for words in (("accounts", "--db", empty, "--school", "oak"), ("backup", tmp_path / "copy", "--db", empty)):
        refused = run(*words)
        assert refused.returncode == 2, words
        assert "holds no state" in refused.stderr
    assert run("backup", empty, "--db", state).returncode == 0
    empty.write_bytes(b"")
    World(empty).close()
    assert there(empty) == []


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as db:
        db.execute("create table schools (name)")
    before = other.read_bytes()
    assert "another program" in run("serve", "--db", other, "--port", "0").stderr
    assert "another program" in run("accounts", "--db", other, "--school", "oak").stderr
    assert other.read_bytes() == before


def test_a_folder_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    World(db).close()
    for words in (
        ("serve", "--db", tmp_path / "no" / "p.sqlite", "--port", "0"),
        ("accounts", "--db", tmp_path / "no" / "p.sqlite", "--school", "oak"),
        ("backup", tmp_path / "no" / "b.sqlite", "--db", db),
        ("backup", tmp_path / "b.sqlite", "--db", tmp_path / "no" / "p.sqlite"),
    ):
        assert run(*words).returncode == 2, words
    assert [p.name for p in tmp_path.iterdir()] == ["portal.sqlite"]


def test_a_state_and_its_copy_are_two_files(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    World(db).close()
    assert "is the state itself" in run("backup", db, "--db", db).stderr
    assert run("backup", tmp_path / "b.sqlite", "--db", db).returncode == 0
    assert run("backup", tmp_path / "b.sqlite", "--db", db).returncode == 0


def test_a_backup_taken_while_eight_clients_sync_is_one_of_the_committed_revisions(tmp_path: Path) -> None:
    """What each school has in the back-up is what it had after one of its commits, whole."""
    db, schools = tmp_path / "portal.sqlite", [f"oak{n}" for n in range(8)]
    committed: dict[str, dict[str, int]] = {school: {} for school in schools}
    go_on = threading.Event()

    def client(url: str, school: str) -> None:
        for n in range(100):
            if n > 3 and go_on.is_set():
                return
            answer = synced(url, *(f"{n}-{i}" for i in range(20)), school=school)
            committed[school][answer["revision"]] = 20 * (n + 1)

    with served(db) as (_, document):
        threads = [threading.Thread(target=client, args=(document["url"], school)) for school in schools]
        for thread in threads:
            thread.start()
        backups = [tmp_path / f"backup-{n}.sqlite" for n in range(3)]
        said = [run("backup", backup, "--db", db) for backup in backups]
        go_on.set()
        for thread in threads:
            thread.join()
    assert [s.returncode for s in said] == [0, 0, 0], said[0].stderr
    seen = 0
    for backup in backups:
        with closing(World.looked_at(backup)) as world:
            for school in schools:
                found = world.school(school)
                if found["revision"] in committed[school]:
                    assert found["counts"]["student"]["pending"] == committed[school][found["revision"]]
                    seen += 1
                else:
                    assert found["counts"]["student"]["pending"] == 0
    assert seen


def test_a_state_of_the_version_before_is_upgraded_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Made by version 4: a parent with an own password, Login Details in the Outbox, a disabling taken back, a request."""
    db = tmp_path / "portal.sqlite"
    db.write_bytes(gzip.decompress(BEFORE.read_bytes()))
    assert there(db) == ["pn", "ps", "new", "sen"]
    assert db.read_bytes() == gzip.decompress(BEFORE.read_bytes())
    clock = Hands()
    cloud = GradebookCloud(db, token="t", admin_password="Admin-pass1", now=clock)
    portal = Portal(cloud, clock)
    assert cloud.has_password("oak", "parent", "pn", "Own-pass1")
    assert portal.browser().sign_in("pat@home.test", "Own-pass1").path == "/portal/oak/home"
    admin = portal.admin()
    temporary = portal.stored("student", "new", "temporary")
    assert f"Temporary password: {temporary}" in admin.get("/outbox/2").words + admin.get("/outbox/1").words
    assert portal.browser().sign_in("nia@oak.example", temporary).path == "/portal/oak/password"
    assert cloud.state_of_form("oak", "new") == "submitted"
    assert any("Nia" in row for row in admin.get("/requests/list").rows())
    assert "Do you agree?" in portal.inside("parent", "pn").get("/courses/new").words
    assert "Back on Monday." in admin.get("/settings").text
    assert "by sync 1" in admin.get("/manage/student/sen").words
    portal.sync(change("student", "new", given_name=["Nia", "Nina"]))
    listed = Counter((a["kind"], a["status"]) for a in cloud.world.accounts("oak")["items"])
    counts = cloud.world.school("oak")["counts"]
    assert listed == {(k, s): n for k in ("parent", "student") for s, n in counts[k].items() if n}, (
        "who signed in is counted so"
    )
    cloud.world.close()
    assert [p.name for p in tmp_path.iterdir()] == ["portal.sqlite"]
    World(db).close()


def test_a_state_of_version_5_is_upgraded_and_gives_no_number_twice(tmp_path: Path) -> None:
    """Made by version 5: a submitted request, an edit that waits, and letters; the student's id is given to another then."""
    db = tmp_path / "portal.sqlite"
    db.write_bytes(gzip.decompress(BEFORE.with_name("version-5.sqlite.gz").read_bytes()))
    clock = Hands()
    cloud = GradebookCloud(db, token="t", admin_password="Admin-pass1", now=clock)
    portal = Portal(cloud, clock)
    assert portal.browser().sign_in("nia@oak.example", "Own-pass1").path == "/portal/oak/home"
    [edit] = cloud.email_edits("oak")
    letters = portal.admin().get("/outbox").words
    assert "sam@oak.example" in letters
    assert cloud.state_of_form("oak", "new") == "submitted"
    assert "Submitted, " in portal.inside("student", "new").get("/courses/new").words
    portal.sync(change("student", "new", op="renew", given_name=["Nia", "Nina"]), change("parent", "pn", op="renew"))
    assert cloud.email_edits("oak") == []
    assert cloud.submit_email("oak", "parent", "pn", "kim@home.test") > edit["number"]
    assert "sam@oak.example" in portal.admin().get("/outbox").words
    assert portal.browser().sign_in("nia@oak.example", "Own-pass1").status == 403
    assert len(cloud.former_holders("oak")) == 2
    cloud.world.close()
    World(db).close()


def test_a_snapshot_of_the_version_before_is_taken_too_and_junk_changes_nothing() -> None:
    with closing(World()) as world:
        world.restore(gzip.decompress(BEFORE.read_bytes()))
        assert len(world.accounts("oak")["items"]) == 4
        with pytest.raises(sqlite3.Error):
            world.restore(b"SQLite format 3\x00" + b"\x01" * 4000)
        assert len(world.accounts("oak")["items"]) == 4


def test_one_process_does_not_open_a_file_twice(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    with closing(World(db)), pytest.raises(UnusableState, match="another server"):
        World(db)
    World(db).close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    db = tmp_path / "portal.sqlite"
    World(db).close()
    db.chmod(0)
    assert run("serve", "--db", db, "--port", "0").returncode == 2
