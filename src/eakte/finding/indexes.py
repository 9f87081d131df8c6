"""One index per tenant, opened on first use; foreign errors stop here."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from eakte.finding.engines import TenantIndex, engine_at
from eakte.finding.model import InvalidSearch, SearchDown
from eakte.web.paging import InvalidCursor
from search import errors
from search.port import Access, Build, Index, Query, Replacement, Results

_PROBE = Query("eakte", Access(frozenset({"nobody"})), facets=False)


class Indexes:
    """The indexes of one engine: that of the address, or where that is empty, the embedded one below the folder."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self._engine = engine_at(folder, url)
        self._open: dict[UUID, TenantIndex] = {}
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Which indexes these are, without secrets."""
        return self._engine.place

    def of(self, tenant: UUID) -> Index:
        """The tenant's index, which may be missing or damaged: then searches and writes raise SearchDown."""
        return self._of(tenant)

    def create(self, tenant: UUID) -> None:
        """An empty index for a new tenant. One that was lost is built by a reindex, never silently begun empty."""
        with _named_errors():
            self._of(tenant).create()

    def usable(self, tenant: UUID) -> bool:
        """Whether searches are answered."""
        try:
            self.search(tenant, _PROBE)
        except SearchDown:
            return False
        return True

    def lost(self, tenant: UUID) -> bool:
        """Whether the index is missing, damaged or of another format; SearchDown if that cannot be told now."""
        try:
            with _named_errors():
                self._of(tenant).search(_PROBE)
        except SearchDown as down:
            if isinstance(down.__cause__, errors.IndexUnusable):
                return True
            raise
        return False

    def _of(self, tenant: UUID) -> TenantIndex:
        with self._lock:
            if tenant not in self._open:
                self._open[tenant] = self._engine.index(tenant)
            return self._open[tenant]

    def search(self, tenant: UUID, query: Query) -> Results:
        """Raises SearchDown, InvalidSearch, InvalidCursor."""
        with _named_errors():
            return self.of(tenant).search(query)

    def write(self, target: Index | Build, replacements: Sequence[Replacement]) -> None:
        """Raises SearchDown, also while another process is writing."""
        with _named_errors():
            target.replace_many(replacements)

    def stamps(self, tenant: UUID, documents: Sequence[UUID]) -> dict[UUID, int]:
        """What the index has of each of these documents, 0 for nothing; raises SearchDown."""
        with _named_errors():
            found = self.of(tenant).stamps([str(id_) for id_ in documents])
        return {id_: found.get(str(id_), 0) for id_ in documents}

    def check(self) -> None:
        """Raises SearchDown when the engine cannot be used at all."""
        with _named_errors():
            self._engine.check()

    def close(self) -> None:
        """Close all that were opened."""
        with self._lock:
            for index in self._open.values():
                index.close()
            self._open.clear()
        self._engine.close()


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
