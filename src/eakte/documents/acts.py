"""What can be done with documents. Rooms above decide; here it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, BindParameter, Select, Uuid, bindparam, case, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from eakte.access.model import Sight
from eakte.database import Unit
from eakte.documents.model import (
    ATTACHMENT_OF,
    CHANGED,
    CLEARING,
    CREATED,
    DISPOSED,
    DUPLICATE_OF,
    FILED,
    HAS_ATTACHMENT,
    TO_CLEARING,
    VERSION_CREATED,
    WITHDRAWN,
    WITHDRAWN_PLACE,
    Document,
    Rendition,
    Source,
)
from eakte.documents.tables import document_types, documents, relations, renditions, sources, versions, whole_deliveries
from eakte.errors import Gone, Invalid, NotFound, Refused
from eakte.journal import Moment, record

_COLUMNS = [documents.c[field.name] for field in fields(Document)]
_NEW = documents.insert().values(changed_at=func.now())


def create(unit: Unit, moment: Moment, source: Source, **values: Any) -> UUID:
    """A document with its first version, on its way: place `none`, waiting to be read."""
    said = {
        "tenant": unit.tenant, "received_file": source.received_file, "place": "none", "reading_state": "waiting",
        "version": 1, "revision": 1, "stamp": 1, "indexed_stamp": 0, **values,
    }  # fmt: skip
    unit.run(_NEW, said)
    _insert_version(unit, moment, values["id"], 1, [source])
    record(unit, moment, CREATED, values["id"], also=[source.received_file], priority=values["priority"])
    found: UUID = values["id"]
    return found


def add_version(
    unit: Unit, moment: Moment, document: Document, found: Sequence[Source], *, to_read: bool = True
) -> int:  # fmt: skip
    """The next version, to be read by the job that follows, unless the caller sees to that. Of a filed one only through
    the case file.
    """
    number = document.version + 1
    _insert_version(unit, moment, document.id, number, found)
    waiting = {"reading_state": "waiting", "reading_reason": None, "asks": None, "pages": None}
    update(unit, document.id, by_people=True, version=number, **waiting)
    also = [source.received_file for source in found]
    hand_on = [document.id] if to_read else []
    record(
        unit, moment, VERSION_CREATED, document.id, {"version": number}, also=also, hand_on=hand_on,
        priority=document.priority,
    )  # fmt: skip
    return number


def _insert_version(unit: Unit, moment: Moment, document: UUID, number: int, found: Sequence[Source]) -> None:
    key = {"tenant": unit.tenant, "document": document}
    unit.insert(versions, number=number, created_at=moment.at, created_by=moment.actor, **key)
    for position, source in enumerate(found, 1):
        unit.insert(
            sources, version=number, position=position,
            **{each.name: getattr(source, each.name) for each in fields(Source)}, **key,
        )  # fmt: skip


def add_rendition(unit: Unit, at: datetime, document: UUID, rendition: Rendition) -> None:
    """Append a rendition whose blob is noted; `rendition.number` must be the next of its kind (see `next_number`)."""
    said = {field.name: getattr(rendition, field.name) for field in fields(Rendition)}
    unit.insert(renditions, tenant=unit.tenant, document=document, made_at=at, **said)


def next_number(unit: Unit, document: UUID, version: int, kind: str) -> int:
    """The number of the next rendition of this kind; hold the document's lock."""
    found = select(func.coalesce(func.max(renditions.c.number), 0) + 1).where(
        renditions.c.document == document, renditions.c.version == version, renditions.c.kind == kind
    )
    number: int = unit.run(found).scalar_one()
    return number


def find(unit: Unit, id_: UUID, sight: Sight | None = None, *, lock: bool = False) -> Document:
    """The document, NotFound outside `sight` (None: whoever asks is the service itself), Gone when disposed of."""
    query: Select[Any] = select(*_COLUMNS).where(documents.c.id == id_)
    row = unit.one(query.with_for_update() if lock else query)
    if row is None or (sight is not None and row.scope not in sight.seen):
        raise NotFound("Es gibt kein solches Dokument.")
    if row.place == DISPOSED:
        raise Gone
    return Document(**row._mapping)


def listed(
    unit: Unit, sight: Sight, before: UUID | None, limit: int, files: Select[Any] | None = None, **equal: Any
) -> list[Document]:
    """Newest first, `limit` of those in sight; `equal`: columns and the values they must have; `files`: came in one."""
    query = select(*_COLUMNS).where(documents.c.scope.in_(sight.seen), documents.c.place != DISPOSED)
    for name, value in equal.items():
        query = query.where(documents.c[name] == value)
    if files is not None:
        query = query.where(documents.c.received_file.in_(files))
    if before is not None:
        query = query.where(documents.c.id < before)
    return [Document(**row._mapping) for row in unit.all(query.order_by(documents.c.id.desc()).limit(limit))]


def counts_by_state(unit: Unit) -> dict[str, int]:
    """How many documents of the tenant are in each state."""
    query = select(documents.c.state, func.count().label("number")).group_by(documents.c.state)
    return {row.state: row.number for row in unit.all(query)}


def oldest_by_state(unit: Unit) -> dict[str, float]:
    """Age in seconds of the oldest document in each state that somebody or something has still to see to."""
    since = func.coalesce(documents.c.clearing_since, documents.c.received_at)
    age = func.extract("epoch", func.now() - func.min(since)).label("age")
    waiting = documents.c.state.in_(["received", "reading", "clearing", "parked"])
    query = select(documents.c.state, age).where(waiting).group_by(documents.c.state)
    return {row.state: float(row.age) for row in unit.all(query)}


def known(unit: Unit, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are documents, disposed ones too."""
    return set(unit.run(select(documents.c.id).where(documents.c.id.in_(ids))).scalars())


def titled(unit: Unit, titles: Sequence[str]) -> set[str]:
    """Which of these titles a document bears."""
    return set(unit.run(select(documents.c.title).where(documents.c.title.in_(titles))).scalars())


def update(unit: Unit, document: UUID, *, by_people: bool = False, **values: Any) -> None:
    """Set columns; the index is behind until it has the new stamp. `by_people` moves the ETag."""
    raised: dict[str, Any] = {"stamp": documents.c.stamp + 1, "changed_at": func.now()}
    if by_people:
        raised["revision"] = documents.c.revision + 1
    unit.run(documents.update().where(documents.c.id == document).values(**values, **raised))


def set_indexed(unit: Unit, document: UUID, stamp: int, scope: UUID) -> None:
    """The index shows the document as of this stamp, under this scope."""
    not_newer = documents.c.indexed_stamp <= stamp
    shown = documents.update().where(documents.c.id == document, not_newer)
    unit.run(shown.values(indexed_stamp=stamp, indexed_scope=scope))


def set_indexed_as(unit: Unit, stamps: Mapping[UUID, int]) -> None:
    """What another index has of these documents, 0 for nothing; under which scope is unknown where it differs.

    An index that has what the rows do not know, after a restore, is behind too: it must hear a still higher stamp.
    """
    has: BindParameter[int] = bindparam("has", type_=BigInteger)
    of: BindParameter[UUID] = bindparam("of", type_=Uuid)
    told = documents.update().where(documents.c.id == of, documents.c.indexed_stamp != has)
    values = [{"of": document, "has": stamp} for document, stamp in stamps.items()]
    known = case((documents.c.stamp < has, has + 1), else_=documents.c.stamp)
    unit.run(told.values(stamp=known, indexed_stamp=has, indexed_scope=None), values)


def change(unit: Unit, moment: Moment, document: Document, changes: dict[str, Any], reason: str | None) -> None:
    """Title, type code or receipt date of an unfiled document."""
    check_type(unit, changes.get("type_code"))
    update(unit, document.id, by_people=True, **changes)
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}
    record(unit, moment, CHANGED, document.id, {**said, "reason": reason})


def to_clearing(
    unit: Unit, moment: Moment, document: Document, reason: str, *, case_file: UUID | None = None,
    reference: str | None = None,
) -> None:  # fmt: skip
    """Into the clearing basket, with a reason a clerk understands and a proposal where there is one."""
    update(
        unit, document.id, place=CLEARING, reason=reason, proposed_case_file=case_file, proposed_reference=reference,
        clearing_since=document.clearing_since or moment.at,
    )  # fmt: skip
    record(unit, moment, TO_CLEARING, document.id, {"reason": reason, "reference": reference})


def withdraw(unit: Unit, moment: Moment, document: Document, reason: str) -> None:
    """Take a misdirected or duplicate document out of the way; filed ones must be unfiled first."""
    if document.place == FILED:
        raise Refused("Das Dokument liegt in einer Akte.", remedy="Zuerst die Zuordnung aufheben.")
    if document.place == WITHDRAWN_PLACE:
        raise Refused("Das Dokument ist schon zurückgezogen.")
    update(unit, document.id, by_people=True, place=WITHDRAWN_PLACE, reason=reason)
    record(unit, moment, WITHDRAWN, document.id, {"reason": reason})


def newest(unit: Unit, document: UUID, kind: str, version: int | None = None) -> Rendition | None:
    """The newest rendition of a kind, of the newest version unless one is named; None where there is none."""
    query = select(renditions).where(renditions.c.document == document, renditions.c.kind == kind)
    wanted = version or select(documents.c.version).where(documents.c.id == document).scalar_subquery()
    row = unit.run(query.where(renditions.c.version == wanted).order_by(renditions.c.number.desc()).limit(1)).first()
    return None if row is None else _rendition(row)


def _rendition(row: Any) -> Rendition:
    return Rendition(**{field.name: row._mapping[field.name] for field in fields(Rendition)})


def _source(row: Any) -> Source:
    return Source(**{field.name: row._mapping[field.name] for field in fields(Source)})


def version_list(unit: Unit, document: UUID) -> list[tuple[int, datetime, list[Source], list[Rendition]]]:
    """Every version with its sources and the newest rendition of each kind."""
    every = select(renditions).where(renditions.c.document == document)
    rows = unit.all(every.order_by(renditions.c.version, renditions.c.kind, renditions.c.number))
    made = {(row.version, row.kind): row for row in rows}.values()
    came = unit.all(select(sources).where(sources.c.document == document).order_by(sources.c.position))
    numbers = unit.all(select(versions).where(versions.c.document == document).order_by(versions.c.number))
    return [
        (
            row.number,
            row.created_at,
            [_source(each) for each in came if each.version == row.number],
            [_rendition(r) for r in made if r.version == row.number],
        )
        for row in numbers
    ]


def whole_source(unit: Unit, document: UUID, version: int) -> Source | None:
    """The received file, or file inside it, that this version is the whole of; None for pages and what was joined."""
    came = unit.all(select(sources).where(sources.c.document == document, sources.c.version == version))
    if len(came) != 1 or came[0].first_page is not None:
        return None
    return _source(came[0])


def whole_file(unit: Unit, document: UUID, version: int) -> UUID | None:
    """The received file that this version is the whole of; None for parts of one, and for what was put together."""
    source = whole_source(unit, document, version)
    return None if source is None or source.entry is not None else source.received_file


def note_separated(unit: Unit, at: datetime, document: UUID, version: int, scope: UUID) -> None:
    """This version is the whole of a delivery whose pages are several documents now; `scope` still opens it."""
    row = {"tenant": unit.tenant, "document": document, "version": version, "scope": scope, "separated_at": at}
    unit.run(whole_deliveries.insert().values(**row))


def whole_scope(unit: Unit, document: UUID, version: int) -> UUID | None:
    """The scope that opens a separated delivery; None for every other version, which the document's scope opens."""
    query = select(whole_deliveries.c.scope).where(
        whole_deliveries.c.document == document, whole_deliveries.c.version == version
    )
    found: UUID | None = unit.run(query).scalar_one_or_none()
    return found


def whole_version(unit: Unit, document: UUID) -> int | None:
    """The version that is a whole delivery whose pages are several documents now; None where it was not cut."""
    query = select(func.max(whole_deliveries.c.version)).where(whole_deliveries.c.document == document)
    found: int | None = unit.run(query).scalar_one()
    return found


def relation_list(unit: Unit, document: UUID, sight: Sight | None = None) -> list[tuple[str, UUID]]:
    """Kind and other document of each relation; duplicates only where those are in `sight`."""
    seen = select(documents.c.id).where(documents.c.scope.in_(sight.seen if sight else []))
    query = select(relations.c.kind, relations.c.other).where(
        relations.c.document == document, or_(relations.c.kind != DUPLICATE_OF, relations.c.other.in_(seen))
    )
    return [(row.kind, row.other) for row in unit.all(query.order_by(relations.c.kind, relations.c.other))]


def received_for(unit: Unit, wanted: Sequence[tuple[UUID, int]]) -> dict[UUID, UUID]:
    """By document: the received file that one version of each begins in."""
    first = tuple_(sources.c.document, sources.c.version).in_(list(wanted)), sources.c.position == 1
    return {row.document: row.received_file for row in unit.all(select(sources).where(*first))}


def first_source(unit: Unit, document: UUID, version: int) -> Source:
    """Where a version that is there comes from, or its first pages."""
    came = select(sources).where(sources.c.document == document, sources.c.version == version)
    row = unit.run(came.order_by(sources.c.position).limit(1)).one()
    return _source(row)


def count_of_file(unit: Unit, received_file: UUID) -> int:
    """How many documents came out of a received file."""
    number: int = unit.run(select(func.count()).where(documents.c.received_file == received_file)).scalar_one()
    return number


def relate_duplicate(unit: Unit, newer: UUID, older: UUID) -> bool:
    """Say that a document may be a duplicate of another; False where that is known."""
    row = {"tenant": unit.tenant, "document": newer, "kind": DUPLICATE_OF, "other": older}
    said = insert(relations).values(row).on_conflict_do_nothing().returning(relations.c.other)
    return unit.run(said).first() is not None


def all_of_file(unit: Unit, received_file: UUID) -> list[Document]:
    """Documents that came out of a received file and are neither withdrawn nor disposed of, locked, by their ids."""
    kept = (documents.c.received_file == received_file, documents.c.place.not_in([WITHDRAWN_PLACE, DISPOSED]))
    rows = unit.all(select(*_COLUMNS).where(*kept).order_by(documents.c.id).with_for_update())
    return [Document(**row._mapping) for row in rows]


def has_attachments_of(unit: Unit, document: UUID, received_file: UUID) -> bool:
    """Whether files that came in this received file hang on the document already."""
    other = (documents.c.id == relations.c.other) & (documents.c.tenant == relations.c.tenant)
    found = select(relations.c.other).join(documents, other).where(
        relations.c.document == document, relations.c.kind == HAS_ATTACHMENT,
        documents.c.received_file == received_file,
    )  # fmt: skip
    return unit.run(found.limit(1)).first() is not None


def attach(unit: Unit, whole: UUID, part: UUID) -> None:
    """Relate a document to what hangs on it, in both directions."""
    pairs = [(whole, HAS_ATTACHMENT, part), (part, ATTACHMENT_OF, whole)]
    rows = [{"tenant": unit.tenant, "document": one, "kind": kind, "other": other} for one, kind, other in pairs]
    unit.run(insert(relations).on_conflict_do_nothing(), rows)


def type_names(unit: Unit) -> dict[str, str]:
    """German name of each document type of the tenant, by code."""
    return {row.code: row.name for row in unit.all(select(document_types.c.code, document_types.c.name))}


def type_list(unit: Unit) -> list[tuple[str, str, str]]:
    """Code, name and file part of each document type, by code."""
    return [
        (row.code, row.name, row.file_part) for row in unit.all(select(document_types).order_by(document_types.c.code))
    ]


def install_types(unit: Unit, types: Sequence[tuple[str, str, str]]) -> None:
    """Code, name and file part of the types a tenant begins with; those it has stay as they are."""
    rows = [{"tenant": unit.tenant, "code": code, "name": name, "file_part": part} for code, name, part in types]
    unit.run(insert(document_types).on_conflict_do_nothing(), rows)


def check_type(unit: Unit, code: str | None) -> None:
    """Invalid for a code that is not in the tenant's catalogue."""
    if code is not None and code not in type_names(unit):
        raise Invalid(f"Unbekannte Dokumentart „{code}“.", remedy="GET /v1/document-types nennt die bekannten.")
