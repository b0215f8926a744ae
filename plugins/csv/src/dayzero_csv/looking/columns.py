"""Which column of a file is which of ours: those that are sure, those that may be, and the parents' groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dayzero_csv.looking.headers import BARE, Said, said_by
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.values import are_dates, are_emails, are_full_names, are_relations, are_ticks, may_be_names
from dayzero_csv.looking.vocabulary import Field
from dayzero_csv.names import NAME

__all__ = ["WHO", "Candidates", "Columns", "Group", "columns_of", "groups_in_order", "place"]

_OF_STUDENT = {
    "id": "students.student_id", "given_name": "students.given_name", "family_name": "students.family_name",
    "name": f"students.{NAME}", "middle_name": "students.middle_name", "preferred_name": "students.preferred_name",
    "birth_date": "students.birth_date", "email": "students.email", "username": "students.username",
    "grade_level": "enrollments.grade_level", "next_grade_level": "enrollments.next_grade_level",
    "status": "enrollments.status", "homeroom": "enrollments.homeroom", "year_id": "enrollments.year_id",
    "entry_date": "calendar_codes.entry_date", "exit_date": "calendar_codes.exit_date",
    "entry_code": "calendar_codes.code", "exit_code": "calendar_codes.exit_code",
    "household_id": "contacts.household_id",
}  # fmt: skip
_OF_PARENT = {
    "id": "contact_id", "given_name": "given_name", "family_name": "family_name", "name": NAME, "email": "primary_email",
    "preferred_name": "preferred_name", "relation": "relation", "portal_access": "portal_access", "tick": "portal_access", "household_id": "household_id",
}  # fmt: skip
_ANYBODYS = ("id", "given_name", "family_name", "name", "preferred_name", "email", "username", "household_id")
_OF_LINKS = ("relation", "portal_access", "tick")
_OF_COURSE = {
    "course_id": "courses.course_id", "title": "courses.title", "name": "courses.title", "department": "courses.department",
    "credits": "courses.credits", "grade_level": "courses.grade_levels", "year_id": "courses.year_id",
    "term_id": "courses.year_id",
}  # fmt: skip
_OF_YEAR = {
    "starts_on": "school_years.starts_on", "entry_date": "school_years.starts_on", "ends_on": "school_years.ends_on",
    "exit_date": "school_years.ends_on", "year_name": "school_years.name", "name": "school_years.name",
    "year_id": "school_years.year_id", "term_id": "school_years.year_id", "id": "school_years.year_id",
    "status": "school_years.role",
}  # fmt: skip
_KINDS = {"email": are_emails, "birth_date": are_dates, "entry_date": are_dates, "exit_date": are_dates,
          "given_name": may_be_names, "family_name": may_be_names, "name": may_be_names, "starts_on": are_dates, "ends_on": are_dates, "portal_access": are_ticks, "tick": are_ticks}  # fmt: skip


@dataclass
class Candidates:
    """Headers for one column of ours."""

    sure: list[str] = field(default_factory=list)
    maybe: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """Every header that may do."""
        return [*self.sure, *self.maybe]


@dataclass
class Group:
    """One parent's columns: headers by column of ours. ``called``: the given name is what they like to be called."""

    relation: str = ""
    slot: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    called: bool = False


@dataclass
class Columns:
    """What a file's header says. ``found``: by ``table.column``; ``groups``: the parents beside a student.

    ``open_names``: headers that name a parent, or a parent's family name, by whose group it is. ``nobodys_email``: addresses that
    may be the student's or a parent's. ``misspelt``: headers with a slip of the pen; ``unclear``: what such a one may say.
    """

    seen: Seen
    found: dict[str, Candidates] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    known: int = 0
    open_names: dict[str, Group] = field(default_factory=dict)
    nobodys_email: list[str] = field(default_factory=list)
    misspelt: list[str] = field(default_factory=list)
    unclear: dict[str, tuple[Said, ...]] = field(default_factory=dict)

    def sure(self, target: str) -> str | None:
        """Return the one header that is sure to be a column of ours."""
        candidates = self.found.get(target)
        return candidates.sure[0] if candidates and len(candidates.sure) == 1 else None

    def has(self, *targets: str) -> bool:
        """Say whether there is any header for each."""
        return all(t in self.found for t in targets)


def columns_of(seen: Seen, about: str) -> Columns:
    """Return what each column of a file may be. ``about``: students, contacts, courses or school_years."""
    columns = Columns(seen)
    for said in sorted(map(said_by, seen.headers), key=lambda said: said.behind):
        if said.field is not None or said.code:
            columns.known += 1
        said = _as_values_say(said, seen, about)
        if said.also:
            columns.unclear[said.header] = (said, *said.also)
        elif said.code:
            _place_code(columns, said, about)
        elif said.field is not None and said.field.name != "nothing":
            columns.misspelt += [said.header] * said.slip
            place(columns, said, said.field, about)
    _settle_numbered(columns)
    _settle_email(columns)
    _settle_names(columns, "students")
    _settle_names(columns, "contacts")
    return columns


def _as_values_say(said: Said, seen: Seen, about: str) -> Said:
    """Return what a header says once its cells had their say: a tick is no name, a flag no address, `Mother` a relation."""
    cells = seen.rows[said.header]
    if said.code:
        return said if not said.code.endswith("email") or are_emails(cells) else Said(said.header)
    if (about == "contacts" or said.subject == "parent") and _may_be_relation(said) and are_relations(cells):
        return replace(said, field=Field("relation", sure=True))
    if said.field is None:
        return said
    name = said.field.name
    if name == BARE and said.subject == "parent":
        filled = cells.drop_nulls()
        ticks = are_ticks(cells) and not filled.is_empty()
        mails = are_emails(cells) and not filled.is_empty()
        # `Mother` may be the family name alone; `Guardian 2` is a person.
        told = mails or said.field.sure or (not filled.is_empty() and are_full_names(cells))
        kind = Field("tick", sure=False) if ticks else Field("email" if mails else "name", sure=told)
        return Said(said.header, said.subject, said.slot, kind, said.relation)
    if name in ("entry_date", "exit_date") and not said.field.sure and said.subject == "parent":
        return Said(said.header)
    fits = _KINDS.get(name)
    return said if fits is None or fits(cells) else Said(said.header)


def _may_be_relation(said: Said) -> bool:
    """Say whether a header leaves open what stands there: nothing that is known, or a type, role or title."""
    return said.field is None or said.field.name == "nothing" or (said.field.name == "relation" and not said.field.sure)


def _place_code(columns: Columns, said: Said, about: str) -> None:
    """Put a code where it belongs; one of a parent's stands beside a student for the first parent."""
    target, sure = said.code.removesuffix("?"), not said.code.endswith("?")
    table, _, column = target.partition(".")
    if about == "students" and table in ("contacts", "relationships") and column in _OF_PARENT.values() and sure:
        _into_group(columns, said, column)
    else:
        _add(columns, target, said.header, sure=sure)


def place(columns: Columns, said: Said, what: Field, about: str) -> None:
    """Put a header where it belongs."""
    name, header = what.name, said.header
    if said.subject == "other":
        if name == "tick":
            _add(columns, "relationships.portal_access", header, sure=False)
        return
    if about == "courses" and not said.subject:
        _add(columns, _OF_COURSE.get(name), header, sure=what.sure)
    elif about == "school_years" and not said.subject:
        _add(columns, _OF_YEAR.get(name), header, sure=what.sure)
    elif name == BARE:
        _add(columns, f"students.{NAME}", header, sure=False)
    elif (
        said.subject == "parent"
        or name in _OF_LINKS
        or (not said.subject and about == "contacts" and name in _ANYBODYS)
    ):
        _place_parent(columns, said, what, about)
    elif about == "contacts" and said.subject == "student":
        if name == "id":
            _add(columns, "relationships.student_id", header, sure=what.sure)
    elif name == "tick":
        _add(columns, "relationships.portal_access", header, sure=False)
    else:
        _add(columns, _OF_STUDENT.get(name), header, sure=what.sure)


def _place_parent(columns: Columns, said: Said, what: Field, about: str) -> None:
    column = _OF_PARENT.get(what.name)
    if column is None:
        return
    table = "relationships" if column in ("relation", "portal_access") else "contacts"
    sure = what.sure and what.name != "tick"
    if about == "students" and sure and (column != "household_id" or said.subject):
        _into_group(columns, said, column)
    elif about == "students" and column == NAME:
        columns.open_names[said.header] = _group_of(columns, said)
    else:
        _add(columns, f"{table}.{column}", said.header, sure=sure)


def _into_group(columns: Columns, said: Said, column: str) -> None:
    """Put a header to its parent: by number, by kin, and without either to the first."""
    group = _group_of(columns, said)
    if column in group.columns:
        _add(columns, f"contacts.{column}", said.header, sure=False)
    else:
        group.columns[column] = said.header


def _group_of(columns: Columns, said: Said) -> Group:
    key = (said.relation, said.slot if not said.relation else 0)
    group = next((g for g in columns.groups if (g.relation, g.slot) == key), None)
    if group is None:
        group = Group(*key)
        columns.groups.append(group)
    return group


def _add(columns: Columns, target: str | None, header: str, *, sure: bool) -> None:
    if target is None or target == "-":
        return
    candidates = columns.found.setdefault(target, Candidates())
    (candidates.sure if sure else candidates.maybe).append(header)


def _settle_numbered(columns: Columns) -> None:
    """`Parent Email 2`, and nothing else of a second parent: is it theirs, or the first one's other address? That is asked."""
    for group in [g for g in columns.groups if g.slot > 1 and set(g.columns) == {"primary_email"}]:
        header = group.columns["primary_email"]
        if said_by(header).behind:
            columns.groups.remove(group)
            columns.unclear[header] = (said_by(header),)


def _settle_email(columns: Columns) -> None:
    """An address that says nobody's is whose, in a file with parents of whom none has one? That is asked."""
    theirs = any("primary_email" in group.columns for group in columns.groups)
    candidates = columns.found.get("students.email")
    if candidates is None or theirs or not columns.groups:
        return
    columns.nobodys_email = [h for h in candidates.sure if not said_by(h).subject]
    candidates.sure = [h for h in candidates.sure if h not in columns.nobodys_email]
    candidates.maybe += columns.nobodys_email


def _settle_names(columns: Columns, table: str) -> None:
    """A `Name` beside a given name is the family name; beside both it is nothing new."""
    full = columns.found.get(f"{table}.{NAME}")
    given, family = (columns.found.get(f"{table}.{n}") for n in ("given_name", "family_name"))
    if full is not None and given is not None and given.sure:
        if family is None and full.sure:
            columns.found[f"{table}.family_name"] = Candidates(full.sure[:1])
        del columns.found[f"{table}.{NAME}"]


WHO = frozenset({"given_name", "family_name", NAME, "primary_email", "contact_id", "preferred_name"})
"""Columns that say who somebody is."""


def groups_in_order(columns: Columns) -> list[Group]:
    """Return the parents who say who they are: by number, then by kin. Columns of nobody in particular are the first's.

    A tick of nobody in particular is not: among several parents it may be anybody's.
    """
    plain = next((g for g in columns.groups if not g.slot and not g.relation), None)
    first = next((g for g in columns.groups if g.slot == 1 and not g.relation), None)
    if plain is not None and not WHO & set(plain.columns) and "portal_access" in plain.columns:
        _add(columns, "relationships.portal_access", plain.columns.pop("portal_access"), sure=False)
    told = [g for g in columns.groups if g is not plain or first is None]
    if plain is not None and first is not None:
        for column, header in plain.columns.items():
            first.columns.setdefault(column, header)
    for group in told:
        _settle_group(group)
    return sorted((g for g in told if WHO & set(g.columns)), key=lambda g: (bool(g.relation), g.slot))


def _settle_group(group: Group) -> None:
    name = group.columns.get(NAME)
    if name is not None and "given_name" in group.columns:
        group.columns.setdefault("family_name", name)
        del group.columns[NAME]
    elif name is not None and "family_name" in group.columns:
        del group.columns[NAME]
    called = group.columns.pop("preferred_name", None)
    if called is not None and not {"given_name", NAME} & set(group.columns):
        group.columns["given_name"], group.called = called, True
