"""The words of real exports, from ``vocabulary.toml``, as tables to look up in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dayzero_csv.looking.words import code_of, plain, words_of

__all__ = ["Field", "Vocabulary", "vocabulary"]

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """What stands in a column; ``sure`` where the words mean nothing else."""

    name: str
    sure: bool


@dataclass(frozen=True)
class Vocabulary:
    """All words: phrases by what they mean."""

    subjects: Mapping[Phrase, str]
    kin: Mapping[Phrase, str]
    slots: Mapping[Phrase, int]
    fillers: frozenset[Phrase]
    prefixes: frozenset[Phrase]
    fields: Mapping[Phrase, Field]
    codes: Mapping[str, str]
    yes: Mapping[str, bool]
    status: Mapping[str, str]
    status_codes: Mapping[str, Mapping[str, str]]
    files: Mapping[str, str]
    systems: tuple[tuple[str, tuple[frozenset[str], ...]], ...]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary; it is read once."""
    raw: dict[str, Any] = tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    fields: dict[Phrase, Field] = {}
    for sure in (False, True):
        for name, said in raw["fields"].items():
            fields |= {_phrase(p): Field(name, sure) for p in said["sure" if sure else "maybe"]}
    return Vocabulary(
        subjects={_phrase(p): subject for subject, phrases in raw["subjects"].items() for p in phrases},
        kin={_phrase(p): relation for relation, phrases in raw["kin"].items() for p in phrases},
        slots={_phrase(p): int(slot) for slot, phrases in raw["slots"].items() for p in phrases},
        fillers=frozenset(_phrase(p) for p in raw["fillers"]["words"]),
        prefixes=frozenset(_phrase(p) for p in raw["fillers"]["prefixes"]),
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
        systems=tuple(
            (system["name"], tuple(frozenset(plain(h) for h in line.split("+")) for line in system["any"]))
            for system in raw["system"]
        ),
    )


def _phrase(text: str) -> Phrase:
    return tuple(words_of(text))
