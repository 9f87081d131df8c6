"""From arrived bytes to a document: first the original, durable; then everything in one transaction, once."""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eakte.access.model import Principal
from eakte.blobs.port import BlobClass, StoreFailed
from eakte.database import Database, Unit
from eakte.errors import Problem, Unavailable
from eakte.intake.acts import Received, receive
from eakte.intake.api import handed
from eakte.intake.model import media_type
from eakte.intake.upload import Said, fields_of
from eakte.journal import Act, Moment
from eakte.recognition.kinds import BEGINNING
from eakte.scanning import acts as scanning
from eakte.scanning.items_api import NO_REFUSALS, ItemForm, taken
from eakte.scanning.model import HashDiffers
from eakte.uploads import acts
from eakte.uploads.model import REFUSED, Upload
from eakte.uploads.protocol import Wanted, wanted
from eakte.vault import SealedBlob, Stored, Vault
from eakte.vault.sealed import MIB
from eakte.watch.stages import stage
from eakte.web.forms import display_name
from eakte.web.once import Answer


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
        except Problem as problem:
            self._end(upload, stored, parts, problem)
            raise
        if done.result is not None and done.result["body"]["received_file"] != str(upload.id):
            self._delete(BlobClass.ORIGINAL, [stored.blob_id])  # the very same came before
        self._delete(BlobClass.SCRATCH, [part.blob_id for part in parts])
        return done

    def end(self, upload: Upload, act: Act) -> None:
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
                answer = self._answer(unit, said, received(upload, said, stored, beginning))
                acts.finish(unit, upload, {"body": answer.body, "location": answer.headers["Location"]})
            return acts.find(unit, upload.owner, upload.id, self.moment.at)

    def _answer(self, unit: Unit, said: Wanted, file: Received) -> Answer:
        """What POST would have answered for the file, entered as a document or as an item of its batch."""
        if said.sha256 not in (None, file.stored.sha256):
            raise HashDiffers(f"Angekündigt ist {said.sha256}, empfangen wurde {file.stored.sha256}.")
        if said.batch is None:
            return handed(unit, receive(unit, self.moment, self.vault, self.principal, file))
        told = fields_of(ItemForm, said.fields).said()
        item = scanning.add_item(unit, self.moment, self.vault, self.principal, said.batch, file, told)
        return taken(unit, item, 201)

    def _end(self, upload: Upload, stored: Stored, parts: list[SealedBlob], why: Problem) -> None:
        """What was refused leaves neither bytes nor key; a batch remembers why."""
        self.refuse(wanted(upload.metadata), why)
        self._delete(BlobClass.ORIGINAL, [stored.blob_id])
        with suppress(Problem):
            self.end(upload, REFUSED)
        self._delete(BlobClass.SCRATCH, [part.blob_id for part in parts])

    def require_enterable(self, said: Wanted) -> None:
        """Before any byte comes: a Problem when the metadata cannot be read, or the batch is not the caller's."""
        if said.batch is None:
            fields_of(Said, said.fields)
            return
        with self.database.look(self.principal.tenant) as unit:
            scanning.find(unit, said.batch, self.principal)
        fields_of(ItemForm, said.fields)

    def refuse(self, said: Wanted, why: Problem) -> None:
        """Note with its batch that an item was refused, unless that says nothing about the item."""
        if said.batch is not None and said.name.strip() and why.status < 500 and not isinstance(why, NO_REFUSALS):
            with self.database.unit(self.principal.tenant) as unit:
                scanning.refuse_item(unit, self.moment, said.batch, said.name.strip(), why)

    def _delete(self, blob_class: BlobClass, ids: list[UUID]) -> None:
        for id_ in ids:
            with suppress(StoreFailed):  # the sweep takes what stays
                self.vault.delete(self.principal.tenant, blob_class, id_)


def received(upload: Upload, said: Wanted, stored: Stored, beginning: bytes) -> Received:
    """The file as intake knows it, with what its metadata say as a form's fields would."""
    if said.batch is not None:
        return Received(upload.id, stored, display_name(said.name), media_type(beginning))
    fields = fields_of(Said, said.fields)
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
            self.beginning += self._rest[: max(0, BEGINNING - len(self.beginning))]
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
