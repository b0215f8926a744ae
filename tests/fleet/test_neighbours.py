"""What one school, or who stops the run, may do to the others of a fleet: nothing."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from fleet.conftest import Fleet
from fleet.test_fleet import DEADLY, ran, schools_of
from tiny_school import TinySchool

from dayzero.cli import main
from dayzero.errors import ConfigurationError
from dayzero.fleet import Errand, Sent, errands_of, schools_in
from dayzero.fleet.work import run

pytestmark = pytest.mark.slow

NASTY = DEADLY.replace("os.kill(os.getpid(), signal.SIGKILL)", "ODD")


def nasty(school: TinySchool, odd: str, *, at_import: bool = False) -> None:
    """Give a school a plugin of its own that does something odd when it is read, or loaded."""
    text = f"import os, sys\n{odd}\n{NASTY}".replace("ODD", "pass") if at_import else NASTY.replace("ODD", odd)
    (school.folder / "nasty.py").write_text(text)
    school.source = {"plugin": "./nasty.py", "times": 1_000}
    school.write(yes=True)


@pytest.mark.parametrize(
    "odd", ["raise SystemExit(0)", "raise KeyboardInterrupt", "raise GeneratorExit", "import sys; sys.exit(7)"]
)
@pytest.mark.parametrize("at_import", [False, True])
def test_an_exit_of_a_plugin_is_its_schools_failure(fleet: Fleet, tmp_path: Path, odd: str, at_import: bool) -> None:
    schools = fleet("alpha", "beta", "gamma")
    nasty(schools["alpha"], odd, at_import=at_import)
    results = {r.school: r for r in run(Errand(Sent("sync"), str(tmp_path / "schools"), tuple(schools)))}
    assert {ident: r.exit_code == 0 for ident, r in results.items()} == {"alpha": False, "beta": True, "gamma": True}
    assert results["alpha"].error


def test_an_exit_of_a_plugin_is_told_by_sync_too(fleet: Fleet) -> None:
    school = fleet("alpha")["alpha"]
    nasty(school, "raise SystemExit(0)")
    ended = school.run("sync", "--yes")
    assert (ended.exit_code, "SystemExit" in ended.doc["error"]["message"]) == (4, True)


def test_what_a_plugin_does_to_its_process_ends_with_its_school(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schools = fleet("alpha", "beta")
    monkeypatch.chdir(tmp_path)
    nasty(schools["alpha"], "os.environ['DAYZERO_TOKEN'] = 'wrong'; os.chdir('/'); import sys; sys.path.clear()")
    path = list(sys.path)
    results = run(Errand(Sent("sync"), str(tmp_path / "schools"), tuple(schools)))
    assert {r.school: r.exit_code for r in results}["beta"] == 0
    assert (os.environ["DAYZERO_TOKEN"], Path.cwd(), sys.path) == ("t", tmp_path, path)


def test_what_a_plugin_prints_is_in_no_document(fleet: Fleet, tmp_path: Path) -> None:
    schools = fleet("alpha", "beta")
    nasty(schools["alpha"], "print('hello'); os.write(1, b'hello'); return None")
    done = subprocess.run(
        [sys.executable, "-c", "from dayzero.cli import main; main()", "fleet", "plan", tmp_path / "schools", "--json"],
        capture_output=True,
        check=False,
    )
    assert set(schools_of(json.loads(done.stdout), "exit_code")) == set(schools)
    assert b"hello" in done.stderr


def test_two_that_are_one_school_of_the_portal_are_refused(fleet: Fleet, tmp_path: Path) -> None:
    schools = fleet("alpha", "beta")
    copied = schools["beta"].folder / "dayzero.toml"
    copied.write_text(copied.read_text().replace('id = "beta"', 'id = "alpha"'))
    file = tmp_path / "fleet.toml"
    file.write_text(
        '[schools.alpha]\nconfig = "schools/alpha/dayzero.toml"\n[schools.beta]\nconfig = "schools/beta/dayzero.toml"\n'
    )
    code, doc = ran("sync", str(file), "--yes")
    assert (code, "one school of one portal" in doc["error"]["message"]) == (2, True)
    file.write_text(
        '[schools.a]\nconfig = "schools/alpha/dayzero.toml"\n[schools.b]\nconfig = "schools/alpha/dayzero.toml"\n'
    )
    assert ran("plan", str(file))[0] == 2
    assert not schools["alpha"].accounts()


def test_who_saves_the_fleet_while_it_runs_changes_the_next_run(fleet: Fleet, tmp_path: Path) -> None:
    schools = fleet("alpha", "beta", "gamma")
    file = tmp_path / "fleet.toml"
    file.write_text("".join(f'[schools.{s}]\nconfig = "schools/{s}/dayzero.toml"\n' for s in schools))
    (errand,) = errands_of(Sent("sync"), file, schools_in(file), workers=1, sharing=["csv"])[:1]
    first, *others = (
        errand.alone() if len(errand.schools) > 1 else errands_of(Sent("sync"), file, schools_in(file), workers=1)
    )
    assert [r.exit_code for r in run(first)] == [0]
    file.write_text("[schools.al")
    assert [r.exit_code for one in others for r in run(one)] == [0, 0]
    late = Errand(Sent("sync"), str(file), ("beta",))
    assert [r.exit_code for r in run(late)] == [2], "one that reads it now fails by itself"


def test_one_that_was_taken_out_meanwhile_fails_by_itself(fleet: Fleet, tmp_path: Path) -> None:
    fleet("alpha", "beta")
    results = run(Errand(Sent("sync"), str(tmp_path / "schools"), ("alpha", "gone", "beta")))
    assert [(r.school, r.exit_code) for r in results] == [("alpha", 0), ("gone", 2), ("beta", 0)]
    assert "any more" in (results[1].error or {})["message"]


SLOW = "import time; time.sleep(1.5); deaths.write_text('x' * 1_000)"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_who_started_them(fleet: Fleet, tmp_path: Path, sent: signal.Signals) -> None:
    schools = fleet(*(f"s{n}" for n in range(4)))
    for school in schools.values():
        nasty(school, SLOW)
    program = [sys.executable, "-c", "from dayzero.cli import main; main()", "fleet", "sync", tmp_path / "schools"]
    with subprocess.Popen([*program, "--yes", "--json", "--workers", "1"], stdout=subprocess.PIPE) as process:
        until(lambda: any((s.folder / "export" / "deaths").exists() for s in schools.values()))
        children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        process.send_signal(sent)
        assert process.stdout
        printed = process.stdout.read()
    assert children
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    if sent == signal.SIGTERM:
        document = json.loads(printed)
        assert (process.returncode, document["exit_code"]) == (130, 130)
        assert len(document["schools"]) < len(schools)
    assert ran("sync", str(tmp_path / "schools"), "--yes")[0] == 0


def test_ctrl_c_twice_leaves_at_once_and_what_is_under_way_ends(fleet: Fleet, tmp_path: Path) -> None:
    """A third one, before, left a process that waited for ever; a second said that nothing had been done."""
    schools = fleet(*(f"s{n}" for n in range(3)))
    for school in schools.values():
        nasty(school, "deaths.write_text('x' * 1_000); import time; time.sleep(3)")
    here = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from dayzero.cli import main; main()"
    )
    program = [sys.executable, "-c", here, "fleet", "sync", tmp_path / "schools", "--yes", "--workers", "1"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: any((s.folder / "export" / "deaths").exists() for s in schools.values()))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert process.stderr
        process.send_signal(signal.SIGINT)
        assert "".join(process.stderr.readline() for _ in range(2)).startswith("\nStopping when")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        said = process.stderr.read()
    assert "Left: " in said
    assert "Traceback" not in said
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def until(holds: object) -> None:
    """Wait until something holds, a minute at most."""
    for _ in range(600):
        if holds():  # type: ignore[operator]
            return
        time.sleep(0.1)
    raise AssertionError("it does not come to hold")


def test_no_cluster_is_started_where_none_is_named(fleet: Fleet, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    fleet("alpha")
    code, doc = ran("sync", str(tmp_path / "schools"), "--yes", "--engine", "dask")
    assert (code, "--scheduler" in doc["error"]["remedy"]) == (2, True)


def test_a_file_that_cannot_be_read_takes_nobodys_name(fleet: Fleet, tmp_path: Path) -> None:
    schools = fleet("alpha")
    (tmp_path / "schools" / "alpha.toml").write_text("[broken")
    os.mkfifo(tmp_path / "schools" / "pipe.toml")
    code, doc = ran("sync", str(tmp_path / "schools"), "--yes")
    assert (code, schools_of(doc, "exit_code")) == (2, {"alpha": 0, "alpha.toml": 2})
    assert schools["alpha"].status("student", "alpha-new") == "pending"


@pytest.mark.parametrize(
    "text",
    [
        '["schools".".."]\n', '["schools".""]\n', '["schools"."a/b"]\n', "[schools.a]\nconfig = 3\n", '[schools.a]\nconfig = ""\n',
        "[[schools]]\nid = 1\n", "schools = ['a']\n", "template = 3\n[schools.a]\n",
    ],
)  # fmt: skip
def test_what_a_fleet_cannot_mean_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "fleet.toml").write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        schools_in(tmp_path / "fleet.toml")
    assert refused.value.remedy


def test_a_school_of_a_template_is_worked_on_alone(
    fleet: Fleet, tmp_path: Path, cloud: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the summary says to do can be typed as it stands: a school of a template is FILE#ID."""
    school = fleet("alpha")["alpha"]
    where = tmp_path / "fleet.toml"
    where.write_text(f"""
[template]
source = {{ plugin = "csv", path = "schools/{{school}}/export" }}
portal = {{ url = "{school.cloud.url}", token = {{ env = "DAYZERO_TOKEN" }} }}
sync = {{ send_scheduling_year = true, today = 2027-02-01 }}
limits = {{ disable = 0 }}
[schools.alpha]
""")
    assert ran("sync", str(where), "--yes")[0] == 0
    school.student("more").forget_student("alpha-new").write(yes=True)
    said = CliRunner().invoke(main, ["fleet", "sync", str(where), "--yes"])
    assert said.exit_code == 3
    (look,) = {line.split("`")[1] for line in said.output.splitlines() if "`dayzero plan" in line}
    planned = CliRunner().invoke(main, shlex.split(look)[1:])
    assert (planned.exit_code, "alpha-new" in planned.output) == (3, True)
    alone = f"{where}#alpha"
    assert CliRunner().invoke(main, ["history", "--config", alone, "--json"]).exit_code == 0
    changed = CliRunner().invoke(main, ["settings", "send-scheduling-year", "no", "--yes", "--config", alone])
    assert (changed.exit_code, "[schools.ID.sync]" in changed.output) == (2, True)
    assert "[sync]" not in where.read_text()
    nobody = CliRunner().invoke(main, ["plan", "--config", f"{where}#nobody"])
    assert (nobody.exit_code, "no school 'nobody'" in nobody.output) == (2, True)
