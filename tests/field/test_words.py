"""G1, G4: names beside ids where a person reads, who is withheld and why, and words that are true of the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from terminals import Read, in_a_pipe
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

from dayzero.cli import main


def office(school: TinySchool) -> TinySchool:
    """Fill a school in which people are withheld for every kind of reason."""
    school.student("s1", "", given_name="Ana", family_name="Öztürk", **PROMOTED)
    school.student("s2", "x@@pupils.example", given_name="Bo", family_name="Sy")
    school.student("s3", given_name="Cy", family_name="Oz", enrolled={SCHEDULING: "9"})
    school.student("s4", given_name="", family_name="Suharto", enrolled={ACTIVE: ("9", "inactive")})
    school.contact("c1", "", children=["s0"], given_name="Di", family_name="Fox")
    school.contact("c2", tick=False, children=["s0"], given_name="=Ed", family_name="Gil")
    school.contact("c3", "c0@homes.example", children=["s0"], given_name="Flo", family_name="Hay")
    return school


NAMED = {
    ("student", "s1"): ("no-login", "Ana Öztürk"),
    ("student", "s2"): ("invalid-login", "Bo Sy"),
    ("student", "s3"): ("no-entry-on-day-0", "Cy Oz"),
    ("student", "s4"): ("not-enrolled", "Suharto"),
    ("parent", "c1"): ("no-email", "Di Fox"),
    ("parent", "c2"): ("no-portal-access", "=Ed Gil"),
    ("parent", "c3"): ("duplicate-login", "Flo Hay"),
}


def groups(text: str) -> dict[str, str]:
    """Return what stands below each line that begins with a reason's code."""
    codes = {reason for reason, _ in NAMED.values()}
    found: dict[str, str] = {}
    here = ""
    for line in text.splitlines():
        here = line.split(" ")[0] if line.split(" ")[0] in codes else here if line.startswith(" ") else ""
        if here:
            found[here] = found.get(here, "") + line + "\n"
    return found


def test_g1_who_is_withheld_stands_by_name_below_the_reason(tiny_school: TinySchool, read: Read) -> None:
    office(tiny_school).write(yes=True)
    told = groups(read("plan", "--withheld", width=120).stdout)
    piped = groups(in_a_pipe(tiny_school, "plan", "--withheld").stdout)
    for (kind, ident), (reason, name) in NAMED.items():
        assert f"{name} ({kind} {ident})" in told[reason]
        assert "What to do: " in told[reason]
        assert f"{kind} {ident}" in piped[reason]


def test_g1_a_pipe_names_nobody_and_says_the_same(tiny_school: TinySchool) -> None:
    office(tiny_school).write(yes=True)
    piped = in_a_pipe(tiny_school, "plan", "--withheld").stdout
    assert set(groups(piped)) == {reason for reason, _ in NAMED.values()}
    for word in ("Ana", "Öztürk", "Suharto", "x@@pupils", "Flo", "homes.example"):
        assert word not in piped


def test_g1_the_file_has_all_of_them_and_a_spreadsheet_computes_none(tiny_school: TinySchool, tmp_path: Path) -> None:
    office(tiny_school).write(yes=True)
    file = tmp_path / "withheld.csv"
    ended = in_a_pipe(tiny_school, "plan", "--withheld", "--csv", str(file), "--json")
    assert ended.exit_code == 0, ended.output
    with file.open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert list(rows[0]) == ["kind", "person_id", "given_name", "family_name", "reason", "detail", "remedy", "account"]
    assert {(r["kind"], r["person_id"]) for r in rows} == set(NAMED)
    reasons = [(r["kind"], r["reason"]) for r in rows]
    assert reasons == sorted(reasons, key=reasons.index), "reason by reason"
    [ed] = [r for r in rows if r["person_id"] == "c2"]
    assert ed["given_name"] == "'=Ed"
    documented = {(w["kind"], w["person_id"]): w for w in json.loads(ended.stdout)["withheld"]}
    for row in rows:
        entry = documented[row["kind"], row["person_id"]]
        assert (row["reason"], row["remedy"], row["account"]) == (entry["reason"], entry["remedy"], entry["account"])
        assert (entry["family_name"] or "") == row["family_name"]


def test_g1_whoever_is_gone_from_the_tables_has_the_name_the_portal_knows(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").sync()
    tiny_school.forget_student("s1").write()
    assert "Ana Öztürk (student s1), the account ends" in read("plan", "--withheld").stdout
    assert tiny_school.plan().withheld("student", "s1")["family_name"] == "Öztürk"


def test_g1_who_has_the_login_instead_is_named_too(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.contact("c0", "one@homes.example", children=["s0"], given_name="Ed", family_name="Gil")
    tiny_school.contact("c1", "one@homes.example", children=["s0"], given_name="Di", family_name="Fox").write()
    assert "Di Fox (parent c1), same login as Ed Gil (parent c0)" in read("plan", "--withheld").stdout


def test_g1_who_could_not_be_read_is_named(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").sync()
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk", enrolled={ACTIVE: ("9", "perhaps")}).write()
    said = read("plan").stdout
    assert "could not be read" in said
    assert "Ana Öztürk (student s1)" in said


def test_g1_nobody_withheld_is_said(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.write()
    assert "Nobody is withheld." in read("plan", "--withheld").stdout


@pytest.mark.parametrize("options", [["--csv", "x.csv"], ["SAVED", "--withheld"]])
def test_g1_what_cannot_be_is_refused(tiny_school: TinySchool, options: list[str]) -> None:
    saved = str(tiny_school.folder / "a.plan")
    tiny_school.plan("--out", saved)
    ended = in_a_pipe(tiny_school, "plan", *[saved if o == "SAVED" else o for o in options])
    assert ended.exit_code == 2
    assert "--withheld" in ended.stderr or "withheld" in ended.stderr


def test_g1_newcomers_are_named_first(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Old", family_name="Hand")
    tiny_school.student("s9", given_name="Nina", family_name="New", **NEWCOMER)
    tiny_school.contact("c9", children=["s9"], given_name="Paul", family_name="New").write(yes=True)
    for command in (["plan"], ["plan", "--people"], ["sync", "--yes"]):
        said = read(*command).stdout
        assert "Nina New (student s9)" in said, command
        assert "Paul New (parent c9)" in said, command
        assert said.index("Nina New") < said.index("student accounts"), command
        assert "Old Hand" not in said or said.index("Nina New") < said.index("Old Hand"), command


def test_g1_who_leaves_is_named_before_anybody_agrees(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").sync()
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk", enrolled={}).write()
    asked = read("sync", answer="n\n").output
    assert asked.index("Leaving\n  1 student: Ana Öztürk (student s1)") < asked.index("[y/N]")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["explain", "s1"], "Ana Öztürk (student s1): granted"),
        (["explain", "c1"], "Ana Öztürk (student s1): grants access"),
        (["history", "--person", "s1"], "create Ana Öztürk (student s1)"),
        (["plan", "--people"], "disable Bo Sy (student s2)"),
        (["plan", "--by-reason"], "Bo Sy (student s2)"),
        (["plan"], "Bo Sy (student s2), given name: Bo -> Ben"),
    ],
)
def test_g1_names_stand_beside_ids(tiny_school: TinySchool, read: Read, command: list[str], said: str) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").student("s2", given_name="Bo", family_name="Sy")
    tiny_school.contact("c1", children=["s1"], given_name="Di", family_name="Fox").sync()
    tiny_school.cloud.edit(tiny_school.id, "student", "s2", given_name="Ben")
    if "--people" in command or "--by-reason" in command:
        tiny_school.student("s2", given_name="Bo", family_name="Sy", enrolled={}).write()
    assert said in read(*command, width=200).stdout


def test_g4_a_parents_login_is_told_in_a_parents_words(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.contact("c1", "c0@homes.example", children=["s0"]).write()
    said = read("plan", width=200).stdout
    assert "duplicate-login (1 parent): another parent of the family has the same Primary E-Mail" in said
    assert "another student" not in said


def test_g4_a_students_login_is_told_in_a_students_words(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", "one@pupils.example").student("s2", "one@pupils.example").write()
    said = read("plan", width=200).stdout
    assert "duplicate-login (2 students): another student has the same login" in said
    assert "Give each student a login of their own" in said
    assert "parent of the family" not in said


def test_g4_both_have_their_own_words_where_there_are_both(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", "one@pupils.example").student("s2", "one@pupils.example")
    tiny_school.contact("c1", "c0@homes.example", children=["s0"]).write()
    said = read("plan", width=200).stdout
    assert "duplicate-login (2 students)" in said
    assert "duplicate-login (1 parent)" in said


@pytest.mark.parametrize("width", [60, 80, 120])
def test_g4_what_is_held_is_no_operation_to_come(tiny_school: TinySchool, read: Read, width: int) -> None:
    for n in range(3):
        tiny_school.student(f"p{n}", given_name=f"Ann{n}", family_name="Ito")
    tiny_school.sync()
    tiny_school.limits["disable"] = 1
    for n in range(3):
        tiny_school.student(f"p{n}", given_name=f"Ann{n}", family_name="Ito", enrolled={})
    tiny_school.write()
    said = read("plan", width=width).stdout
    if width == 60:
        assert "student accounts: 3 held, 1 unchanged" in said
    else:
        [head, row] = [
            line.split() for line in said.splitlines() if line.strip().startswith(("to create", "student acc"))
        ]
        assert row[-2:] == ["3", "1"]
        assert head[-2:] == ["held", "unchanged"]
        assert row[row.index("-") :][3] == "-", "nobody is about to be disabled"
    assert "Held: 3 students would leave, more than the limit of 1." in said
    assert "Ann0 Ito (student p0)" in said
    assert "student accounts: 3 held, 1 unchanged" in in_a_pipe(tiny_school, "plan").stdout


@pytest.mark.parametrize("command", [["sync"], ["settings", "send-scheduling-year", "no"]])
def test_g4_where_nothing_is_to_be_sent_nobody_is_asked(
    tiny_school: TinySchool, read: Read, command: list[str]
) -> None:
    tiny_school.sync()
    tiny_school.write()
    ended = read(*command)  # nobody answers: a question would end it
    assert ended.exit_code == 0, ended.output
    assert "[y/N]" not in ended.output
    assert "Nothing was to be sent." in ended.stdout or "Nothing has changed" in ended.stdout


def test_g4_where_all_that_is_to_be_sent_is_held_nobody_is_asked(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1").student("s2").sync()
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", enrolled={}).student("s2", enrolled={}).write()
    ended = read("sync")
    assert ended.exit_code == 3
    assert "[y/N]" not in ended.output


def test_g4_what_is_to_be_sent_is_asked(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.write()
    assert read("sync", answer="n\n").exit_code == 3
    assert tiny_school.accounts() == {}
    assert read("sync", answer="y\n").exit_code == 0
    assert tiny_school.working("student") == {"s0"}


def test_g4_what_is_to_be_done_next_is_said_by_importance_and_can_be_typed(tiny_school: TinySchool, read: Read) -> None:
    """A hold before withheld people; who is expected before a tick that many leave out on purpose; with the configuration."""
    for n in range(4):
        tiny_school.contact(f"n{n}", tick=False, children=["s0"])
    tiny_school.student("s1").sync(yes=True)
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", enrolled={}).student("s3", enrolled={SCHEDULING: "9"}).student("s4", "", **PROMOTED)
    tiny_school.write(yes=True)
    following = read("plan", width=300).stdout.partition("\nNext\n")[2]
    config = f"--config {tiny_school.folder / 'dayzero.toml'}"
    assert following.index("--allow disable=1") < following.index("no-entry-on-day-0") < following.index("no-login")
    assert "no-portal-access" not in following
    commands = [line.strip() for line in following.splitlines() if line.strip().startswith("dayzero ")]
    assert commands
    assert all(command.endswith(config) for command in commands), commands
    refused = read("sync", "--allow", "disable=7")
    assert f"`dayzero plan {config}`" in refused.stderr


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["pln"], "plan"),
        (["histroy"], "history"),
        (["Settings"], "settings"),
        (["settings", "send-schedulin-year", "yes"], "send-scheduling-year"),
        (["plan", "--withold"], "--withheld"),
        (["sync", "--alow", "disable=1"], "--allow"),
    ],
)
def test_a_mistyped_command_or_option_is_told_the_nearest(typed: list[str], meant: str) -> None:
    ended = CliRunner().invoke(main, typed)
    assert ended.exit_code == 2
    assert "Did you mean" in ended.stderr
    assert meant in ended.stderr.partition("Did you mean")[2]


def test_what_is_like_nothing_is_told_nothing() -> None:
    ended = CliRunner().invoke(main, ["xyzzy"])
    assert ended.exit_code == 2
    assert "Did you mean" not in ended.stderr


@pytest.mark.parametrize(
    ("words", "typed", "offered"),
    [
        ("dayzero\npl", "pl", "plain\tplan\t"),
        ("dayzero\nplan\n--with", "--with", "plain\t--withheld\t"),
        ("dayzero\nexplain\nC:\\a b\\x\n--kind", "", "plain\tparent\tparent"),
    ],
)
def test_powershell_is_offered_what_fits(monkeypatch: pytest.MonkeyPatch, words: str, typed: str, offered: str) -> None:
    environ = {"_DAYZERO_COMPLETE": "powershell_complete", "COMP_WORDS": words, "COMP_CWORD": typed}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    ended = CliRunner().invoke(main, [], prog_name="dayzero")
    assert any(line.startswith(offered) for line in ended.stdout.splitlines()), ended.output


def test_the_script_for_powershell_asks_as_it_is_answered() -> None:
    script = CliRunner().invoke(main, ["completion", "powershell"]).stdout
    assert "Register-ArgumentCompleter -Native -CommandName dayzero" in script
    assert '$env:_DAYZERO_COMPLETE = "powershell_complete"' in script


def test_g1_an_answer_that_is_repeated_names_whom_it_holds(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").student("s2").sync()
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk", enrolled={}).sync()
    repeated = read("sync", "--yes")
    assert "Nothing has changed since the last run" in repeated.stdout
    assert "Ana Öztürk (student s1)" in repeated.stdout
    assert "Ana" not in in_a_pipe(tiny_school, "sync", "--yes").stdout
