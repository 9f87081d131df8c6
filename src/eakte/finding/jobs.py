"""Feeding the index: after every change, in bulk when it is behind, and afresh."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from eakte.database import Database
from eakte.documents.acts import set_indexed, set_indexed_as
from eakte.finding import acts
from eakte.finding.indexes import Indexes
from eakte.finding.model import SearchDown
from eakte.jobs import HandedBack
from eakte.vault import Vault
from search.port import Build, Index, Replacement

BATCH = 40
"""Documents written in one commit of the index."""

ASKED = 500
"""Documents of which an index is asked at once what it has."""


@dataclass(frozen=True)
class FindingJobs:
    """One at a time per tenant (see `flow`); a second writer elsewhere waits for the index's own lock.

    Once `stopping`, each raises HandedBack before its next batch.
    """

    database: Database
    vault: Vault
    indexes: Indexes
    stopping: Callable[[], bool] = lambda: False

    def index(self, tenant: UUID, document: UUID) -> None:
        """Bring the index up to date: this document, and others that wait, in the same commit."""
        self._adopt(tenant)
        with self.database.look(tenant) as unit:
            waiting = acts.behind(unit, BATCH)
        if document in waiting or len(waiting) == BATCH:
            self._update(tenant, list(dict.fromkeys([document, *waiting])))

    def catch_up(self, tenant: UUID) -> None:
        """Whatever is behind; a lost or damaged index is built anew."""
        if self.indexes.lost(tenant):
            self.reindex(tenant)
        self._adopt(tenant)
        while True:
            self._go_on()
            with self.database.look(tenant) as unit:
                waiting = acts.behind(unit, BATCH)
            if not waiting:
                return
            self._update(tenant, waiting)

    def reindex(self, tenant: UUID, told: Callable[[int], None] | None = None) -> int:
        """A fresh index beside the old one, swapped in when whole; live writes reach both. Returns its documents.

        `told` hears after each batch how many they are so far. No document is marked as indexed: a build that dies
        before the swap must leave nothing behind that looks found.
        """
        index, after, count = self.indexes.of(tenant), None, 0
        fresh = index.fresh()
        while True:
            self._go_on()
            with self.database.look(tenant) as unit:
                ids = acts.read_documents(unit, after, BATCH)
            if not ids:
                break
            self._write(tenant, fresh, ids)
            after, count = ids[-1], count + len(ids)
            if told is not None:
                told(count)
        index.swap(fresh)
        return count

    def _adopt(self, tenant: UUID) -> None:
        """Let the rows speak about this house's index, if they speak about another: ask it what it has.

        Meanwhile nobody marks anything. Dying half-way leaves the rows with no index, and the next job begins anew.
        """
        with self.database.look(tenant) as unit:
            if acts.place(unit) == self.indexes.place:
                return
        self._set_place(tenant, "")
        after = None
        while ids := self._read(tenant, after):
            self._go_on()
            stamps, after = self.indexes.stamps(tenant, ids), ids[-1]
            with self.database.unit(tenant) as unit:
                set_indexed_as(unit, stamps)
        self._set_place(tenant, self.indexes.place)

    def _go_on(self) -> None:
        if self.stopping():
            raise HandedBack

    def _set_place(self, tenant: UUID, place: str) -> None:
        with self.database.unit(tenant) as unit:
            acts.set_place(unit, place)

    def _read(self, tenant: UUID, after: UUID | None) -> list[UUID]:
        with self.database.look(tenant) as unit:
            return acts.read_documents(unit, after, ASKED)

    def _update(self, tenant: UUID, ids: Sequence[UUID]) -> None:
        written = self._write(tenant, self.indexes.of(tenant), ids)
        with self.database.unit(tenant) as unit:
            if acts.place(unit, lock=True) != self.indexes.place:
                raise SearchDown("Der Index wird umgezogen")
            for replacement, scope in written:
                set_indexed(unit, UUID(replacement.document), replacement.stamp, scope)

    def _write(self, tenant: UUID, target: Index | Build, ids: Sequence[UUID]) -> list[tuple[Replacement, UUID]]:
        with self.database.look(tenant) as unit:
            found = [acts.replacement(unit, self.vault, id_) for id_ in ids]
        self.indexes.write(target, [replacement for replacement, _ in found])
        return found
