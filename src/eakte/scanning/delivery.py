"""One delivery at once: announced, taken item by item and completed, each step in its own transaction.

Whatever ends it in between, the same delivery again goes on where it ended and makes nothing twice.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast
from uuid import UUID

from eakte.access.model import Principal
from eakte.database import Database
from eakte.errors import Invalid, Problem, Unavailable
from eakte.intake.acts import Received
from eakte.intake.taking import drop, taken_from
from eakte.journal import Moment
from eakte.scanning import acts, standing
from eakte.scanning.manifest import Manifest
from eakte.scanning.model import Item, ItemSaid
from eakte.vault import Vault


class NotInManifest(Invalid):
    """A delivery holds a file that its manifest does not name, so nobody knows how many pages it has."""

    code, title = "not-in-manifest", "Das Verzeichnis nennt diese Datei nicht"
    remedy = "Die Datei mit ihrem Eintrag im Verzeichnis erneut liefern."


class Contents(Protocol):
    """Files with what is said of them, wherever they lie; `entries`: the names that are there, without the manifest."""

    @property
    def manifest(self) -> Manifest:
        """What the sender says, or what was found out in his place."""

    @property
    def entries(self) -> Mapping[str, object]:
        """By name."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The bytes of a file; may raise a problem, while they are read too."""


@dataclass(frozen=True)
class Delivery:
    """What taking a delivery needs; `now` gives a fresh moment of the sender."""

    database: Database
    vault: Vault
    principal: Principal
    now: Callable[[], Moment]

    def take(self, batch: UUID, archive: Contents) -> None:
        """Every file of the manifest that is in the archive and not in the batch; what is refused is noted there."""
        with self.database.look(self.principal.tenant) as unit:
            there = {(item.name, item.sha256) for item in standing.items(unit, batch)}
        for said in archive.manifest.files:
            if said.name in archive.entries and (said.name, said.sha256) not in there:
                self._noting(batch, said.name, lambda said=said: self._take_one(batch, archive, said))  # type: ignore[misc]
        for name in surplus(archive):
            self._noting(batch, name, _refuse_surplus)

    def _noting(self, batch: UUID, name: str, act: Callable[[], Any]) -> None:
        try:
            act()
        except Problem as problem:
            if problem.status >= 500:
                raise
            with self.database.unit(self.principal.tenant) as unit:
                acts.refuse_item(unit, self.now(), batch, name, problem)

    def _take_one(self, batch: UUID, archive: Contents, said: ItemSaid) -> None:
        moment = self.now()
        with archive.open(said.name) as file:
            new_ids = (moment.new_id(), moment.new_id())
            received = taken_from(self.vault, self.principal.tenant, cast("Any", file), said.name, new_ids)
        try:
            item = self._enter(moment, batch, received, said)
        except Unavailable:
            raise  # perhaps it was entered
        except Problem:
            drop(self.vault, self.principal.tenant, received)
            raise
        if item.received_file != received.id:
            drop(self.vault, self.principal.tenant, received)

    def _enter(self, moment: Moment, batch: UUID, received: Received, said: ItemSaid) -> Item:
        with self.database.unit(self.principal.tenant) as unit:
            return acts.add_item(unit, moment, self.vault, self.principal, batch, received, said)


def surplus(archive: Contents) -> list[str]:
    """Names of the entries that the manifest does not name."""
    said = {file.name for file in archive.manifest.files}
    return [name for name in archive.entries if name not in said]


def _refuse_surplus() -> None:
    raise NotInManifest
