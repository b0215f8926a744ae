"""From what a plugin proposes to a configuration: whose proposal is best, what was answered, what is still open."""

from __future__ import annotations

import dataclasses
import logging
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from dayzero.config.file import fill_settings
from dayzero.config.starter import starter_file
from dayzero.errors import DayzeroError, PluginError, UsageError
from dayzero.plugin import Looking, Proposal, Question, SourceType
from dayzero.plugins import load_plugins

__all__ = ["Draft", "drafted"]

log = logging.getLogger(__name__)
_ROWS = 3


@dataclass(frozen=True)
class Draft:
    """A configuration that is not written yet. ``base``: the folder it will lie in; ``called``: the plugin's name in it."""

    path: str | None
    source: SourceType
    proposal: Proposal
    settings: Mapping[str, Any]
    base: Path
    notes: tuple[str, ...]
    called: str

    @property
    def plugin(self) -> str:
        """The plugin that would read it, as it stands in the configuration."""
        return self.called

    @property
    def shape(self) -> str:
        """What it is, in a word."""
        return self.proposal.shape

    @property
    def confidence(self) -> float:
        """How sure that is, from 0 to 1."""
        return self.proposal.confidence

    @property
    def mapping(self) -> Mapping[str, Mapping[str, str]]:
        """A column's header, by table."""
        return self.proposal.mapping

    @property
    def questions(self) -> Sequence[Question]:
        """What is open."""
        return self.proposal.questions

    def document(self) -> dict[str, Any]:
        """Return all that is known, for programs."""
        proposal = self.proposal
        return {
            "shape": proposal.shape,
            "plugin": self.plugin,
            "confidence": proposal.confidence,
            "mapping": proposal.mapping,
            "constants": proposal.constants,
            "values": proposal.values,
            "questions": [dataclasses.asdict(q) for q in proposal.questions],
            "notes": self.notes,
        }

    def file(self, *, school_id: str, school_name: str, portal_url: str, today: date | None = None) -> str:
        """Return the text of the configuration; ``today``: of a rehearsal."""
        remarks = [*self.notes, *(f"Open: {q.question} `dayzero init --set {q.key}=...`" for q in self.questions)]
        return starter_file(
            self.plugin,
            self.settings,
            school_id=school_id,
            school_name=school_name,
            portal_url=portal_url,
            sync=self.proposal.sync,
            remarks=[" ".join(remark.split()) for remark in remarks],
            comments=self.proposal.comments,
            today=today,
        )

    def check(self) -> None:
        """Raise ConfigurationError where the settings are none that the plugin takes. Nothing is opened or asked for."""
        self._filled(_Later())

    def samples(self) -> dict[str, list[dict[str, Any]]]:
        """Return the first rows of each table as they would be understood; none where they cannot be read yet."""
        from dayzero.conform import conform

        try:
            with self.source.open(self._filled(os.environ)) as source:
                tables = conform(source.read).tables
        except Exception as error:  # noqa: BLE001 - what cannot be read yet is not shown; `check` says why
            log.debug("no samples: %s", type(error).__name__)
            return {}
        return {
            name: [{k: v for k, v in row.items() if v is not None} for row in frame.head(_ROWS).iter_rows(named=True)]
            for name, frame in tables.items()
        }

    def _filled(self, environ: Mapping[str, str]) -> Any:
        """Return the settings as the plugin gets them."""
        text = starter_file(self.plugin, self.settings, school_id="", school_name="", portal_url="")
        written = tomllib.loads(text)["source"]
        del written["plugin"]
        return fill_settings(self.source.settings, written, self.base, environ)


class _Later(dict[str, str]):
    """An environment in which every secret will be there."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - dict's signature
        """Return something for every name."""
        return name

    __getitem__ = get


def drafted(
    path: str | None, plugin: str | None, answers: Mapping[str, str], *, today: date, config_path: Path
) -> Draft:
    """Look at ``path`` with every plugin that can, or with one, and return the best draft.

    ``answers``: to questions, and settings of the plugin's own. Raises UsageError where there is nothing to look at.
    """
    plugins = load_plugins()
    base = config_path.resolve().parent
    sources = [plugins.source_type(plugin, base)] if plugin else [s for p in plugins.loaded for s in p.sources]
    if not sources:
        raise PluginError(
            "No plugin is installed that could read anything.", remedy="pip install dayzero-csv", plugin=""
        )
    if path is not None and "://" not in path:
        _require_something(path)
    # A plugin that is named may have something to propose where there is nothing to look at.
    looks_at = path if path is not None else "" if plugin else None
    proposals = [] if looks_at is None else list(_proposals(sources, Looking(looks_at, today, answers)))
    if not proposals:
        if plugin is None:
            raise UsageError(
                f"No installed plugin knows what {path} is.",
                remedy="Name one with --plugin; `dayzero plugins` lists them.",
                path=path,
            )
        source = sources[0]
        proposals = [(source, Proposal("unknown", {} if path is None else {"path": path}, 0.0))]
    source, proposal = max(proposals, key=lambda one: one[1].confidence)
    known = {*proposal.takes, *(q.key for q in proposal.questions)}
    fields = {f.name for f in dataclasses.fields(source.settings)}
    said = {
        k: _typed(v) for k, v in answers.items() if k in fields or (k not in known and ":" not in k and "." not in k)
    }
    settings = {k: _relative(v, base) if k == "path" else v for k, v in {**proposal.settings, **said}.items()}
    called = plugin if plugin and plugin.endswith(".py") else source.name
    return Draft(path, source, proposal, settings, base, tuple(proposal.notes), called)


def _require_something(path: str) -> None:
    """Raise UsageError where there is no file or folder to look at. A device is neither, and may have no end."""
    there = Path(path)
    try:
        if there.is_dir() or there.is_file():
            return
        said = f"{path} is neither a file nor a folder." if there.exists() else f"There is no {path}."
    except OSError as error:
        said = f"There can be no {path}: {error.strerror}."
    raise UsageError(said, remedy="Name a folder, a file or an address: --path PATH.", path=path)


def _proposals(sources: Sequence[SourceType], looking: Looking) -> Iterator[tuple[SourceType, Proposal]]:
    for source in sources:
        if not source.look:
            continue
        module, _, function = source.look.partition(":")
        try:
            proposal = getattr(import_module(module), function)(looking)
        except DayzeroError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's look is one opinion less
            log.warning("the source %s failed to look: %s", source.name, type(error).__name__)
            continue
        if proposal is not None:
            yield source, proposal


def _relative(path: Any, base: Path) -> Any:
    """Return a path as it has to stand in a file of the folder ``base``."""
    if not isinstance(path, str) or "://" in path or Path(path).is_absolute() or base == Path.cwd():
        return path
    return os.path.relpath(Path(path).resolve(), base)


def _typed(text: str) -> Any:
    """Return a setting from the command line: a number or true and false as they are, else as text."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() and len(text) < 19 else text
