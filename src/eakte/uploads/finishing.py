"""From arrived bytes to a document: first the original, durable; then everything in one transaction, once."""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eakte.access.model import Principal
from eakte.blobs.port import BlobClass, StoreFailed
from eakte.database import Database
from eakte.errors import Problem, Unavailable
from eakte.intake.acts import Received, receive
from eakte.intake.api import handed
from eakte.intake.model import PDF_HEADER_WITHIN, media_type
from eakte.intake.upload import Said, said_of
from eakte.journal import Moment
from eakte.uploads import acts
from eakte.uploads.model import REFUSED, HashDiffers, Upload
from eakte.uploads.protocol import Wanted, wanted
from eakte.vault import SealedBlob, Stored, Vault
from eakte.vault.sealed import MIB
from eakte.watch.stages import stage
from eakte.web.forms import display_name


@dataclass(frozen=True)
class Finishing:
    """Makes of a whole upload, whose lock is held, what it is to become. Blocks."""

    database: Database
    vault: Vault
    moment: Moment
    principal: Principal

    def finish(self, upload: Upload, held: bytes | bytearray | None = None) -> Upload:
        """The upload with its result. `held`: the whole file, where it is not in parts.

        A Problem that another try would meet again ends the upload; Unavailable leaves it as it is.
        """
        if upload.result is not None:
            return upload
        with stage("store"):
            parts, source = self._source(upload, held)
            stored = self._original(upload, source)
        try:
            done = self._enter(upload, stored, bytes(source.beginning))
        except Unavailable:
            raise  # perhaps it was entered: the sweep knows
        except Problem:
            self._end(upload, stored, parts)
            raise
        self._delete(BlobClass.SCRATCH, [part.blob_id for part in parts])
        return done

    def end(self, upload: Upload, act: Any) -> None:
        """Rows, parts and key of an unfinished upload go; UploadFinished if it is a document by now."""
        with self.database.unit(upload.tenant) as unit:
            parts = acts.blobs_of(unit, acts.parts(unit, upload.id))
            acts.drop(unit, self.moment, act, upload)
        self._delete(BlobClass.SCRATCH, [part.blob_id for part in parts])
        with suppress(StoreFailed):
            self.vault.destroy_data_key(upload.tenant, upload.id)

    def _source(self, upload: Upload, held: bytes | bytearray | None) -> tuple[list[SealedBlob], "_Joined"]:
        if held is not None:
            self.vault.new_data_key(upload.tenant, upload.id)
            return [], _Joined(iter([bytes(held)]))
        with self.database.look(upload.tenant) as unit:
            parts = acts.blobs_of(unit, acts.parts(unit, upload.id))
        return parts, _Joined(piece for part in parts for piece in self.vault.open(part))

    def _original(self, upload: Upload, source: "_Joined") -> Stored:
        file = io.BufferedReader(source, MIB)
        return self.vault.put(upload.tenant, BlobClass.ORIGINAL, upload.id, file, self.moment.new_id())

    def _enter(self, upload: Upload, stored: Stored, beginning: bytes) -> Upload:
        said = wanted(upload.metadata)
        with self.database.unit(upload.tenant) as unit:
            now = acts.find(unit, upload.owner, upload.id, self.moment.at, lock=True)
            if now.result is None:
                if said.sha256 not in (None, stored.sha256):
                    raise HashDiffers
                result = self._entered(unit, received(upload, said, stored, beginning))
                acts.finish(unit, upload, result)
            return acts.find(unit, upload.owner, upload.id, self.moment.at)

    def _entered(self, unit: Any, file: Received) -> dict[str, Any]:
        document = receive(unit, self.moment, self.vault, self.principal, file)
        answer = handed(unit, document)
        return {"status": answer.status, "body": answer.body, "location": answer.headers["Location"]}

    def _end(self, upload: Upload, stored: Stored, parts: list[SealedBlob]) -> None:
        """What was refused leaves neither bytes nor key."""
        self._delete(BlobClass.ORIGINAL, [stored.blob_id])
        with suppress(Problem):
            self.end(upload, REFUSED)
        self._delete(BlobClass.SCRATCH, [part.blob_id for part in parts])

    def _delete(self, blob_class: BlobClass, ids: list[UUID]) -> None:
        for id_ in ids:
            with suppress(StoreFailed):  # the sweep takes what stays
                self.vault.delete(self.principal.tenant, blob_class, id_)


def received(upload: Upload, said: Wanted, stored: Stored, beginning: bytes) -> Received:
    """The file as intake knows it, with what its metadata say as a form's fields would."""
    fields: Said = said_of(said.rest)
    return Received(
        upload.id, stored, display_name(said.name), media_type(beginning), fields.title, fields.case_reference,
        fields.receipt_date, fields.priority == "urgent",
    )  # fmt: skip


class _Joined(io.RawIOBase):
    """Pieces as one file that is read once; remembers its first bytes, which tell what it is."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces, self._rest = pieces, memoryview(b"")
        self.beginning = bytearray()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: Any) -> int:
        """Some bytes, 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
            self.beginning += self._rest[: max(0, PDF_HEADER_WITHIN - len(self.beginning))]
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
