"""What comes out of reading a version: its renditions, durable in the vault before any row names them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from eakte.blobs.port import BlobClass
from eakte.documents.model import Rendition
from eakte.recognition.classifier import Verdict
from eakte.recognition.frames import laid_out, text_of
from eakte.recognition.references import Occurrence
from eakte.vault import Stored, Vault
from eakte.vault.sealed import ORIGINAL_SEGMENT, READING_SEGMENT
from ocr_pipeline import Joined, PageReading


@dataclass(frozen=True)
class Read:
    """A version as it was read, page by page, and what was made and understood of it."""

    document: UUID
    version: int
    pages: Sequence[PageReading]
    engine: Mapping[str, str]
    archival: Path
    joined: Joined
    verdict: Verdict
    occurrences: Sequence[Occurrence]
    profile: str | None = None
    original: Path | None = None
    """Where this version is pages of a received file: those, cut out."""
    redrawn: bool = False
    """Those are not as they came, see `ocr_pipeline.Prepared`."""


@dataclass(frozen=True)
class Finished:
    """The same without its pages, and with the blobs of its renditions; `frames` as in `readings.frames`."""

    read: Read
    count: int
    blank: frozenset[int]
    frames: Sequence[int]
    renditions: Mapping[str, tuple[Rendition, Stored]]


def seal(vault: Vault, tenant: UUID, read: Read, new_id: Callable[[], UUID]) -> Finished:
    """Put archival PDF, reading and text under the document's data key."""
    reading, frames = laid_out(read.engine, read.pages)
    made = {
        "archival": _put(vault, tenant, read, "archival", read.archival, new_id()),
        "reading": _put(vault, tenant, read, "reading", reading, new_id()),
        "text": _put(vault, tenant, read, "text", text_of(read.pages).encode(), new_id()),
    }
    if read.original is not None:
        made["original"] = _put(vault, tenant, read, "original", read.original, new_id())
    blank = frozenset(page.number for page in read.pages if page.source == "blank")
    return Finished(replace(read, pages=()), len(read.pages), blank, frames, made)


def drop(vault: Vault, tenant: UUID, finished: Finished) -> None:
    """Delete what was sealed for nothing."""
    for kind, (_, stored) in finished.renditions.items():
        vault.delete(tenant, blob_class(kind), stored.blob_id)


def blob_class(kind: str) -> BlobClass:
    """Pages cut out are an original: the received file may be destroyed before them."""
    return BlobClass.ORIGINAL if kind == "original" else BlobClass.DERIVED


CUT_OUT = "Die Seiten des Eingangs sind unverändert entnommen."
DRAWN = (
    "Seiten des Eingangs, mit 8 Bit je Farbe neu gezeichnet, weil PDF Bilder dieser Art nicht aufnimmt; "
    "ohne Verlust ist nur der ganze Eingang."
)
_MEDIA_TYPES = {
    "archival": "application/pdf",
    "original": "application/pdf",
    "reading": "application/json",
    "text": "text/plain",
}


def _put(vault: Vault, tenant: UUID, read: Read, kind: str, data: Path | bytes, blob: UUID) -> tuple[Rendition, Stored]:
    segment = READING_SEGMENT if kind == "reading" else ORIGINAL_SEGMENT
    stored = vault.put(tenant, blob_class(kind), read.document, data, blob, segment)
    conformance = {"archival": read.joined.conformance}.get(kind)
    reason = {"archival": read.joined.reason, "original": DRAWN if read.redrawn else CUT_OUT}.get(kind)
    return Rendition(
        version=read.version, kind=kind, number=1, blob=blob, media_type=_MEDIA_TYPES[kind], sha256=stored.sha256,
        bytes=stored.bytes, maker=f"{read.engine['name']} {read.engine['version']}",
        conformance=conformance, conformance_reason=reason,
    ), stored  # fmt: skip
