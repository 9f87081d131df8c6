"""What can be done with readings: begin, divide, finish, fail, ask for another try, and look at what was read.

Whatever ends a reading does all of it in one transaction under the document's lock, and once: a second, late result
finds the first and changes nothing. Functions that return blobs let go of their rows; the caller deletes the bytes
after the commit (what a crash leaves is swept).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import CLEARING, NONE, WITHDRAWN_PLACE, Document
from eakte.errors import NotFound, Refused
from eakte.journal import Moment, record
from eakte.recognition import model
from eakte.recognition.finished import Finished, blob_class
from eakte.recognition.frames import frame, pages_in
from eakte.recognition.model import State
from eakte.recognition.page_images import forget_images
from eakte.recognition.received_pages import note_whole
from eakte.recognition.references import Occurrence
from eakte.recognition.runs import end_run, is_divided
from eakte.recognition.tables import passwords, readings, references
from eakte.vault import SealedBlob, Vault
from eakte.vault.rows import note_blob, sealed_blob, sealed_blobs
from ocr_pipeline import PageReading

PASSWORD_KEPT = timedelta(days=1)
PASSWORD = "password"  # noqa: S105 (the word)
_NEEDS_PASSWORD = {"encrypted", "wrong-password"}


class NotParked(Refused):
    """Only what could not be read can be tried again."""

    code, title = "not-parked", "Das Dokument wurde gelesen oder wird gerade gelesen"
    remedy = "reading.state des Dokuments prüfen; erneut versucht wird nur nach failed."


# --- looking


def occurrences(unit: Unit, document: UUID, version: int) -> list[Occurrence]:
    """References found in the newest reading of this version, in reading order; empty where it was not read."""
    row = _reading(unit, document, version)
    if row is None:
        return []
    found = select(references).where(
        references.c.document == document, references.c.version == version, references.c.number == row.number
    )
    return [
        Occurrence(row.as_read, row.reference, row.confidence, row.page, row.differs)
        for row in unit.all(found.order_by(references.c.position))
    ]


class NewestReading(NamedTuple):
    """Where the newest reading of a version lies, and how many pages it has."""

    version: int
    pages: int
    sealed: SealedBlob


def newest_readings(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[NewestReading]]:
    """Those of each of these documents, version after version."""
    version = readings.c.document, readings.c.version
    pages = (func.cardinality(readings.c.frames) - 1).label("pages")
    query = select(*version, readings.c.blob, pages).where(readings.c.document.in_(ids))
    rows = unit.all(query.ext(distinct_on(*version)).order_by(*version, readings.c.number.desc()))
    sealed = sealed_blobs(unit, [row.blob for row in rows])
    found: dict[UUID, list[NewestReading]] = {id_: [] for id_ in ids}
    for row in rows:
        found[row.document].append(NewestReading(row.version, row.pages, sealed[row.blob]))
    return found


def pages_of(unit: Unit, vault: Vault, document: UUID, version: int) -> list[PageReading]:
    """All pages of the newest reading of a version, in order; empty where it was not read."""
    row = _reading(unit, document, version)
    return [] if row is None else pages_in(b"".join(vault.open(sealed_blob(unit, row.blob))))


def page_frame(unit: Unit, document: UUID, version: int, number: int) -> tuple[SealedBlob, int, int] | None:
    """Where one page's JSON lies: blob, start, stop. None where the version was not read; NotFound: no such page."""
    row = _reading(unit, document, version)
    if row is None:
        return None
    found = frame(row.frames, number)
    if found is None:
        raise NotFound("Diese Seite gibt es im Dokument nicht.")
    return sealed_blob(unit, row.blob), *found


def is_read(unit: Unit, document: UUID, version: int) -> bool:
    """Whether this version has a reading."""
    return _reading(unit, document, version) is not None


def _reading(unit: Unit, document: UUID, version: int) -> Any:
    found = select(readings).where(readings.c.document == document, readings.c.version == version)
    return unit.run(found.order_by(readings.c.number.desc()).limit(1)).first()


# --- reading


def begin(unit: Unit, moment: Moment, document_id: UUID) -> Document | None:
    """The document whose newest version is to be read now; None where there is nothing left to do.

    A job that comes again, after a crash or by double delivery, goes on without a second entry.
    """
    document = documents.find(unit, document_id, lock=True)
    if document.place == WITHDRAWN_PLACE or document.reading_state not in {State.WAITING, State.RUNNING}:
        return None
    if document.reading_state == State.WAITING:
        documents.update(unit, document_id, reading_state=State.RUNNING)
        record(unit, moment, model.BEGUN, document_id, {"version": document.version})
    elif is_divided(unit, document_id, document.version):
        return None
    return document


def finish(unit: Unit, moment: Moment, finished: Finished) -> tuple[bool, list[SealedBlob]]:
    """Enter a whole reading with its renditions. Whether it was the first one; and the blobs that are needed no more.

    If the document has got a newer version meanwhile, only the version that was read is completed.
    """
    read = finished.read
    document = documents.find(unit, read.document, lock=True)
    let_go = end_run(unit, document.id, read.version)
    if is_settled(unit, document.id, read.version):
        return False, let_go
    let_go += forget_images(unit, document.id, read.version)
    note_whole(unit, document.id, read.version, finished.count, finished.blank)
    enter(unit, moment, document, finished)
    return True, let_go


def is_settled(unit: Unit, document: UUID, version: int) -> bool:
    """Whether this version was read, or cut into the documents that were read instead."""
    return is_read(unit, document, version) or documents.whole_scope(unit, document, version) is not None


def enter(unit: Unit, moment: Moment, document: Document, finished: Finished) -> None:
    """Enter the reading of a version of a (locked or new) document with its renditions; the version must be there."""
    read = finished.read
    for kind, (rendition, stored) in finished.renditions.items():
        note_blob(unit, moment.at, blob_class(kind), document.id, stored)
        documents.add_rendition(unit, moment.at, document.id, rendition)
    _insert_reading(unit, moment, finished)
    if document.version == read.version:
        _complete(unit, document, finished)
    else:
        documents.update(unit, document.id)
    details = {
        "version": read.version, "pages": finished.count, "engine": read.engine["name"],
        "conformance": read.joined.conformance, "profile": read.profile,
    }  # fmt: skip
    record(unit, moment, model.READ, document.id, details, priority=document.priority)


def _insert_reading(unit: Unit, moment: Moment, finished: Finished) -> None:
    read = finished.read
    key = {"tenant": unit.tenant, "document": read.document, "version": read.version, "number": 1}
    unit.run(
        readings.insert().values(
            **key, engine=read.engine["name"], engine_version=read.engine["version"],
            languages=read.engine["languages"], blob=finished.renditions["reading"][0].blob,
            frames=list(finished.frames), made_at=moment.at,
        )
    )  # fmt: skip
    rows = [
        {
            **key, "position": position, "reference": found.reference, "as_read": found.as_read,
            "confidence": found.confidence, "page": found.page, "differs": found.reads_differently,
        }
        for position, found in enumerate(read.occurrences)
    ]  # fmt: skip
    if rows:
        unit.run(references.insert(), rows)


def _complete(unit: Unit, document: Document, finished: Finished) -> None:
    """The document's own columns; a type that a person chose (it has no score) stays, and word of missing files."""
    verdict = finished.read.verdict
    missing = document.reading_reason if document.reading_state == State.RUNNING else None
    values: dict[str, Any] = {
        "reading_state": State.DONE,
        "reading_reason": missing,
        "asks": None,
        "pages": finished.count,
    }
    if document.type_code is None or document.type_score is not None:
        values |= {"type_code": verdict.code, "type_score": verdict.score}
    documents.update(unit, document.id, **values)
    forget_password(unit, document.id)


def fail(
    unit: Unit, moment: Moment, document_id: UUID, version: int, code: str, reason: str, pages: int | None = None
) -> list[SealedBlob]:  # fmt: skip
    """Park a document with a German reason; a failure that is late, or of an older version, only ends its run."""
    document = documents.find(unit, document_id, lock=True)
    let_go = end_run(unit, document_id, version)
    if document.version == version and document.reading_state in {State.WAITING, State.RUNNING}:
        values: dict[str, Any] = {
            "reading_state": State.FAILED,
            "reading_reason": reason,
            "asks": PASSWORD if code in _NEEDS_PASSWORD else None,
            "pages": pages or document.pages,
        }
        documents.update(unit, document_id, **values)
        forget_password(unit, document_id)
        details = {"version": version, "code": code, "reason": reason}
        record(unit, moment, model.FAILED, document_id, details, priority=document.priority)
    return let_go


def note_files(unit: Unit, moment: Moment, begun: Document, *, nothing_else: bool) -> None:
    """A version holds other files, which are to be taken out; of one that is `nothing_else`, nothing more is read."""
    document = documents.find(unit, begun.id, lock=True)
    if document.version != begun.version or document.reading_state != State.RUNNING:
        return
    came = documents.first_source(unit, begun.id, begun.version).received_file
    if not nothing_else and documents.has_attachments_of(unit, begun.id, came):
        return
    record(unit, moment, model.HOLDS_FILES, begun.id, {"version": begun.version}, priority=begun.priority)


def retry(unit: Unit, moment: Moment, vault: Vault, document: Document, password: str | None) -> None:
    """Read a parked document again, if need be with its password; out of the clearing basket, unless it is filed."""
    if document.reading_state != State.FAILED or document.place == WITHDRAWN_PLACE:
        raise NotParked
    if password:
        keep_password(unit, moment, vault, document.id, password)
    values: dict[str, Any] = {"reading_state": State.WAITING, "reading_reason": None, "asks": None}
    if document.place == CLEARING:
        values |= {"place": NONE, "reason": None}
    documents.update(unit, document.id, by_people=True, **values)
    details = {"version": document.version, "password": bool(password)}
    record(unit, moment, model.RETRIED, document.id, details, priority=document.priority)


# --- passwords


def keep_password(unit: Unit, moment: Moment, vault: Vault, document: UUID, password: str) -> None:
    """Sealed, until the document was opened with it once, or for a day."""
    values = {
        "sealed": vault.seal_value(unit.tenant, _purpose(document), password.encode()),
        "until": moment.at + PASSWORD_KEPT,
    }
    kept = insert(passwords).values(tenant=unit.tenant, document=document, **values)
    unit.run(kept.on_conflict_do_update(index_elements=["tenant", "document"], set_=values))


def known_password(unit: Unit, vault: Vault, document: UUID, now: datetime) -> str | None:
    """The password kept for this document, None where there is none any more."""
    sealed = select(passwords.c.sealed).where(passwords.c.document == document, passwords.c.until > now)
    row = unit.one(sealed)
    return None if row is None else vault.open_value(unit.tenant, _purpose(document), row.sealed).decode()


def forget_password(unit: Unit, document: UUID) -> None:
    """Erase it: it has served, or it is wrong."""
    unit.run(passwords.delete().where(passwords.c.document == document))


def forget_old_passwords(unit: Unit, now: datetime) -> None:
    """Erase those that nobody used for a day."""
    unit.run(passwords.delete().where(passwords.c.until <= now))


def _purpose(document: UUID) -> str:
    return f"document-password/{document}"
