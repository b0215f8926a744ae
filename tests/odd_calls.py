"""Calls of dayzero as nobody should make them: settings, arguments, files and streams, each drawn from its number alone."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from mutations import damaged

from dayzero.config.settings import SECTIONS, SourceSettings
from dayzero.schema import TABLES

__all__ = ["DEEP", "OddCall", "laid_out", "odd_call"]

DEEP = "[" * 5_000 + "]" * 5_000
LONG = "a" * 300
TEXTS = (
    "", " ", "s0", "c0", "nobody", "\udcff", "\udce4\udcf6", LONG, "../..", "-1", "9" * 40, "💥", "a\nb", "%s", "'; --",
    "\u202egnp", "\x1b[31m", "٣", "disable=1", "disable=-1", "=", "a=9" + "9" * 50, "yes", "no",
)  # fmt: skip
PATHS = (
    "", ".", "/", "/dev/null", "/dev/full", LONG, f"{LONG}/x", "no/such/folder/f", "export", "new.txt", "\udcff.txt",
    "loop", "export/students.csv", "dayzero.toml", "tonight.plan", ".dayzero/journal.sqlite", "token.txt", "ids.csv",
)  # fmt: skip
VALUES = (
    "nan", "inf", "-inf", "0", "-1", "1", "1e400", "0.5", "9" * 5_000, "0x" + "f" * 5_000, "9" * 400, "true", "false",
    "-9223372036854775809", "18446744073709551616", '""', '" "', '"\\u0000"', f'"{LONG}"', '"💥"', '"x"', "[]", "[1]",
    '["a", "a"]', '[""]', DEEP, "{}", "{ a = 1 }", "9999-12-31", "0001-01-01", "1979-05-27T07:32:00", "07:32:00",
    '"9999-12-31"', '"year_id"', '"birth_date"', '"student_id"', '"source_row"', '"removed"', '["email", "username"]',
    '"none"', '"100%"', '"101%"', '"-1%"', "'none'", '"hold"', '"stop"', '"all"', '"add-only"', '"keep"', '"first"',
    '"http://[::1"', f'"https://{LONG}.example"', f'"http://127.0.0.1:9/{LONG}"', '"https://portal.example:99999"',
    '"http://127.0.0.1:0"', '"file:///etc/passwd"', '"http://u:p@127.0.0.1:9"', '"http://127.0.0.1:9"', '"127.0.0.1"',
    '{ env = "NOBODY" }', '{ env = "" }', '{ env = 7 }', '{ file = "token.txt" }', '{ file = "/" }', '{ file = "" }',
    f'{{ file = "{LONG}" }}', '{ file = "a\\u0000b" }', '{ keyring = "a/b" }', '{ env = "TOKEN", file = "x" }',
    '"0001-01-01/9999-12-31"', '"07:00/07:00"', '"00:00/23:59"', '"America"', '"../../etc/passwd"', '"America/New_York"',
    '"export/"', '"export/students.csv"', '"/dev/null"', '"/"', '"."', '"loop"', '"utf-16"', '"rot13"', '"cp1252"', '";"',
)  # fmt: skip
KINDS: Mapping[str, tuple[str, ...]] = {
    "date": ("9999-12-31", "0001-01-01", "2027-06-12", "1900-01-01", "9999-01-01"),
    "Window": ('"0001-01-01/9999-12-31"', '"07:00/07:00"', '[]', '"9999-12-31/9999-12-31"', '["00:00/23:59", "23:59/00:00"]'),
    "Limit": ("0", "1", '"0%"', '"100%"', '"none"', '" NONE "', "999999999", '"1%"', '"007%"', '"٣%"'),
    "bool": ("true", "false"),
    "int": ("0", "1", "366", "367", "1000000", "999999999", "2147483648", "9223372036854775807", "1.0", "-0"),
    "float": ("0", "-0.0", "1e-9", "0.001", "1", "1e-320", "2592000", "inf", "nan", "1e308", "99999999"),
    "tuple": ('"year_id"', '"birth_date"', '"student_id"', '"given_name"', '"email "', '["username", "email"]', '["Email"]',
              f'["{LONG}"]', '["E", "e", " E "]', '[]', '""', '"\\u0000"', '"💥"', '"W"', '["failure"]', '"held"'),
    "Path": ('"."', '"/"', f'"{LONG}"', '"export"', '"export/students.csv"', '"a/b/c"', '"/dev/null"', '"loop"', '"a\\u0000"', '""'),
    "Literal": ('"hold"', '"stop"', '"keep"', '"repair"', '"all"', '"first"', '"withhold"', '"add-only"'),
    "str": ('""', '" "', '"tiny"', '"a/b"', '"../x"', f'"{LONG}"', '"💥"', '"?x=1#y"', '"%2e%2e"', '"a\\nb"', '"UTC"', '"Asia/Kolkata"',
            '"Etc/GMT+12"', '"http://127.0.0.1:9"', '"https://gradebook.example/"', '"https://gradebook.example/x/y?z"',
            '"https://GRADEBOOK.example"', '"https://gradebook.example:443"', '{ env = "TOKEN" }', '{ file = "token.txt" }'),
}  # fmt: skip
"""Values that a setting of a kind may take, or nearly."""
SOURCE = ("plugin", "path", "delimiter", "encoding", "columns", "files", "dates", "flat")
TOKENS = (b"", b"\n", b"\0", b"abc\0", b"\xff\xfea\0b\0", "tökén".encode(), b"a b", b"a" * 100_000, b"a\r\nb")
ENCODINGS = ("ascii", "cp1252", "utf-8", "utf-16", "latin-1:strict", "ascii:strict", "ascii:surrogateescape", "cp437")
STREAMS = ("closed", "full", "gone", "null")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check",), ("check", "--samples", "N"), ("plan",), ("plan", "FILE"), ("plan", "--out", "FILE"), ("plan", "--people"),
    ("plan", "--by-reason"), ("plan", "--grade", "TEXT"), ("plan", "--rekey-out", "FILE"), ("plan", "--accept-rekey", "FILE"),
    ("plan", "--send-scheduling-year", "yes"), ("forecast",), ("sync", "--yes"), ("sync",), ("sync", "--plan", "FILE"),
    ("sync", "--plan", "FILE", "--expect", "TEXT"), ("sync", "--yes", "--allow", "TEXT"), ("sync", "--yes", "--accept-rekey", "FILE"),
    ("explain", "TEXT"), ("explain", "TEXT", "--kind", "parent"), ("settings", "send-scheduling-year", "TEXT"),
    ("settings", "send-scheduling-year", "yes", "--yes"), ("receive", "--out", "FILE"), ("receive", "--out", "FILE", "--status", "TEXT"),
    ("history",), ("history", "TEXT"), ("history", "--person", "TEXT"), ("history", "--limit", "N"), ("undo", "TEXT", "--yes"),
    ("undo", "TEXT", "--out", "FILE"), ("undo", "TEXT"), ("forget", "TEXT"), ("plugins",), ("TEXT",), ("--help",), ("sync", "TEXT"),
)  # fmt: skip
DAMAGES = ("journal", "journal", "export", "no export", "folder for a file", "id map", "plan", "lock", "")


@dataclass(frozen=True)
class OddCall:
    """One call. ``toml``: the configuration; ``files``: what lies in the folder; ``streams``: what stands for 0, 1 and 2."""

    number: int
    argv: tuple[str, ...]
    toml: str
    files: Mapping[str, bytes | None]
    environ: Mapping[str, str]
    streams: Mapping[int, str] = field(default_factory=dict)

    @property
    def acts(self) -> bool:
        """Whether it may change the portal."""
        return self.argv[:1] in (("sync",), ("settings",), ("undo",))


def odd_call(number: int, url: str, journal: bytes) -> OddCall:
    """Return the call of that number, for a school on the portal at ``url`` that has this ``journal``."""
    draw = random.Random(number)
    sections = _sections(url)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3))):
        section, key, value = _setting(draw)
        sections.setdefault(section, {})[key] = value
    files: dict[str, bytes | None] = {"token.txt": draw.choice(TOKENS) if draw.random() < 0.15 else b"test-token\n"}
    files |= _damage(draw, journal)
    toml = "".join(f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()) for name, keys in sections.items())
    if draw.random() < 0.08:
        toml = damaged(toml.encode(), draw).decode("utf-8", "surrogateescape")
    argv = tuple(_filled(word, draw) for word in draw.choice(COMMANDS))
    argv += ("--json",) * (draw.random() < 0.6) + (("--config", draw.choice(PATHS)) if draw.random() < 0.05 else ())
    environ = {"PYTHONIOENCODING": draw.choice(ENCODINGS)} if draw.random() < 0.3 else {}
    environ |= {"LC_ALL": "C", "PYTHONUTF8": "0"} if draw.random() < 0.2 else {}
    streams = {draw.randrange(3): draw.choice(STREAMS)} if draw.random() < 0.5 else {}
    return OddCall(number, argv, toml, files, environ, streams)


def _sections(url: str) -> dict[str, dict[str, str]]:
    return {
        "school": {"id": '"tiny"'},
        "source": {"plugin": '"csv"', "path": '"export/"'},
        "portal": {"url": json.dumps(url), "token": '{ file = "token.txt" }'},
        "sync": {"today": "2027-02-01"},
        "schedule": {"max_seconds": "30"},
    }


def _setting(draw: random.Random) -> tuple[str, str, str]:
    """Return a section, a key of it, and a value: mostly one of the kind that the key takes."""
    if draw.random() < 0.03:
        return draw.choice(("strange", "sync")), "strange", "1"
    section = draw.choice(list(SECTIONS))
    if SECTIONS[section] is SourceSettings:
        return section, draw.choice(SOURCE), draw.choice(VALUES)
    chosen = draw.choice(fields(SECTIONS[section]))
    alike = next((values for kind, values in KINDS.items() if kind in str(chosen.type)), VALUES)
    return section, chosen.name, draw.choice(alike if draw.random() < 0.75 else VALUES)


def _damage(draw: random.Random, journal: bytes) -> dict[str, bytes | None]:
    """Return files that are not as they should be; None: a folder of that name."""
    what = draw.choice(DAMAGES) if draw.random() < 0.4 else ""
    spoiled = draw.choice((journal[: draw.randrange(len(journal))], damaged(journal, draw), b"", b"no database", None))
    return {
        "journal": {".dayzero/journal.sqlite": spoiled},
        "export": {
            f"export/{draw.choice(list(TABLES))}.csv": draw.choice(
                (b"", b"\0", b"\xff\xff", b"a,b\n1\n", b"student_id")
            )
        },
        "no export": {"export": b"a file"},
        "folder for a file": {f"export/{draw.choice(list(TABLES))}.csv": None},
        "id map": {
            "ids.csv": draw.choice((b"", b"kind,old_id,new_id\n", b"kind,old_id,new_id\nstudent,s0,s0\n", b"\xff"))
        },
        "plan": {"tonight.plan": draw.choice((b"", b"{}", b"\0", b"[" * 10_000, b'{"schema": 1}\n'))},
        "lock": {".dayzero": b"a file"},
    }.get(what, {})


def _filled(word: str, draw: random.Random) -> str:
    return {
        "TEXT": draw.choice(TEXTS),
        "FILE": draw.choice(PATHS),
        "N": draw.choice(("0", "1", "-1", "9" * 30, "x")),
    }.get(word, word)


def laid_out(call: OddCall, folder: Path) -> None:
    """Write a call's files into a folder that holds a good school."""
    for name, content in call.files.items():
        path = folder / name
        if path.is_dir() and content is not None:
            for inner in path.iterdir():
                inner.unlink()
            path.rmdir()
        path.parent.mkdir(exist_ok=True, parents=True)
        if content is None:
            path.unlink(missing_ok=True)
            path.mkdir()
        else:
            path.write_bytes(content)
    (folder / "loop").symlink_to("loop")
    (folder / "dayzero.toml").write_bytes(os.fsencode(call.toml))
