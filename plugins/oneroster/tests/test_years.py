"""Which year is which, who was there on its first day, and who has left: calendars as districts really have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from bundles import BUNDLE, Read, write

from dayzero.errors import ConfigurationError

SESSIONS = BUNDLE["academicSessions"]
HEADER = SESSIONS.splitlines()[0] + "\n"
SY28, T28 = (next(line + "\n" for line in SESSIONS.splitlines() if line.startswith(name)) for name in ("SY28", "T28"))


def changed(file: str, old: str, new: str) -> str:
    assert old in BUNDLE[file]
    return BUNDLE[file].replace(old, new)


def roles(read: Read) -> dict[str, str]:
    return dict(read["school_years"].select("year_id", "role").iter_rows())


class TestE1:
    """A year that has not begun is never the active one."""

    @pytest.mark.parametrize(
        ("sessions", "day"),
        [
            (HEADER + SY28 + T28, "2027-05-02"),
            (HEADER + SY28 + T28, "2027-07-31"),
            (HEADER + T28.replace("SY28", ""), "2027-08-18"),
            (SESSIONS, "2026-07-31"),
        ],
    )
    def test_of_years_to_come_none_is_active(self, tmp_path: Path, sessions: str, day: str) -> None:
        read = Read(write(tmp_path, academicSessions=sessions), as_of=day)
        assert "active" not in roles(read).values()
        assert "no-year-begun" in read.rules
        assert read.states["students"] == "partial"

    @pytest.mark.parametrize("day", ["2027-06-11", "2027-07-15", "2027-08-18"])
    def test_between_two_years_the_one_that_ended_stays(self, tmp_path: Path, day: str) -> None:
        terms = HEADER + "".join(line + "\n" for line in SESSIONS.splitlines()[1:] if line.startswith("T"))
        read = Read(write(tmp_path, academicSessions=terms), as_of=day)
        assert roles(read) == {"2027": "active", "2028": "scheduling"}
        assert "between-years" in read.rules

    @pytest.mark.parametrize(
        ("day", "active"), [("2027-07-31", "2027"), ("2027-08-01", "2028"), ("2027-02-01", "2027")]
    )
    def test_a_year_is_active_from_its_first_day_on(self, tmp_path: Path, day: str, active: str) -> None:
        read = Read(write(tmp_path), as_of=day)
        assert roles(read)[active] == "active"
        assert not {"between-years", "no-year-begun"} & read.rules

    def test_a_summer_term_makes_no_year_begin(self, tmp_path: Path) -> None:
        summer = "SU28,active,,Summer Session,term,2027-06-20,2027-07-20,,2028\n"
        terms = HEADER + "".join(line + "\n" for line in SESSIONS.splitlines()[1:] if line.startswith("T")) + summer
        assert roles(Read(write(tmp_path, academicSessions=terms), as_of="2027-07-01"))["2027"] == "active"

    def test_a_year_that_is_set_is_the_active_one_whatever_the_day(self, tmp_path: Path) -> None:
        read = Read(write(tmp_path, academicSessions=HEADER + SY28 + T28), active_year="2028")
        assert roles(read) == {"2028": "active"}
        assert "no-year-begun" not in read.rules


class TestE4:
    """Day 0 is the first day of the school's own first term, give or take a fortnight."""

    @pytest.mark.parametrize("begins", ["2027-08-20", "2027-08-29", "2027-09-02"])
    def test_a_section_may_begin_a_little_after_its_term(self, tmp_path: Path, begins: str) -> None:
        rows = changed("enrollments", "bob,student,2027-08-19", f"bob,student,{begins}")
        assert ("bob", "2028") in Read(write(tmp_path, enrollments=rows)).entries()

    @pytest.mark.parametrize("begins", ["2027-09-03", "2027-10-01", "2028-01-10"])
    def test_who_comes_later_was_not_there_on_day_0(self, tmp_path: Path, begins: str) -> None:
        rows = changed("enrollments", "bob,student,2027-08-19", f"bob,student,{begins}")
        assert ("bob", "2028") not in Read(write(tmp_path, enrollments=rows)).entries()

    @pytest.mark.parametrize(("days", "enters"), [(0, False), (10, False), (11, True), (60, True)])
    def test_the_days_of_grace_are_a_setting(self, tmp_path: Path, days: int, enters: bool) -> None:
        rows = changed("enrollments", "bob,student,2027-08-19", "bob,student,2027-08-30")
        read = Read(write(tmp_path, enrollments=rows), entry_grace_days=days)
        assert (("bob", "2028") in read.entries()) is enters

    @pytest.mark.parametrize("summer", ["Summer School,term", "Sommer,summerTerm", "Intersession,term"])
    def test_a_summer_term_is_not_the_first_day_of_school(self, tmp_path: Path, summer: str) -> None:
        sessions = SESSIONS + f"SU28,active,,{summer},2027-06-21,2027-07-23,SY28,2028\n"
        classes = BUNDLE["classes"] + "SUM,Catching up,10,scheduled,N,SU28\n"
        rows = BUNDLE["enrollments"] + "e8,active,,SUM,N,ann,student,2027-06-21,2027-07-23\n"
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=rows))
        assert {("bob", "2028"), ("ann", "2028")} <= read.entries()

    @pytest.mark.parametrize("begins", ["2027-06-21", "2027-07-05", "2027-07-12"])
    def test_a_short_term_of_one_student_is_none_either(self, tmp_path: Path, begins: str) -> None:
        sessions = SESSIONS + f"X28,active,,Extended,term,{begins},2027-08-06,SY28,2028\n"
        classes = BUNDLE["classes"] + "X,Extended,10,scheduled,N,X28\n"
        rows = BUNDLE["enrollments"].replace("e2,active,2026-08-01,H28,N,ann", "e2,active,2026-08-01,X,N,ann")
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=rows))
        assert ("bob", "2028") in read.entries()

    def test_each_school_of_a_district_has_its_own_first_day(self, tmp_path: Path) -> None:
        sessions = SESSIONS + "E28,active,,Early,term,2027-07-12,2028-05-26,SY28,2028\n"
        classes = BUNDLE["classes"] + "S28,South 10,10,homeroom,S,E28\n"
        rows = BUNDLE["enrollments"] + "e8,active,,S28,S,cy,student,2027-07-12,2028-05-26\n"
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=rows))
        assert {("ann", "2028"), ("bob", "2028"), ("cy", "2028")} <= read.entries()
        late = rows.replace("cy,student,2027-07-12", "cy,student,2027-08-19")
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=late))
        assert ("cy", "2028") not in read.entries(), "at the school that begins in July August is late"

    def test_the_tracks_of_a_year_round_school_begin_one_after_the_other(self, tmp_path: Path) -> None:
        sessions = SESSIONS + "B28,active,,Track B,term,2027-09-20,2028-07-10,SY28,2028\n"
        classes = BUNDLE["classes"] + "B28,Room B,10,homeroom,N,B28\n"
        rows = changed("enrollments", "H28,N,bob,student,2027-08-19", "B28,N,bob,student,2027-09-20")
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=rows))
        assert {("ann", "2028"), ("bob", "2028")} <= read.entries()

    def test_a_second_semester_is_no_first_day(self, tmp_path: Path) -> None:
        semesters = T28.replace("2028-06-09", "2028-01-14") + T28.replace("T28,", "U28,").replace(
            "2027-08-19", "2028-01-17"
        )
        sessions = SESSIONS.replace(T28, semesters)
        classes = BUNDLE["classes"] + "U28,Room 10,10,homeroom,N,U28\n"
        rows = changed("enrollments", "H28,N,bob,student,2027-08-19", "U28,N,bob,student,2028-01-17")
        rows += "e8,active,,U28,N,ann,student,2028-01-17,2028-06-09\n"
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=rows))
        assert ("ann", "2028") in read.entries()
        assert ("bob", "2028") not in read.entries()

    @pytest.mark.parametrize("first_day", ["2027-09-20", date(2027, 9, 20)])
    def test_the_first_day_may_be_set(self, tmp_path: Path, first_day: object) -> None:
        rows = changed("enrollments", "bob,student,2027-08-19", "bob,student,2027-09-20")
        assert ("bob", "2028") not in Read(write(tmp_path, enrollments=rows)).entries()
        assert ("bob", "2028") in Read(tmp_path, first_day=first_day).entries()
        with pytest.raises(ConfigurationError, match="first_day"):
            Read(tmp_path, first_day="2031-09-01")
        with pytest.raises(ConfigurationError, match="first_day"):
            Read(tmp_path, first_day="20 September")

    @pytest.mark.parametrize(
        ("ends", "there"), [("2027-06-08", True), ("2027-05-27", True), ("2027-05-26", False), ("2026-12-18", False)]
    )
    def test_an_end_shortly_before_the_terms_is_no_leaving(self, tmp_path: Path, ends: str, there: bool) -> None:
        rows = changed("enrollments", "ann,student,2026-08-20,2027-06-10", f"ann,student,2026-08-20,{ends}")
        read = Read(write(tmp_path, enrollments=rows), as_of="2027-06-09")
        assert (("ann", "2027", "09") in read.places()) is there

    def test_without_terms_the_years_own_first_term_counts(self, tmp_path: Path) -> None:
        classes = BUNDLE["classes"].replace(",T28", ",")
        sessions = SESSIONS + "Q,active,,Week 0,term,2027-08-02,2027-08-06,SY28,2028\n"
        read = Read(write(tmp_path, classes=classes, academicSessions=sessions))
        assert {("ann", "2028"), ("bob", "2028")} <= read.entries()

    @pytest.mark.parametrize("terms", ["SY28", ""])
    def test_without_any_term_the_day_on_which_most_begin_counts(self, tmp_path: Path, terms: str) -> None:
        """A school year of the books begins in August, school three weeks later."""
        sessions = "".join(line + "\n" for line in SESSIONS.splitlines() if not line.startswith("T28"))
        classes = BUNDLE["classes"].replace(",T28", f",{terms}")
        header, *users = BUNDLE["users"].splitlines()
        more = [users[1].replace("bob", name) for name in ("eve", "fay")]
        rows = BUNDLE["enrollments"].replace("bob,student,2027-08-19", "bob,student,2027-09-20")
        rows += "".join(f"x{n},active,,H28,N,{n},student,2027-08-19,2028-06-09\n" for n in ("eve", "fay"))
        files = {"academicSessions": sessions, "classes": classes, "enrollments": rows}
        read = Read(write(tmp_path, **files, users="\n".join([header, *users, *more]) + "\n"))
        assert {("ann", "2028"), ("eve", "2028"), ("fay", "2028")} <= read.entries()
        assert ("bob", "2028") not in read.entries()


class TestE5:
    """A session belongs to its parent's year; what lies outside every year belongs to none."""

    @pytest.mark.parametrize("said", ["2026", "2027-28", "2029", ""])
    def test_a_term_belongs_to_its_parents_year(self, tmp_path: Path, said: str) -> None:
        sessions = changed("academicSessions", "SY28,2028\n", f"SY28,{said}\n")
        read = Read(write(tmp_path, academicSessions=sessions))
        assert roles(read) == {"2027": "active", "2028": "scheduling"}
        assert ("bob", "2028", "10") in read.places()
        assert ("session-year-differs" in read.rules) is bool(said)

    def test_a_grading_period_below_a_term_follows_it_up(self, tmp_path: Path) -> None:
        sessions = SESSIONS + "Q1,active,,Q1,gradingPeriod,2027-08-19,2027-10-20,T28,2027\n"
        classes = BUNDLE["classes"].replace(",T28", ",Q1")
        read = Read(write(tmp_path, academicSessions=sessions, classes=classes))
        assert ("bob", "2028", "10") in read.places()

    def test_a_session_that_names_no_year_lies_in_the_one_that_holds_it(self, tmp_path: Path) -> None:
        sessions = SESSIONS.replace("SY28,2028\n", ",\n")
        assert ("bob", "2028", "10") in Read(write(tmp_path, academicSessions=sessions)).places()

    @pytest.mark.parametrize(
        "dates",
        ["2024-08-20,2025-06-10", "2029-08-20,2030-06-10", "2024-08-20,2024-12-18", ",2025-06-10", "2031-01-01,"],
    )
    def test_an_enrollment_outside_every_year_is_in_none(self, tmp_path: Path, dates: str) -> None:
        rows = BUNDLE["enrollments"].replace("S27,S,cy,student,2026-08-20,2027-06-10", f",S,cy,student,{dates}")
        read = Read(write(tmp_path, enrollments=rows))
        assert "cy" not in {student for student, _, _ in read.places()}
        left = [f.value for f in read.findings if f.rule == "enrollment-outside-years"]
        assert left == ["cy"], "it is said whom that leaves behind"

    def test_who_is_somewhere_else_too_is_not_left_behind(self, tmp_path: Path) -> None:
        rows = BUNDLE["enrollments"] + "e8,active,,,N,ann,student,2024-08-20,2025-06-10\n"
        read = Read(write(tmp_path, enrollments=rows))
        assert "enrollment-outside-years" not in read.rules
        assert ("ann", "2027", "09") in read.places()

    @pytest.mark.parametrize("dates", ["2021-08-20,", "2021-08-20,2031-06-10", ",", "2026-07-25,"])
    def test_one_that_spans_the_year_or_has_no_date_is_in_it(self, tmp_path: Path, dates: str) -> None:
        rows = BUNDLE["enrollments"].replace("S27,S,cy,student,2026-08-20,2027-06-10", f",S,cy,student,{dates}")
        assert ("cy", "2027", "09") in Read(write(tmp_path, enrollments=rows)).places()


class TestE8:
    """Who is switched off in the SIS is no student; next year's grade is not this year's."""

    @pytest.mark.parametrize("word", ["false", "FALSE", "0", "no"])
    def test_a_student_who_is_not_enabled_is_stopped(self, tmp_path: Path, word: str) -> None:
        users = BUNDLE["users"].replace("dateLastModified,role", "dateLastModified,enabledUser,role")
        users = users.replace("2026-08-01,student,Ann", f"2026-08-01,{word},student,Ann").replace(
            "2026-08-01,", "2026-08-01,true,"
        )
        users = users.replace(f"true,{word},", f"{word},")
        read = Read(write(tmp_path, users=users))
        assert {student for student, _, _ in read.places()} == {"bob", "cy"}
        assert not {entry for entry in read.entries() if entry[0] == "ann"}
        assert "user-not-enabled" in read.rules
        assert ("ann", "2027", "09") in Read(tmp_path, enabled_students=False).places()

    @pytest.mark.parametrize(
        ("now", "after"),
        [("09", "10"), ("9", "10"), ("KG", "01"), ("K", "1"), ("01", "02"), ("12", "12"), ("UG", "UG")],
    )
    def test_next_years_grade_is_one_on_where_no_class_gives_one(self, tmp_path: Path, now: str, after: str) -> None:
        classes = BUNDLE["classes"].replace("Room 9,09", "Room 9,").replace("Room 10,10", "Room 10,")
        users = BUNDLE["users"].replace(",,09,secret", f",,{now},secret")
        read = Read(write(tmp_path, classes=classes, users=users))
        assert {("ann", "2027", now), ("ann", "2028", after)} <= read.places()
        assert ("grade-advanced" if now != after else "grade-carried") in read.rules

    def test_a_newcomers_own_grade_is_the_one_to_come(self, tmp_path: Path) -> None:
        classes = BUNDLE["classes"].replace("Room 10,10", "Room 10,")
        users = BUNDLE["users"].replace("bob@school.example,,,dad,,", "bob@school.example,,,dad,09,")
        assert ("bob", "2028", "09") in Read(write(tmp_path, classes=classes, users=users)).places()

    def test_what_classes_say_counts_though_they_disagree(self, tmp_path: Path) -> None:
        classes = (
            BUNDLE["classes"].replace("Room 10,10,homeroom", "Room 10,11,scheduled")
            + "A28,A,11,scheduled,N,T28\nB28,B,12,scheduled,N,T28\n"
        )
        rows = BUNDLE["enrollments"] + "".join(f"x{c},active,,{c},N,ann,student,2027-08-19,\n" for c in ("A28", "B28"))
        assert ("ann", "2028", "11") in Read(write(tmp_path, classes=classes, enrollments=rows)).places()


def test_the_first_day_is_looked_for_school_by_school_in_any_order(tmp_path: Path) -> None:
    header, *rows = BUNDLE["enrollments"].splitlines()
    turned = "\n".join([header, *reversed(rows)]) + "\n"
    entries = Read(write(tmp_path, enrollments=turned)).entries()
    assert entries == {("ann", "2027"), ("ann", "2028"), ("bob", "2028"), ("cy", "2027")}
    assert isinstance(Read(tmp_path)["calendar_codes"], pl.DataFrame)
