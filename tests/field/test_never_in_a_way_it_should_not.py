"""I12, G3: what broke it once, by name, and more of each kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from odd_calls import DEEP
from tiny_school import TinySchool

pytestmark = pytest.mark.slow

LONG = "a" * 300
MAIN = "from dayzero.cli import main; main()"


def set_to(school: TinySchool, section: str, line: str) -> None:
    """Add a line to a section of the school's configuration, as it is written there."""
    file = school.write()
    text = file.read_text(encoding="utf-8")
    key = line.partition("=")[0].strip()
    lines = [one for one in text.splitlines() if one.partition("=")[0].strip() != key]
    if f"[{section}]" not in lines:
        lines.append(f"[{section}]")
    lines.insert(lines.index(f"[{section}]") + 1, line)
    file.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("portal", "timeout_seconds = 0"),
        ("portal", "timeout_seconds = -1"),
        ("portal", "timeout_seconds = inf"),
        ("portal", "timeout_seconds = nan"),
        ("portal", "timeout_seconds = 1e300"),
        ("schedule", "max_seconds = 0"),
        ("schedule", "max_seconds = inf"),
        ("schedule", "max_seconds = nan"),
        ("portal", f"part_size = {10**30}"),
        ("portal", f"x = {DEEP}"),
        ("portal", f"part_size = {'9' * 5_000}"),
        ("portal", f"part_size = 0x{'f' * 5_000}"),
        ("limits", f"disable = 0x{'f' * 5_000}"),
        ("limits", f"from_accounts = {10**18}"),
        ("sync", f"summer_bridge_days = {10**9}"),
        ("sync", 'student_login = "year_id"'),
        ("sync", 'student_login = "birth_date"'),
        ("sync", 'student_login = "source_row"'),
        ("sync", 'student_login = ["email", "removed"]'),
        ("sync", 'student_login = " "'),
        ("portal", f'url = "https://{LONG}.example"'),
        ("portal", 'url = "https://a..example"'),
        ("portal", 'url = "https://portal.example:99999"'),
        ("portal", 'url = "https://portal.example:0"'),
        ("portal", 'url = "https://portal.example/\\n"'),
        ("portal", 'url = "https://[::1"'),
        ("portal", f'token = {{ file = "{LONG}" }}'),
        ("portal", 'token = { file = "a\\u0000b" }'),
        ("portal", 'token = { file = "/dev/full" }'),
        ("state", 'path = "a\\u0000b"'),
        ("schedule", 'timezone = "a\\u0000b"'),
        ("school", 'id = ""'),
        ("school", 'id = "\\u0000"'),
    ],
)
def test_i12_a_setting_beyond_all_sense_is_named(tiny_school: TinySchool, section: str, line: str) -> None:
    set_to(tiny_school, section, line)
    for command in (["plan"], ["sync", "--yes"]):
        refused = tiny_school.run(*command)
        assert (refused.exit_code, refused.doc["error"]["kind"]) == (2, "Configuration")
        assert refused.doc["error"]["remedy"]
        assert len(refused.doc["error"]["message"]) < 700


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("sync", "add_only_until = 9999-12-31\nmode = 'add-only'"),
        ("sync", "add_only_until = 0001-01-01\nmode = 'add-only'"),
        ("sync", "today = 2027-12-31"),
        ("sync", "today = 0001-01-01"),
        ("schedule", 'blackout = ["0001-01-01/0001-01-01", "9999-12-31/9999-12-31"]'),
        ("portal", "timeout_seconds = 2592000"),
        ("portal", "part_size = 1"),
        ("limits", "disable = 999999999"),
        ("sync", 'student_login = "student_id"'),
        ("sync", 'student_login = ["preferred_name", "given_name"]'),
    ],
)
def test_i12_a_setting_at_the_edge_of_sense_is_taken(tiny_school: TinySchool, section: str, line: str) -> None:
    set_to(tiny_school, section, line)
    assert tiny_school.run("plan").exit_code == 0
    assert tiny_school.run("sync", "--yes").exit_code == 0


def test_i12_a_path_of_three_hundred_letters_is_the_portals_to_answer(tiny_school: TinySchool) -> None:
    set_to(tiny_school, "portal", f'url = "{tiny_school.cloud.url}/{LONG}"')
    assert tiny_school.run("plan").exit_code == 5


@pytest.mark.parametrize("path", [LONG, f"{LONG}/x", ".", "/dev/full", "no/such/folder/f", "\udcff", "loop/x"])
@pytest.mark.parametrize("command", [["plan", "--out"], ["receive", "--out"], ["sync", "--plan"], ["plan", "--config"]])
def test_i12_a_file_that_cannot_be_is_said(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, command: list[str], path: str
) -> None:
    tiny_school.write()
    monkeypatch.chdir(tiny_school.folder)
    (tiny_school.folder / "loop").symlink_to("loop")
    ended = plainly(tiny_school, *command, path)
    assert ended.exit_code == (0 if path == "\udcff" and command[-1] == "--out" else 2), ended.output
    assert "should not" not in ended.output


def plainly(school: TinySchool, *arguments: str) -> Any:
    """Run a command as people do: without --json, and without the switch that shows tracebacks."""
    from click.testing import CliRunner

    from dayzero.cli import main

    config = [] if "--config" in arguments else ["--config", str(school.folder / "dayzero.toml")]
    return CliRunner().invoke(main, [*arguments, *config], env={"DAYZERO_TOKEN": school.token, "DAYZERO_DEBUG": None})


@pytest.mark.parametrize("path", [LONG, "export/students.csv/x", "a\0b", "loop/x"])
@pytest.mark.parametrize(
    "command",
    [
        ["init", "--dry-run", "--path"],
        ["init", "--yes", "--path", "export", "--config"],
        ["school", "new", "--students", "5"],
        ["school", "export", "--format", "flat", "demo"],
        ["school", "promote", "demo", "--config"],
        ["demo", "--no-serve", "--students", "5", "--dir"],
        ["plan", "--decide"],
        ["sync", "--yes", "--decide"],
        ["plugins", "new", "mine", "--dir"],
        ["fleet", "plan"],
        ["source", "--config"],
        ["simulator", "accounts", "--school", "x", "--db"],
        ["simulator", "backup", "copy.db", "--db"],
    ],
)
def test_i12_a_path_that_cannot_be_is_one_line(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, command: list[str], path: str
) -> None:
    tiny_school.write()
    monkeypatch.chdir(tiny_school.folder)
    (tiny_school.folder / "loop").symlink_to("loop")
    if "demo" in command[1:]:
        assert alone("school", "new", "demo", "--students", "5").exit_code == 0
    taken = steps_taken()
    ended = plainly(tiny_school, *command, path) if command[0] in ("plan", "sync") else alone(*command, path)
    assert (ended.exit_code, ended.output.count("Error: ")) == (2, 1), ended.output
    assert "should not" not in ended.output
    assert "No such option" not in ended.output
    assert steps_taken() == taken


def steps_taken() -> bytes:
    """Return what the demo school has noted of its steps; nothing where there is none."""
    noted = Path("demo/school.json")
    return noted.read_bytes() if noted.exists() else b""


def alone(*arguments: str) -> Any:
    """Run a command that needs no configuration as people do."""
    from click.testing import CliRunner

    from dayzero.cli import main

    return CliRunner().invoke(main, [*arguments], env={"DAYZERO_DEBUG": None})


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full"])
@pytest.mark.parametrize(
    "command",
    [
        ["plan", "--decide"], ["sync", "--yes", "--decide"], ["plan"], ["check", "--config"], ["init", "--dry-run", "--path"],
        ["simulator", "accounts", "--config"], ["source", "--config"], ["school", "info"],
    ],
)  # fmt: skip
def test_i12_a_device_has_no_end_and_is_not_read(served: TinySchool, command: list[str], device: str) -> None:
    ended = bounded(served, *command, device)
    assert (ended.returncode, b"should not" in ended.stderr) == (2, False), ended.stderr


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full"])
def test_i12_a_source_that_is_a_device_is_said(served: TinySchool, device: str) -> None:
    set_to(served, "source", f'path = "{device}"')
    for command in (["check"], ["sync", "--yes"]):
        ended = bounded(served, *command)
        assert (ended.returncode, device.encode() in ended.stderr) == (4, True), ended.stderr


def bounded(school: TinySchool, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process that gets so much memory and time, and no more."""
    config = (
        []
        if "--config" in arguments or arguments[0] in ("simulator", "school", "init")
        else ["--config", str(school.folder / "dayzero.toml")]
    )
    limited = 'ulimit -v 2500000; exec "$@"'
    argv = ["/bin/sh", "-c", limited, "sh", sys.executable, "-c", MAIN, *arguments, *config]
    found = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environ = {**found, "HOME": str(school.folder), "DAYZERO_TOKEN": school.token, "POLARS_MAX_THREADS": "1"}
    return subprocess.run(argv, capture_output=True, env=environ, stdin=subprocess.DEVNULL, timeout=60, check=False)


@pytest.mark.parametrize("text", ["\udcff", "s0\udce4", "\udcff\udcfe"])
@pytest.mark.parametrize(
    "command", [["history", "--person"], ["history"], ["explain"], ["forget"], ["undo", "--yes"], ["plan", "--grade"]]
)
def test_i12_an_argument_of_lone_bytes_is_no_text(tiny_school: TinySchool, command: list[str], text: str) -> None:
    tiny_school.sync()
    ended = plainly(tiny_school, *command, text)
    assert (ended.exit_code, "is no text" in ended.output) == (2, True)


@pytest.mark.parametrize("allow", ["disable=" + "9" * 5_000, "disable=-1", "=1", "disable=1.0", "disable="])
def test_i12_an_allowance_is_a_number(tiny_school: TinySchool, allow: str) -> None:
    tiny_school.write()
    ended = plainly(tiny_school, "sync", "--yes", "--allow", allow)
    assert ended.exit_code in (2, 3)
    assert "should not" not in ended.output


def test_i12_what_fails_after_the_commit_does_not_deny_it(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks while it is printed, the exit code says what became of the portal."""
    import dayzero.cli._show

    monkeypatch.setattr(dayzero.cli._show, "show_outcome", lambda *_: 1 / 0)
    tiny_school.write()
    ended = plainly(tiny_school, "sync", "--yes")
    assert (ended.exit_code, "should not" in ended.output) == (0, True)
    assert tiny_school.working("student") == {"s0"}


def test_i12_a_source_that_fails_after_the_commit_does_not_deny_it(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from dayzero.errors import SourceError
    from dayzero_csv.source import CsvSource

    stamps = iter(["one"])

    def stamp(_: Any) -> str:
        try:
            return next(stamps)
        except StopIteration:
            raise SourceError("The share is gone.", remedy="Mount it.") from None

    monkeypatch.setattr(CsvSource, "stamp", stamp)
    assert tiny_school.sync().exit_code == 0
    assert "The share is gone" in caplog.text


# -- streams


def process(school: TinySchool, *arguments: str, shell: str = "", **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process, its streams redirected as the shell's words say."""
    command = [sys.executable, "-c", MAIN, *arguments, "--config", str(school.folder / "dayzero.toml")]
    base = {"PATH": os.environ["PATH"], "HOME": str(school.folder), "DAYZERO_TOKEN": school.token}
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {shell}', "sh", *command],
        env={**base, **environ}, capture_output=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def served(gradebook_cloud_server: Any, tmp_path: Path) -> TinySchool:
    """Return a school with names that few encodings have, on a served portal."""
    school = TinySchool(tmp_path / "school", gradebook_cloud_server)
    school.student("s1", given_name="Żaneta", family_name="Nguyễn 💥").contact("c1", children=["s1"], given_name="Ŵ")
    school.write()
    return school


STREAMS = [
    ("", {"PYTHONIOENCODING": "ascii"}),
    ("", {"PYTHONIOENCODING": "cp1252"}),
    ("", {"PYTHONIOENCODING": "ascii:strict"}),
    ("", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    (">&-", {}),
    ("<&-", {}),
    ("2>&-", {}),
    ("<&- >&- 2>&-", {}),
    (">/dev/full", {}),
    (">/dev/full 2>/dev/full", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("shell", "environ"), STREAMS)
def test_g3_the_exit_code_says_what_became_of_the_portal(
    served: TinySchool, shell: str, environ: dict[str, str]
) -> None:
    done = process(served, "sync", "--yes", shell=shell, **environ)
    assert done.returncode == 0, done.stderr
    assert served.working("student") == {"s0", "s1"}
    assert b"Traceback" not in done.stderr + done.stdout
    assert b"should not" not in done.stderr + done.stdout
    served.student("s1", given_name="Žofie", family_name="Nguyễn 💥")
    served.contact("c1", children=["s1"], email="new@homes.example", given_name="Ŵ").write()
    for command in (
        ["plan", "--people"],
        ["plan", "--json"],
        ["history", "--person", "s1"],
        ["explain", "s1"],
        ["check"],
    ):
        looked = process(served, *command, shell=shell, **environ)
        assert looked.returncode == 0, (command, looked.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--people", "--json", "--help"])
def test_g3_head_ends_nothing(served: TinySchool, option: str) -> None:
    for n in range(60):
        served.student(f"p{n}")
    served.write()
    assert process(served, "plan", option, shell="| head -c 1").stderr == b""


@pytest.mark.slow
def test_g3_what_could_not_be_printed_is_said(served: TinySchool) -> None:
    ended = process(served, "plan", shell=">/dev/full")
    assert (ended.returncode, b"could not be written" in ended.stderr) == (0, True)


@pytest.mark.slow
def test_g3_a_file_whose_name_is_no_text(served: TinySchool) -> None:
    name = served.folder / "caf\udce9.plan"
    written = process(served, "plan", "--out", str(name))
    assert (written.returncode, name.exists()) == (0, True), written.stderr
    received = process(served, "receive", "--json", "--out", str(served.folder / "caf\udce9.csv"))
    assert received.returncode == 0
    assert json.loads(received.stdout)["items"] == []
    assert process(served, "sync", "--plan", str(name)).returncode == 0


# -- folders that may not be written


@pytest.mark.slow
@pytest.mark.parametrize("what", ["state", "folder"])
def test_g3_a_folder_that_may_not_be_written_is_said(served: TinySchool, what: str) -> None:
    """Root may write anywhere: a file where the folder would be stands for it."""
    if what == "state":
        (served.folder / ".dayzero").write_text("a file", encoding="utf-8")
    else:
        document = tomlkit.parse((served.folder / "dayzero.toml").read_text(encoding="utf-8"))
        document["state"] = {"path": "/proc/dayzero"}
        (served.folder / "dayzero.toml").write_text(tomlkit.dumps(document), encoding="utf-8")
    assert process(served, "plan").returncode == 0
    refused = process(served, "sync", "--yes")
    assert (refused.returncode, b"[state] path" in refused.stderr) == (2, True), refused.stderr
    assert served.accounts() == {}


def test_i12_the_last_day_of_add_only_is_one_and_the_next_is_not() -> None:
    from datetime import UTC, datetime

    from dayzero.config import add_only

    zone = "America/New_York"
    for until, now, holds in (
        (date(2027, 9, 3), datetime(2027, 9, 4, 3, 59, tzinfo=UTC), True),
        (date(2027, 9, 3), datetime(2027, 9, 4, 4, 0, tzinfo=UTC), False),
        (date.max, datetime(9999, 12, 31, tzinfo=UTC), True),
        (date.min, datetime(2027, 1, 1, tzinfo=UTC), False),
    ):
        assert add_only(until, zone, now) is holds
