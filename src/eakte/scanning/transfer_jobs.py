"""Jobs of proof: note a document, draw a sample, note a batch anew. Run again, or late, they change nothing."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from eakte.database import Database
from eakte.documents import acts as documents
from eakte.errors import Gone, NotFound
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition import acts as recognition
from eakte.recognition.checks import findings, page_count
from eakte.scanning import delivered, profiles, quality, standing
from eakte.scanning import transfer_notes as kept
from eakte.scanning.delivered import Delivered
from eakte.scanning.jobs import each_alone
from eakte.scanning.ledger import WAITING
from eakte.scanning.notes import content, rfc3339, says_the_same
from eakte.scanning.seal import Seal
from eakte.vault import Vault

TRIES = 5
"""Notes on one document that may overtake this one."""


class TransferJobs:
    """Functions of tenant and subject for the queue; `share`: of a batch's documents that are drawn."""

    def __init__(
        self, database: Database, vault: Vault, seal: Seal, share: float, clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:  # fmt: skip
        self._database, self._vault, self._seal, self._share = database, vault, seal, share
        self._clock, self._new_id = clock, new_id

    def note_transfer(self, tenant: UUID, document: UUID) -> None:
        """Check the pages of a document that came with a batch; note its transfer if there is anything new to say."""
        try:
            with self._database.look(tenant) as unit:
                version = documents.find(unit, document).version
                item = delivered.item_of_document(unit, document, version)
            if item is not None:
                self._check_pages(tenant, document, version, item)
                self._note(tenant, document, version)
        except (Gone, NotFound):
            return

    def draw_sample(self, tenant: UUID, batch: UUID) -> None:
        """Draw what is to be checked of a batch that was read to the end, and note that it is complete."""
        with self._database.unit(tenant) as unit:
            quality.draw(unit, self._moment(), batch, self._share)
            settled_at = delivered.batch(unit, batch).settled_at
        self.note_batch(tenant, batch)
        with self._database.unit(tenant) as unit:
            quality.note_drawn(unit, batch, settled_at)

    def draw_again(self, tenant: UUID, document: UUID) -> None:
        """A document was withdrawn: the sample of the batch that it came with goes on without it."""
        with self._database.look(tenant) as unit:
            batch = standing.batch_of(unit, document)
        if batch is not None:
            self._draw_again(tenant, batch)

    def _draw_again(self, tenant: UUID, batch: UUID) -> None:
        with self._database.unit(tenant) as unit:
            new = quality.draw_again(unit, self._moment(), batch, self._share)
        if new:
            self.note_batch(tenant, batch)

    def catch_up(self, tenant: UUID) -> None:
        """Draw what a job that was given up left undrawn; what fails for one batch holds up no other."""
        with self._database.look(tenant) as unit:
            undrawn, lost = quality.left_undrawn(unit), quality.left_with_withdrawn(unit)
        each_alone(self.draw_sample, tenant, undrawn)
        each_alone(self._draw_again, tenant, lost)

    def note_batch(self, tenant: UUID, batch: UUID) -> None:
        """Note every document of a batch anew: something that is said of all of them has changed."""
        with self._database.look(tenant) as unit:
            found = delivered.documents_of(unit, batch)
        for document in found:
            self.note_transfer(tenant, document)

    def _check_pages(self, tenant: UUID, document: UUID, version: int, item: Delivered) -> None:
        """Once a version is read, and once: from the stored reading, so that the checks cost reading nothing."""
        with self._database.look(tenant) as unit:
            if kept.is_checked(unit, document, version) or not recognition.is_read(unit, document, version):
                return
            pages = recognition.pages_of(unit, self._vault, document, version)
            stands = standing.item(unit, item.batch.id, item.id)
            counted = [] if stands is None or stands.state in WAITING else page_count(item.pages, stands.found)
            wanted = profiles.known(unit, item.batch.profile, item.batch.profile_version).resolution
        found = [*counted, *findings(pages, wanted)]
        with self._database.unit(tenant) as unit:
            documents.find(unit, document, lock=True)
            kept.keep_findings(unit, document, version, found)

    def _note(self, tenant: UUID, document: UUID, version: int) -> None:
        for _ in range(TRIES):
            moment = self._moment()
            with self._database.look(tenant) as unit:
                if documents.find(unit, document).version != version:
                    return  # the new version has a job of its own
                facts = kept.gathered(unit, document, version)
                before = kept.newest(unit, document)
            if facts is None:
                return
            said = content(facts)
            if before is not None and says_the_same(before, said):
                return
            number = 1 if before is None else before["number"] + 1
            replaces = None if before is None else kept.digest(before)
            numbered = {**said, "number": number, "made_at": rfc3339(moment.at), "replaces": replaces}
            signed = self._seal.sealed(tenant, numbered)
            with self._database.unit(tenant) as unit:
                if kept.keep(unit, moment, document, signed):
                    return

    def _moment(self) -> Moment:
        return Moment(SERVICE, self._clock(), self._new_id)
