"""The report's page and sheets: what they say of whom, what they keep to themselves, and that they need nothing else."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, TinySchool

from dayzero.config import load
from dayzero.people import RULES
from dayzero.report import FixGroup, Moment, Report, Shares
from dayzero.service import Service
from dayzero_manager import dayzero_commands
from dayzero_manager.report import page, style_source
from dayzero_manager.report.charts import curve, parted
from dayzero_manager.report.command import report as command
from dayzero_manager.report.words import label, place, split_remedy
from dayzero_simulator import GradebookCloud

BARE = {"codes": [(SCHEDULING, 5, "E")], "enrolled": {SCHEDULING: "9"}}
"""A newcomer whose entry code is not on Day 0."""


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def reported(school: TinySchool, *, yes: bool = True) -> Report:
    """Return the report of a school as it stands."""
    environ = {"DAYZERO_TOKEN": school.token}
    return Service(load(school.write(yes=yes), environ=environ), environ=environ).report()


def run(school: TinySchool, *options: str) -> Result:
    """Run ``dayzero report`` on a school as it stands, at Yes."""
    arguments = ["--config", str(school.write(yes=True)), "--out", str(school.folder / "report.html"), *options]
    return CliRunner().invoke(command, arguments, env={"DAYZERO_TOKEN": school.token}, catch_exceptions=False)


def told(text: str) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index("<main") :]))


def group(made: Report, code: str) -> FixGroup:
    """Return the people with one thing to correct."""
    [found] = [g for g in made.fix if g.rule.code == code]
    return found


def with_troubles(school: TinySchool) -> TinySchool:
    """Return a school with something of everything that a report tells of, synced once."""
    school.student("s1", "", enrolled={ACTIVE: "9"}).student("s2", **NEWCOMER).student("s3", **BARE)
    for student, room in (("s1", "10A"), ("s2", "9A")):
        school.edit("enrollments", {"student_id": student}, homeroom=room)
    school.contact("c1", "", children=["s1", "s3"]).contact("c2", "who@where", children=["s2"])
    school.contact("c3", tick=False, children=["s0"])
    school.sync(yes=True)
    return school


@pytest.fixture
def troubled(tiny_school: TinySchool) -> TinySchool:
    """A school with troubles."""
    return with_troubles(tiny_school)


class Made(NamedTuple):
    """What was made of a school with troubles: with names and without."""

    report: Report
    named: Path
    said: Result
    bare: Path
    bare_said: Result
    before: Any
    after: Any


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The reports of one school, for all who only look at them."""
    folder = tmp_path_factory.mktemp("reports")
    with GradebookCloud() as cloud:
        school = with_troubles(TinySchool(folder / "school", cloud))

        def state() -> Any:
            return school.revision(), school.run("history").doc

        before = state()
        said = run(school, "--json", "--csv", str(folder / "named"))
        (school.folder / "report.html").rename(folder / "named" / "report.html")
        bare_said = run(school, "--no-names", "--csv", str(folder / "bare"))
        (school.folder / "report.html").rename(folder / "bare" / "report.html")
        return Made(reported(school), folder / "named", said, folder / "bare", bare_said, before, state())


# -- what it says


def test_every_group_is_parted_by_where_its_people_stand(made: Made) -> None:
    """s0 and s2 have accounts; s1 has no login, s3 no entry code on Day 0; c1 and c2 no address that works."""
    people = made.report.people
    assert people.here == Shares(has=1, left_out=1, signed_in=0)
    assert people.newcomers == Shares(has=1, left_out=1, signed_in=0)
    assert people.parents == Shares(has=1, left_out=2, signed_in=0)
    assert people.families_here == Shares(has=1, left_out=1)
    assert people.families_new == Shares(left_out=2)
    assert people.not_ticked == 1
    assert [(row.new, row.grade) for row in people.grades] == [(True, "9"), (False, "9"), (False, "10")]


def test_who_comes_with_the_next_sync_and_who_is_held(troubled: TinySchool) -> None:
    troubled.student("s4").student("s5").contact("c4", children=["s4"]).contact("c0", children=["s0", "s5"])
    people = reported(troubled).people
    assert (people.here.comes, people.parents.comes, people.families_here.comes) == (2, 1, 2)
    troubled.limits = {"create": 0, "from_accounts": 1}
    people = reported(troubled).people
    assert (people.here.waits, people.parents.waits) == (2, 1)
    assert (people.families_here.waits, people.families_here.comes) == (1, 1)  # c0 has an account, and gets s5


def test_who_has_signed_in_is_asked_of_the_portal(troubled: TinySchool) -> None:
    troubled.sign_in("student", "s0")
    assert reported(troubled).people.here.signed_in == 1


def test_a_parent_who_has_an_account_does_not_reach_a_child_who_is_not_sent(troubled: TinySchool) -> None:
    troubled.contact("c5", children=["s0", "s3"]).sync(yes=True)
    assert reported(troubled).people.families_new == Shares(left_out=2)


def test_a_working_account_with_a_slip_of_the_pen_is_to_be_fixed_and_counts_as_there(troubled: TinySchool) -> None:
    troubled.edit("contacts", {"contact_id": "c0"}, primary_email="c0@homes")
    made = reported(troubled)
    assert made.people.parents.has == 1
    assert group(made, "invalid-email").people.select("person_id", "account").rows() == [("c2", "none"), ("c0", "kept")]


def test_data_to_fix_stands_by_homeroom_and_by_grade_where_there_is_none(troubled: TinySchool) -> None:
    """9A before 10A, homerooms before grades; a parent stands with the first student."""
    troubled.student("s6", "", enrolled={ACTIVE: "K"}).student("s7", "", enrolled={ACTIVE: "11"})
    troubled.student("s8", "", enrolled={ACTIVE: "9"}).edit("enrollments", {"student_id": "s8"}, homeroom="9A")
    made = reported(troubled)
    places = group(made, "no-login").people.select("place_kind", "place", "person_id").rows()
    assert places == [
        ("homeroom", "9A", "s8"),
        ("homeroom", "10A", "s1"),
        ("grade", "K", "s6"),
        ("grade", "11", "s7"),
    ]
    [mother] = group(made, "no-email").people.to_dicts()
    assert (mother["place"], mother["students"], mother["new"]) == ("10A", "Given s1 Family s1", False)
    asked = [(row.place, row.students, row.parents) for row in made.places]
    assert asked == [("9A", 1, 1), ("10A", 1, 1), ("K", 1, 0), ("9", 1, 0), ("11", 1, 0)]


def test_what_may_be_meant_is_nothing_to_ask_a_family_for(made: Made) -> None:
    report = made.report
    assert [g.rule.code for g in report.fix][-1] == "no-portal-access"
    assert report.to_fix == 4 == sum(row.students + row.parents for row in report.places)


def test_the_trend_is_reckoned_back_from_the_portal(troubled: TinySchool) -> None:
    troubled.student("s4").sync(yes=True)
    troubled.student("s5").sync(yes=True)
    made = reported(troubled)
    assert [(m.students, m.parents, m.to_fix) for m in made.trend] == [(2, 1, 4), (3, 1, 4), (4, 1, 4)]
    assert [run.appear for run in made.runs] == [1, 1, 3]


def test_after_an_undo_the_trend_says_what_the_portal_had_then(troubled: TinySchool) -> None:
    def there() -> tuple[int, int]:
        return len(troubled.working("student")), len(troubled.working("parent"))

    had = [there()]
    run_id = troubled.student("s4").contact("c4", children=["s4"]).sync(yes=True).doc["run_id"]
    had.append(there())
    assert troubled.run("undo", run_id, "--yes").exit_code == 0
    had.append(there())
    troubled.sync(yes=True)
    had.append(there())
    made = reported(troubled)
    assert [(m.students, m.parents) for m in made.trend] == had
    assert [m.to_fix for m in made.trend] == [4, 4, None, 4]
    assert '<td class="n">&ndash;</td>' in page(made).partition("Accounts, run by run")[2].partition("</table>")[0]


def test_a_state_in_which_nobody_stands_is_no_column(made: Made, troubled: TinySchool) -> None:
    assert ">Held" not in page(made.report)
    troubled.student("s4").limits = {"create": 0, "from_accounts": 1}
    assert ">Held" in page(reported(troubled)).partition("Who has an account")[2]


def test_each_number_of_a_wide_table_says_what_it_counts(made: Made) -> None:
    """On a phone a row is a block, and its heads are nowhere else."""
    for table in re.findall(r'<table class="numbers fold">.*?</table>', page(made.report), re.DOTALL):
        cells = re.findall(r'<td class="n"([^>]*)>', table)
        assert cells
        assert all("data-h=" in cell for cell in cells)
    wide = [
        t
        for t in re.findall(r'<table class="numbers[^>]*>.*?</thead>', page(made.report), re.DOTALL)
        if t.count("<th ") > 4
    ]
    assert wide
    assert all("fold" in table for table in wide)


def test_a_moment_below_a_curve_has_its_time_on_a_line_of_its_own() -> None:
    drawn = curve(_moments((1, 1), (2, 2)), ["Mar 4, 9:12 AM", "Mar 4, 10:30 AM"])
    plain = curve(_moments((1, 1), (2, 2)), ["Mar 4", "Mar 5"])
    assert drawn is not None
    assert plain is not None
    assert [tick.lines for tick in drawn.days] == [["Mar 4", "9:12 AM"], ["Mar 4", "10:30 AM"]]
    assert drawn.height - plain.height == 16


def test_at_no_the_page_says_why_nobody_is_new(tiny_school: TinySchool) -> None:
    tiny_school.student("s2", **NEWCOMER)
    made = reported(tiny_school, yes=False)
    said = told(page(made))
    assert made.people.newcomers.all == 0
    assert "Next year&rsquo;s students are not sent yet: Send Scheduling Year Student Data is No." in said
    assert "0 of 1 student has an account. 1 more gets one with the next sync." in said


def test_the_heading_counts_the_days_to_the_change_of_year(made: Made) -> None:
    """From February 1 to the day after June 12."""
    report = made.report
    assert report.change_of_year is not None
    assert (report.change_of_year.days, report.change_of_year.known) == (132, True)
    assert (report.change_of_year.arrive, report.change_of_year.go_up, report.change_of_year.leave) == (1, 1, 1)
    assert "1 of 2 newcomers have an account. 132 days to the change of year." in told(page(report))


def test_what_is_held_in_doubt_or_unreadable_waits_for_somebody(troubled: TinySchool) -> None:
    troubled.edit(
        "contacts", {"contact_id": "c0"}, given_name="Somebody", family_name="Else", primary_email="e@else.example"
    )
    troubled.student("s4").limits = {"create": 0, "from_accounts": 1}
    said = told(page(reported(troubled)))
    assert "look at what is held, and release it if it is right. 1 student would get an account" in said
    assert "Held until somebody has looked:" in said
    assert "1 question about who somebody is" in said
    assert "parent c0" in said


def test_drift_is_told_with_what_was_sent(troubled: TinySchool) -> None:
    troubled.cloud.edit("tiny", "student", "s0", given_name="Changed")
    made = reported(troubled)
    [drift] = made.drift
    assert (drift.id, drift.field) == ("s0", "given_name")
    assert "Given s0 Changed repaired" in told(page(made))
    assert "Changed" not in page(made, names=False)


def test_drift_that_is_kept_is_no_operation_as_in_the_plan(troubled: TinySchool) -> None:
    troubled.sync_settings["drift"] = "keep"
    troubled.cloud.edit("tiny", "student", "s0", given_name="Changed")
    made, plan = reported(troubled), troubled.plan(yes=True).doc
    assert [d.kept for d in made.drift] == [True]
    assert made.counts == plan["counts"]
    assert made.counts["student"]["update"] == 0


def test_findings_stand_by_rule_with_their_number(troubled: TinySchool) -> None:
    for n in range(5):
        troubled.row("enrollments", student_id="s1", year_id=ACTIVE, grade_level="", status=f"odd{n}")
    found = {f.rule: f for f in reported(troubled).findings}
    assert any(f.count == 5 and len(f.rows) == 3 for f in found.values())


# -- what it needs, and what it keeps to itself


def test_the_page_is_one_file_without_script_that_fetches_nothing(made: Made) -> None:
    text = page(made.report)
    found = Page(text)
    tags = [tag for tag, _ in found.tags]
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(tags)
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on") or name in ("src", "style")]
    assert all(href.startswith("#") for href in found.values("href"))
    assert "url(" not in text
    assert "@import" not in text
    assert f"default-src 'none'; style-src {style_source()}" in found.values("content")


def test_only_the_sync_managers_page_leads_back_to_it(made: Made) -> None:
    assert Page(page(made.report, back="/")).values("href").count("/") == 1
    assert "/" not in Page(page(made.report)).values("href")


def test_every_name_a_page_gives_itself_is_there_once(made: Made) -> None:
    found = Page(page(made.report))
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert {name.removeprefix("#") for name in found.values("href")} <= set(ids)
    assert set(found.values("aria-labelledby")) <= set(ids)
    assert [tag for tag, _ in found.tags].count("h1") == 1


def test_what_people_are_called_cannot_become_part_of_the_page(troubled: TinySchool) -> None:
    troubled.edit("contacts", {"contact_id": "c2"}, given_name="<script>alert(1)</script>", family_name='"><b>')
    text = page(reported(troubled))
    assert "&lt;script&gt;" in text
    assert "script" not in [tag for tag, _ in Page(text).tags]


def test_without_names_nobody_can_be_recognized(made: Made) -> None:
    """Neither in the page nor in the sheets; ids stay, so that the office can find them."""
    files = list(made.bare.iterdir())
    assert len(files) == len(list(made.named.iterdir())) > 4
    for file in files:
        said = file.read_text(encoding="utf-8")
        assert not re.search(rf"{PERSONAL}|who@where", said.partition("<main")[2] or said), file
    assert "s1" in (made.bare / "report.html").read_text(encoding="utf-8")


def test_names_are_in_the_files_and_not_on_stdout(made: Made) -> None:
    assert "Given s1 Family s1" in (made.named / "report.html").read_text(encoding="utf-8")
    assert not re.search(PERSONAL, made.said.output + made.bare_said.output)
    document = json.loads(made.said.stdout)
    assert len(document["sheets"]) == len(list(made.named.glob("*.csv")))
    assert document["to_fix"] == 4


PERSONAL = r"Given |Family |\w@\w"


def test_the_file_is_readable_by_its_owner_alone(made: Made) -> None:
    assert {file.stat().st_mode & 0o077 for file in made.named.iterdir()} == {0}


def test_a_report_leaves_no_trace_and_sends_nothing(made: Made) -> None:
    assert made.before == made.after


def test_it_is_a_command_of_the_manager() -> None:
    assert "report" in {brought.name for brought in dayzero_commands()}


# -- sheets


def rows(file: Path) -> list[dict[str, str]]:
    """Return a sheet's rows."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_there_is_a_sheet_for_each_thing_to_correct_and_for_each_homeroom(made: Made) -> None:
    by_file = {file.name: [row["person_id"] for row in rows(file)] for file in made.named.glob("*.csv")}
    assert by_file == {
        "fix-student-no-entry-on-day-0.csv": ["s3"],
        "fix-student-no-login.csv": ["s1"],
        "fix-parent-no-email.csv": ["c1"],
        "fix-parent-invalid-email.csv": ["c2"],
        "fix-parent-no-portal-access.csv": ["c3"],  # and in no homeroom's: it may be meant
        "homeroom-9A.csv": ["c2"],
        "homeroom-10A.csv": ["s1", "c1"],
        "grade-9.csv": ["s3"],
    }
    [row] = rows(made.named / "fix-parent-no-email.csv")
    assert row["remedy"] == "Fill in Primary E-Mail in the Contact Database."
    assert (row["students"], row["student_ids"]) == ("Given s1 Family s1", "s1")


def test_a_sheet_with_nobody_left_is_emptied_and_other_files_stay(troubled: TinySchool) -> None:
    folder = troubled.folder / "sheets"
    run(troubled, "--csv", str(folder))
    (folder / "mine.csv").write_text("a,b\n1,2\n")
    troubled.edit("students", {"student_id": "s1"}, email="s1@pupils.example")
    troubled.edit("contacts", {"contact_id": "c1"}, primary_email="c1@homes.example")
    result = run(troubled, "--csv", str(folder), "--json")
    assert rows(folder / "homeroom-10A.csv") == rows(folder / "fix-student-no-login.csv") == []
    assert (folder / "mine.csv").read_text() == "a,b\n1,2\n"
    assert str(folder / "homeroom-10A.csv") not in json.loads(result.stdout)["sheets"]


def test_rooms_with_odd_names_get_files_of_their_own(troubled: TinySchool) -> None:
    for n, room in enumerate(["../x", "X", "x?", "=1+1"]):
        troubled.student(f"t{n}", "", enrolled={ACTIVE: "9"}).edit(
            "enrollments", {"student_id": f"t{n}"}, homeroom=room
        )
    folder = troubled.folder / "sheets"
    run(troubled, "--csv", str(folder))
    found = {file.name: rows(file) for file in folder.glob("homeroom-*")}
    assert {name: [row["person_id"] for row in people] for name, people in found.items()} == {
        "homeroom-1-1.csv": ["t3"],
        "homeroom-x.csv": ["t0"],
        "homeroom-X-2.csv": ["t1"],
        "homeroom-x-3.csv": ["t2"],
        "homeroom-9A.csv": ["c2"],
        "homeroom-10A.csv": ["s1", "c1"],
    }
    assert found["homeroom-1-1.csv"][0]["place"] == "'=1+1"


# -- charts and words


def test_a_bar_is_parted_without_a_gap() -> None:
    assert [(s.colour, s.x, s.width) for s in parted(Shares(has=1, waits=1, left_out=2))] == [
        ("c4", 0.0, 25.0),
        ("c1", 25.0, 25.0),
        ("c0", 50.0, 50.0),
    ]
    assert parted(Shares()) == []


def _moments(*numbers: tuple[int, int]) -> list[Moment]:
    return [Moment(None, students, parents, 0) for students, parents in numbers]  # type: ignore[arg-type]


def test_a_curve_needs_two_moments_and_ends_where_the_table_does() -> None:
    assert curve(_moments((1, 1)), ["a"]) is None
    drawn = curve(_moments((0, 10), (40, 80), (100, 100)), ["a", "b", "c"])
    assert drawn is not None
    assert [line.words for line in drawn.lines] == ["100 students", "100 parents"]
    assert [tick.words for tick in drawn.levels] == ["0", "20", "40", "60", "80", "100"]
    assert abs(drawn.lines[0].words_at - drawn.lines[1].words_at) >= 16
    assert drawn.lines[0].points == "0,100 50,60 100,0"


def test_a_school_without_accounts_has_a_curve_too() -> None:
    drawn: Any = curve(_moments((0, 0), (0, 0)), ["a", "b"])
    assert drawn.lines[0].points == "0,100 100,100"


def test_a_remedy_is_a_heading_and_its_rest() -> None:
    for rule in RULES:
        heading, rest = split_remedy(rule.remedy)
        assert heading
        assert not heading.endswith((".", ":", ";"))
        assert rest == "" or rest in rule.remedy
    assert split_remedy("Fill in Primary E-Mail in the Contact Database.")[1] == ""


def test_words_for_people_without_a_place_and_for_reasons() -> None:
    assert place(None, None) == "No homeroom and no grade"
    assert label("parent", "no-email") == "Parent: no e-mail"
    assert label("student", "no-entry-on-day-0") == "Student: no entry on Day 0"
