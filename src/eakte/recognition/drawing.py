"""Makes page pictures on demand, in a contained child, a few at a time so that the rest of the service goes on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from eakte.blobs.port import BlobClass
from eakte.database import Database, Unit
from eakte.documents import acts as documents
from eakte.errors import NotFound, Problem, Unavailable
from eakte.gate import acts as gate
from eakte.gate.model import State as Scanned
from eakte.journal import Moment
from eakte.recognition.page_images import find_image, keep_image
from eakte.recognition.plaintext import private_folder, unsealed
from eakte.vault import SealedBlob, Vault
from eakte.vault.rows import sealed_blob
from ocr_pipeline import Pipeline, Stopped, Unreadable

AT_ONCE = 2
PATIENCE = 5.0
"""Seconds that a request waits for its turn."""

_turn = threading.BoundedSemaphore(AT_ONCE)


class PageNotDrawn(Problem):
    """The file cannot be shown: damaged, protected by a password, too large, or nothing that has pages."""

    code, status, title = "page-not-drawn", 422, "Die Seite lässt sich nicht darstellen"
    remedy = "Das Original herunterladen und mit einem eigenen Programm öffnen."


class DrawingBusy(Unavailable):
    """Others' pictures are being made."""

    code, title = "drawing-busy", "Gerade werden andere Seiten dargestellt"
    retry_after = 2


@dataclass(frozen=True)
class Wanted:
    """A page of a version, in one of the offered widths."""

    document: UUID
    version: int
    page: int
    width: int


@dataclass(frozen=True)
class Easel:
    """What drawing needs; `folder` takes plaintext while a child draws. `gated`: what nobody scanned is not opened."""

    database: Database
    vault: Vault
    pipeline: Pipeline
    folder: Path
    gated: bool = False

    def picture(self, tenant: UUID, moment: Moment, wanted: Wanted) -> tuple[SealedBlob, str]:
        """The kept picture and its media type, made if need be. Raises PageNotDrawn, NotFound, DrawingBusy."""
        with my_turn():
            with self.database.look(tenant) as unit:
                found = _kept(unit, wanted)
                source, ready = _source(unit, wanted)
                if not ready:
                    self._need_harmless(unit, wanted)
            if found is not None:
                return found
            with _named(), private_folder(self.folder) as folder:
                data, media_type = self._drawn(source, folder, wanted, ready=ready)
            return self._keep(tenant, moment, wanted, source, data, media_type)

    def _need_harmless(self, unit: Unit, wanted: Wanted) -> None:
        scan = gate.newest_scan(unit, wanted.document, wanted.version)
        if self.gated and scan is None:
            raise PageNotDrawn("Die Datei ist noch nicht auf Schadsoftware geprüft.")
        if scan is not None and scan.state == Scanned.INFECTED:
            raise PageNotDrawn("In der Datei wurde Schadsoftware gefunden.")

    def _drawn(self, source: SealedBlob, folder: Path, wanted: Wanted, *, ready: bool) -> tuple[bytes, str]:
        pdf = unsealed(self.vault, source, folder / "source")
        if not ready:
            self.pipeline.prepare(pdf, folder / "document.pdf")
            pdf = folder / "document.pdf"
        return self.pipeline.image(pdf, wanted.page, wanted.width)

    def _keep(
        self, tenant: UUID, moment: Moment, wanted: Wanted, source: SealedBlob, data: bytes, media_type: str
    ) -> tuple[SealedBlob, str]:  # fmt: skip
        self.vault.new_data_key(tenant, wanted.document)
        stored = self.vault.put(tenant, BlobClass.SCRATCH, wanted.document, data, moment.new_id())
        with self.database.unit(tenant) as unit:
            documents.find(unit, wanted.document, lock=True)
            if _source(unit, wanted)[0] != source:
                raise DrawingBusy("Das Dokument ist in diesem Augenblick gelesen worden.")
            kept = keep_image(unit, moment, **vars(wanted), stored=stored, media_type=media_type)
            found = _kept(unit, wanted)
        if not kept:
            self.vault.delete(tenant, BlobClass.SCRATCH, stored.blob_id)
        assert found is not None
        return found


def _kept(unit: Unit, wanted: Wanted) -> tuple[SealedBlob, str] | None:
    return find_image(unit, wanted.document, wanted.version, wanted.page, wanted.width)


def _source(unit: Unit, wanted: Wanted) -> tuple[SealedBlob, bool]:
    """The archival PDF, or the original, which must be prepared first."""
    for kind in ("archival", "original"):
        found = documents.newest(unit, wanted.document, kind, wanted.version)
        if found is not None:
            return sealed_blob(unit, found.blob), kind == "archival"
    raise PageNotDrawn


@contextmanager
def my_turn() -> Iterator[None]:
    """One of the few who draw at a time in this process; DrawingBusy after some seconds of waiting."""
    if not _turn.acquire(timeout=PATIENCE):
        raise DrawingBusy
    try:
        yield
    finally:
        _turn.release()


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except Stopped as stopped:
        raise DrawingBusy("Der Dienst wird gerade beendet.") from stopped
    except Unreadable as error:
        if error.code == "no-page":
            raise NotFound(error.sentence) from error
        raise (DrawingBusy() if error.passing else PageNotDrawn(error.sentence)) from error
