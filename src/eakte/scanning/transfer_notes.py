"""Transfer notes kept beside their documents: gathered, numbered, never changed; a later finding makes a later note."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import exists, select

from eakte.access import acts as access
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import Document, Source
from eakte.documents.tables import documents as rows_of
from eakte.errors import NotFound
from eakte.intake.tables import received_files
from eakte.journal import Moment, record
from eakte.recognition.checks import Finding
from eakte.recognition.tables import readings
from eakte.scanning import delivered, profiles, quality
from eakte.scanning.captures import capture_of
from eakte.scanning.evidence import NOTED
from eakte.scanning.evidence_tables import page_findings, transfer_notes
from eakte.scanning.notes import UNREAD, Delivery, Facts, SourceFile

SEEN = Finding("checked", None)
"""The first row of each version says that it was checked; it is no finding."""


def gathered(unit: Unit, document_id: UUID, version: int) -> Facts | None:
    """What a note on this version says now; None for a document that came with no batch."""
    came = {number: sources for number, _, sources, _ in documents.version_list(unit, document_id)}[version]
    item = delivered.item_of(unit, came[0].received_file)
    if item is None:
        return None
    batch, document = item.batch, documents.find(unit, document_id)
    sources = [_source(unit, each) for each in came]
    original = documents.newest(unit, document_id, "original", version)
    assert original is not None
    delivery = Delivery(
        batch=batch.id, reference=batch.reference, announced_at=batch.announced_at,
        operator=access.person_named(unit, batch.operator), handed_in_by=access.person(unit, batch.announced_by),
        item=item.name, announced_pages=item.pages, state=batch.state, difference=delivered.difference(batch),
    )  # fmt: skip
    return Facts(
        tenant=unit.tenant, document=document_id, version=version,
        pages=document.pages, sources=sources,
        original=original, archival=documents.newest(unit, document_id, "archival", version),
        reader=_reader(unit, document_id, version), delivery=delivery,
        profile=profiles.known(unit, batch.profile, batch.profile_version),
        procedure=profiles.procedure_on(unit, access.tenant_title(unit), batch.announced_at.date()),
        capture=capture_of(unit, batch.id), findings=_findings(unit, document, version),
        quality=quality.of_document(unit, batch.id, document_id),
    )  # fmt: skip


def _source(unit: Unit, source: Source) -> SourceFile:
    row = unit.run(select(received_files).where(received_files.c.id == source.received_file)).one()
    return SourceFile(source, row.name, row.sha256, row.bytes, row.media_type, row.received_at)


def _reader(unit: Unit, document: UUID, version: int) -> str | None:
    read = select(readings).where(readings.c.document == document, readings.c.version == version)
    row = unit.run(read.order_by(readings.c.number.desc()).limit(1)).first()
    return None if row is None else f"{row.engine} {row.engine_version} ({row.languages})"


def keep_findings(unit: Unit, document: UUID, version: int, found: Sequence[Finding]) -> None:
    """Enter what the checks found on this version; a second time changes nothing, since they are pure."""
    if is_checked(unit, document, version):
        return
    key = {"tenant": unit.tenant, "document": document, "version": version}
    rows = [
        {**key, "position": position, "page": each.page, "code": each.code, "detail": each.detail}
        for position, each in enumerate([SEEN, *found])
    ]
    unit.run(page_findings.insert(), rows)


def is_checked(unit: Unit, document: UUID, version: int) -> bool:
    """Whether the automatic checks have seen this version, whatever they found."""
    seen = exists().where(page_findings.c.document == document, page_findings.c.version == version)
    found: bool = unit.run(select(seen)).scalar_one()
    return found


def known_findings(unit: Unit, document: UUID, version: int) -> list[Finding]:
    """What the checks found, in their order."""
    query = select(page_findings).where(page_findings.c.document == document, page_findings.c.version == version)
    rows = unit.all(query.where(page_findings.c.position > 0).order_by(page_findings.c.position))
    return [Finding(row.code, row.page, row.detail) for row in rows]


def _findings(unit: Unit, document: Document, version: int) -> list[Finding]:
    """With the verdict on what nobody could read."""
    if document.state == "parked" and not is_checked(unit, document.id, version):
        return [UNREAD]
    return known_findings(unit, document.id, version)


def keep(unit: Unit, moment: Moment, document: UUID, note: Mapping[str, Any]) -> bool:
    """Enter a signed note; False, and nothing done, where another took its number or the version is old meanwhile."""
    if documents.find(unit, document, lock=True).version != note["document_version"]:
        return False
    before = newest(unit, document)
    if note["number"] != (1 if before is None else before["number"] + 1):
        return False
    unit.run(
        transfer_notes.insert().values(
            tenant=unit.tenant, document=document, number=note["number"], version=note["document_version"],
            note=dict(note), made_at=moment.at,
        )
    )  # fmt: skip
    said = {"number": note["number"], "version": note["document_version"], "sha256": digest(note)}
    record(unit, moment, NOTED, document, said, also=[UUID(note["batch"]["id"])])
    return True


def digest(note: Mapping[str, Any]) -> str:
    """SHA-256 of the JCS of a whole signed note; the next one names it as `replaces`."""
    return hashlib.sha256(rfc8785.dumps(dict(note))).hexdigest()


def newest(unit: Unit, document: UUID) -> dict[str, Any] | None:
    """The note that is served, None before the first."""
    query = select(transfer_notes.c.note).where(transfer_notes.c.document == document)
    found: dict[str, Any] | None = unit.run(query.order_by(transfer_notes.c.number.desc()).limit(1)).scalar()
    return found


def listed(unit: Unit, document: UUID) -> list[tuple[int, int, datetime, str]]:
    """Number, version of the document, time and SHA-256 of each note, newest first."""
    query = select(transfer_notes).where(transfer_notes.c.document == document)
    rows = unit.all(query.order_by(transfer_notes.c.number.desc()))
    return [(row.number, row.version, row.made_at, digest(row.note)) for row in rows]


def numbered(unit: Unit, document: UUID, number: int) -> dict[str, Any]:
    """One note; NotFound where there is no such number."""
    query = select(transfer_notes.c.note).where(transfer_notes.c.document == document)
    found: dict[str, Any] | None = unit.run(query.where(transfer_notes.c.number == number)).scalar()
    if found is None:
        raise NotFound("Es gibt keinen solchen Transfervermerk.")
    return found


def findings_of(unit: Unit, found: Sequence[UUID]) -> dict[UUID, list[Finding]]:
    """Findings of these documents in their newest version, of each that has any."""
    rows = unit.all(
        select(page_findings)
        .join(rows_of, (rows_of.c.id == page_findings.c.document) & (rows_of.c.tenant == page_findings.c.tenant))
        .where(page_findings.c.document.in_(found), page_findings.c.version == rows_of.c.version)
        .order_by(page_findings.c.document, page_findings.c.position)
    )
    made: dict[UUID, list[Finding]] = {}
    for row in rows:
        made.setdefault(row.document, []).extend([Finding(row.code, row.page, row.detail)] if row.position else [])
    parked = select(rows_of.c.id).where(rows_of.c.id.in_(found), rows_of.c.state == "parked")
    unread = {id_: [UNREAD] for id_ in unit.run(parked).scalars() if id_ not in made}
    return {id_: each for id_, each in (made | unread).items() if each}
