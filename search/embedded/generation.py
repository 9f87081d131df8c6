"""One generation of an embedded index as tantivy keeps it: written, read, its snapshots kept for paging."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy

from search.embedded.schema import FacetNames, QueryBuilder, build_schema
from search.errors import IndexUnusable, SearchError

_HEAP_BYTES = 64_000_000
_SNAPSHOTS = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """A replacement analysed, ready to be written without delay."""

    document: str
    stamp: int
    entries: Sequence[tantivy.Document]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index after one commit; `name` is the same in every process."""

    name: str
    searcher: tantivy.Searcher


@contextmanager
def engine_errors(folder: Path) -> Iterator[None]:
    """Foreign errors stop here; the engine's panics, which are no ordinary exceptions, too."""
    try:
        yield
    except SearchError:
        raise
    except BaseException as error:
        if isinstance(error, ValueError | OSError) or type(error).__name__ == "PanicException":
            raise IndexUnusable(f"Der Suchindex unter {folder} ist nicht benutzbar: {error}") from error
        raise


class Generation:
    """An open folder of the engine. Reading is for any thread; writing only for the holder of the writer's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._meta = str(path / "meta.json")
        self.index = tantivy.Index.open(str(path))
        self.index.config_reader("manual")
        self.queries = QueryBuilder(self.index.schema)
        self.names = FacetNames()
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()
        self._loading = threading.Lock()

    @classmethod
    def create(cls, path: Path) -> None:
        """Fill an existing empty folder with an empty index."""
        tantivy.Index(build_schema(), str(path))

    def newest(self) -> Snapshot:
        """The last commit of any process; a look at one file's times when nothing changed."""
        with self._loading:
            name = self._last_commit()
            if name not in self._snapshots:
                self.index.reload()
                self._snapshots[name] = Snapshot(name, self.index.searcher())
                while len(self._snapshots) > _SNAPSHOTS:
                    self._snapshots.popitem(last=False)
            return self._snapshots[name]

    def kept(self, name: str) -> Snapshot | None:
        """A snapshot of the recent past, None if it is gone or was another process's."""
        with self._loading:
            return self._snapshots.get(name)

    def stamps(self, documents: Sequence[str]) -> dict[str, int]:
        """Of those that are there."""
        stamps = _Stamps(self.newest().searcher, self.index.schema)
        found = ((document, stamps.indexed(document)) for document in documents)
        return {document: stamp for document, stamp in found if stamp is not None}

    def write(self, prepared: Sequence[Prepared]) -> None:
        """Put all in by one commit, save what an equal or newer stamp forbids; returns after the merges it caused."""
        stamps = _Stamps(self.newest().searcher, self.index.schema)
        # The engine's own lock may live on in a forked child; the writer's lock of the whole index rules.
        (self._path / ".tantivy-writer.lock").unlink(missing_ok=True)
        writer = self.index.writer(_HEAP_BYTES, 1)
        try:
            for each in prepared:
                if stamps.accept(each.document, each.stamp):
                    writer.delete_documents_by_term("document", each.document)
                    for entry in each.entries:
                        writer.add_document(entry)
            writer.commit()
        finally:
            # without a commit this drops what was added; merges may take seconds at 100,000 pages
            writer.wait_merging_threads()

    def _last_commit(self) -> str:
        seen = os.stat(self._meta)  # noqa: PTH116  a tenth of the time that a path takes
        return f"{self._path.name}.{seen.st_mtime_ns:x}.{seen.st_ino:x}"


class _Stamps:
    """The newest stamp of each document, in the index and in what is being written."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema) -> None:
        self._searcher = searcher
        self._schema = schema
        self._seen: dict[str, int] = {}

    def accept(self, document: str, stamp: int) -> bool:
        """Whether this stamp is none older than the known one; from then on it is the known one."""
        known = self._seen[document] if document in self._seen else self.indexed(document)
        if known is not None and known > stamp:
            return False
        self._seen[document] = stamp
        return True

    def indexed(self, document: str) -> int | None:
        """The stamp in the index, None if the document was never there."""
        query = tantivy.Query.term_query(self._schema, "document", document, "basic")
        hits = self._searcher.search(query, 1, count=False).hits
        return self._searcher.fast_field_values("stamp", [hits[0][1]])[0] if hits else None
