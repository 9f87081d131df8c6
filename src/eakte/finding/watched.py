"""Indexes that are watched: each search and write in the metrics and traces, each failure counted once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from eakte.finding.indexes import Indexes
from eakte.finding.model import SearchDown
from eakte.watch import measures, spans
from search.port import Build, Index, Query, Replacement, Results


class WatchedIndexes(Indexes):
    """The same indexes. What a person asked wrongly is no failure."""

    def search(self, tenant: UUID, query: Query) -> Results:
        """As ever; the span knows how many hits there were, not what was asked."""
        with _watched("search") as span:
            found = super().search(tenant, query)
            span.note({"eakte.hits": len(found.hits)})
            return found

    def write(self, target: Index | Build, replacements: Sequence[Replacement]) -> None:
        """As ever."""
        with _watched("write") as span:
            span.note({"eakte.documents": len(replacements)})
            super().write(target, replacements)


@contextmanager
def _watched(operation: str) -> Iterator[spans.Span]:
    with spans.span(f"index {operation}", kind="client") as span, measures.SEARCHES.labels(operation).time():
        try:
            yield span
        except SearchDown as error:
            measures.SEARCH_ERRORS.labels(operation, error.code).inc()
            raise
