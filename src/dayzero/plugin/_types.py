"""What hooks return. Plain declarations: the core does the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

API_VERSION = 1
"""The plugin API this core speaks."""

State: TypeAlias = Literal["complete", "partial", "vouched-empty"]
Severity: TypeAlias = Literal["error", "warning", "notice"]


@runtime_checkable
class ArrowStream(Protocol):
    """A frame of any library that speaks the Arrow PyCapsule protocol (Polars, PyArrow, DuckDB, pandas ...)."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return an ``arrow_array_stream`` capsule."""


TableLike: TypeAlias = ArrowStream | Iterable[Mapping[str, Any]]


class Source(Protocol):
    """An opened source.

    ``state(table) -> State`` may be added; without it every read is ``complete``. So may ``findings() -> Iterable[Finding]``:
    what the source found odd about its own files or answers, which no row can carry. Both are asked after reading.

    And so may ``stamp() -> str | None``, what its content is known by: while it is the same, so are the tables, and a sync
    that would find nothing to do need not read them. It is asked without reading, must cost much less, and is None where
    there is no such thing.

    ``remedies`` may be there: by the rule of a finding, of a withheld person or of a refusal, what to do in the source's own
    words, said instead of (of findings: behind) dayzero's. ``begin(day, clock)`` is called first where it is there: with the
    school's day, which may be simulated, and the clock to wait by. ``ordered`` may be False: rows come in any order, so that what
    is remarked on one names its ids and not where it stands.
    """

    def read(self, table: str) -> TableLike | None:
        """Return the rows of ``table`` (a name of ``dayzero.schema.TABLES``), or None: no such table here."""


@dataclass(frozen=True)
class SourceType:
    """A kind of source: ``name`` in ``[source] plugin``, a plain ``@dataclass`` of settings, and how to open one.

    ``open(settings)`` returns a context manager that yields a ``Source``. ``look`` is ``module:function`` of
    ``(Looking) -> Proposal | None``, imported when ``dayzero init`` looks at something: how would this plugin read it?
    ``shares_reads``: one bundle or service holds many schools, and is read by ``read_once``: a fleet lets them go together.
    """

    name: str
    settings: type[Any]
    open: Callable[[Any], AbstractContextManager[Any]]
    api: int = API_VERSION
    summary: str = ""
    look: str = ""
    shares_reads: bool = False


@dataclass(frozen=True)
class Looking:
    """What ``dayzero init`` is asked to look at; nothing, where ``path`` is empty: then only the plugin that was named is asked.

    ``answers``: what was said with ``--set`` or typed, by key.
    """

    path: str
    today: date
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What looking cannot tell. ``key`` takes the answer (``--set KEY=ANSWER``), one of ``options`` where there are any.

    ``needed``: without an answer nothing can be read at all.
    """

    key: str
    question: str
    options: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Proposal:
    """How a plugin would read what it was shown.

    ``shape``: in a word what it is. ``settings``: of ``[source]``, besides ``plugin``. ``sync``: of ``[sync]``. ``mapping``
    (a column's header, by table), ``constants`` and ``values`` (what a word means, by table and column) say the same for
    people. ``notes``: what was seen on the way. ``confidence``: from 0 to 1, against other plugins' proposals. ``takes``:
    keys of answers that are understood even where they were not asked for. ``comments``: what stands above a table of
    ``[source]``, by its dotted name.
    """

    shape: str
    settings: Mapping[str, Any]
    confidence: float
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    sync: Mapping[str, Any] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    comments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """A command to mount under ``dayzero``. ``target`` is ``module:attribute`` of a click command, imported when called."""

    name: str
    summary: str
    target: str


@dataclass(frozen=True)
class Finding:
    """One remark on the data; ``row`` is where it stands in the source, such as a line number."""

    severity: Severity
    table: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    message: str


@dataclass(frozen=True)
class Check:
    """An extra findings rule. ``target`` is ``module:function`` of ``(tables: Mapping[str, polars.DataFrame]) -> Iterable[Finding]``.

    A check can remark, never decide: its errors and warnings are reported, and no row is left out for them.
    """

    name: str
    summary: str
    target: str
