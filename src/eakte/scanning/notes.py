"""The transfer note (Transfervermerk) of one document, as docs/reference/formats/transfer-note.md says it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eakte.access.model import Person
from eakte.documents.model import Rendition, Source
from eakte.recognition.checks import Finding
from eakte.scanning.evidence import Capture, Organisation, Procedure, Profile

FORMAT, VERSION = "eakte-transfer-note", 1
IDENTICAL = "Das Scanprodukt stimmt mit dem Papierdokument bildlich und inhaltlich überein."
UNREAD = Finding("not-read", None)
UNREAD_REASON = "Das Scanprodukt konnte nicht gelesen werden."
FAILED_REASON = "Die Qualitätsprüfung des Stapels ist nicht bestanden."
NOT_IDENTICAL = "Die bildliche und inhaltliche Übereinstimmung mit dem Papierdokument wird nicht bestätigt."
OUTSIDE_THE_CONTENT = ("number", "made_at", "replaces", "signature", "qualified_seal")
"""Fields in which two versions of a note may differ without saying anything new."""


@dataclass(frozen=True)
class SourceFile:
    """A received file that pages of the document come from."""

    source: Source
    name: str
    sha256: str
    bytes: int
    media_type: str
    received_at: datetime


@dataclass(frozen=True)
class Delivery:
    """The batch and item that the document came with."""

    batch: UUID
    reference: str
    announced_at: datetime
    operator: Person
    handed_in_by: Person
    item: str
    announced_pages: int
    state: str
    difference: int | None


@dataclass(frozen=True)
class Check:
    """A person's comparison of a document; `result` is `passed` or `failed`."""

    result: str
    remark: str | None
    checked_by: Person
    checked_at: datetime


@dataclass(frozen=True)
class Quality:
    """How the batch stands (`open`, `passed`, `failed`; None before the sample is drawn), and the document's check."""

    state: str | None
    share: float | None
    documents: int | None
    sampled: int | None
    drawn: bool
    check: Check | None


@dataclass(frozen=True)
class Facts:
    """All that a transfer note says of a version of a document, gathered."""

    tenant: UUID
    document: UUID
    version: int
    pages: int | None
    sources: Sequence[SourceFile]
    original: Rendition
    archival: Rendition | None
    reader: str | None
    delivery: Delivery
    profile: Profile
    procedure: Procedure
    capture: Capture
    findings: Sequence[Finding]
    quality: Quality


def content(facts: Facts) -> dict[str, Any]:
    """The note without its number, time and signature; plain JSON, so that it can be signed."""
    delivery = facts.delivery
    return {
        "format": FORMAT, "format_version": VERSION, "tenant": str(facts.tenant), "document": str(facts.document),
        "document_version": facts.version, "pages": facts.pages,
        "sources": [_source(each) for each in facts.sources],
        "renditions": {"original": _rendition(facts.original), "archival": _rendition(facts.archival)},
        "batch": {
            "id": str(delivery.batch), "reference": delivery.reference, "item": delivery.item,
            "announced_at": rfc3339(delivery.announced_at),
        },
        "person": {"operator": person(delivery.operator), "handed_in_by": person(delivery.handed_in_by)},
        "procedure": _procedure(facts.procedure),
        "environment": {
            "profile": asdict(facts.profile), "scanner": dict(facts.capture.scanner) or None, "reader": facts.reader,
            "reworked": facts.capture.reworked,
        },
        "captured": _captured(facts),
        "anomalies": _anomalies(facts),
        "quality": _quality(facts),
        "identity": identity(facts.quality, facts.findings),
    }  # fmt: skip


def says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two notes differ in nothing but number, time and signature."""
    return _said(one) == _said(other)


def _said(note: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in note.items() if name not in OUTSIDE_THE_CONTENT}


def person(who: Person) -> dict[str, Any]:
    """A person by name; `principal` resolves it in the tenant where it is known there."""
    return {"name": who.name, "principal": None if who.principal is None else str(who.principal)}


def identity(quality: Quality, findings: Sequence[Finding]) -> dict[str, Any]:
    """The statement of identity: the operator's under the procedure, a checker's once the document was checked.

    Of what nobody could read, or of a batch that failed and whose document nobody compared, nothing is stated.
    """
    if UNREAD in findings:
        return _not_stated("check", UNREAD_REASON)
    if quality.check is not None and quality.check.result != "passed":
        return _not_stated("quality", quality.check.remark)
    if quality.check is None and quality.state == "failed":
        return _not_stated("quality", FAILED_REASON)
    by = "operator" if quality.check is None else "quality"
    return {"stated": True, "statement": IDENTICAL, "by": by, "reason": None}


def _not_stated(by: str, reason: str | None) -> dict[str, Any]:
    return {"stated": False, "statement": NOT_IDENTICAL, "by": by, "reason": reason}


def _source(each: SourceFile) -> dict[str, Any]:
    return {
        "received_file": str(each.source.received_file), "name": each.name, "sha256": each.sha256,
        "bytes": each.bytes, "media_type": each.media_type, "received_at": rfc3339(each.received_at),
        "first_page": each.source.first_page, "last_page": each.source.last_page,
    }  # fmt: skip


def _rendition(made: Rendition | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {
        "sha256": made.sha256, "bytes": made.bytes, "media_type": made.media_type, "number": made.number,
        "conformance": made.conformance,
    }  # fmt: skip


def _procedure(procedure: Procedure) -> dict[str, Any]:
    client: Organisation | None = procedure.client
    return {
        "title": procedure.title, "version": procedure.version, "since": procedure.since.isoformat(),
        "contractor": asdict(procedure.contractor), "client": None if client is None else asdict(client),
    }  # fmt: skip


def _captured(facts: Facts) -> dict[str, Any]:
    """When the paper was scanned: as the centre said, else between announcement and receipt."""
    begun, ended = facts.capture.begun_at, facts.capture.ended_at
    if begun is None and ended is None:
        ended = min(each.received_at for each in facts.sources)
        return {"from": rfc3339(facts.delivery.announced_at), "to": rfc3339(ended), "known_by": "announcement"}
    return {"from": begun and rfc3339(begun), "to": ended and rfc3339(ended), "known_by": "scanner"}


def _anomalies(facts: Facts) -> list[dict[str, Any]]:
    """What the checks found, then what the operator noticed on the batch or this item."""
    noticed = [remark for remark in facts.capture.remarks if remark.item in {None, facts.delivery.item}]
    return [
        *({"by": "check", **finding.said()} for finding in facts.findings),
        *({"by": "operator", "code": "remark", "page": each.page, "text": each.text} for each in noticed),
    ]


def _quality(facts: Facts) -> dict[str, Any]:
    quality, check = facts.quality, facts.quality.check
    return {
        "state": quality.state or "open",
        "sample": {
            "share": quality.share, "documents": quality.documents, "sampled": quality.sampled, "drawn": quality.drawn,
        },
        "check": check and {
            "result": check.result, "remark": check.remark, "by": person(check.checked_by),
            "at": rfc3339(check.checked_at),
        },
        "completeness": {
            "batch": facts.delivery.state, "difference": facts.delivery.difference,
            "announced_pages": facts.delivery.announced_pages,
        },
    }  # fmt: skip


def rfc3339(at: datetime) -> str:
    """UTC with microseconds and Z."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
