"""One index per tenant, opened on first use; foreign errors stop here."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from eakte.finding.embedded import Embedded
from eakte.finding.engine import Engine, TenantIndex
from eakte.finding.model import InvalidSearch, SearchDown
from eakte.web.cursors import InvalidCursor
from search import errors
from search.port import Access, Build, Index, Query, Replacement, Results

logger = logging.getLogger(__name__)

_PROBE = Query("eakte", Access(frozenset({"nobody"})), facets=False)


class Indexes:
    """The indexes of one engine: that of the address, or where that is empty, the embedded one below the folder."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self._engine = _engine(folder, url)
        self._open: dict[UUID, TenantIndex] = {}
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Which indexes these are, and of which format; raises SearchDown if that must be asked and nobody answers."""
        with _named_errors():
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

    def fresh(self, tenant: UUID) -> Build:
        """An empty index beside the tenant's, which may be missing; raises SearchDown."""
        with _named_errors():
            return self.of(tenant).fresh()

    def swap(self, tenant: UUID, build: Build) -> None:
        """Let this build be the tenant's index; raises SearchDown, also if it was given up."""
        with _named_errors():
            self.of(tenant).swap(build)

    def discard(self, build: Build) -> None:
        """Give a build up, as far as that is possible now: what stays goes when the next one begins, or with time."""
        try:
            with _named_errors():
                build.discard()
        except SearchDown as down:
            logger.warning("build not discarded: %s", down.__cause__)

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


def may_pass(down: SearchDown) -> bool:
    """Whether it helps to try the same again: the engine is away or busy, but nothing is lost or given up."""
    return not isinstance(down.__cause__, errors.IndexUnusable | errors.BuildSuperseded)


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


def _engine(folder: Path, url: str) -> Engine:
    """By the form of `EAKTE_SEARCH_URL`: empty means the folder; ValueError for an address that is none."""
    if not url:
        return Embedded(folder)
    from eakte.finding.shared import Shared  # a house without a server starts without its library

    return Shared(url)
