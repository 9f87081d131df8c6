"""One index per tenant, opened on first use; foreign errors stop here."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from eakte.finding.model import InvalidSearch, SearchDown
from eakte.web.paging import InvalidCursor
from search import errors
from search.embedded import EmbeddedIndex
from search.port import Access, Build, Index, Query, Replacement, Results


class Indexes:
    """The embedded engine's indexes below one folder, named by tenant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[UUID, EmbeddedIndex] = {}
        self._lock = threading.Lock()

    def of(self, tenant: UUID) -> Index:
        """The tenant's index, which may be missing or damaged: then searches and writes raise SearchDown."""
        return self._embedded(tenant)

    def create(self, tenant: UUID) -> None:
        """An empty index for a new tenant. One that was lost is built by a reindex, never silently begun empty."""
        with _named_errors():
            self._embedded(tenant).create()

    def usable(self, tenant: UUID) -> bool:
        """Whether searches are answered."""
        try:
            self.search(tenant, Query("eakte", Access(frozenset({"nobody"})), facets=False))
        except SearchDown:
            return False
        return True

    def _embedded(self, tenant: UUID) -> EmbeddedIndex:
        with self._lock:
            if tenant not in self._open:
                self._open[tenant] = EmbeddedIndex(self._folder / str(tenant))
            return self._open[tenant]

    def search(self, tenant: UUID, query: Query) -> Results:
        """Raises SearchDown, InvalidSearch, InvalidCursor."""
        with _named_errors():
            return self.of(tenant).search(query)

    def write(self, target: Index | Build, replacements: Sequence[Replacement]) -> None:
        """Raises SearchDown, also while another process is writing."""
        with _named_errors():
            target.replace_many(replacements)

    def check(self) -> None:
        """Raises SearchDown when the folder of the indexes cannot be used."""
        with _named_errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        """Close all that were opened."""
        with self._lock:
            for index in self._open.values():
                index.close()
            self._open.clear()


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except errors.InvalidQuery as error:
        raise InvalidSearch(str(error)) from error
    except errors.InvalidCursor as error:
        raise InvalidCursor from error
    except (errors.SearchError, OSError) as error:
        raise SearchDown from error
