"""The job that looks for duplicates of a document once it was read, or could not be. Again, it adds nothing."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eakte.database import Database, Unit
from eakte.documents import acts as documents
from eakte.documents.model import WITHDRAWN_PLACE
from eakte.errors import Gone, NotFound
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition import acts, duplicates
from eakte.recognition.likeness import marks, same
from eakte.vault import SealedBlob, Vault
from ocr_pipeline import PageReading

FIRST = 10
"""Pages of a document that are compared; of longer ones the rest is taken to be as like."""


@dataclass(frozen=True)
class Looked:
    """A version as it is compared: the hash of its original, number of pages, the first of them."""

    version: int
    sha256: str
    pages: int | None
    read: list[PageReading]


@dataclass(frozen=True)
class CompareJobs:
    """Functions of tenant and document for the queue."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]

    def compare(self, tenant: UUID, document: UUID) -> None:
        """Find what this document may be a duplicate of, or what may be one of it."""
        with suppress(Gone):
            ours = self._looked(tenant, document)
            if ours is not None:
                self._compare(tenant, document, ours)

    def _compare(self, tenant: UUID, document: UUID, ours: Looked) -> None:
        found = marks(ours.read, ours.sha256)
        with self.database.unit(tenant) as unit:  # committed first: of two that are read at once, one sees the other
            duplicates.keep_marks(unit, document, ours.version, found)
        with self.database.look(tenant) as unit:
            others = duplicates.candidates(unit, document, found)
        alike = [(other, by) for other, _ in others if (by := self._likeness(tenant, ours, other))]
        with self.database.unit(tenant) as unit:
            for other, by in alike:
                duplicates.enter(unit, Moment(SERVICE, self.clock(), self.new_id), document, other, by)

    def _likeness(self, tenant: UUID, ours: Looked, other: UUID) -> str | None:
        with suppress(Gone):
            theirs = self._looked(tenant, other)
            if theirs is None:
                return None
            if theirs.sha256 == ours.sha256:
                return "bytes"
            if ours.pages == theirs.pages and ours.read and theirs.read and same(ours.read, theirs.read):
                return "content"
        return None

    def _looked(self, tenant: UUID, document_id: UUID) -> Looked | None:
        """None for what is withdrawn, or is no longer a document of its own."""
        with self.database.look(tenant) as unit:
            document = documents.find(unit, document_id)
            original = documents.newest(unit, document_id, "original", document.version)
            if document.place == WITHDRAWN_PLACE or original is None:
                return None
            frames = _first_frames(unit, document_id, document.version)
        read = [PageReading.from_json(json.loads(b"".join(self.vault.open(*frame)))) for frame in frames]
        return Looked(document.version, original.sha256, document.pages, read)


def _first_frames(unit: Unit, document: UUID, version: int) -> list[tuple[SealedBlob, int, int]]:
    frames: list[tuple[SealedBlob, int, int]] = []
    with suppress(NotFound):
        for number in range(1, FIRST + 1):
            frame = acts.page_frame(unit, document, version, number)
            if frame is None:
                break
            frames.append(frame)
    return frames
