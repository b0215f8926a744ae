"""Students and their enrollments: names, ids, grades and what they sign in with."""

from __future__ import annotations

from dayzero_csv.looking.columns import Columns
from dayzero_csv.looking.draft import Draft
from dayzero_csv.looking.headers import Said, said_by
from dayzero_csv.looking.leaving import offer_exit_date, offer_status, tell_of_standing
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.values import mostly_with_comma, shouted_first, words_in
from dayzero_csv.looking.words import words_of
from dayzero_csv.looking.years import year_of
from dayzero_csv.names import NAME

__all__ = ["name_order", "place_students", "unread_codes", "year_column"]

_HALVES = ("given_name", "family_name")


def place_students(draft: Draft, columns: Columns, *, flat: bool) -> None:
    """Map the students' file; ``flat``: the enrollments stand in it, too."""
    # Both in one cell are looked for where no header is one of them.
    halves = any(f"students.{c}" in columns.found for c in _HALVES) and f"students.{NAME}" not in columns.found
    found = {c: h for c in (*_HALVES, *([] if halves else [NAME]), "middle_name", "preferred_name", "birth_date", "email")
             if (h := draft.one(columns, "students", c))}  # fmt: skip
    if (
        not {"given_name", NAME} & set(found)
        and "students.given_name" not in columns.found
        and "preferred_name" in found
    ):
        found["given_name"] = found.pop("preferred_name")
        draft.note(f"{found['given_name']} is taken as the given name: {columns.seen.file} has no other.")
    student_id = draft.identity(columns, "students.student_id", "student_id", "the student's stable id")
    username = draft.one(columns, "students", "username")
    students = {"student_id": student_id, **found, "username": username}
    # Where several may be a name that is asked already, of each by itself.
    if not {*_HALVES, NAME} & set(found) and not draft.insist(
        "students.name", "students.given_name", "students.family_name"
    ):
        unknown = tuple(h for h in columns.seen.headers if said_by(h) == Said(h))
        draft.ask("students.name", "Which column has the students' names?", unknown, needed=True)
    _login(draft, students, columns)
    draft.put("students", students)
    if "birth_date" in found:
        draft.dates.append(columns.seen.rows[found["birth_date"]])
    if not flat:
        draft.own_file("students", columns.seen)
        return
    grade = draft.one(columns, "enrollments", "grade_level")
    following = draft.one(columns, "enrollments", "next_grade_level")
    enrollments = {
        "status": offer_status(draft, columns, dated=True),
        "homeroom": draft.one(columns, "enrollments", "homeroom"),
    }
    enrollments |= {"grade_level": grade, "next_grade_level": following, "year_id": year_column(draft, columns)}
    if grade is None and following is None:
        _grade(draft, columns, enrollments)
    draft.put("enrollments", enrollments)
    draft.status(columns.seen, "enrollments", enrollments["status"])
    codes = {
        "entry_date": draft.one(columns, "calendar_codes", "entry_date"),
        "exit_date": offer_exit_date(draft, columns, enrollments["status"]),
    }
    tell_of_standing(draft, columns.seen, "--set {key}=COLUMN says so", enrollments["status"], codes["exit_date"])
    draft.put("calendar_codes", codes)
    draft.dates += [columns.seen.rows[h] for h in codes.values() if h]
    unread_codes(draft, columns)
    draft.used.add(columns.seen.called)
    tables = {t: draft.mapping[t] for t in ("students", "enrollments", "calendar_codes") if t in draft.mapping}
    draft.settings["flat"] = {**tables, "parents": []}
    name_order(draft, columns.seen, found.get(NAME))


def unread_codes(draft: Draft, columns: Columns) -> None:
    """Tell of entry and exit codes: beside an enrollment nothing says of which day they are, and dates and status do say it."""
    for column, what in (("code", "entry"), ("exit_code", "exit")):
        candidates = columns.found.get(f"calendar_codes.{column}")
        for header in candidates.all if candidates else ():
            draft.note(
                f"{header} is not read: who comes or leaves is told by the status and the {what} date, not by {what} codes."
            )


def _grade(draft: Draft, columns: Columns, enrollments: dict[str, str | None]) -> None:
    said = draft.looking.answers.get("grade_level")
    options = tuple(columns.found["enrollments.grade_level"].all) if columns.has("enrollments.grade_level") else ()
    if said is not None:
        enrollments["grade_level"] = said if said in columns.seen.headers else f"={said}"
    else:
        asked = "Which column has the grade? Without one, answer with the grade that all of them are in."
        draft.ask("grade_level", asked, options, needed=True)


def _login(draft: Draft, students: dict[str, str | None], columns: Columns) -> None:
    if students.get("email"):
        return
    rivals = columns.found.get("students.email")
    for header in columns.nobodys_email:
        whose = draft.looking.answers.get(f"whose:{header}")
        if whose == "student":
            students["email"] = header
            return
        if whose == "parent":
            columns.groups[0].columns.setdefault("primary_email", header)
            continue
        draft.ask(f"whose:{header}", f"Whose is {header}: the student's, or the first parent's?", ("student", "parent"))
        return
    options = (*(rivals.all if rivals else ()), *([students["username"]] if students.get("username") else ()))
    said = draft.looking.answers.get("student_login")
    if said is None and len(options) == 1 and students.get("username"):
        said = options[0]
    if said is None:
        asked = "Which column do students sign in with? There is no one e-mail address."
        draft.ask("student_login", asked, options)
    elif said == students.get("username"):
        draft.sync["student_login"] = "username"
    elif said in columns.seen.headers:
        students["email"] = said


def year_column(draft: Draft, columns: Columns) -> str | None:
    """Return the column that says each row's year, if its words are years that can be told apart."""
    header = draft.one(columns, "enrollments", "year_id")
    words = words_in(columns.seen.rows[header]) if header else []
    if not words:
        return None
    known = {word: year_of(word) for word in words}
    if None in known.values():
        said = draft.looking.answers.get("school_year")
        if said not in ("ends", "begins"):
            asked = f"{header} says {words[0]}: the year in which the school year ends, or begins?"
            if said != "ignore":
                draft.ask("school_year", asked, ("ends", "begins", "ignore"))
            return None
        known = {w: str(int(w) + (said == "begins")) if w.isdecimal() else w for w in words}
    draft.values.setdefault("enrollments", {})["year_id"] = {w: y for w, y in known.items() if y and w != y}
    return header


def name_order(draft: Draft, seen: Seen, header: str | None) -> None:
    """Say which of two names in a cell comes first, where no comma does."""
    headers = [header] if header else []
    headers += [p[NAME] for p in draft.settings.get("flat", {}).get("parents", ()) if NAME in p]
    open_ones = [h for h in headers if not mostly_with_comma(seen.rows[h])]
    if not open_ones:
        return
    words = words_of(open_ones[0])
    first = [w for w in words if w in ("last", "nom", "apellidos", "nachname", "cognome", "lastfirst")]
    said = draft.looking.answers.get("name_order")
    family_first = shouted_first(seen.rows[open_ones[0]]) or bool(first and words[0] == first[0] and len(words) > 1)
    draft.settings["name_order"] = said or ("family given" if family_first else "given family")
