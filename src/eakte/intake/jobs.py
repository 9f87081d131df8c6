"""The job that takes a file apart. It looks, works without a transaction, and writes once: again it changes nothing."""

import logging
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from eakte.blobs.port import BlobClass
from eakte.database import Database
from eakte.errors import Gone
from eakte.gate.passing import Gate
from eakte.intake import apart
from eakte.intake.apart import Container, Contents, Part
from eakte.intake.model import DEEPEST
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition.desk import at_work, blame, let_in, patiently
from eakte.recognition.kinds import ZIP
from eakte.recognition.plaintext import unsealed
from eakte.settings import Settings
from eakte.vault import Vault
from ocr_pipeline import Apart, Piece, Pipeline, Unreadable

logger = logging.getLogger(__name__)

MOST = 5000
"""Documents that may come out of one received file."""
_GIVEN_UP = "Das Zerlegen der Datei ist wiederholt aus einem unerwarteten Grund gescheitert."


class IntakeJobs:
    """Functions of tenant and subject for the queue; for any number of threads at once."""

    def __init__(
        self, database: Database, vault: Vault, pipeline: Pipeline, settings: Settings,
        clock: Callable[[], datetime], new_id: Callable[[], UUID],
    ) -> None:  # fmt: skip
        self._database, self._vault, self._pipeline, self._settings = database, vault, pipeline, settings
        self._clock, self._new_id = clock, new_id
        self._gate = Gate.of(settings, database, clock, new_id)

    def take_apart(self, tenant: UUID, document: UUID) -> None:
        """Make documents of the files that a document's newest version holds."""
        while not self._is_apart(tenant, document):
            logger.info("document %s was filed, or taken out, while it was taken apart: again", document)

    def give_up(self, task: str, tenant: UUID, subject: UUID) -> None:
        """Park a document that could not be taken apart again and again; other rooms' tasks are left alone."""
        if task != self.take_apart.__name__:
            return
        with suppress(Gone):
            container = self._container(tenant, subject)
            if container is not None:
                self._refuse(tenant, container, "failed", _GIVEN_UP)

    def _is_apart(self, tenant: UUID, document: UUID) -> bool:
        with at_work(self._settings, self._vault) as folder:
            container = self._container(tenant, document)
            return container is None or self._take_apart(tenant, container, folder)
        return True  # it was disposed of meanwhile

    def _container(self, tenant: UUID, document: UUID) -> Container | None:
        with self._database.unit(tenant) as unit:
            return apart.find_container(unit, self._vault, self._moment(), document)

    def _take_apart(self, tenant: UUID, container: Container, folder: Path) -> bool:
        """False where the document went elsewhere meanwhile, so that what was made does not fit any more."""
        source = unsealed(self._vault, container.original, folder / "original")
        try:
            let_in(self._gate, self._pipeline, tenant, (container.document.id, container.held), source)
            found = patiently(lambda: self._parts(container, source, folder))
            self._check(tenant, container, found)
        except Unreadable as error:
            blame(error)
            logger.info("document %s is not taken apart: %s", container.document.id, error.code)
            self._refuse(tenant, container, error.code, str(error))
            return True
        return not (found.pieces or container.expected) or self._enter(tenant, container, found)

    def _parts(self, container: Container, source: Path, folder: Path) -> Apart:
        """In a folder of its own, since a child that died left some."""
        if container.depth >= DEEPEST:
            raise Unreadable("too-deep", container.entry or "")
        return self._pipeline.take_apart(source, Path(tempfile.mkdtemp(dir=folder)), container.password)

    def _check(self, tenant: UUID, container: Container, found: Apart) -> None:
        if found.media_type == ZIP and not found.pieces:
            raise Unreadable("no-parts")
        with self._database.look(tenant) as unit:
            if apart.too_many(unit, container, len(found.pieces), MOST):
                raise Unreadable("too-many-parts", str(len(found.pieces)))

    def _enter(self, tenant: UUID, container: Container, found: Apart) -> bool:
        whole = container.document.id if found.media_type == ZIP and container.goes_on else None
        parts = [self._sealed(tenant, piece, None if number else whole) for number, piece in enumerate(found.pieces)]
        contents = Contents(found.media_type, found.subject, parts, found.left_out)
        with self._database.unit(tenant) as unit:
            first = apart.enter(unit, self._moment(), self._vault, container, contents)
        if not first:
            self._drop(tenant, parts, whole)
        return first

    def _sealed(self, tenant: UUID, piece: Piece, whole: UUID | None) -> Part:
        """Durable under the data key of the document that it will be."""
        document, blob = whole or self._new_id(), self._new_id()
        self._vault.new_data_key(tenant, document)
        stored = self._vault.put(tenant, BlobClass.ORIGINAL, document, piece.path, blob)
        piece.path.unlink()
        return Part(document, piece.entry, piece.title, piece.media_type, stored)

    def _drop(self, tenant: UUID, parts: Sequence[Part], whole: UUID | None) -> None:
        for part in parts:
            self._vault.delete(tenant, BlobClass.ORIGINAL, part.stored.blob_id)
            if part.document != whole:
                self._vault.destroy_data_key(tenant, part.document)

    def _refuse(self, tenant: UUID, container: Container, code: str, reason: str) -> None:
        with self._database.unit(tenant) as unit:
            let_go = apart.refuse(unit, self._moment(), container, code, reason)
        for blob in let_go:
            self._vault.delete(blob.tenant, blob.blob_class, blob.blob_id)

    def _moment(self) -> Moment:
        return Moment(SERVICE, self._clock(), self._new_id)
