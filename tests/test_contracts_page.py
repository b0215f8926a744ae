"""docs/contracts.md names every command, every option and every key of the two big documents, and none that is not there."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
import tomlkit
from tiny_school import ACTIVE, NEWCOMER, SCHOOL, TinySchool

from dayzero.cli import main

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[1] / "docs" / "contracts.md").read_text(encoding="utf-8")
EVERYWHERE = {"--json", "--config"}
BY_DATA = {"shrunk", "rekeyed"}
"""What is in these is named by the data: tables, kinds and ids."""


def leaves(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its full name; those of plugins too."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = click.Context(command, parent=context, info_name=name)
        if isinstance(command, click.Group):
            yield from leaves(command, below)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield below.command_path, command


COMMANDS = dict(leaves(main, click.Context(main, info_name="dayzero")))


def sections(level: str) -> dict[str, str]:
    """Return the page's text by heading of a level (``##``, ``###``), each until the next heading of its own or a higher one."""
    parts = re.split(rf"^#{{2,{len(level)}}} ", PAGE, flags=re.MULTILINE)
    return dict(part.split("\n", 1) for part in parts[1:])


def described(text: str) -> set[str]:
    """Return the options that a list describes."""
    return set(re.findall(r"^- `(--[\w-]+)", text, re.MULTILINE))


def section_of(command: str) -> str:
    """Return the text of the one section whose heading names a command."""
    [text] = [text for heading, text in sections("###").items() if f"`{command}`" in heading]
    return text


def rows(text: str) -> dict[str, str]:
    """Return key -> meaning of the table of a document's keys."""
    table = text.partition("| key | type | meaning |\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", table, re.MULTILINE))


def keys(document: Any, by_data: Collection[str] = BY_DATA) -> Iterator[str]:
    """Yield every key of a document, also in lists; not those below ``by_data``."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            if key not in by_data:
                yield from keys(value, by_data)
    elif isinstance(document, list):
        for item in document:
            yield from keys(item, by_data)


def test_what_every_command_takes_is_what_every_command_takes() -> None:
    assert described(sections("##")["What every command takes"]) == EVERYWHERE | {"--help"}
    for name, command in COMMANDS.items():
        assert {o for p in command.params for o in p.opts} >= EVERYWHERE, name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_options_and_no_others(name: str) -> None:
    options = {o for p in COMMANDS[name].params if isinstance(p, click.Option) for o in (*p.opts, *p.secondary_opts)}
    assert described(section_of(name)) == options - EVERYWHERE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_named(name: str) -> None:
    text = section_of(name)
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Argument):
            shown = parameter.make_metavar(click.Context(COMMANDS[name])).strip("[]")
            choices = getattr(parameter.type, "choices", ())
            assert f"`{shown}`" in text or (choices and all(f"`{c}`" in text for c in choices)), shown


def test_no_command_is_described_that_is_not_there() -> None:
    named = {name for heading in sections("###") for name in re.findall(r"`(dayzero [\w -]+)`", heading)}
    assert named == set(COMMANDS)


@pytest.fixture
def busy(tiny_school: TinySchool) -> TinySchool:
    """A school in which there is something to say under every key: held, withheld, unreadable, drifted, rejected."""
    tiny_school.limits["disable"] = 0
    tiny_school.student("leaver").student("edited").student("taken").student("odd").sync(yes=True)
    with closing(sqlite3.connect(":memory:")) as state:
        state.deserialize(tiny_school.cloud.world.snapshot())
        state.execute("update accounts set given_name = 'By hand' where school = ? and person_id = 'edited'", [SCHOOL])
        state.execute("update schools set revision = revision || '+'")
        state.commit()
        tiny_school.cloud.world.restore(state.serialize())
    tiny_school.student("leaver", enrolled={}).student("odd", enrolled={ACTIVE: ("9", "maybe")})
    return tiny_school.student("new", **NEWCOMER).contact("c1", "", children=["new"])


def behind_the_revision(school: TinySchool, login: str) -> None:
    """Take a login on the portal without a word, so that whoever is to have it is rejected."""
    with closing(sqlite3.connect(":memory:")) as state:
        state.deserialize(school.cloud.world.snapshot())
        sql = "update accounts set login = ?, login_key = ? where school = ? and person_id = 'taken'"
        assert state.execute(sql, [login, login, SCHOOL]).rowcount == 1
        state.commit()
        school.cloud.world.restore(state.serialize())


def test_every_key_of_the_plan_and_the_sync_document_is_named(busy: TinySchool) -> None:
    drifted = busy.plan("--people", "--by-reason", yes=True)
    busy.cloud.fault("putPart", "status", status=400, times=1)
    busy.cloud.fault("abandonSync", "status", status=400, times=1)
    assert busy.sync(yes=True).exit_code == 5
    recovered = busy.sync(yes=True)
    behind_the_revision(busy, "late@pupils.example")
    synced = busy.student("late").sync(yes=True)
    planned = busy.plan(yes=True)
    for key in ("held", "withheld", "unreadable", "findings", "operations"):
        assert planned.doc[key] or synced.doc[key], key
    assert drifted.doc["drift"]
    assert recovered.doc["recovered"]
    assert synced.doc["rejected"]
    assert planned.doc["rejected_before"]
    plan, sync = sections("##")["The plan document"], sections("##")["The sync document"]
    asked = {"people": drifted.doc.pop("people"), "by_reason": drifted.doc.pop("by_reason")}
    assert sorted({k for d in (drifted, planned) for k in keys(d.doc) if f"`{k}`" not in plan}) == []
    assert sorted({k for d in (recovered, synced) for k in keys(d.doc) if f"`{k}`" not in plan + sync}) == []
    assert all(f"`{key}`" in section_of("dayzero plan") for key in asked)


def test_the_tables_of_keys_have_no_key_that_is_not_there(busy: TinySchool) -> None:
    """But for those of which the table says that they are there only sometimes."""
    always = {name: {k for k, m in rows(sections("##")[name]).items() if not m.startswith("only where")}
              for name in ("The plan document", "The sync document")}  # fmt: skip
    assert busy.plan(yes=True).doc.keys() == always["The plan document"]
    assert busy.sync(yes=True).doc.keys() == always["The plan document"] | always["The sync document"]


@pytest.mark.parametrize(
    ("command", "by_data"),
    [
        (["check", "--samples", "1"], {"tables", "seconds", "states", "samples", "unreadable", "findings"}),
        (["explain", "s0"], {"looked_at", "account", "operations"}),
        (["history"], {"applied", "rejected", "withheld"}),
        (["history", "--person", "s0"], set()),
        (["plugins"], set()),
        (["plugins", "--about", "csv"], {"default"}),
        (["schema", "students"], set()),
        (["completion", "bash"], set()),
        (["receive", "--out", "requests.csv"], set()),
        (["forget", "s0"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_key_of_the_other_documents_is_named(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, command: list[str], by_data: set[str]
) -> None:
    monkeypatch.chdir(tiny_school.folder.parent)
    tiny_school.sync(yes=True)
    document = tiny_school.run(*command).doc
    assert document
    if "changes" in document:
        document["changes"] = [{**change, "changes": {}} for change in document["changes"]]
    text = section_of(f"dayzero {command[0]}")
    assert sorted({k for k in keys(document, by_data) if f"`{k}`" not in text}) == []


@pytest.mark.parametrize("section", ["school", "portal", "sync", "limits", "schedule", "notify", "state"])
def test_every_setting_is_named(tiny_school: TinySchool, section: str) -> None:
    """A setting that is not known is refused with those that are."""
    config = tiny_school.write()
    document = tomlkit.parse(config.read_text(encoding="utf-8"))
    document[section] = {**document.get(section, {}), "nonsense": 1}
    config.write_text(tomlkit.dumps(document), encoding="utf-8")
    known = re.search(r"Known: ([\w, ]+)", tiny_school.run("check").doc["error"]["remedy"])
    [row] = re.findall(rf"^\| `\[{section}\]` \| (.+) \|$", PAGE, re.MULTILINE)
    assert known is not None
    assert set(re.findall(r"`([a-z_]+)`", row)) == set(known[1].split(", "))


def test_every_word_of_allow_is_named() -> None:
    from dayzero.plan.holds import RELEASES

    said = section_of("dayzero sync").partition("- `--allow OP=N`")[2].partition("\n- ")[0]
    words = re.findall(r"`([\w-]+)`", said)
    assert words == list(RELEASES)


def test_every_exit_code_is_named() -> None:
    from dayzero.errors import ExitCode

    codes = re.findall(r"^\| (\d+) \|", sections("##")["Exit codes"], re.MULTILINE)
    assert codes == [str(int(code)) for code in ExitCode]
