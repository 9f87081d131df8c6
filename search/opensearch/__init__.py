"""The index in OpenSearch: one index a tenant behind its aliases, any number of writers and readers on any host."""

from collections.abc import Iterable, Sequence

from opensearchpy import OpenSearch

from search.cursors import decode
from search.german import Analyzer, default_analyzer
from search.opensearch.asking import Asker
from search.opensearch.generations import Generations
from search.opensearch.schema import FORMAT
from search.opensearch.server import Server, cluster, connected, engine_errors, look
from search.opensearch.writing import Writer
from search.port import Build, PageEntry, Query, Replacement, Results
from search.queries import parse

__all__ = ["FORMAT", "OpenSearchBuild", "OpenSearchIndex", "Server", "cluster", "connected", "look"]


class OpenSearchIndex:
    """The index called `name` (lower-case letters, digits, hyphens); see `search.port.Index` for what it promises.

    Safe for threads. A write goes on page by page and is whole on return; what its death cut off, its repetition mends.
    Raises EngineDown when the server does not answer or refuses.
    """

    def __init__(self, client: OpenSearch, name: str, *, analyzer: Analyzer | None = None) -> None:
        self._analyzer = analyzer or default_analyzer()
        self._generations = Generations(client, name)
        self._writer = Writer(client, self._generations, self._analyzer)
        self._asker = Asker(client, self._generations, self._analyzer)

    def create(self) -> None:
        """Make an empty index if there is none yet; never touches one that is there, be it of another format."""
        with engine_errors():
            self._generations.create()

    def replace(self, document: str, stamp: int, pages: Sequence[PageEntry]) -> None:
        """Let these entries be the document's only ones; every process finds them on return."""
        self.replace_many([Replacement(document, stamp, pages)])

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        """Many documents, analysed while those before them are on their way; all are found on return."""
        with engine_errors():
            self._writer.write_live(replacements)
        self._asker.changed()

    def remove(self, document: str, stamp: int) -> None:
        """Take the document out; what is left of it keeps the stamp until the next fresh build."""
        self.replace_many([Replacement(document, stamp)])

    def stamps(self, documents: Sequence[str]) -> dict[str, int]:
        """The stamps of those documents whose pages are all there as of that stamp."""
        with engine_errors():
            return self._writer.stamps(documents)

    def search(self, query: Query) -> Results:
        """The best pages within the query's access; all filtering is done inside the engine."""
        clauses = parse(query.text, self._analyzer)
        position = decode(query)
        if not (query.access.scopes or query.access.case_files):
            return Results()
        with engine_errors():
            return self._asker.ask(query, clauses, position)

    def fresh(self) -> "OpenSearchBuild":
        """An empty generation beside the current one, which may be missing or of another format."""
        with engine_errors():
            return OpenSearchBuild(self._writer, self._generations, self._generations.begin_build())

    def swap(self, build: Build) -> None:
        """Searches see the build from the next moment on; the old generation is deleted in the same step."""
        if not isinstance(build, OpenSearchBuild):
            raise TypeError("only a build of an OpenSearch index can be swapped in")
        with engine_errors():
            self._generations.swap(build.name)
        self._asker.changed()

    def close(self) -> None:
        """Give back what the server keeps for this process; the next call asks for it again."""
        self._asker.close()


class OpenSearchBuild:
    """A generation being built; see `search.port.Build`. `name` is its index."""

    def __init__(self, writer: Writer, generations: Generations, name: str) -> None:
        self._writer = writer
        self._generations = generations
        self.name = name

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        """Write to this build alone; newer stamps that live writes left here stay."""
        with engine_errors():
            self._writer.write_build(self.name, replacements)

    def discard(self) -> None:
        """Give up and free the disk space."""
        with engine_errors():
            self._generations.discard(self.name)
