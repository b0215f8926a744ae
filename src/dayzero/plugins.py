"""The host of plugins: found and loaded one by one. A broken one is a fact to report, not a reason to fail."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from dayzero.errors import PluginError
from dayzero.plugin import API_VERSION, Check, Command, Finding, SourceType, _spec

if TYPE_CHECKING:
    import polars as pl

__all__ = ["LoadedPlugin", "Plugins", "load_plugins"]

log = logging.getLogger(__name__)
T = TypeVar("T", SourceType, Check, Command)


@dataclass
class LoadedPlugin:
    """One installed plugin: what it brings, or why it, or a part of it, cannot be used. ``modules``: those that say so."""

    name: str
    distribution: str
    version: str
    problem: str = ""
    sources: list[SourceType] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    modules: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """What people know it by."""
        return self.distribution or self.name


class _FileEntry:
    """A plugin that is one file: what an entry point would be if it were installed."""

    dist = None

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)
        self.module = f"dayzero_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"

    def load(self) -> object:
        """Import the file. Raises whatever it raises."""
        spec = spec_from_file_location(self.module, self.path)
        if spec is None or spec.loader is None or not self.path.is_file():
            raise FileNotFoundError(f"there is no file {self.path}")
        module = module_from_spec(spec)
        sys.modules[self.module] = module  # a dataclass looks its types up there
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[self.module]
            raise
        return module


class Plugins:
    """The installed plugins of one process. Build it with ``load_plugins()``.

    ``taken``: names of commands that are dayzero's own.
    """

    def __init__(self, found: Iterable[EntryPoint], *, taken: Collection[str] = ()) -> None:
        self._pluggy = pluggy.PluginManager(_spec.NAMESPACE)
        self._pluggy.add_hookspecs(_spec)
        self.loaded = [self._load(entry) for entry in found]
        self._collided: dict[str, str] = {}
        self._refuse_collisions(taken)

    def _load(self, entry: EntryPoint | _FileEntry) -> LoadedPlugin:
        plugin = LoadedPlugin(entry.name, *_distribution(entry), modules=(entry.module,))
        registered = None
        try:
            registered = entry.load()
            self._pluggy.register(registered, name=entry.name)
            self._pluggy.check_pending()
            plugin.sources = self._collect("dayzero_sources", registered, SourceType)
            plugin.checks = self._collect("dayzero_checks", registered, Check)
            plugin.commands = self._collect("dayzero_commands", registered, Command)
            for source in plugin.sources:
                _validate(source)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a stranger's module raises is reported, an exit as well
            plugin.problem = f"{type(error).__name__}: {error}"
            plugin.sources, plugin.checks, plugin.commands = [], [], []
            if registered is not None and self._pluggy.is_registered(registered):
                self._pluggy.unregister(registered)
        return plugin

    def _collect(self, hook: str, plugin: object, expected: type[T]) -> list[T]:
        """Ask one plugin alone, so that one raising does not throw away the others' answers."""
        others = [p for p in self._pluggy.get_plugins() if p is not plugin]
        answers: list[T] = []
        for answer in self._pluggy.subset_hook_caller(hook, others)():
            answers.extend([answer] if isinstance(answer, expected) else answer)
        for one in answers:
            if not isinstance(one, expected):
                raise TypeError(f"{hook} must return {expected.__name__}s, not {type(one).__name__}")
        return answers

    def _refuse_collisions(self, taken: Collection[str]) -> None:
        """Take a source or command that is brought twice from all who bring it: a problem of each, never a replacement."""
        for what, own in (("source", ()), ("command", taken)):
            brought: dict[str, list[LoadedPlugin]] = {}
            for plugin, one in self._all_of(what):
                brought.setdefault(one.name, []).append(plugin)
            for name, plugins in brought.items():
                claims = [p.called for p in plugins] + ["dayzero itself"] * (name in own)
                if len(claims) > 1:
                    self._collide(what, name, plugins, " and by ".join(claims))

    def _collide(self, what: str, name: str, plugins: list[LoadedPlugin], claims: str) -> None:
        said = f"the {what} {name!r} is brought by {claims}; it is taken from none of them"
        if what == "source":
            self._collided[name] = said
        for plugin in plugins:
            plugin.problem = "; ".join(p for p in (plugin.problem, said) if p)
            plugin.sources = [s for s in plugin.sources if (what, s.name) != ("source", name)]
            plugin.commands = [c for c in plugin.commands if (what, c.name) != ("command", name)]

    def _all_of(self, what: str) -> Iterator[tuple[LoadedPlugin, SourceType | Command]]:
        for plugin in self.loaded:
            for one in plugin.sources if what == "source" else plugin.commands:
                yield plugin, one

    @property
    def sharing(self) -> frozenset[str]:
        """The kinds of source of which one may hold many schools, and is read once for them."""
        return frozenset(source.name for plugin in self.loaded for source in plugin.sources if source.shares_reads)

    def in_file(self, path: Path) -> LoadedPlugin:
        """Return the plugin in a file of its own, loaded once. It is asked for by path, so it collides with none."""
        loaded = next((p for p in self.loaded if p.name == str(path)), None)
        if loaded is None:
            loaded = self._load(_FileEntry(path))
            self.loaded.append(loaded)
        return loaded

    def source_type(self, name: str, base: Path | None = None) -> SourceType:
        """Return the source type called ``name``; raise PluginError that says what is installed, or what broke.

        A ``name`` that ends in ``.py`` is a file, relative to ``base``; it brings one source.
        """
        if name.endswith(".py"):
            return self._of_file((base or Path()) / name)
        for plugin in self.loaded:
            for source in plugin.sources:
                if source.name == name:
                    return source
        if name in self._collided:
            said = self._collided[name]
            raise PluginError(
                f"{said[0].upper()}{said[1:]}.",
                remedy="Uninstall all of them but one: pip uninstall NAME.",
                plugin=name,
            )
        known = sorted(s.name for p in self.loaded for s in p.sources)
        for plugin in self.loaded:
            if plugin.problem and name in (
                plugin.name,
                plugin.distribution,
                plugin.distribution.removeprefix("dayzero-"),
            ):
                raise PluginError(
                    f"The plugin {plugin.called} is installed but broken: {plugin.problem}",
                    remedy="Repair or reinstall it; `dayzero plugins` shows its state.",
                    plugin=plugin.name,
                )
        raise PluginError(
            f"No installed plugin brings a source called {name!r}; installed: {', '.join(known) or 'none'}.",
            remedy=f"Install one, for example `pip install dayzero-{name}`, or correct `plugin` under [source].",
            plugin=name,
        )

    def _of_file(self, path: Path) -> SourceType:
        loaded = self.in_file(path.resolve())
        if loaded.problem:
            raise PluginError(
                f"The plugin in {path} is broken: {loaded.problem}",
                remedy="Repair it; `dayzero plugins new NAME` makes one that works, to compare with.",
                plugin=str(path),
            )
        if len(loaded.sources) != 1:
            raise PluginError(
                f"{path} brings {len(loaded.sources)} sources, where one is expected.",
                remedy="Let its `dayzero_sources()`, marked with @hookimpl, return a list of one SourceType.",
                plugin=str(path),
            )
        return loaded.sources[0]

    @property
    def commands(self) -> list[Command]:
        """Commands of all working plugins."""
        return [c for p in self.loaded for c in p.commands]

    def findings(self, tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
        """Return what the plugins' checks find in typed tables; one that fails or answers strangely is a finding itself."""
        return [f for plugin in self.loaded for check in plugin.checks for f in _checked(plugin, check, tables)]

    def sync_finished(self, report: Callable[[], Mapping[str, Any]]) -> None:
        """Tell every observer; log the failure of one and go on. ``report`` is made if anybody wants it: it can be large."""
        observers = [observer.plugin for observer in self._pluggy.hook.dayzero_sync_finished.get_hookimpls()]
        said = report() if observers else {}
        for plugin in observers:
            others = [p for p in self._pluggy.get_plugins() if p is not plugin]
            try:
                self._pluggy.subset_hook_caller("dayzero_sync_finished", others)(report=said)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - an observer never changes the outcome, not by an exit either
                name = self._pluggy.get_name(plugin)
                log.warning("plugin %s failed in dayzero_sync_finished: %s", name, type(error).__name__)


def _distribution(entry: EntryPoint | _FileEntry) -> tuple[str, str]:
    """Return name and version of who brings an entry; empty where its metadata is gone, as a half-removed package leaves it."""
    if entry.dist is None:
        return "", ""
    try:
        said = entry.dist.metadata
    except FileNotFoundError:  # newer readers of metadata say so; Python's own gives none of it
        return "", ""
    return (said["Name"], said["Version"]) if "Name" in said and "Version" in said else ("", "")


def _checked(plugin: LoadedPlugin, check: Check, tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
    try:
        module, _, name = check.target.partition(":")
        found = list(getattr(import_module(module), name)(tables))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's check never stops a run: not by an exit, nor by a panic of Polars
        return [_remark(plugin, check, f"failed: {type(error).__name__}")]
    strange = [one for one in found if not _is_finding(one)]
    if strange:
        return [_remark(plugin, check, f"gave a {type(strange[0]).__name__} where a Finding was expected")]
    return found


def _is_finding(one: object) -> bool:
    if not isinstance(one, Finding):
        return False
    texts = (one.table, one.rule, one.message)
    maybe = (one.column, one.value)
    return (
        one.severity in ("error", "warning", "notice")
        and all(isinstance(t, str) and _is_text(t) for t in texts)
        and all(t is None or (isinstance(t, str) and _is_text(t)) for t in maybe)
        and (one.row is None or (type(one.row) is int and 0 <= one.row < _ROWS))
    )


_ROWS = 2**63
"""No row of a table has a number as large as that."""


def _is_text(word: str) -> bool:
    """Say whether a word can be written at all: half of a surrogate pair cannot."""
    return not any("\ud800" <= c <= "\udfff" for c in word)


def _remark(plugin: LoadedPlugin, check: Check, what: str) -> Finding:
    return Finding(
        "warning",
        "",
        None,
        None,
        None,
        check.name,
        f"the check {check.name} of {plugin.called} {what}; its answer is left out",
    )


def _validate(source: SourceType) -> None:
    if source.api != API_VERSION:
        raise TypeError(f"source {source.name!r} speaks plugin API {source.api}, this dayzero speaks {API_VERSION}")
    if not dataclasses.is_dataclass(source.settings):
        raise TypeError(f"the settings of source {source.name!r} must be a @dataclass")
    if not callable(source.open):
        raise TypeError(f"`open` of source {source.name!r} must be callable")


def load_plugins(found: Iterable[EntryPoint] | None = None, *, taken: Collection[str] = ()) -> Plugins:
    """Load every plugin of the entry-point group ``dayzero``, one at a time, sorted by name.

    ``taken``: names of commands that are dayzero's own; a plugin that brings one of them has a problem.
    """
    return Plugins(_installed(tuple(sys.path)) if found is None else found, taken=taken)


@cache
def _installed(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return the entry points below Python's path. They are looked for once: nothing is installed while a process runs."""
    return tuple(sorted(entry_points(group=_spec.NAMESPACE), key=lambda e: e.name))
