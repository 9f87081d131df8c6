"""Taking a file apart: what it holds becomes documents, all of them in one transaction and once.

A ZIP's document goes on as its first file, as version 2; a mail or PDF stays what it is, and what hangs on it is
related to it. A job that comes again or late finds that it was done, and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert

from eakte.access import acts as access
from eakte.access.model import ROOT, UNFILED
from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import CLEARING, FILED, NONE, URGENT, WITHDRAWN_PLACE, Document, Rendition, Source
from eakte.intake.model import CONTAINERS, INSIDE, NOT_TAKEN_APART, PACKED, PARTS_ASKED, TAKEN_APART
from eakte.intake.tables import containers, received_files
from eakte.journal import Moment, record
from eakte.recognition.acts import fail, keep_password, known_password
from eakte.recognition.kinds import MAILS, PDF, ZIP
from eakte.recognition.model import State
from eakte.vault import SealedBlob, Stored, Vault
from eakte.vault.rows import note_blob, sealed_blob

_REFUSED = ""
"""Stands for the media type of a version that could not be taken apart."""
_IS_ARCHIVE = "Die Datei ist ein ZIP-Archiv; was darin liegt, sind eigene Dokumente."


@dataclass(frozen=True)
class Container:
    """A document's newest version, to be taken apart; its bytes are those of version `held`, out of `received_file`.

    `entry`: its path in a container around it, `embedded`: a PDF is among those.

    `expected`: before anything is read of it. `only_files`: it is nothing but what it holds, or has yet to show.
    """

    document: Document
    held: int
    received_file: UUID
    entry: str | None
    embedded: bool
    original: SealedBlob
    password: str | None
    expected: bool
    only_files: bool

    @property
    def depth(self) -> int:
        """How many containers are around it."""
        return 0 if self.entry is None else self.entry.count(INSIDE) + 1

    @property
    def goes_on(self) -> bool:
        """Whether its document may become the first file of a ZIP: what lies in a case file only a person exchanges."""
        return self.document.place in {NONE, CLEARING}


@dataclass(frozen=True)
class Part:
    """A file out of a container, durable. `document`: the id it will have; that of a ZIP which goes on as its first."""

    document: UUID
    entry: str
    title: str
    media_type: str
    stored: Stored


@dataclass(frozen=True)
class Contents:
    """What a container is and holds: a mail's subject, the parts in order, what was left out with a word why."""

    media_type: str
    subject: str
    parts: Sequence[Part]
    left_out: Sequence[tuple[str, str]]


def note_container(unit: Unit, document: UUID, version: int) -> None:
    """This version is to be taken apart before anything is read of it."""
    unit.run(containers.insert().values(tenant=unit.tenant, document=document, version=version))


def find_container(unit: Unit, vault: Vault, moment: Moment, document_id: UUID) -> Container | None:
    """The newest version of this document; None where nothing is left to do."""
    document = documents.find(unit, document_id, lock=True)
    found = select(containers).where(
        containers.c.document == document_id, containers.c.version == document.version
    )  # fmt: skip
    row = unit.one(found)
    if document.place == WITHDRAWN_PLACE or (row is None and document.reading_state == State.WAITING):
        return None
    if row is not None and row.parts is not None and row.media_type != _REFUSED:
        if row.media_type == ZIP:  # somebody asked for another try with what has been taken apart
            fail(unit, moment, document_id, document.version, "container", _IS_ARCHIVE)
        return None
    held = _holding(unit, document)
    original = documents.newest(unit, document_id, "original", held)
    assert original is not None
    source = documents.whole_source(unit, document_id, held) or Source(document.received_file)
    password = known_password(unit, vault, document_id, moment.at)
    return Container(
        document, held, source.received_file, source.entry, source.embedded, sealed_blob(unit, original.blob), password,
        expected=row is not None, only_files=original.media_type not in MAILS | {PDF},
    )  # fmt: skip


def _holding(unit: Unit, document: Document) -> int:
    """The newest version; pages cut out of a whole delivery hold no files, but that may."""
    if documents.whole_source(unit, document.id, document.version) is None:
        return documents.whole_version(unit, document.id) or document.version
    return document.version


def too_many(unit: Unit, container: Container, parts: int, most: int) -> bool:
    """Whether more than `most` documents would come out of the one received file."""
    return documents.count_of_file(unit, container.received_file) + parts > most


def enter(unit: Unit, moment: Moment, vault: Vault, container: Container, contents: Contents) -> bool:
    """Make documents of all parts; False, and nothing done, where that comes late or the document went elsewhere."""
    whole = documents.find(unit, container.document.id, lock=True)
    now = whole.version, whole.place == FILED, whole.place == WITHDRAWN_PLACE
    before = container.document.version, container.document.place == FILED, False
    if now != before or not _first(unit, whole, contents.media_type, len(contents.parts)):
        return False
    scope = _scope(unit, moment, whole)
    for part in contents.parts:
        _make(unit, moment, container, contents.media_type, part, scope)
        if container.password:
            keep_password(unit, moment, vault, part.document, container.password)
    gone_on = whole.id in {part.document for part in contents.parts}
    if gone_on:
        documents.note_separated(unit, moment.at, whole.id, whole.version, scope)
    else:
        for part in contents.parts:
            documents.attach(unit, whole.id, part.document)
        if contents.media_type == ZIP:
            fail(unit, moment, whole.id, whole.version, "container", _IS_ARCHIVE)
    _name(unit, whole, contents, gone_on=gone_on)
    _record(unit, moment, container, contents, read_whole=container.expected and contents.media_type != ZIP)
    return True


def refuse(unit: Unit, moment: Moment, container: Container, code: str, reason: str) -> list[SealedBlob]:
    """What it holds cannot be taken out: before anything of it is read, it is parked; else it is missed, and told once.

    Returns blobs that are needed no more, as `recognition.acts.fail`.
    """
    whole = documents.find(unit, container.document.id, lock=True)
    if whole.version != container.document.version or whole.place == WITHDRAWN_PLACE:
        return []
    if container.only_files or (container.expected and whole.reading_state in {State.WAITING, State.FAILED}):
        if whole.reading_state in {State.WAITING, State.RUNNING}:
            _ask(unit, moment, container, [whole.id])
        return fail(unit, moment, whole.id, whole.version, code, reason)
    if _first(unit, whole, _REFUSED, 0) or whole.reading_reason is None:
        details = {"code": code, "reason": reason, "version": whole.version}
        record(unit, moment, NOT_TAKEN_APART, container.received_file, details, also=[whole.id])
        _miss(unit, moment, whole, f"Anlagen des Dokuments fehlen: {reason}")
    return []


def _miss(unit: Unit, moment: Moment, whole: Document, sentence: str) -> None:
    """Its reading says so wherever it lies, so it does not file itself; what nobody has yet goes to a person."""
    if whole.reading_state != State.FAILED:
        documents.update(unit, whole.id, reading_reason=sentence)
    if whole.place in {NONE, CLEARING}:
        documents.to_clearing(unit, moment, whole, sentence)


def _first(unit: Unit, whole: Document, media_type: str, parts: int) -> bool:
    """Whether nobody has taken this version apart before; where it was refused, another try may."""
    done = {"parts": parts, "media_type": media_type}
    not_yet: ColumnElement[bool] = containers.c.parts.is_(None)
    if media_type != _REFUSED:
        not_yet |= containers.c.media_type == _REFUSED
    noted = insert(containers).values(tenant=unit.tenant, document=whole.id, version=whole.version, **done)
    first = noted.on_conflict_do_update(index_elements=["tenant", "document", "version"], set_=done, where=not_yet)
    return unit.run(first.returning(containers.c.parts)).first() is not None


def _make(unit: Unit, moment: Moment, container: Container, media_type: str, part: Part, scope: UUID) -> None:
    """The part's document with its original; a version of the whole where that goes on as its first file."""
    whole, version = container.document, 1
    inside = part.entry if container.entry is None else f"{container.entry}{INSIDE}{part.entry}"
    source = Source(container.received_file, entry=inside, embedded=container.embedded or media_type == PDF)
    if part.document == whole.id:
        version = documents.add_version(unit, moment, whole, [source], to_read=False)  # see `_record`
    else:
        documents.create(
            unit, moment, source, id=part.document, title=part.title, receipt_date=whole.receipt_date,
            received_at=whole.received_at, handed_in_by=whole.handed_in_by, priority=whole.priority, scope=scope,
            asked_reference=whole.asked_reference,
        )  # fmt: skip
    note_blob(unit, moment.at, BlobClass.ORIGINAL, part.document, part.stored)
    rendition = Rendition(
        version=version, kind="original", number=1, blob=part.stored.blob_id, media_type=part.media_type,
        sha256=part.stored.sha256, bytes=part.stored.bytes, maker="intake", conformance=None,
        conformance_reason="Das Original bleibt, wie es in der empfangenen Datei lag.",
    )  # fmt: skip
    documents.add_rendition(unit, moment.at, part.document, rendition)
    if part.media_type in CONTAINERS:
        note_container(unit, part.document, version)


def _scope(unit: Unit, moment: Moment, whole: Document) -> UUID:
    """Where the whole lies unless it was filed already: its parts are not filed with it."""
    if whole.place != FILED:
        return whole.scope
    sender = access.principal(unit, whole.handed_in_by)
    home = access.org_unit(unit, ROOT) if sender is None else access.home_unit(unit, sender)
    return access.scope_of(unit, moment, home, UNFILED)


def _name(unit: Unit, whole: Document, contents: Contents, *, gone_on: bool) -> None:
    """A whole that only bears its file's name gets a better one: the mail's subject, the name of a ZIP's first file."""
    better = contents.parts[0].title if gone_on else contents.subject
    named = unit.run(select(received_files.c.name).where(received_files.c.id == whole.received_file)).scalar_one()
    if better and whole.title == named and whole.place != FILED:
        documents.update(unit, whole.id, title=better[:500])


def _record(unit: Unit, moment: Moment, container: Container, contents: Contents, *, read_whole: bool) -> None:
    """What became of it, and the jobs that follow."""
    whole, made = container.document, [part.document for part in contents.parts]
    packed = [part.document for part in contents.parts if part.media_type in CONTAINERS]
    to_read = [*([whole.id] if read_whole else []), *(each for each in made if each not in packed)]
    every = list(dict.fromkeys([whole.id, *made]))
    details: dict[str, Any] = {
        "documents": [str(each) for each in every],
        "left_out": [{"name": name, "why": why} for name, why in contents.left_out],
    }
    received, priority = container.received_file, whole.priority
    record(unit, moment, TAKEN_APART, received, details, also=every, hand_on=to_read, priority=priority)
    if packed:
        record(unit, moment, PACKED, received, also=packed, hand_on=packed, priority=priority)
    _ask(unit, moment, container, every)


def _ask(unit: Unit, moment: Moment, container: Container, for_: Sequence[UUID]) -> None:
    """The reference that the sender named holds for all that was in the file."""
    if container.document.asked_reference:
        record(unit, moment, PARTS_ASKED, container.received_file, also=for_, hand_on=for_, priority=URGENT)
