"""Zip bombs, names that leave a zip, huge fields, formulas, SQL and markup in values: tried end to end, and harmless.

Each piece has its own tests: zips in plugins/csv/tests/test_zip.py, values in ``dayzero.testing`` for every source, formulas
in tests/test_receive.py and on the export of Manage Accounts, markup in simulator/tests/pages/test_access.py.
"""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from html.parser import HTMLParser
from typing import Any

import pytest
from click.testing import CliRunner
from tiny_school import NEWCOMER, SCHOOL, TinySchool

from dayzero.cli import main
from dayzero.plan import IdMap

pytestmark = pytest.mark.slow

VALUES = {
    "sql": "Robert'); DROP TABLE accounts;--",
    "markup": "<script>alert(1)</script>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "entity": "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "template": "{{ 7 * 7 }}${7 * 7}%s%n",
    "formula": "=cmd|' /C calc'!A0",
    "huge": "N" * 1_000_000,
}
IDS = ("1'; DROP TABLE accounts;--", "<b>2</b>", "=1+2", "../3", "4/5?a=b#c", "%2e%2e", "..", "a b&c=d\\")
FILES = {"csv": "students.csv", "oneroster": "users.csv"}


def hostile(school: TinySchool) -> TinySchool:
    """A school whose newcomers have every value as a name, and every id."""
    for ident, name in enumerate(VALUES.values()):
        school.student(f"v{ident}", given_name=name, family_name=name, **NEWCOMER)
        school.contact(f"w{ident}", children=[f"v{ident}"], given_name=name, family_name=name)
    for number, ident in enumerate(IDS):
        school.student(ident, f"i{number}@pupils.example", **NEWCOMER)
        school.contact(ident, f"i{number}@homes.example", children=[ident])
    return school


class Admin:
    """The school's admin with a browser."""

    def __init__(self, cloud: Any) -> None:
        self.client = cloud.app.test_client()
        token = re.search(r'name="csrf" value="(\w+)"', self.get("/"))
        assert token
        form = {"csrf": token[1], "login": "plusportaladmin", "password": cloud.admin_password}
        assert self.client.post(f"/portal/{SCHOOL}/", data=form).status_code == 303

    def get(self, path: str) -> str:
        """The page at a path of the school, or a whole path; it must be there."""
        answer = self.client.get(path if path.startswith("/portal") else f"/portal/{SCHOOL}{path}")
        assert answer.status_code == 200, path
        text: str = answer.text
        return text


class Markup(HTMLParser):
    """What a browser would make of a page: scripts, names of attributes, declarations."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.attributes: set[str] = set()
        self.declarations: list[str] = []
        self.feed(page.removeprefix("<!doctype html>"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.attributes |= {name for name, _ in attrs}
        if tag == "script":
            self.scripts.append(dict(attrs).get("src"))

    def handle_decl(self, decl: str) -> None:
        """Note a declaration, such as of a document type."""
        self.declarations.append(decl)


def test_hostile_values_and_ids_are_synced_as_they_are_and_a_second_sync_has_nothing_to_do(
    tiny_school: TinySchool,
) -> None:
    hostile(tiny_school)
    synced = tiny_school.sync(yes=True)
    assert (synced.exit_code, synced.doc["rejected"]) == (0, [])
    there = tiny_school.accounts()
    for ident, name in enumerate(VALUES.values()):
        for who in (there["student", f"v{ident}"], there["parent", f"w{ident}"]):
            assert (who["given_name"], who["family_name"]) == (name, name)
    for ident in IDS:
        assert there["parent", ident]["children"] == [ident]
        assert tiny_school.explain(ident, "--kind", "student", yes=True).doc["verdict"] == "granted"
    assert tiny_school.sync(yes=True).doc["operations"] == []
    for ident in IDS:
        tiny_school.forget_student(ident)
    tiny_school.sync(yes=True)
    assert {tiny_school.status("student", ident) for ident in IDS} == {"disabled"}
    for ident in IDS:
        assert tiny_school.run("forget", ident).exit_code == 0
    assert tiny_school.sync(yes=True).exit_code == 0


@pytest.mark.parametrize("tab", ["students", "parents"])
def test_names_are_shown_as_text_on_every_page_of_a_synced_person(tiny_school: TinySchool, tab: str) -> None:
    hostile(tiny_school).sync(yes=True)
    admin = Admin(tiny_school.cloud)
    people = admin.get(f"/manage/{tab}")
    links = [html.unescape(a) for a in re.findall(rf'href="(/portal/{SCHOOL}/manage/{tab[:-1]}/[^"]*)"', people)]
    assert len(links) == 1 + len(VALUES) + len(IDS)
    sync_id = tiny_school.get("/syncs")["items"][-1]["sync_id"]
    pages = [people, *map(admin.get, links), admin.get(f"/syncs/{sync_id}"), admin.get("/requests/list")]
    for page in pages:
        markup = Markup(page)
        assert markup.scripts
        assert set(markup.scripts) <= {"/portal/assets/portal.js", "/portal/assets/queue.js"}
        assert not {a for a in markup.attributes if a.startswith("on")}
        assert not markup.declarations
    shown = html.unescape(people)
    assert all(f">{name} {name}</a>" in shown for name in VALUES.values())


@pytest.mark.parametrize("plugin", FILES)
@pytest.mark.parametrize(("name", "says"), [("{}", "would unpack to"), ("../{}", "points outside"), ("/{}", "outside")])
def test_a_zip_made_to_hurt_is_refused_and_nothing_is_sent(
    tiny_school: TinySchool, plugin: str, name: str, says: str
) -> None:
    tiny_school.write()
    before = sorted(p.relative_to(tiny_school.folder) for p in tiny_school.folder.rglob("*"))
    path = tiny_school.folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name.format(FILES[plugin]), "student_id,given_name\n" + "\n" * (16 << 20))
    tiny_school.source = {"plugin": plugin, "path": "export.zip"}
    refused = tiny_school.sync()
    assert (refused.exit_code, tiny_school.accounts()) == (4, {})
    assert says in refused.stderr
    after = {p.relative_to(tiny_school.folder) for p in tiny_school.folder.rglob("*")}
    assert {p.parts[0] for p in after - set(before)} <= {"export.zip", ".dayzero"}


def test_a_name_does_not_steer_the_terminal(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dayzero.cli._discreet.is_terminal", lambda _: True)
    tiny_school.student("s1", "zoe@pupils.example", given_name="Zoë \x1b]0;owned\x07\u202egnorW 😀")
    tiny_school.student("s2", "\x1b]0;owned\x07@pupils.example")
    tiny_school.contact("c1", "\x1b[2J@x", children=["s1"])
    config = str(tiny_school.write())
    said = ""
    for command in (["check"], ["plan", "--people"], ["explain", "s1"], ["explain", "c1"], ["sync", "--yes"]):
        result = CliRunner().invoke(main, [*command, "--config", config], env={"DAYZERO_TOKEN": tiny_school.token})
        assert result.exit_code == 0, result.output
        said += result.output
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert "Zoë" in said
    assert "😀" in said


def test_an_id_map_has_no_formula_cells_and_reads_back_as_it_was() -> None:
    ids = ["=1+1", "'=1+1", "''-2", "+3", "@x", "plain", "'quoted'", "-4"]
    known = IdMap({"student": {f"{ident}n": ident for ident in ids}})
    cells = [cell for row in csv.reader(io.StringIO(known.text(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@"]
    assert IdMap.of_text(known.text(), "ids.csv").new_to_old == known.new_to_old
