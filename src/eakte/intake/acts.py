"""Receiving a file: the row, the receipt, and taking it apart into documents, all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from eakte.access import acts as access
from eakte.access.model import UNFILED, Principal
from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import URGENT, Rendition, Source
from eakte.documents.tables import documents as document_rows
from eakte.errors import Invalid
from eakte.intake.apart import note_container
from eakte.intake.model import MAY_HOLD_FILES, PACKED, RECEIVED, TAKEN_APART
from eakte.intake.tables import received_files
from eakte.journal import Moment, record
from eakte.recognition.acts import keep_password
from eakte.vault import Stored, Vault
from eakte.vault.rows import note_blob

BERLIN = ZoneInfo("Europe/Berlin")


class EmptyFile(Invalid):
    """A file without bytes is no document."""

    code, title = "empty-file", "Die Datei ist leer"
    remedy = "Die Quelle prüfen und die Datei erneut senden."


@dataclass(frozen=True)
class Received:
    """A file whose bytes are durable, and what its sender said about it. `media_type` is by content."""

    id: UUID
    stored: Stored
    name: str
    media_type: str
    title: str | None = None
    case_reference: str | None = None
    receipt_date: date | None = None
    urgent: bool = False
    password: str | None = None


def receive(
    unit: Unit, moment: Moment, vault: Vault, principal: Principal, received: Received, channel: str = "api",
    scope: UUID | None = None,
) -> UUID:  # fmt: skip
    """Enter a received file and what comes out of it; returns the document that stands for the whole.

    `scope`: where the principal's post arrives, for who knows it already.
    """
    _enter(unit, moment, vault, channel, received)
    if scope is None:
        scope = access.scope_of(unit, moment, access.home_unit(unit, principal), UNFILED)
    document = documents.create(
        unit, moment, Source(received.id), id=moment.new_id(), title=received.title or received.name,
        receipt_date=received.receipt_date or moment.at.astimezone(BERLIN).date(), received_at=moment.at,
        handed_in_by=principal.id, priority=URGENT if received.urgent else 0, scope=scope,
        asked_reference=received.case_reference,
    )  # fmt: skip
    keep_original(unit, moment, document, 1, received)
    if received.password:
        keep_password(unit, moment, vault, document, received.password)
    _hand_on(unit, moment, document, received)
    return document


def _hand_on(unit: Unit, moment: Moment, document: UUID, received: Received) -> None:
    """To be filed as asked and read; a file that may hold others is taken apart first."""
    priority, packed = URGENT if received.urgent else 0, received.media_type in MAY_HOLD_FILES
    asked = [document] if received.case_reference and not packed else []
    record(unit, moment, RECEIVED, received.id, _facts(received), also=[document], hand_on=asked, priority=URGENT)
    if packed:
        note_container(unit, document, 1)
        record(unit, moment, PACKED, received.id, also=[document], hand_on=[document], priority=priority)
    else:
        record(
            unit, moment, TAKEN_APART, received.id, {"documents": [str(document)]}, also=[document],
            hand_on=[document], priority=priority,
        )  # fmt: skip


def receive_version(unit: Unit, moment: Moment, vault: Vault, received: Received) -> Source:
    """Enter a received file that is to become a new version of a document that is there."""
    _enter(unit, moment, vault, "api", received)
    record(unit, moment, RECEIVED, received.id, _facts(received), hand_on=[])
    return Source(received.id)


def keep_original(unit: Unit, moment: Moment, document: UUID, version: int, received: Received) -> None:
    """The original rendition of a version that is the whole received file: the same sealed bytes."""
    stored = received.stored
    rendition = Rendition(
        version=version, kind="original", number=1, blob=stored.blob_id, media_type=received.media_type,
        sha256=stored.sha256, bytes=stored.bytes, maker="sender", conformance=None,
        conformance_reason="Das Original bleibt, wie es kam.",
    )  # fmt: skip
    documents.add_rendition(unit, moment.at, document, rendition)


def _enter(unit: Unit, moment: Moment, vault: Vault, channel: str, received: Received) -> None:
    stored = received.stored
    if stored.bytes == 0:
        raise EmptyFile
    note_blob(unit, moment.at, BlobClass.ORIGINAL, received.id, stored)
    unit.insert(
        received_files, tenant=unit.tenant, id=received.id, blob=stored.blob_id, name=received.name,
        sha256=stored.sha256, media_type=received.media_type, bytes=stored.bytes, channel=channel, sender=moment.actor,
        received_at=moment.at, receipt=_receipt(unit, moment, vault, received),
    )  # fmt: skip


def _receipt(unit: Unit, moment: Moment, vault: Vault, received: Received) -> dict[str, Any]:
    """The signed statement of what was received (Eingangsbestätigung)."""
    said: dict[str, Any] = {
        "received_file": str(received.id), "sha256": received.stored.sha256, "bytes": received.stored.bytes,
        "received_at": rfc3339(moment.at),
    }  # fmt: skip
    return {**said, "signature": vault.sign(unit.tenant, said)}


def _facts(received: Received) -> dict[str, Any]:
    return {"name": received.name, "sha256": received.stored.sha256, "bytes": received.stored.bytes}


def known_files(unit: Unit, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are received files."""
    return set(unit.run(select(received_files.c.id).where(received_files.c.id.in_(ids))).scalars())


def rfc3339(at: datetime) -> str:
    """UTC with microseconds and Z."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def handed_in(unit: Unit, document: UUID) -> tuple[str, dict[str, Any]]:
    """State of a document, and the receipt as it was given for its file."""
    its_file = document_rows.c.received_file == received_files.c.id
    query = select(document_rows.c.state, received_files.c.receipt).join(received_files, its_file)
    row = unit.run(query.where(document_rows.c.id == document)).one()
    return row.state, row.receipt
