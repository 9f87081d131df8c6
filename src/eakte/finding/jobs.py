"""Feeding the index: after every change, in bulk when it is behind, and afresh."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from eakte.blobs.port import Missing
from eakte.database import Database, Unit
from eakte.documents.acts import set_indexed, set_indexed_as
from eakte.finding import acts
from eakte.finding.indexes import Indexes, may_pass
from eakte.finding.model import IndexBeingBuilt, SearchDown
from eakte.jobs import HandedBack
from eakte.vault import Vault
from eakte.vault.keys import KeyDestroyed
from search.port import Replacement

BATCH = 40
"""Documents brought up to date together."""

BUILD_BATCH = 400
"""Documents written in one commit of a build."""

PAGES = 1200
"""Pages held in memory at once, some 25 kB each, unless one document has more; a build holds twice as many."""

ASKED = 500
"""Documents of which an index is asked at once what it has."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0

Done = TypeVar("Done")


@dataclass(frozen=True)
class FindingJobs:
    """One at a time per tenant (see `flow`); a second writer elsewhere waits for the index's own lock.

    Once `stopping`, each raises HandedBack before its next batch.
    """

    database: Database
    vault: Vault
    indexes: Indexes
    stopping: Callable[[], bool] = lambda: False
    patience: float = 300.0
    """Seconds for which a build repeats what an outage of the engine spoils."""

    def index(self, tenant: UUID, document: UUID) -> None:
        """Bring the index up to date: this document, and others that wait, together."""
        self._adopt(tenant)
        with self.database.look(tenant) as unit:
            waiting = acts.behind(unit, BATCH)
        if document in waiting or len(waiting) == BATCH:
            self._update(tenant, list(dict.fromkeys([document, *waiting])))

    def catch_up(self, tenant: UUID) -> None:
        """Whatever is behind; a lost or damaged index is built anew, unless another process is just doing that."""
        if self.indexes.lost(tenant):
            try:
                self._mend(tenant)
            except IndexBeingBuilt:
                return
        self._adopt(tenant)
        while True:
            self._go_on()
            with self.database.look(tenant) as unit:
                waiting = acts.behind(unit, BATCH)
            if not waiting:
                return
            self._update(tenant, waiting)

    def reindex(self, tenant: UUID, told: Callable[[int], None] = lambda _count: None) -> int:
        """A fresh index beside the old one, swapped in when whole; live writes reach both. Returns its documents.

        `told` hears after each batch how many they are so far. No document is marked as indexed: a build that dies
        before the swap must leave nothing behind that looks found. IndexBeingBuilt if another process is at it.
        """
        with self._only_builder(tenant) as still:
            return self._build(tenant, still, told)

    def _mend(self, tenant: UUID) -> None:
        """Unless who built before us has."""
        with self._only_builder(tenant) as still:
            if self.indexes.lost(tenant):
                self._build(tenant, still, lambda _count: None)

    @contextmanager
    def _only_builder(self, tenant: UUID) -> Iterator[Callable[[], object]]:
        with self.database.alone(f"index {tenant} {self.indexes.place}") as still:
            if still is None:
                raise IndexBeingBuilt
            yield still

    def _build(self, tenant: UUID, still: Callable[[], object], told: Callable[[int], None]) -> int:
        """The next documents are read while those before them are written; what changes meanwhile is written live."""
        fresh, count = self._patiently(partial(self.indexes.fresh, tenant)), 0
        try:
            with ThreadPoolExecutor(1, "reading") as reader:
                reading = reader.submit(self._next, tenant, None)
                while replacements := reading.result():
                    reading = reader.submit(self._next, tenant, UUID(replacements[-1].document))
                    still()
                    self._patiently(partial(self.indexes.write, fresh, replacements))
                    count += len(replacements)
                    told(count)
            self._patiently(partial(self.indexes.swap, tenant, fresh))
        except BaseException:
            self.indexes.discard(fresh)
            raise
        return count

    def _patiently(self, work: Callable[[], Done]) -> Done:
        """A build of hours shall not die of an outage of minutes; whatever is given here may be done twice."""
        begun, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            self._go_on()
            try:
                return work()
            except SearchDown as down:
                if not may_pass(down) or time.monotonic() - begun > self.patience:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _adopt(self, tenant: UUID) -> None:
        """Let the rows speak about this house's index, if they speak about another: ask it what it has.

        Meanwhile nobody marks anything, for the place is a token that nobody else has; who takes it away from us ends
        our move. Dying half-way leaves the rows with no index, and the next job begins anew.
        """
        place = self.indexes.place
        with self.database.look(tenant) as unit:
            if acts.place(unit) == place:
                return
        token = f"moving {uuid4().hex}"
        with self.database.unit(tenant) as unit:
            acts.set_place(unit, token)
        after = None
        while ids := self._read(tenant, after, ASKED):
            self._go_on()
            stamps, after = self.indexes.stamps(tenant, ids), ids[-1]
            with self.database.unit(tenant) as unit:
                self._demand(unit, token)
                set_indexed_as(unit, stamps)
        with self.database.unit(tenant) as unit:
            self._demand(unit, token)
            acts.set_place(unit, place)

    def _demand(self, unit: Unit, place: str) -> None:
        """That the rows speak about this place, until the end of the transaction."""
        if acts.place(unit, lock=True) != place:
            raise SearchDown("Der Index wird umgezogen")

    def _go_on(self) -> None:
        if self.stopping():
            raise HandedBack

    def _read(self, tenant: UUID, after: UUID | None, limit: int) -> list[UUID]:
        with self.database.look(tenant) as unit:
            return acts.read_documents(unit, after, limit)

    def _next(self, tenant: UUID, after: UUID | None) -> list[Replacement]:
        """What follows that document."""
        with self.database.look(tenant) as unit:
            found = acts.described(unit, acts.read_documents(unit, after, BUILD_BATCH), PAGES)
        return [replacement for replacement, _ in self._replacements(tenant, found)]

    def _update(self, tenant: UUID, ids: Sequence[UUID]) -> None:
        place = self.indexes.place
        while ids:
            self._go_on()
            with self.database.look(tenant) as unit:
                found = acts.described(unit, ids, PAGES)
            written = list(self._replacements(tenant, found))
            self.indexes.write(self.indexes.of(tenant), [replacement for replacement, _ in written])
            with self.database.unit(tenant) as unit:
                self._demand(unit, place)
                for replacement, scope in written:
                    set_indexed(unit, UUID(replacement.document), replacement.stamp, scope)
            ids = ids[len(found) :]

    def _replacements(self, tenant: UUID, found: Sequence[acts.Described]) -> Iterator[tuple[Replacement, UUID]]:
        """Read from the store outside of any transaction, since that may take its time.

        What was disposed of or read anew meanwhile is looked at once more.
        """
        for each in found:
            self._go_on()
            try:
                yield acts.replacement(self.vault, each)
            except (KeyDestroyed, Missing):
                with self.database.look(tenant) as unit:
                    (now,) = acts.described(unit, [each.row.id], PAGES)
                yield acts.replacement(self.vault, now)
