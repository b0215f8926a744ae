"""F4: what a file says by all its columns together: the only name, the only id, whose code, who takes which course."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dayzero.plugin import Looking, Proposal
from dayzero_csv.looking.propose import look


def looked_at(folder: Path, answers: dict[str, str] | None = None, **texts: str) -> Proposal:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    proposal = look(Looking(str(folder), date(2026, 11, 26), answers or {}))
    assert proposal is not None
    return proposal


def options(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    return {question.key: question.options for question in proposal.questions}


STUDENT = "Student ID,Last Name,{given},Grade,Email\n1,Ito,Al,9,al@p.example\n2,Li,Cy,10,cy@p.example\n"


@pytest.mark.parametrize("called", ["Preferred Name", "Nickname", "First Nick Name", "Goes By", "Pref First Name"])
def test_a_name_that_somebody_likes_is_the_given_name_where_there_is_no_other(tmp_path: Path, called: str) -> None:
    proposal = looked_at(tmp_path, students=STUDENT.format(given=called))
    assert proposal.mapping["students"]["given_name"] == called
    assert "preferred_name" not in proposal.mapping["students"]
    assert f"{called} is taken as the given name: students.csv has no other." in proposal.notes
    beside = looked_at(tmp_path, students=STUDENT.format(given="First Name").replace("Grade", called, 1))
    assert beside.mapping["students"]["given_name"] == "First Name"


@pytest.mark.parametrize("parent", ["PARENT 1: ", "Guardian 1 ", "Mother "])
def test_so_is_a_parents(tmp_path: Path, parent: str) -> None:
    header = f"Student ID,Last Name,First Name,Grade,Email,{parent}Preferred Name,{parent}Last Name,{parent}Email\n"
    proposal = looked_at(tmp_path, students=f"{header}1,Ito,Al,9,al@p.example,Bo,Ito,bo@h.example\n")
    assert proposal.mapping["contacts[1]"]["given_name"] == f"{parent}Preferred Name"
    assert any(note.startswith(f"{parent}Preferred Name is taken") for note in proposal.notes)


@pytest.mark.parametrize(
    ("header", "mapped"),
    [
        ("Student ID,Last Name,First Name,Grd,SEM,PEM", {"students.email": "SEM", "contacts[1].primary_email": "PEM"}),
        (
            "STU.ID,STU.LN,STU.FN,STU.GR,STU.SEM,STU.PEM",
            {"students.student_id": "STU.ID", "students.email": "STU.SEM", "contacts[1].primary_email": "STU.PEM"},
        ),
        (
            "STU.ID,STU.LN,STU.FN,STU.GR,STU.SEM,CON.EM",
            {"enrollments.grade_level": "STU.GR", "contacts[1].primary_email": "CON.EM"},
        ),
        ("ID,LN,FN,GR,SEM,PEM", {"students.student_id": "ID", "students.family_name": "LN", "students.email": "SEM"}),
    ],
)
def test_codes_of_aeries_are_read(tmp_path: Path, header: str, mapped: dict[str, str]) -> None:
    proposal = looked_at(tmp_path, students=f"{header}\n1,Ito,Al,9,al@p.example,bo@h.example\n")
    flat = {f"{t}.{c}": h for t, columns in proposal.mapping.items() for c, h in columns.items()}
    assert mapped.items() <= flat.items()


def test_a_code_of_an_address_without_addresses_is_none(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, students="Student ID,Last Name,First Name,Grade,SEM\n1,Ito,Al,9,2\n")
    assert "email" not in proposal.mapping["students"]


@pytest.mark.parametrize("header", ["Host ID", "Other ID", "Old Student ID", "State Student ID", "Previous Number"])
def test_an_id_is_the_students_where_the_file_has_no_other(tmp_path: Path, header: str) -> None:
    text = "{id}Last Name,First Name,Grade,Email\n{1}Ito,Al,9,al@p.example\n{2}Li,Cy,10,cy@p.example\n"
    alone = text.replace("{id}", f"{header},").replace("{1}", "A71,").replace("{2}", "A72,")
    proposal = looked_at(tmp_path, students=alone)
    assert proposal.mapping["students"]["student_id"] == header
    assert any(note.startswith(f"{header} is taken as the student's stable id") for note in proposal.notes)
    blank = looked_at(tmp_path, students=alone.replace("A72,", ","))
    assert options(blank)["student_id"] == (header,)
    both = text.replace("{id}", f"{header},Student ID,").replace("{1}", "A71,5,").replace("{2}", "A72,6,")
    assert options(looked_at(tmp_path, students=both))["student_id"] == ("Student ID", header)


@pytest.mark.parametrize(
    ("header", "first", "second", "expected"),
    [
        ("Ref,Bus", "A71,7", "A72,7", ("Ref", "Email")),
        ("Kennz,Fob", "00042,4", "00043,5", ("Kennz", "Fob", "Email")),
        ("Locker Combo,Bus", "7-7,East", "7-7,East", ("Email",)),
        ("Hair,Bus", "red,East", "brown,West", ("Email",)),
    ],
)
def test_what_looks_like_an_id_is_offered_and_nothing_else(
    tmp_path: Path, header: str, first: str, second: str, expected: tuple[str, ...]
) -> None:
    text = (
        f"Last Name,First Name,Grade,Email,Birth Date,Phone,{header}\n"
        f"Ito,Al,9,al@p.example,2010-03-14,5550141,{first}\nLi,Cy,10,cy@p.example,2011-09-30,5550142,{second}\n"
    )
    assert options(looked_at(tmp_path, students=text))["student_id"] == expected


COURSES = [
    "Student ID,Last Name,First Name,Course Code,Course Title,Term,Start Date,End Date\n1,Ito,Al,M1,Maths,Fall,2026-09-01,2026-12-18\n1,Ito,Al,L1,Latin,Fall,2026-09-01,2026-12-18\n",
    "Student Number,Student Name,Grade,Course Number,Section,Period,Teacher\n1,Al Ito,9,M1,2,3,Frau X\n1,Al Ito,9,L1,1,4,Frau Y\n2,Cy Li,9,L1,1,4,Frau Y\n",
    "First Name,Last Name,Email,Course,Credits,Enrolled,Dropped,End Date\nAl,Ito,al@p.example,Maths,1,1,0,12/18/2026\nAl,Ito,al@p.example,Latin,1,0,1,12/18/2026\n",
    "STUDENTS.Student_Number,COURSES.Course_Name,CC.Section_Number,Exit Date\n1,Maths,2,2026-12-18\n2,Maths,2,2026-12-18\n",
]


@pytest.mark.parametrize("text", COURSES)
def test_who_takes_which_course_says_nothing_about_the_school(tmp_path: Path, text: str) -> None:
    alone = looked_at(tmp_path, export=text)
    assert (alone.shape, alone.mapping) == ("unknown", {})
    beside = looked_at(tmp_path, export=text, students=STUDENT.format(given="First Name"))
    assert beside.mapping["students"]["student_id"] == "Student ID"
    assert "calendar_codes" not in beside.mapping
    assert any(note.startswith("export.csv is left out") for note in beside.notes)


@pytest.mark.parametrize("extra", ["Course,Homeroom", "Department,Section", "Term,Homeroom"])
def test_a_list_of_students_with_a_course_is_one_of_students(tmp_path: Path, extra: str) -> None:
    header, *rows = STUDENT.format(given="First Name").splitlines()
    text = "".join(f"{line},{more}\n" for line, more in zip([header, *rows], [extra, "x,9A", "y,9B"], strict=True))
    assert looked_at(tmp_path, students=text).mapping["students"]["student_id"] == "Student ID"


@pytest.mark.parametrize("header", ["Title", "Type", "Contact Role", "Relationship to student", "Capacity"])
def test_a_relation_is_told_by_its_words(tmp_path: Path, header: str) -> None:
    contacts = f"Account ID,First Name,Last Name,Email 1,Student ID,{header}\n7,Bo,Ito,bo@h.example,1,Mother\n8,Di,Li,di@h.example,2,Guardian\n"
    proposal = looked_at(tmp_path, students=STUDENT.format(given="First Name"), parents=contacts)
    assert proposal.mapping["relationships"] == {
        "relation": header,
        "contact_id": "Account ID",
        "student_id": "Student ID",
    }


def test_a_slip_that_may_be_either_is_asked_and_answered(tmp_path: Path) -> None:
    text = "Student ID,Last Name,First Name,Grade,Email,Fother Email\n1,Ito,Al,9,al@p.example,bo@h.example\n"
    proposal = looked_at(tmp_path, students=text)
    assert "father email" in options(proposal)["means:Fother Email"]
    assert "Fother Email" not in str(proposal.mapping)
    answered = looked_at(tmp_path, {"means:Fother Email": "father email"}, students=text)
    assert answered.mapping["contacts[1]"] == {"primary_email": "Fother Email"}


def test_a_slip_is_told(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, students=STUDENT.format(given="Frist Name"))
    assert proposal.mapping["students"]["given_name"] == "Frist Name"
    assert "Frist Name is read as given name: a slip of the pen?" in proposal.notes


def test_pairs_of_student_and_parent_beside_a_list_of_students_are_contacts(tmp_path: Path) -> None:
    pairs = "Student ID,Student First Name,Student Last Name,Parent First Name,Parent Last Name,Parent Email,Relationship\n1,Al,Ito,Bo,Ito,bo@h.example,Father\n"
    proposal = looked_at(tmp_path, students=STUDENT.format(given="First Name"), pairs=pairs)
    assert proposal.mapping["contacts"]["given_name"] == "Parent First Name"
    assert proposal.mapping["relationships"]["student_id"] == "Student ID"
    assert options(proposal)["contact_id"] == ("Parent Email",)


@pytest.mark.parametrize("parent", ["Parent", "Guardian", "Parent/Guardian"])
def test_a_second_address_is_asked_unless_a_second_parent_has_a_name(tmp_path: Path, parent: str) -> None:
    header = f"Student ID,Last Name,First Name,Grade,Email,{parent} Last Name,{parent} Email 1,{parent} Email 2"
    text = f"{header}\n1,Ito,Al,9,al@p.example,Ito,bo@h.example,bo@work.example\n"
    alone = looked_at(tmp_path, students=text)
    assert alone.mapping["contacts[1]"] == {"primary_email": f"{parent} Email 1", "family_name": f"{parent} Last Name"}
    assert options(alone)[f"means:{parent} Email 2"] == ("parent 2 email", "none")
    answered = looked_at(tmp_path, {f"means:{parent} Email 2": "parent 2 email"}, students=text)
    assert answered.mapping["contacts[2]"] == {"primary_email": f"{parent} Email 2"}
    named = text.replace("Email 2", f"Email 2,{parent} Last Name 2", 1).replace("work.example", "work.example,Li")
    told = looked_at(tmp_path, students=named)
    assert told.mapping["contacts[2]"] == {
        "primary_email": f"{parent} Email 2",
        "family_name": f"{parent} Last Name 2",
    }


def test_a_number_behind_gives_way_to_one_before(tmp_path: Path) -> None:
    header = (
        "Person ID,First Name,Last Name,Grade,Email,Parents: Email 1,Parents: Email 2,Parent 1: Email,Parent 2: Email"
    )
    text = f"{header}\n1,Al,Ito,9,al@p.example,x@h.example,y@h.example,bo@h.example,di@h.example\n"
    proposal = looked_at(tmp_path, students=text)
    assert proposal.mapping["contacts[1]"] == {"primary_email": "Parent 1: Email"}
    assert proposal.mapping["contacts[2]"] == {"primary_email": "Parent 2: Email"}


@pytest.mark.parametrize("header", ["Enroll_Status", "STUDENTS.Enroll_Status", "Enrollment Status (required)"])
def test_a_systems_codes_are_known_behind_a_table_and_before_a_remark(tmp_path: Path, header: str) -> None:
    text = (
        f"Student ID,First Name,Last Name,Grade,Email,{header}\n1,Al,Ito,9,al@p.example,0\n2,Cy,Li,9,cy@p.example,-1\n"
    )
    proposal = looked_at(tmp_path, students=text)
    assert proposal.values["enrollments"]["status"] == {"0": "active", "-1": "pre-registered"}


PUPILS = "Student ID,First Name,Last Name,Grade,Email\n1,Al,Ito,9,al@p.example\n2,Cy,Li,10,cy@p.example\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("adults", "Pupil No,Mother Email,Father Email\n1,bo@h.example,\n", "Join it to pupils.csv by Pupil No, or export"),
        ("p", "Student ID,Guardian 1 First Name,Guardian 2 First Name\n1,Bo,Di\n", "Join it to pupils.csv by Student ID"),
        ("mails", "studentNumber;parent_email;parent_email2;parent_last_name\n1;b@h.example;;Ito\n", "by studentNumber"),
        ("kin", "Mother First Name,Mother Email\nBo,bo@h.example\n", "no column says whose. Export it with the student's id"),
        ("bus", "Student ID,Bus,Stop\n1,4,Elm St\n", "it has Student ID, and seems to have neither"),
        ("photo", "Student ID,Photo File\n1,1.jpg\n", "it has Student ID, and seems to have neither"),
        ("lunch", "Meal,Price\nSoup,2\n", "no column says that it has students"),
        ("empty", "", "it is empty, or cannot be read as a table"),
        ("who", "Student ID,Contact ID\n1,7\n", "no file has the contacts"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_read_is_told_of(tmp_path: Path, name: str, text: str, said: str) -> None:
    proposal = looked_at(tmp_path, pupils=PUPILS.replace("Email", "Email,Parent 1 Email", 1), **{name: text})
    [note] = [note for note in proposal.notes if note.startswith(f"{name}.csv is left out: ")]
    assert said in note
    assert name not in str(proposal.settings.get("files", {}))
    assert not any(note.startswith("pupils.csv is left out") for note in proposal.notes)


def test_so_is_one_beside_our_own_tables(tmp_path: Path) -> None:
    proposal = looked_at(
        tmp_path,
        students="student_id,given_name,family_name\n1,Al,Ito\n",
        enrollments="student_id,year_id,grade_level,status\n1,2027,9,active\n",
        guardian_email="stateID,guardian_email,guardian_first_name\n1,bo@h.example,Bo\n",
    )
    assert proposal.shape == "tables"
    assert any(note.startswith("guardian_email.csv is left out: it seems to have a row") for note in proposal.notes)


@pytest.mark.parametrize("header", ["Enrollment Exit Code", "Withdrawal Reason Code", "14 Exit Reason Code"])
def test_codes_that_are_not_read_are_told_of(tmp_path: Path, header: str) -> None:
    proposal = looked_at(tmp_path, pupils=PUPILS.replace("Grade", f"{header},Grade", 1).replace(",9,", ",W1,9,"))
    assert any(note.startswith(f"{header} is not read: who comes or leaves") for note in proposal.notes)
    assert header not in str(proposal.mapping)


@pytest.mark.parametrize(
    ("first", "second", "date_format"),
    [
        ("6/4/2012 12:00:00 AM", "12/18/2011 12:00:00 AM", "%m/%d/%Y"),
        ("04.06.2012 00:00", "18.12.2011 00:00", "%d.%m.%Y"),
        ("2012-06-04T00:00:00", "2011-12-18 00:00:00.000", None),
        ("18/12/2011 0:00", "18/12/2011", "%d/%m/%Y"),
        ("12/18/2011", "2012-06-04 00:00:00", "%m/%d/%Y"),
    ],
)
def test_a_time_of_day_behind_a_date_is_no_matter(
    tmp_path: Path, first: str, second: str, date_format: str | None
) -> None:
    text = PUPILS.replace("Grade", "DOB,Grade", 1).replace(",9,", f",{first},9,").replace(",10,", f",{second},10,")
    proposal = looked_at(tmp_path, pupils=text)
    assert proposal.mapping["students"]["birth_date"] == "DOB"
    assert proposal.settings.get("date_format") == date_format


UNKNOWN = "Student ID,Pupil Label,Grade,Email\n1,Al Ito,9,al@p.example\n2,Bo Li,9,bo@p.example\n"


def needed(proposal: Proposal) -> set[str]:
    return {question.key for question in proposal.questions if question.needed}


@pytest.mark.parametrize("more", [{}, {"lunch": "Meal,Price\nSoup,2\n"}, {"bus": "Student ID,Bus,Stop\n1,4,Elm St\n"}])
def test_which_file_has_the_students_is_settled_by_its_name(tmp_path: Path, more: dict[str, str]) -> None:
    proposal = looked_at(tmp_path, s=UNKNOWN, **more)
    assert needed(proposal) == {"students"}
    assert options(proposal)["students"] == tuple(sorted(f"{name}.csv" for name in {"s", *more}))
    said = {"students": "s.csv"}
    assert options(looked_at(tmp_path, said)) == {"students.name": ("Pupil Label",)}
    named = looked_at(tmp_path, {**said, "students.name": "Pupil Label"})
    assert named.questions == ()
    assert named.mapping["students"]["given_name+family_name"] == "Pupil Label"
    assert "students" in needed(looked_at(tmp_path, {"students": "other.csv"}))
    assert "students" in named.takes


TWICE = "Student ID,Last Name,First Name,Grade,Email,Last Name,First Name\n1,Ito,Al,9,al@p.example,Ito,Eva\n"


def test_names_that_are_there_twice_are_asked_each_by_itself(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, s=TWICE)
    assert needed(proposal) == {"students.given_name", "students.family_name"}
    [given] = [q for q in proposal.questions if q.key == "students.given_name"]
    assert given.options == ("First Name", "First Name (2)", "none")
    assert "its header says so (Parent 1 First Name)" in given.question
    one = looked_at(tmp_path, {"students.given_name": "First Name"})
    assert needed(one) == set()
    both = looked_at(tmp_path, {"students.given_name": "First Name (2)", "students.family_name": "Last Name"})
    assert both.questions == ()
    assert both.mapping["students"]["given_name"] == "First Name (2)"


def test_a_name_below_a_second_line_of_headers_is_asked_and_settled(tmp_path: Path) -> None:
    text = "Student,,,Parent 1,,Parent 2\nID,Name,Grade,Name,E-Mail,Name\n1,Al Ito,9,Eva Ito,eva@h.example,Jan Ito\n"
    proposal = looked_at(tmp_path, s=text)
    assert needed(proposal) == {"students.name"}
    for answer in ("Name", "Name (3)"):
        assert options(proposal)["students.name"].count(answer) == 1
        named = looked_at(tmp_path, {"students.name": answer})
        assert named.mapping["students"]["given_name+family_name"] == answer
        assert not needed(named)
