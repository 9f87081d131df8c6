"""Feeding the index: after every change, in bulk when it is behind, and afresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from eakte.database import Database
from eakte.documents.acts import set_indexed
from eakte.finding import acts
from eakte.finding.indexes import Indexes
from eakte.vault import Vault
from search.port import Build, Index, Replacement

BATCH = 40
"""Documents written in one commit of the index."""


@dataclass(frozen=True)
class FindingJobs:
    """One at a time per tenant (see `flow`); a second writer elsewhere waits for the index's own lock."""

    database: Database
    vault: Vault
    indexes: Indexes

    def index(self, tenant: UUID, document: UUID) -> None:
        """Bring the index up to date: this document, and others that wait, in the same commit."""
        with self.database.look(tenant) as unit:
            waiting = acts.behind(unit, BATCH)
        if document in waiting or len(waiting) == BATCH:
            self._update(tenant, list(dict.fromkeys([document, *waiting])))

    def catch_up(self, tenant: UUID) -> None:
        """Whatever is behind; a lost or damaged index is built anew."""
        if self.indexes.lost(tenant):
            self.reindex(tenant)
        while True:
            with self.database.look(tenant) as unit:
                waiting = acts.behind(unit, BATCH)
            if not waiting:
                return
            self._update(tenant, waiting)

    def reindex(self, tenant: UUID) -> int:
        """A fresh index beside the old one, swapped in when whole; live writes reach both. Returns its documents.

        It marks no document as indexed: a build that dies before the swap must leave nothing behind that looks found.
        """
        index, after, count = self.indexes.of(tenant), None, 0
        fresh = index.fresh()
        while True:
            with self.database.look(tenant) as unit:
                ids = acts.read_documents(unit, after, BATCH)
            if not ids:
                break
            self._write(tenant, fresh, ids)
            after, count = ids[-1], count + len(ids)
        index.swap(fresh)
        return count

    def _update(self, tenant: UUID, ids: Sequence[UUID]) -> None:
        written = self._write(tenant, self.indexes.of(tenant), ids)
        with self.database.unit(tenant) as unit:
            for replacement, scope in written:
                set_indexed(unit, UUID(replacement.document), replacement.stamp, scope)

    def _write(self, tenant: UUID, target: Index | Build, ids: Sequence[UUID]) -> list[tuple[Replacement, UUID]]:
        with self.database.look(tenant) as unit:
            found = [acts.replacement(unit, self.vault, id_) for id_ in ids]
        self.indexes.write(target, [replacement for replacement, _ in found])
        return found
