"""Find plugins and load them one by one: a broken one is a fact to report, not a reason to fail."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from dayzero.errors import PluginError
from dayzero.plugin import _spec
from dayzero.plugin._types import API_VERSION, Check, Command, SourceType

log = logging.getLogger(__name__)
T = TypeVar("T", SourceType, Check, Command)


@dataclass
class LoadedPlugin:
    """One installed plugin: what it brings, or why it cannot be used."""

    name: str
    distribution: str
    version: str
    problem: str = ""
    sources: list[SourceType] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)


class Plugins:
    """The installed plugins of one process. Build it with ``load_plugins()``."""

    def __init__(self, found: Iterable[EntryPoint]) -> None:
        self._pluggy = pluggy.PluginManager(_spec.NAMESPACE)
        self._pluggy.add_hookspecs(_spec)
        self.loaded = [self._load(entry) for entry in found]

    def _load(self, entry: EntryPoint) -> LoadedPlugin:
        dist = entry.dist
        plugin = LoadedPlugin(entry.name, dist.name if dist else "", dist.version if dist else "")
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
        except Exception as error:  # noqa: BLE001 - whatever a stranger's module raises is reported, not raised
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

    def source_type(self, name: str) -> SourceType:
        """Return the source type called ``name``; raise PluginError that says what is installed, or what broke."""
        for plugin in self.loaded:
            for source in plugin.sources:
                if source.name == name:
                    return source
        known = sorted(s.name for p in self.loaded for s in p.sources)
        for plugin in self.loaded:
            if plugin.problem and name in (
                plugin.name,
                plugin.distribution,
                plugin.distribution.removeprefix("dayzero-"),
            ):
                raise PluginError(
                    f"The plugin {plugin.distribution or plugin.name} is installed but broken: {plugin.problem}",
                    remedy="Repair or reinstall it; `dayzero plugins` shows its state.",
                    plugin=plugin.name,
                )
        raise PluginError(
            f"No installed plugin brings a source called {name!r}; installed: {', '.join(known) or 'none'}.",
            remedy=f"Install one, for example `pip install dayzero-{name}`, or correct `plugin` under [source].",
            plugin=name,
        )

    @property
    def checks(self) -> list[Check]:
        """Checks of all working plugins."""
        return [c for p in self.loaded for c in p.checks]

    @property
    def commands(self) -> list[Command]:
        """Commands of all working plugins."""
        return [c for p in self.loaded for c in p.commands]

    def sync_finished(self, report: Mapping[str, Any]) -> None:
        """Tell every observer; log the failure of one and go on."""
        for plugin in self._pluggy.get_plugins():
            others = [p for p in self._pluggy.get_plugins() if p is not plugin]
            try:
                self._pluggy.subset_hook_caller("dayzero_sync_finished", others)(report=report)
            except Exception as error:  # noqa: BLE001 - an observer never changes the outcome
                name = self._pluggy.get_name(plugin)
                log.warning("plugin %s failed in dayzero_sync_finished: %s", name, type(error).__name__)


def _validate(source: SourceType) -> None:
    if source.api != API_VERSION:
        raise TypeError(f"source {source.name!r} speaks plugin API {source.api}, this dayzero speaks {API_VERSION}")
    if not dataclasses.is_dataclass(source.settings):
        raise TypeError(f"the settings of source {source.name!r} must be a @dataclass")
    if not callable(source.open):
        raise TypeError(f"`open` of source {source.name!r} must be callable")


def load_plugins(found: Iterable[EntryPoint] | None = None) -> Plugins:
    """Load every plugin of the entry-point group ``dayzero``, one at a time, sorted by name."""
    if found is None:
        found = sorted(entry_points(group=_spec.NAMESPACE), key=lambda e: e.name)
    return Plugins(found)
