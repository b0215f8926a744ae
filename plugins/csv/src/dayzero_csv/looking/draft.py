"""A proposal in the making: what is mapped, what words mean, and what is asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dayzero.plugin import Looking, Proposal, Question
from dayzero.schema import TABLES
from dayzero_csv.flat import PRE_REGISTERED
from dayzero_csv.looking.columns import Columns, place
from dayzero_csv.looking.headers import Said, said_by
from dayzero_csv.looking.ids import best_first, likely_ids, lone_id, telling
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.standing import means_as_tick
from dayzero_csv.looking.values import UNDECIDED, date_format_of, has_blanks, words_in
from dayzero_csv.looking.vocabulary import Field, vocabulary
from dayzero_csv.looking.words import plain, readings
from dayzero_csv.looking.years import this_and_next
from dayzero_csv.names import NAME

__all__ = ["Draft", "own_name"]

_STATUSES = ("active", "inactive", PRE_REGISTERED)
_TAKES = (
    "student_id", "contact_id", "portal_access", "empty_status", "grade_level", "student_login", "name_order", "school_year",
    "encoding", "date_format", "students",
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


@dataclass
class Draft:
    """A proposal in the making: what is mapped, what words mean, and what is open."""

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
    used: set[str] = field(default_factory=set)
    told_of: set[str] = field(default_factory=set)

    def one(self, columns: Columns, table: str, column: str, *, asked: str = "", needed: bool = False) -> str | None:
        """Return the header for a column of ours: the answer, or the one that is sure. Several are asked, as ``asked`` has it."""
        candidates = columns.found.get(f"{table}.{column}")
        key = f"{table}.{'name' if column == NAME else column}"
        said = self.looking.answers.get(key)
        if said in columns.seen.headers:
            return said
        if candidates is None:
            return None
        if len(candidates.sure) == 1:
            return candidates.sure[0]
        # Where no address is sure to be theirs it is asked what students sign in with.
        if candidates.sure or column != "email":
            asked = (asked or f"Which column is {key}?") + _repeated(candidates.all)
            self.ask(key, asked, (*candidates.all, "none"), needed=needed)
        return None

    def insist(self, *keys: str) -> bool:
        """Say whether any of these is asked, and let nothing be written before it is answered."""
        self.questions = [dataclasses.replace(q, needed=q.needed or q.key in keys) for q in self.questions]
        return any(q.key in keys for q in self.questions)

    def said_students(self) -> Seen | None:
        """Return what was said to have the students: a file, or one sheet of it."""
        said = self.looking.answers.get("students")
        named = [s for s in self.seen if s.called == said] or [s for s in self.seen if s.file == said]
        return named[0] if len(named) == 1 else None

    def identity(self, columns: Columns, target: str, key: str, what: str) -> str | None:
        """Return the header of an id. Where several may be it, one is asked for, and what looks like one is offered."""
        candidates = columns.found.get(target)
        if candidates is not None and key != "contact_id":
            candidates = telling(candidates, columns.seen)
        said = self.looking.answers.get(key)
        if said in columns.seen.headers:
            return said
        if candidates and len(candidates.sure) == 1 and not candidates.maybe:
            return candidates.sure[0]
        lone = lone_id(candidates, columns.seen) if candidates else None
        if lone is not None:
            self.note(f"{lone} is taken as {what}: {columns.seen.file} has no other.")
            return lone
        options = (
            best_first(candidates, columns.seen) if candidates else likely_ids(columns, contacts=key == "contact_id")
        )
        hint = "" if candidates else " No header says so; these tell rows apart." if options else " None looks like it."
        self.ask(key, f"Which column is {what}?{hint}", options, needed=True)
        return None

    def note(self, text: str) -> None:
        """Tell something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def left_out(self, seen: Seen, why: str) -> None:
        """Tell why a file is not read."""
        self.told_of.add(seen.called)
        self.note(f"{seen.called} is left out: {why}.")

    def slips(self, columns: Columns, about: str) -> None:
        """Tell which headers were read as if they were spelled otherwise; where several words may be meant, ask."""
        for header in columns.misspelt:
            self.note(f"{header} is read as {_in_words(said_by(header))}: a slip of the pen?")
        for header, meanings in columns.unclear.items():
            options = {_in_words(said): said for said in meanings}
            chosen = options.get(self.looking.answers.get(f"means:{header}", ""))
            if chosen is not None and chosen.field is not None:
                place(columns, chosen, Field(chosen.field.name, sure=True), about)
            else:
                self.ask(f"means:{header}", f"What stands in {header}?", (*options, "none"))

    def ask(self, key: str, question: str, options: tuple[str, ...], *, needed: bool = False) -> None:
        """Put a question, once, unless it was answered with `none`."""
        if key not in {q.key for q in self.questions} and self.looking.answers.get(key) != "none":
            self.questions.append(Question(key, question, options, needed))

    def put(self, table: str, columns: Mapping[str, str | None]) -> None:
        """Note what a table's columns are: headers, or behind ``=`` what stands in all rows."""
        told = {c: h for c, h in columns.items() if h}
        headers = {c: h for c, h in told.items() if not h.startswith("=")}
        constants = {c: h[1:] for c, h in told.items() if h.startswith("=")}
        shown = told if table in ("students", "enrollments", "calendar_codes") else headers
        if shown:
            self.mapping[table] = shown
        if constants:
            self.constants[table] = self.constants.get(table, {}) | constants

    def own_file(self, table: str, seen: Seen) -> None:
        """Set where a table's own file or sheet is, and what its columns are called."""
        self.used.add(seen.called)
        if seen.sheet:
            self.settings.setdefault("sheets", {})[table] = seen.sheet
        if seen.file != self.path.name or self.path.is_dir():
            self.settings.setdefault("files", {})[table] = seen.file
        columns = {c: h for c, h in self.mapping.get(table, {}).items() if c != h}
        if columns:
            self.settings.setdefault("columns", {})[table] = columns

    def status(self, seen: Seen, table: str, header: str | None) -> None:
        """Say what the words of a status mean; one that is not known, and an empty cell, are asked."""
        if header is None:
            return
        names = (" ".join(reading.words) for reading in readings(header))
        coded = next((codes for name in names if (codes := vocabulary().status_codes.get(name))), {})
        known: dict[str, str] = {}
        for word in words_in(seen.rows[header]):
            said = self.looking.answers.get(f"status:{word}")
            means = coded.get(word) or vocabulary().status.get(plain(word)) or means_as_tick(header, word)
            means = said if said in _STATUSES else means
            if means is None:
                self.ask(f"status:{word}", f"What does {word!r} in {header} mean?", _STATUSES)
            else:
                known[word] = means
        if has_blanks(seen.rows[header]):
            said = self.looking.answers.get("empty_status")
            if said in _STATUSES:
                known[""] = said
            else:
                self.ask("empty_status", f"What does an empty cell in {header} mean?", _STATUSES)
        if known:
            self.values.setdefault(table, {})["status"] = known

    def ticks(self, seen: Seen, headers: Iterable[str], table: str = "relationships") -> None:
        """Say what the words of a tick mean; the core reads English and digits by itself."""
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
                self.ask(f"portal_access:{word}", f"Does {word!r} as portal access mean yes or no?", ("yes", "no"))
        if known:
            others = {
                w: "yes" if yes else "no" for w, yes in vocabulary().yes.items() if len(w) > 1 and w not in _PLAIN_YES
            }
            self.values.setdefault(table, {})["portal_access"] = others | known

    def years(self) -> None:
        """Set this school year and the next, and tell it."""
        years = this_and_next(self.looking.today)
        self.settings["years"] = [dataclasses.asdict(y) for y in years]
        told = " and ".join(f"{y.year_id} ({y.starts_on} to {y.ends_on}, {y.role})" for y in years)
        self.notes.append(f"No file has the school years: taken are {told}. Change them under [[source.years]].")

    def name_missing(self) -> None:
        """Say which tables no file has: they are empty."""
        missing = [t for t in ("calendar_codes", "contacts", "relationships") if t not in self.mapping]
        if missing:
            self.settings["without"] = missing
            self.notes.append(f"No file has {' and '.join(missing)}: taken as empty.")

    def settle_files(self, flat: Seen | None = None) -> None:
        """Say where the flat file is, in which sheet, and in which encoding and with which delimiter files are written."""
        self.settings = {"path": str(self.looking.path)} | self.settings
        if flat is not None and "flat" in self.settings:
            if self.path.is_dir() or flat.file != self.path.name:
                self.settings["flat"] = {"file": flat.file} | self.settings["flat"]
            if flat.sheet and len([s for s in self.seen if s.file == flat.file]) > 1:
                self.settings.setdefault("sheets", {})["flat"] = flat.sheet
        used = [s for s in self.seen if not s.sheet and s.called in self.used]
        for one in used:
            self.notes.append(f"{one.file}: {one.encoding or 'unknown encoding'}, split at {_spelled(one.delimiter)}.")
        if any(s.encoding is None for s in used):
            self.ask(
                "encoding",
                "In which encoding are the files written? Their letters may be several alphabets'.",
                ("cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman"),
                needed=True,
            )
        odd = {s.encoding for s in used if s.encoding} - {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"}
        if len(odd) == 1 and all(s.encoding in odd for s in used):
            self.settings["encoding"] = odd.pop()
        elif odd:
            placed = [*self.settings.get("files", {}).items(), *([("flat", flat.file)] if flat else [])]
            placed += [(table, s.file) for s in used if (table := own_name(s))]
            of_file = {s.file: s.encoding for s in used if s.encoding in odd}
            self.settings["encoding"] = {table: of_file[file] for table, file in placed if file in of_file}

    def settle_dates(self) -> None:
        """Say how dates are written, or ask."""
        found = date_format_of(self.dates)
        said = self.looking.answers.get("date_format")
        if said is not None:
            self.settings["date_format"] = said
        elif found.startswith(UNDECIDED):
            mark = found[1:]
            options = (mark.join(("%d", "%m", "%Y")), mark.join(("%m", "%d", "%Y")))
            self.ask("date_format", "Is the day first in dates, or the month? No date in the files tells.", options)
        elif found:
            self.settings["date_format"] = found

    def name_system(self) -> None:
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


def own_name(seen: Seen) -> str | None:
    """Return the source table that a sheet, or else its file, is called like: `School Years.xlsx`."""
    called = (plain(name).replace(" ", "_").replace("-", "_") for name in (seen.sheet, Path(seen.file).stem))
    return next((name for name in called if name in TABLES), None)


def _repeated(headers: list[str]) -> str:
    """Return what to do about a header that is there again: the second is most often a parent's, and nothing says so."""
    again = next((h for h in headers if any(other.startswith(f"{h} (") for other in headers)), None)
    told = f" {again} is there more than once: what is a parent's is read where its header says so (Parent 1 {again})."
    return told if again else ""


def _in_words(said: Said) -> str:
    """Return what a header may say, as an answer: `mother email`."""
    who = said.relation or " ".join((said.subject, *([str(said.slot)] if said.slot else [])))
    return f"{who} {said.field.name.replace('_', ' ') if said.field else ''}".strip()


def _spelled(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}.get(delimiter, delimiter)
