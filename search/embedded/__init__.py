"""The index on local disk, by tantivy: no server, one writer at a time, readers in any process."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from search.cursors import decode
from search.embedded.asking import ask
from search.embedded.generations import FORMAT
from search.embedded.store import Store
from search.german import Analyzer, default_analyzer
from search.port import Build, PageEntry, Query, Replacement, Results
from search.queries import parse

__all__ = ["FORMAT", "EmbeddedBuild", "EmbeddedIndex"]


class EmbeddedIndex:
    """An index in a folder of its own, see `search.port.Index` for what it promises; safe for threads and processes.

    A write holds the lock only while it lasts; another writer waits for it up to `wait_seconds`.
    """

    def __init__(self, folder: Path, *, analyzer: Analyzer | None = None, wait_seconds: float = 30.0) -> None:
        self._store = Store(folder, analyzer or default_analyzer(), wait_seconds)

    def create(self) -> None:
        """Make an empty index if there is none yet; never touches one that is there, be it damaged."""
        self._store.create()

    def replace(self, document: str, stamp: int, pages: Sequence[PageEntry]) -> None:
        """Let these entries be the document's only ones; every process finds them on return."""
        self._store.write_live([Replacement(document, stamp, pages)])

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        """Many documents in one commit; analysed before the lock is taken, some 10 KB of memory a page."""
        self._store.write_live(replacements)

    def remove(self, document: str, stamp: int) -> None:
        """Take the document out; an entry that nobody finds keeps the stamp until the next fresh build."""
        self._store.write_live([Replacement(document, stamp)])

    def stamps(self, documents: Sequence[str]) -> dict[str, int]:
        """The stamps of those documents that are there; some 20 µs each."""
        with self._store.errors():
            return self._store.current().stamps(documents)

    def search(self, query: Query) -> Results:
        """The best pages within the query's access; all filtering is done inside the engine."""
        clauses = parse(query.text, self._store.analyzer)
        position = decode(query)
        if not (query.access.scopes or query.access.case_files):
            return Results()
        with self._store.errors():
            return ask(self._store.current(), query, clauses, self._store.analyzer, position)

    def fresh(self) -> "EmbeddedBuild":
        """An empty generation beside the current one, which may be missing or damaged."""
        return EmbeddedBuild(self._store, self._store.begin_build())

    def swap(self, build: Build) -> None:
        """Searches see the build from the next moment on; the old generation's files are deleted."""
        if not isinstance(build, EmbeddedBuild):
            raise TypeError("only a build of an embedded index can be swapped in")
        self._store.swap(build.name)

    def close(self) -> None:
        """Let go of files and memory; the next call opens what it needs."""
        self._store.close()


class EmbeddedBuild:
    """A generation being built; see `search.port.Build`. `name` is its folder."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self.name = name

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        """Write in one commit; newer stamps that live writes left here stay."""
        self._store.write_build(self.name, replacements)

    def discard(self) -> None:
        """Give up and free the disk space."""
        self._store.discard(self.name)
