"""What comes out of reading a version: its renditions, durable in the vault before any row names them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Finished:
    """The same with the blobs of its renditions; `frames` as in `readings.frames`."""

    read: Read
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
    return Finished(read, frames, made)


_MEDIA_TYPES = {"archival": "application/pdf", "reading": "application/json", "text": "text/plain"}


def _put(vault: Vault, tenant: UUID, read: Read, kind: str, data: Path | bytes, blob: UUID) -> tuple[Rendition, Stored]:
    segment = READING_SEGMENT if kind == "reading" else ORIGINAL_SEGMENT
    stored = vault.put(tenant, BlobClass.DERIVED, read.document, data, blob, segment)
    archival = kind == "archival"
    return Rendition(
        version=read.version, kind=kind, number=1, blob=blob, media_type=_MEDIA_TYPES[kind], sha256=stored.sha256,
        bytes=stored.bytes, maker=f"{read.engine['name']} {read.engine['version']}",
        conformance=read.joined.conformance if archival else None,
        conformance_reason=read.joined.reason if archival else None,
    ), stored  # fmt: skip
