"""Generations opened and written under the one lock: the index that is searched and the one being built beside it."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from search.embedded.generation import Generation, Prepared, engine_errors
from search.embedded.generations import Generations
from search.embedded.schema import documents
from search.errors import BuildSuperseded, IndexUnusable
from search.german import Analyzer
from search.port import Replacement

_log = logging.getLogger(__name__)


class Store:
    """All generations of one index folder; safe for threads and processes."""

    def __init__(self, folder: Path, analyzer: Analyzer, wait_seconds: float) -> None:
        self.analyzer = analyzer
        self._generations = Generations(folder, wait_seconds)
        self._open: dict[str, Generation] = {}
        self._opening = threading.Lock()

    def errors(self) -> AbstractContextManager[None]:
        """Turns what the engine raises into IndexUnusable."""
        return engine_errors(self._generations.folder)

    def create(self) -> None:
        """An empty current generation if there is none."""
        with self.errors(), self._generations.writing():
            if self._generations.named("current") is None:
                self._generations.point("current", self._begin())

    def begin_build(self) -> str:
        """The name of a new empty generation that live writes reach from now on; an older build's files go."""
        with self.errors(), self._generations.writing():
            name = self._begin()
            self._generations.point("building", name)
            self._generations.sweep()
            return name

    def swap(self, name: str) -> None:
        """Make this build the current generation; the old one's files go."""
        with self.errors(), self._generations.writing():
            self._demand(name)
            self._generations.point("current", name)
            self._generations.forget_building()
            self._generations.sweep()

    def discard(self, name: str) -> None:
        """Forget this build, unless it is the current generation by now."""
        with self.errors(), self._generations.writing():
            if self._generations.named("building") == name:
                self._generations.forget_building()
            self._generations.sweep()

    def write_live(self, replacements: Iterable[Replacement]) -> None:
        """Write to what is searched and to what is being built, whichever is there."""
        self._write(replacements, self._live)

    def write_build(self, name: str, replacements: Iterable[Replacement]) -> None:
        """Write to this build alone; BuildSuperseded if another was begun."""

        def target() -> list[str]:
            self._demand(name)
            self._generations.still_building()
            return [name]

        self._write(replacements, target)

    def current(self) -> Generation:
        """Open what is searched; a swap between looking and opening is followed."""
        name = self._generations.current()
        try:
            return self._generation(name)
        except (ValueError, OSError):
            if (newer := self._generations.current()) == name:
                raise
            return self._generation(newer)

    def close(self) -> None:
        """Let go of all open generations."""
        with self._opening:
            self._open.clear()

    def _begin(self) -> str:
        name = self._generations.begin()
        Generation.create(self._generations.path(name))
        return name

    def _demand(self, name: str) -> None:
        if self._generations.named("building") != name:
            raise BuildSuperseded("Der neue Index wurde von einem anderen Aufbau abgelöst.")

    def _live(self) -> list[str]:
        building = self._generations.building()
        try:
            current = self._usable()
        except IndexUnusable as error:
            if building is None:
                raise
            _log.warning("Der Suchindex ist beschädigt, geschrieben wird nur in den neuen: %s", error)
            current = None
        return list(dict.fromkeys(name for name in (current, building) if name)) or [self._generations.current()]

    def _usable(self) -> str | None:
        """What is searched, opened; None if there is nothing, IndexUnusable if it is damaged."""
        with self.errors():
            if (name := self._generations.named("current")) is not None:
                self._generation(name).newest()
            return name

    def _write(self, replacements: Iterable[Replacement], targets: Callable[[], list[str]]) -> None:
        made = documents(replacements, self.analyzer)
        prepared = [Prepared(each.document, each.stamp, pages) for each, pages in made]
        with self.errors(), self._generations.writing():
            for name in targets():
                self._generation(name).write(prepared)

    def _generation(self, name: str) -> Generation:
        with self._opening:
            if name not in self._open:
                opened = Generation(self._generations.path(name))
                pointed = self._generations.pointed()
                self._open = {kept: self._open[kept] for kept in self._open if kept in pointed}
                self._open[name] = opened
            return self._open[name]
