"""What a header says: whose column it is, which parent, and what stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from dayzero_csv.looking.spelling import spelled_right, written_out
from dayzero_csv.looking.vocabulary import UNTOLD, Field, Vocabulary, vocabulary
from dayzero_csv.looking.words import Reading, code_of, readings, words_of

__all__ = ["BARE", "Said", "said_by"]

BARE = "bare"
"""The field of a header that names a person and no more: `Mother`, `Guardian 2`, `Student`."""
_BY_KIN = {"mother": 1, "father": 2}
_COURSES = ("course_id", "title", "of_course", "credits", "department")
_ANYBODYS = ("id", "name", "email", "username")
_ORDINALS = ("primary", "secondary")
_NUMBERED = re.compile(r"\brelationship ?([1-4]) (?=[a-z])")
_OF_ONE = re.compile(r"^([mfps]) (?=email\b)")
_SLOTS = ("1", "2", "3", "4")
_YEAR = re.compile(r"(?:20)?\d\d")
_OF_FAMILY = re.compile(r"\b(?:f|fam |family )([12]) ?(?:g|gd|gdn|grd|guard|guardian) ?([12])\b")
_LETTERED = re.compile(r"([a-z])((?:f|l|m|first|last)name|email)")
_BY_LETTER = {"s": "student", "p": "parent", "g": "guardian", "m": "mother", "f": "father"}


@dataclass(frozen=True)
class Said:
    """What a header says. ``subject``: ``student``, ``parent``, ``other`` or nothing; ``slot``: which parent, 0 unsaid.

    ``field``: what stands in the column, None where that is not known; ``relation``: the kin that the header names.
    ``code``: a meaning that a code of a known system has, such as ``students.student_id``; it ends in ``?`` where it is one
    of several that might do. ``slip``: a word had to be spelled otherwise; ``also``: what it says where it is spelled yet
    otherwise. ``behind``: the parent's number stands behind what it numbers, and may be the column's own.
    """

    header: str
    subject: str = ""
    slot: int = 0
    field: Field | None = None
    relation: str = ""
    code: str = ""
    slip: bool = False
    behind: bool = False
    also: tuple[Said, ...] = ()


@dataclass
class _Person:
    subject: str = ""
    slot: int = 0
    relation: str = ""


@lru_cache(maxsize=4096)
def said_by(header: str, *, slips: bool = True) -> Said:
    """Return what a header says by itself. ``slips``: words that nobody knows may be short or misspelt ones."""
    known = vocabulary()
    code = known.codes.get(code_of(header))
    if code is not None:
        return Said(header, code=code)
    if header.rstrip().endswith("?"):  # a question is answered with yes or no
        whole = known.fields.get(tuple(_split(words_of(header), known)))
        ticks = whole is not None and whole.name in ("portal_access", "tick")
        return Said(header, field=whole if ticks else Field("tick", sure=False))
    said = _first_told(header, known, lambda words: [words])
    if said.field is None and slips:
        said = _first_told(header, known, lambda words: [written_out(words, known)])
    if said.field is None and slips:
        said = _first_told(header, known, lambda words: spelled_right(written_out(words, known), known))
        said = replace(said, slip=said.field is not None)
    return said


def _first_told(header: str, known: Vocabulary, spelled: Callable[[list[str]], list[list[str]]]) -> Said:
    """Return what the first reading that says anything says; what several spellings say differently may be each."""
    for reading in readings(header):
        if reading.turned and set(reading.remark) <= known.remarks:
            continue
        told: dict[tuple[str, int, str], Said] = {}
        for words in spelled(list(reading.words)):
            said = _limited(_said(header, words, known), reading, known)
            if said.field is not None:
                told.setdefault((said.subject, said.slot, said.field.name), said)
        if len(told) > 1:
            first, *others = (replace(s, field=Field(s.field.name, sure=False)) for s in told.values() if s.field)
            return replace(first, also=tuple(others))
        if told:
            return next(iter(told.values()))
    return Said(header)


def _limited(said: Said, reading: Reading, known: Vocabulary) -> Said:
    """Return what was said once a table's name before it and a remark behind it had their say."""
    what = said.field
    if what is None:
        return said
    if reading.table:
        subject = said.subject or _subject_of_table(reading.table, known)
        if subject == "other":
            return said if what.name in _COURSES else Said(said.header)
        # Of a table that nobody knows a name or an address may be anybody's: `EMPLOYER.Name`.
        told = bool(subject) or what.name not in _ANYBODYS
        said = replace(said, subject=subject, field=replace(what, sure=what.sure and told))
    if reading.remark and not reading.turned and set(reading.remark) & known.doubtful:
        said = replace(said, field=Field(what.name, sure=False))
    return said


def _subject_of_table(table: tuple[str, ...], known: Vocabulary) -> str:
    """Return whose columns a table has: `S_NC_STUDENTDEMO` a student's, `SCHOOLS` nobody's."""
    name = "".join(table)
    if any(word in known.tables for word in table):
        return "other"
    within = {s for (word, *more), s in known.subjects.items() if not more and len(word) > 4 and word in name}
    return next((s for s in ("other", "parent", "student") if s in within), "")


def _said(header: str, words: list[str], known: Vocabulary) -> Said:
    """Return what words say."""
    words = _split(words, known)
    whole = known.fields.get(tuple(words))
    if whole is not None:
        return Said(header, field=whole)
    rest, person = _apart(words, known)
    if not person.subject and len(rest) > 1 and rest[0] in _ORDINALS and _field(rest[1:], known):
        person, rest = _Person("parent", known.slots[rest[0],]), rest[1:]
    behind = False
    if person.subject == "parent" and not (person.slot or person.relation):
        rest, person.slot = _without_number_behind(rest, known)
        behind = bool(person.slot)
    field = _field(rest, known)
    if field is None and person.subject == "parent" and not person.slot:
        rest, person.slot = _without_slot(rest, known)
        field = _field(rest, known)
    doubtful = [word for word in rest if word in known.doubtful or _YEAR.fullmatch(word)]
    if field is None and doubtful:  # `Old Student ID` is an id, of which nobody knows for what
        field = _field([word for word in rest if word not in doubtful], known)
        field = field and Field(field.name, sure=False, alone=field.name == "id" and field.sure)
    if field is None and person.subject in ("student", "parent") and not _without_fillers(rest, known):
        field = Field(BARE, sure=bool(person.slot))
    slot = person.slot or _BY_KIN.get(person.relation, 0)
    return Said(header, person.subject, slot, field, person.relation, behind=behind)


def _split(words: list[str], known: Vocabulary) -> list[str]:
    """Return words in which a person that is written with a number, or with what stands there, is a word of its own."""
    text = _OF_FAMILY.sub(lambda f: f"parent {(int(f[1]) - 1) * 2 + int(f[2])}", " ".join(words))
    text = _OF_ONE.sub(lambda f: f"{_BY_LETTER[f[1]]} ", _NUMBERED.sub(r"parent \1 ", text))
    return [part for word in text.split() for part in (_short_parent(word) or _unglued(word, known))]


def _short_parent(word: str) -> list[str]:
    """Return `P1`, `G2` or `C1` as the parent of that number."""
    short = re.fullmatch(r"[pgc]([1-4])", word)
    return ["parent", short[1]] if short else []


def _unglued(word: str, known: Vocabulary) -> list[str]:
    """Return a word in two where it is a person and a field in one: `guardianemail`, `slname`."""
    if (word,) in known.fields or (word,) in known.subjects:
        return [word]
    for subject, *more in known.subjects:
        rest = word.removeprefix(subject)
        glued = not more and word.startswith(subject) and (rest,) in known.fields
        if glued and (len(subject) > 4 or len(subject) == 3 <= len(rest) - 1):
            return [subject, rest]
    letter = _LETTERED.fullmatch(word)
    return [_BY_LETTER.get(letter[1], UNTOLD), letter[2]] if letter else [word]


def _apart(words: list[str], known: Vocabulary) -> tuple[list[str], _Person]:
    """Return the words that name nobody, and who is named: a number stands behind, an ordinal before."""
    subjects: list[str] = []
    found = _Person()
    rest: list[str] = []
    index = 0
    while index < len(words):
        size, subject, kin = _subject_at(words, index, known)
        if not size:
            rest.append(words[index])
            index += 1
            continue
        subjects.append(subject)
        found.relation = found.relation or kin
        index += size
        if index < len(words) and words[index].isdigit() and (words[index],) in known.slots:
            found.slot = known.slots[words[index],]
            index += 1
        elif rest and (rest[-1],) in known.slots and tuple(rest) not in known.fields:
            found.slot = known.slots[rest.pop(),]
    if "other" in subjects:
        return rest, _Person("other")
    # `relationship to student` of a parent, `student contact id`: two persons make a link.
    found.subject = "parent" if len(set(subjects)) > 1 else (subjects or [""])[0]
    return rest, found


def _subject_at(words: list[str], index: int, known: Vocabulary) -> tuple[int, str, str]:
    for size in (3, 2, 1):
        phrase = tuple(words[index : index + size])
        if len(phrase) == size and phrase in known.kin:
            return size, "parent", known.kin[phrase]
        if len(phrase) == size and phrase in known.subjects:
            return size, known.subjects[phrase], ""
    return 0, "", ""


def _without_number_behind(words: list[str], known: Vocabulary) -> tuple[list[str], int]:
    """Return `Email 2` of a parent as the second parent's: a parent's second address is told from that by the other columns."""
    behind = words[-1] if words else ""
    return (words[:-1], int(behind)) if behind in _SLOTS and _field(words[:-1], known) else (words, 0)


def _without_slot(words: list[str], known: Vocabulary) -> tuple[list[str], int]:
    for index, word in enumerate(words):
        if (word,) in known.slots:
            return words[:index] + words[index + 1 :], known.slots[word,]
    return words, 0


def _field(words: list[str], known: Vocabulary) -> Field | None:
    """Return what words mean: all of them, those that are no fillers, or what stands behind a prefix."""
    bare = _without_fillers(words, known)
    behind = next((bare[len(p) :] for p in known.prefixes if tuple(bare[: len(p)]) == p), [])
    tried = (tuple(words), tuple(bare), tuple(behind))
    return next((known.fields[phrase] for phrase in tried if phrase and phrase in known.fields), None)


def _without_fillers(words: list[str], known: Vocabulary) -> list[str]:
    rest = " ".join(words)
    for filler in known.fillers:
        if len(filler) > 1:
            rest = f" {rest} ".replace(f" {' '.join(filler)} ", " ").strip()
    return [word for word in rest.split() if (word,) not in known.fillers]
