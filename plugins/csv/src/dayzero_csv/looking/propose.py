"""From what was seen to a proposal: which file gives which table, what is known of it, and what has to be asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dayzero.plugin import Looking, Proposal, Question
from dayzero.schema import TABLES
from dayzero_csv.flat import PRE_REGISTERED
from dayzero_csv.looking.columns import Columns, columns_of, groups_in_order, telling
from dayzero_csv.looking.seen import Seen, all_seen
from dayzero_csv.looking.values import UNDECIDED, date_format_of, has_blanks, mostly_with_comma, shouted_first, words_in
from dayzero_csv.looking.vocabulary import vocabulary
from dayzero_csv.looking.words import plain, words_of
from dayzero_csv.looking.years import this_and_next, year_of
from dayzero_csv.names import NAME

__all__ = ["look"]

_OWN = 0.99
_STATUSES = ("active", "inactive", PRE_REGISTERED)
_TAKES = (
    "student_id", "contact_id", "portal_access", "empty_status", "grade_level", "student_login", "name_order", "school_year",
    "encoding", "date_format",
)  # fmt: skip
_COMMENTS = {
    "files": "whose file is called otherwise: table = file",
    "columns": "by table: column of dayzero = header of the file",
    "constants": "by table: what stands where the file has nothing",
    "values": 'by table and column: what a word of the file means; "" is an empty cell',
    "years": "the school years, which no file tells; change them to your own",
    "flat": "one row a student; column of dayzero = header of the file, or =word for all rows",
    "flat.parents": "one of these for each parent's group of columns",
}
_PLAIN_YES = {"true": "yes", "yes": "yes", "y": "yes", "1": "yes", "false": "no", "no": "no", "n": "no", "0": "no"}


def look(looking: Looking) -> Proposal | None:
    """Return how files below a path would be read, None where there are none."""
    path = Path(looking.path)
    if "://" in looking.path or not path.exists():
        return None
    seen = list(all_seen(path, looking.answers.get("encoding")))
    if not seen:
        return None
    return _own_tables(seen, path, looking) or _Draft(looking, path, seen).proposal()


def _own_tables(seen: list[Seen], path: Path, looking: Looking) -> Proposal | None:
    """Return a proposal for files that have our tables and columns already."""
    named = {table: s for s in seen if (table := _own_name(s)) and _is_own(table, s)}
    if "students" not in named or "enrollments" not in named:
        return None
    draft = _Draft(looking, path, list(named.values()))
    for table, one in named.items():
        draft.mapping[table] = {c: c for c in one.headers if c in TABLES[table].names}
        draft.dates += [
            one.rows[c.name] for c in TABLES[table].columns if c.type.value == "date" and c.name in one.headers
        ]
    draft.settle_files()
    draft.settle_dates()
    return draft.told("tables", _OWN)


def _own_name(seen: Seen) -> str | None:
    stem = plain(seen.sheet or Path(seen.file).stem).replace(" ", "_")
    return stem if stem in TABLES else None


def _is_own(table: str, seen: Seen) -> bool:
    return {c.name for c in TABLES[table].columns if c.required} <= set(seen.headers)


@dataclass
class _Draft:
    """A proposal in the making."""

    looking: Looking
    path: Path
    seen: list[Seen]
    settings: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sync: dict[str, Any] = field(default_factory=dict)
    dates: list[Any] = field(default_factory=list)

    # -- which file is which

    def proposal(self) -> Proposal | None:
        """Return the proposal for exports of any system."""
        by_table = self._by_table()
        students = by_table.get("students")
        if students is None:
            return self._unknown()
        columns = columns_of(students, "students")
        self._open_names(columns)
        parents = groups_in_order(columns)
        apart = {
            t: by_table[t]
            for t in ("contacts", "relationships", "enrollments", "courses", "school_years")
            if t in by_table
        }
        self._students(columns, flat=bool(parents) or "enrollments" not in apart)
        parents = groups_in_order(columns)
        if parents and "contacts" not in apart:
            self._parents(columns, parents)
        else:
            for table in ("contacts", "relationships"):
                if table in apart:
                    self._links(apart[table], table)
            if "contacts" in apart and "relationships" not in apart:
                self._links(apart["contacts"], "relationships")
        for table in ("courses", "school_years"):
            if table in apart:
                self._plain(apart[table], table)
        if "enrollments" in apart and not parents:
            self._plain(apart["enrollments"], "enrollments")
        if "school_years" not in self.mapping:
            self._years()
        self.settle_files(students)
        self.settle_dates()
        share = columns.known / max(1, len(students.headers))
        self._system()
        return self.told("flat" if "flat" in self.settings and len(self.seen) == 1 else "files", 0.5 + 0.4 * share)

    def _by_table(self) -> dict[str, Seen]:
        """Return which file is about what: by its name, else by its header."""
        found: dict[str, Seen] = {}
        for one in sorted(self.seen, key=lambda s: -len(s.headers)):
            table = _table_of(one)
            if table is not None:
                found.setdefault(table, one)
        return found

    def _unknown(self) -> Proposal:
        files = ", ".join(sorted({s.file for s in self.seen}))
        self.questions.append(
            Question("students", f"Which file has the students? None of these looks like it: {files}.", needed=True)
        )
        return self.told("unknown", 0.1)

    # -- students

    def _students(self, columns: Columns, *, flat: bool) -> None:
        found = {c: h for c in ("given_name", "family_name", NAME, "middle_name", "preferred_name", "birth_date", "email")
                 if (h := self._one(columns, "students", c))}  # fmt: skip
        student_id = self._identity(columns, "students.student_id", "student_id", "the student's stable id")
        username = self._one(columns, "students", "username")
        students = {"student_id": student_id, **found, "username": username}
        if not {"given_name", "family_name", NAME} & set(found):
            self._ask(
                "students.name", "Which column has the students' names?", tuple(columns.seen.headers), needed=True
            )
        self._login(students, columns)
        self._put("students", students)
        if "birth_date" in found:
            self.dates.append(columns.seen.rows[found["birth_date"]])
        if not flat:
            return
        grade = self._one(columns, "enrollments", "grade_level")
        following = self._one(columns, "enrollments", "next_grade_level")
        enrollments = {c: self._one(columns, "enrollments", c) for c in ("status", "homeroom")}
        enrollments |= {"grade_level": grade, "next_grade_level": following, "year_id": self._year_column(columns)}
        if grade is None and following is None:
            self._grade(columns, enrollments)
        self._put("enrollments", enrollments)
        self._status(columns.seen, "enrollments", enrollments["status"])
        codes = {c: self._one(columns, "calendar_codes", c) for c in ("entry_date", "exit_date")}
        self._put("calendar_codes", codes)
        self.dates += [columns.seen.rows[h] for h in codes.values() if h]
        tables = {t: self.mapping[t] for t in ("students", "enrollments", "calendar_codes") if t in self.mapping}
        self.settings["flat"] = {**tables, "parents": []}
        self._name_order(columns.seen, found.get(NAME))

    def _grade(self, columns: Columns, enrollments: dict[str, str | None]) -> None:
        said = self.looking.answers.get("grade_level")
        options = tuple(columns.found["enrollments.grade_level"].all) if columns.has("enrollments.grade_level") else ()
        if said is not None:
            enrollments["grade_level"] = said if said in columns.seen.headers else f"={said}"
        else:
            asked = "Which column has the grade? Without one, answer with the grade that all of them are in."
            self._ask("grade_level", asked, options, needed=True)

    def _login(self, students: dict[str, str | None], columns: Columns) -> None:
        if students.get("email"):
            return
        rivals = columns.found.get("students.email")
        for header in columns.nobodys_email:
            whose = self.looking.answers.get(f"whose:{header}")
            if whose == "student":
                students["email"] = header
                return
            if whose == "parent":
                columns.groups[0].columns.setdefault("primary_email", header)
                continue
            self._ask(
                f"whose:{header}", f"Whose is {header}: the student's, or the first parent's?", ("student", "parent")
            )
            return
        options = (*(rivals.all if rivals else ()), *([students["username"]] if students.get("username") else ()))
        said = self.looking.answers.get("student_login")
        if said is None and len(options) == 1 and students.get("username"):
            said = options[0]
        if said is None:
            asked = "Which column do students sign in with? There is no one e-mail address."
            self._ask("student_login", asked, options)
        elif said == students.get("username"):
            self.sync["student_login"] = "username"
        elif said in columns.seen.headers:
            students["email"] = said

    def _year_column(self, columns: Columns) -> str | None:
        """Return the column that says each row's year, if its words are years that can be told apart."""
        header = self._one(columns, "enrollments", "year_id")
        words = words_in(columns.seen.rows[header]) if header else []
        known = {word: year_of(word) for word in words}
        if not words or None in known.values():
            if words:
                said = self.looking.answers.get("school_year")
                options = ("ends", "begins", "ignore")
                if said not in options:
                    self._ask(
                        "school_year",
                        f"{header} says {words[0]}: the year in which the school year ends, or begins?",
                        options,
                    )
                if said not in ("ends", "begins"):
                    return None
                known = {w: str(int(w) + (said == "begins")) if w.isdecimal() else w for w in words}
            else:
                return None
        self.values.setdefault("enrollments", {})["year_id"] = {w: y for w, y in known.items() if y and w != y}
        return header

    def _name_order(self, seen: Seen, header: str | None) -> None:
        headers = [header] if header else []
        headers += [p[NAME] for p in self.settings.get("flat", {}).get("parents", ()) if NAME in p]
        open_ones = [h for h in headers if not mostly_with_comma(seen.rows[h])]
        if not open_ones:
            return
        words = words_of(open_ones[0])
        first = [w for w in words if w in ("last", "nom", "apellidos", "nachname", "cognome", "lastfirst")]
        said = self.looking.answers.get("name_order")
        family_first = shouted_first(seen.rows[open_ones[0]]) or bool(first and words[0] == first[0] and len(words) > 1)
        self.settings["name_order"] = said or ("family given" if family_first else "given family")

    # -- parents

    def _open_names(self, columns: Columns) -> None:
        """Put a header such as `Mother` to its group once it is said what stands there."""
        means = {"full name": NAME, "family name": "family_name"}
        for header, group in columns.open_names.items():
            if "given_name" in group.columns:
                group.columns.setdefault("family_name", header)
                continue
            said = self.looking.answers.get(f"name:{header}")
            if said in means:
                group.columns[means[said]] = header
            else:
                self._ask(f"name:{header}", f"What stands in {header}?", (*means, "none"))

    def _parents(self, columns: Columns, groups: list[Any]) -> None:
        seen = columns.seen
        slots = [
            dict(g.columns) | ({"relation": f"={g.relation}"} if g.relation and "relation" not in g.columns else {})
            for g in groups
        ]
        rivals = columns.found.get("relationships.portal_access")
        candidates = rivals.all if rivals else []
        ticked = [s["portal_access"] for s in slots if "portal_access" in s]
        if not ticked or "portal_access" in self.looking.answers:
            answer = self._portal_access([], candidates)
            for slot in slots if answer else ():
                slot["portal_access"] = str(answer)
            ticked = ticked if answer is None else [answer] if not answer.startswith("=") else []
        household = columns.sure("contacts.household_id")
        for slot in slots if household else ():
            slot.setdefault("household_id", str(household))
        for number, slot in enumerate(slots, 1):
            for table in ("contacts", "relationships"):
                ours = {
                    c: h for c, h in slot.items() if (c in ("relation", "portal_access")) == (table == "relationships")
                }
                self._put(f"{table}[{number}]", ours)
        self._ticks(seen, [t for t in ticked if t])
        self.settings["flat"]["parents"] = slots
        self._name_order(seen, self.mapping["students"].get(NAME))

    def _portal_access(self, sure: list[str], candidates: list[str]) -> str | None:
        """Return the header of the tick, ``=yes`` or ``=no`` for all, or None while it is open: whose tick it is, is asked."""
        said = self.looking.answers.get("portal_access")
        if said in candidates:
            return said
        if said is not None and said.lower() in ("yes", "no"):
            return f"={said.lower()}"
        if sure:
            return sure[0]
        about = f" These look like it: {', '.join(candidates)}." if candidates else ""
        asked = f"Which parents may see their child in the portal: those ticked in a column, all (yes), or none (no)?{about}"
        self._ask("portal_access", asked, (*candidates, "yes", "no"))
        return None

    def _links(self, seen: Seen, table: str) -> None:
        """Map a file of contacts, or one that says whose they are."""
        columns = columns_of(seen, "contacts")
        wanted = (
            ("given_name", "family_name", NAME, "primary_email", "household_id")
            if table == "contacts"
            else ("relation",)
        )
        ours: dict[str, str | None] = {c: self._one(columns, table, c) for c in wanted}
        ours["contact_id"] = self._contact_id(columns)
        if table == "relationships":
            ours["student_id"] = self._identity(
                columns, "relationships.student_id", "contacts.student_id", "the student's id in the contacts file"
            )
        rivals = columns.found.get("relationships.portal_access")
        known = self.mapping.get("contacts", {}).get("portal_access") or self.constants.get("contacts", {}).get(
            "portal_access"
        )
        if table == "contacts" or not known:
            answer = self._portal_access(
                rivals.sure if rivals and len(rivals.sure) == 1 else [], rivals.all if rivals else []
            )
            if answer and answer.startswith("="):
                self.constants.setdefault("contacts", {})["portal_access"] = answer[1:]
            elif answer and (table == "relationships" or "relationships.student_id" not in columns.found):
                ours["portal_access"] = answer
                self._ticks(seen, [answer], table)
        self._put(table, ours)
        self._own_file(table, seen)

    def _contact_id(self, columns: Columns) -> str | None:
        return self._identity(columns, "contacts.contact_id", "contact_id", "the contact's stable id")

    # -- tables as they are

    def _plain(self, seen: Seen, table: str) -> None:
        about = table if table in ("courses", "school_years") else "students"
        columns = columns_of(seen, about)
        names = [c.name for c in TABLES[table].columns]
        ours = {c: self._one(columns, table, c) for c in names}
        if table == "enrollments":
            ours["student_id"] = self._identity(
                columns, "students.student_id", "enrollments.student_id", "the student's id in the enrollments"
            )
            self._status(seen, table, ours["status"])
            if ours["year_id"] is None:
                self.constants.setdefault(table, {})["year_id"] = this_and_next(self.looking.today)[0].year_id
        missing = [
            c.name
            for c in TABLES[table].columns
            if c.required and not ours.get(c.name) and c.name not in self.constants.get(table, {})
        ]
        if missing and not TABLES[table].required:
            self.notes.append(f"{seen.file} is left out: nothing in it is {', '.join(missing)}.")
            return
        if missing and table == "school_years":
            return
        self._put(table, ours)
        self._own_file(table, seen)

    def _own_file(self, table: str, seen: Seen) -> None:
        if seen.sheet:
            self.settings.setdefault("sheets", {})[table] = seen.sheet
        if seen.file != self.path.name or self.path.is_dir():
            self.settings.setdefault("files", {})[table] = seen.file
        columns = {c: h for c, h in self.mapping.get(table, {}).items() if c != h}
        if columns:
            self.settings.setdefault("columns", {})[table] = columns

    # -- words

    def _status(self, seen: Seen, table: str, header: str | None) -> None:
        if header is None:
            return
        coded = vocabulary().status_codes.get(" ".join(words_of(header)), {})
        known: dict[str, str] = {}
        for word in words_in(seen.rows[header]):
            said = self.looking.answers.get(f"status:{word}")
            means = said if said in _STATUSES else coded.get(word) or vocabulary().status.get(plain(word))
            if means is None:
                self._ask(f"status:{word}", f"What does {word!r} in {header} mean?", _STATUSES)
            else:
                known[word] = means
        if has_blanks(seen.rows[header]):
            said = self.looking.answers.get("empty_status")
            if said in _STATUSES:
                known[""] = said
            else:
                self._ask("empty_status", f"What does an empty cell in {header} mean?", _STATUSES)
        if known:
            self.values.setdefault(table, {})["status"] = known

    def _ticks(self, seen: Seen, headers: Iterable[str], table: str = "relationships") -> None:
        known: dict[str, str] = {}
        words = {word for header in headers if header in seen.rows.columns for word in words_in(seen.rows[header])}
        for word in sorted(words):
            if word.lower() in _PLAIN_YES:
                continue
            said = self.looking.answers.get(f"portal_access:{word}")
            means = {True: "yes", False: "no"}.get(vocabulary().yes.get(plain(word)))  # type: ignore[arg-type]
            if (said or means) in ("yes", "no"):
                known[word] = str(said or means)
            else:
                self._ask(f"portal_access:{word}", f"Does {word!r} as portal access mean yes or no?", ("yes", "no"))
        if known:
            others = {
                w: "yes" if yes else "no" for w, yes in vocabulary().yes.items() if len(w) > 1 and w not in _PLAIN_YES
            }
            self.values.setdefault(table, {})["portal_access"] = others | known

    # -- what all have

    def _one(self, columns: Columns, table: str, column: str) -> str | None:
        """Return the header for a column of ours: the answer, or the one that is sure. Several are asked."""
        candidates = columns.found.get(f"{table}.{column}")
        if candidates is None:
            return None
        key = f"{table}.{column}"
        said = self.looking.answers.get(key)
        if said in candidates.all:
            return said
        if len(candidates.sure) == 1:
            return candidates.sure[0]
        if (
            candidates.sure or column != "email"
        ):  # without an address of their own it is asked what students sign in with
            self._ask(key, f"Which column is {key}?", (*candidates.all, "none"))
        return None

    def _identity(self, columns: Columns, target: str, key: str, what: str) -> str | None:
        """Return the header of an id. Where several may be it, one is asked for."""
        candidates = columns.found.get(target)
        if candidates is not None and key != "contact_id":
            candidates = telling(candidates, columns.seen)
        options = tuple(candidates.all) if candidates else ()
        said = self.looking.answers.get(key)
        if said in columns.seen.headers:
            return said
        if candidates and len(candidates.sure) == 1 and not candidates.maybe:
            return candidates.sure[0]
        self._ask(key, f"Which column is {what}?", options or tuple(columns.seen.headers), needed=True)
        return None

    def _ask(self, key: str, question: str, options: tuple[str, ...], *, needed: bool = False) -> None:
        if key not in {q.key for q in self.questions} and self.looking.answers.get(key) != "none":
            self.questions.append(Question(key, question, options, needed))

    def _put(self, table: str, columns: Mapping[str, str | None]) -> None:
        told = {c: h for c, h in columns.items() if h}
        headers = {c: h for c, h in told.items() if not h.startswith("=")}
        constants = {c: h[1:] for c, h in told.items() if h.startswith("=")}
        shown = told if table in ("students", "enrollments", "calendar_codes") else headers
        if shown:
            self.mapping[table] = shown
        if constants:
            self.constants[table] = self.constants.get(table, {}) | constants

    def _years(self) -> None:
        years = this_and_next(self.looking.today)
        self.settings["years"] = [dataclasses.asdict(y) for y in years]
        told = " and ".join(f"{y.year_id} ({y.starts_on} to {y.ends_on}, {y.role})" for y in years)
        self.notes.append(f"No file has the school years: taken are {told}. Change them under [[source.years]].")

    def settle_files(self, flat: Seen | None = None) -> None:
        """Say where the flat file is, in which sheet, and in which encoding and with which delimiter files are written."""
        self.settings = {"path": str(self.looking.path)} | self.settings
        if flat is not None and "flat" in self.settings:
            if self.path.is_dir() or flat.file != self.path.name:
                self.settings["flat"] = {"file": flat.file} | self.settings["flat"]
            if flat.sheet and len([s for s in self.seen if s.file == flat.file]) > 1:
                self.settings.setdefault("sheets", {})["flat"] = flat.sheet
        used = [s for s in self.seen if not s.sheet]
        for one in used:
            self.notes.append(f"{one.file}: {one.encoding or 'unknown encoding'}, split at {_spelled(one.delimiter)}.")
        if any(s.encoding is None for s in used):
            self._ask(
                "encoding",
                "In which encoding are the files written? Their letters may be several alphabets'.",
                ("cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman"),
                needed=True,
            )
        odd = {s.encoding for s in used if s.encoding} - {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"}
        if len(odd) == 1 and all(s.encoding in odd for s in used):
            self.settings["encoding"] = odd.pop()
        elif odd:
            tables = {
                **{f: t for t, f in self.settings.get("files", {}).items()},
                **({flat.file: "flat"} if flat else {}),
            }
            said = {tables.get(s.file) or _own_name(s) or "": s.encoding for s in used if s.encoding in odd}
            self.settings["encoding"] = {t: e for t, e in said.items() if t}

    def settle_dates(self) -> None:
        """Say how dates are written, or ask."""
        found = date_format_of(self.dates)
        said = self.looking.answers.get("date_format")
        if said is not None:
            self.settings["date_format"] = said
        elif found.startswith(UNDECIDED):
            mark = found[1:]
            options = (mark.join(("%d", "%m", "%Y")), mark.join(("%m", "%d", "%Y")))
            self._ask("date_format", "Is the day first in dates, or the month? No date in the files tells.", options)
        elif found:
            self.settings["date_format"] = found

    def _system(self) -> None:
        """Name the system whose export this is, where headers tell."""
        there = {plain(h) for s in self.seen for h in s.headers}
        for name, lines in vocabulary().systems:
            if any(line <= there for line in lines):
                self.notes.append(f"Headers of {name}.")
                return

    def told(self, shape: str, confidence: float) -> Proposal:
        """Return the draft as a proposal."""
        settings = dict(self.settings)
        settings.setdefault("path", str(self.looking.path))
        if self.constants and "flat" not in settings:
            settings["constants"] = self.constants
        elif "flat" in settings:
            apart = {t: c for t, c in self.constants.items() if "[" not in t}
            if apart:
                settings["constants"] = apart
        if self.values:
            settings["values"] = self.values
        return Proposal(
            shape, settings, confidence, self.mapping, self.constants, self.values, tuple(self.questions), tuple(self.notes),
            self.sync, _TAKES, _COMMENTS,
        )  # fmt: skip


def _spelled(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}.get(delimiter, delimiter)


def _table_of(seen: Seen) -> str | None:
    """Return what a file is about: what its header says, and where that leaves it open, its name."""
    name = vocabulary().files.get(plain(seen.sheet or Path(seen.file).stem).replace("_", " ").replace("-", " "))
    as_students = columns_of(seen, "students")
    names = any(as_students.has(f"students.{n}") for n in ("given_name", "family_name", NAME))
    is_students = names and as_students.has("students.student_id")
    grades = as_students.has("enrollments.grade_level") or as_students.has("enrollments.next_grade_level")
    as_contacts = columns_of(seen, "contacts")
    is_contacts = as_contacts.has("contacts.contact_id") and any(
        as_contacts.has(f"contacts.{n}") for n in ("given_name", "family_name", NAME, "primary_email")
    )
    linked = as_contacts.has("relationships.student_id") or as_contacts.has("relationships.relation")
    if name == "contacts" and is_contacts:
        return "contacts"
    if name == "relationships" and as_contacts.has("relationships.student_id") and not names:
        return "relationships"
    if is_contacts and linked and not grades and name != "students":
        return "contacts"
    if name in ("enrollments",) and as_students.has("students.student_id") and grades and not names:
        return "enrollments"
    as_courses, as_years = columns_of(seen, "courses"), columns_of(seen, "school_years")
    if as_courses.has("courses.course_id", "courses.title") and not is_students:
        return "courses"
    if as_years.has("school_years.starts_on", "school_years.ends_on") and not names:
        return "school_years"
    if names and (is_students or grades):
        return "students"
    if as_contacts.has("contacts.contact_id", "relationships.student_id") and not names:
        return "relationships"
    if as_students.has("students.student_id") and grades and not names:
        return "enrollments"
    return name if name in ("students", "contacts") and names else None
