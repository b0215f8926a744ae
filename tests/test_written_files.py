"""Files that commands write: as a whole or not at all, their owner's alone, and a clear error where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_school import TinySchool

pytestmark = pytest.mark.slow

COMMANDS = {
    "plan": ("plan", "--out"),
    "receive": ("receive", "--out"),
    "undo": ("undo", "RUN", "--out"),
}


def filled(school: TinySchool, command: str, out: Path) -> list[str]:
    """Return the command that writes ``out``."""
    run = school.student("s1").sync().doc["run_id"]
    return [run if word == "RUN" else word for word in COMMANDS[command]] + [str(out)]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("where", ["no/such/folder/file", "file/below-a-file"])
def test_a_file_that_cannot_be_written_is_one_clear_error(tiny_school: TinySchool, command: str, where: str) -> None:
    arguments = filled(tiny_school, command, tiny_school.folder / where)
    (tiny_school.folder / "file").touch()
    refused = tiny_school.run(*arguments)
    assert (refused.exit_code, refused.doc["error"]["kind"]) == (2, "Usage")
    assert where in refused.doc["error"]["message"]
    assert "folder" in refused.doc["error"]["remedy"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_device_is_not_replaced_by_a_file(tiny_school: TinySchool, command: str) -> None:
    device = Path("/dev/full")
    if not device.is_char_device():
        pytest.skip("this system has no /dev/full")
    assert tiny_school.run(*filled(tiny_school, command, device)).exit_code == 2
    assert device.is_char_device()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_is_its_owners_alone_and_leaves_nothing_beside_it(tiny_school: TinySchool, command: str) -> None:
    out = tiny_school.folder / "out"
    arguments = filled(tiny_school, command, out)
    before = {p.name for p in tiny_school.folder.iterdir()}
    assert tiny_school.run(*arguments).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert {p.name for p in tiny_school.folder.iterdir()} - before == {"out"}


def test_a_configuration_with_a_byte_order_mark_keeps_its_comments_and_its_mode(tiny_school: TinySchool) -> None:
    config = tiny_school.write()
    config.write_text("\ufeff# ours\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    config.chmod(0o640)
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0
    assert config.read_text(encoding="utf-8").startswith("# ours\n")
    assert "send_scheduling_year = true" in config.read_text(encoding="utf-8")
    assert config.stat().st_mode & 0o777 == 0o640
