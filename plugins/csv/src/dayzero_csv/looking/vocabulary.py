"""The words of real exports, from ``vocabulary.toml``, as tables to look up in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dayzero_csv.looking.words import code_of, plain, shortened, words_of

__all__ = ["UNTOLD", "Field", "Vocabulary", "vocabulary"]

Phrase = tuple[str, ...]
UNTOLD = "~"
"""Stands for a letter before a name that nobody explained: `afname` is some first name."""


@dataclass(frozen=True)
class Field:
    """What stands in a column; ``sure`` where the words mean nothing else, ``alone`` where they do in a file with no other."""

    name: str
    sure: bool
    alone: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """All words: phrases by what they mean. ``words``: all that are spelled right; ``near``: those that mean something, by what is left
    of them without a letter.
    """

    subjects: Mapping[Phrase, str]
    kin: Mapping[Phrase, str]
    slots: Mapping[Phrase, int]
    fillers: frozenset[Phrase]
    prefixes: frozenset[Phrase]
    remarks: frozenset[str]
    doubtful: frozenset[str]
    tables: frozenset[str]
    abbreviations: Mapping[str, str]
    words: frozenset[str]
    near: Mapping[str, frozenset[str]]
    fields: Mapping[Phrase, Field]
    codes: Mapping[str, str]
    yes: Mapping[str, bool]
    status: Mapping[str, str]
    status_codes: Mapping[str, Mapping[str, str]]
    files: Mapping[str, str]
    kin_words: frozenset[str]
    systems: tuple[tuple[str, tuple[frozenset[str], ...]], ...]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary; it is read once."""
    raw: dict[str, Any] = tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    fields: dict[Phrase, Field] = {}
    for sure in (False, True):
        for name, said in raw["fields"].items():
            fields |= {_phrase(p): Field(name, sure) for p in said["sure" if sure else "maybe"]}
    fields |= {_phrase(p): Field("id", sure=False, alone=True) for p in raw["fields"]["id"]["alone"]}
    phrases = [_phrase(p) for part in ("subjects", "kin", "slots") for words in raw[part].values() for p in words]
    meaning = {word for phrase in (*phrases, *fields) for word in phrase if word.isalpha()}
    silent = {word for part in raw["fillers"].values() for p in part for word in _phrase(p)}
    return Vocabulary(
        subjects={_phrase(p): subject for subject, phrases in raw["subjects"].items() for p in phrases},
        kin={_phrase(p): relation for relation, phrases in raw["kin"].items() for p in phrases},
        slots={_phrase(p): int(slot) for slot, phrases in raw["slots"].items() for p in phrases},
        fillers=frozenset(_phrase(p) for p in raw["fillers"]["words"]),
        prefixes=frozenset(_phrase(p) for p in raw["fillers"]["prefixes"]),
        remarks=frozenset(raw["fillers"]["remarks"]) | {word for p in raw["fillers"]["words"] for word in _phrase(p)},
        doubtful=frozenset(raw["fillers"]["doubtful"]) | {UNTOLD},
        tables=frozenset(raw["fillers"]["tables"]),
        abbreviations=raw["abbreviations"],
        words=frozenset(meaning | silent | set(raw["abbreviations"]) | set(raw["spelled"]["so"])),
        near=_by_shortened(meaning),
        fields=fields,
        codes={code_of(code): meaning for code, meaning in raw["codes"].items()},
        yes={word: value == "true" for value, words in raw["yes"].items() for word in words},
        status={plain(word): meaning for meaning, words in raw["status"].items() for word in words},
        status_codes={
            " ".join(words_of(column)): said["words"]
            for said in raw["status_codes"].values()
            for column in said["column"]
        },
        files={plain(word): table for table, words in raw["files"].items() for word in words},
        kin_words=frozenset(plain(word) for words in raw["relations"].values() for word in words)
        | {plain(word) for words in raw["kin"].values() for word in words},
        systems=tuple(
            (system["name"], tuple(frozenset(plain(h) for h in line.split("+")) for line in system["any"]))
            for system in raw["system"]
        ),
    )


def _by_shortened(words: set[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for word in words:
        for short in shortened(word):
            found.setdefault(short, set()).add(word)
    return {short: frozenset(near) for short, near in found.items()}


def _phrase(text: str) -> Phrase:
    return tuple(words_of(text))
