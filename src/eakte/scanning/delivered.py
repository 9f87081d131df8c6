"""What came with a batch, as those see it who prove, check and keep it: documents, their items, how it reconciles."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import DISPOSED, WITHDRAWN_PLACE
from eakte.documents.tables import documents as document_rows
from eakte.errors import NotFound
from eakte.scanning.evidence_tables import original_releases, released_batches
from eakte.scanning.model import SETTLED_STATES, Batch
from eakte.scanning.tables import batches, items

_COLUMNS = [batches.c[field.name] for field in fields(Batch)]
GONE = (WITHDRAWN_PLACE, DISPOSED)
"""Places of documents that count no more among those of a batch."""


@dataclass(frozen=True)
class Delivered:
    """A file of a batch; `pages` as announced."""

    id: UUID
    name: str
    pages: int
    received_file: UUID
    batch: Batch


def batch(unit: Unit, id_: UUID, *, lock: bool = False) -> Batch:
    """The batch, for who has been let see it already; `lock`: nothing about its quality or paper changes meanwhile."""
    query = select(*_COLUMNS).where(batches.c.id == id_)
    row = unit.one(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise NotFound("Es gibt keinen solchen Stapel.")
    return Batch(**row._mapping)


def item_of(unit: Unit, received_file: UUID) -> Delivered | None:
    """The item that this received file is, replaced or not; None where it came with no batch."""
    row = unit.one(select(items).where(items.c.received_file == received_file))
    if row is None:
        return None
    return Delivered(row.id, row.name, row.pages, received_file, batch(unit, row.batch))


def item_of_document(unit: Unit, document: UUID, version: int) -> Delivered | None:
    """The item that the first pages of this version come from: a later version may have come otherwise."""
    came = next(sources for number, _, sources, _ in documents.version_list(unit, document) if number == version)
    return item_of(unit, came[0].received_file)


def item_in(unit: Unit, batch_id: UUID, item: UUID) -> UUID:
    """The item's id; NotFound unless it is one of this batch."""
    found: UUID | None = unit.run(select(items.c.id).where(items.c.id == item, items.c.batch == batch_id)).scalar()
    if found is None:
        raise NotFound("Im Stapel gibt es keine solche Datei.")
    return found


def documents_of(unit: Unit, batch_id: UUID) -> Sequence[UUID]:
    """Documents that came out of its items and are still there, in the order of their ids."""
    return unit.run(ids_of(batch_id).order_by(document_rows.c.id)).scalars().all()


def ids_of(batch_id: UUID) -> Select[Any]:
    """A select of the same, for other statements."""
    return _documents(batch_id).order_by(None).with_only_columns(document_rows.c.id)


def named_documents(unit: Unit, batch_id: UUID, after: UUID | None, limit: int) -> Sequence[tuple[UUID, str]]:
    """The same, so many of them behind `after`, each with the name of its item."""
    query = _documents(batch_id).with_only_columns(document_rows.c.id, items.c.name).limit(limit)
    rows = unit.all(query if after is None else query.where(document_rows.c.id > after))
    return [(row.id, row.name) for row in rows]


def count_documents(unit: Unit, batch_id: UUID) -> int:
    """How many there are."""
    query = _documents(batch_id).order_by(None).with_only_columns(func.count())
    found: int = unit.run(query).scalar_one()
    return found


def is_document_of(unit: Unit, batch_id: UUID, document: UUID) -> bool:
    """Whether this document came out of the batch and is still there."""
    one = _documents(batch_id).with_only_columns(document_rows.c.id).where(document_rows.c.id == document)
    return unit.run(one).first() is not None


def _documents(batch_id: UUID) -> Select[Any]:
    its_file = (document_rows.c.received_file == items.c.received_file) & (document_rows.c.tenant == items.c.tenant)
    kept = (items.c.batch == batch_id, items.c.replaced_by.is_(None), document_rows.c.place.not_in(GONE))
    return select(items).join(document_rows, its_file).where(*kept).order_by(document_rows.c.id)


def release_of(unit: Unit, batch_id: UUID) -> tuple[UUID, str | None] | None:
    """The list for destruction that names the batch's paper, and what was decided of it; refused ones count no more."""
    its_list = (original_releases.c.id == released_batches.c.release) & (
        original_releases.c.tenant == released_batches.c.tenant
    )
    joined = select(original_releases.c.id, original_releases.c.decision).join(released_batches, its_list)
    stands = original_releases.c.decision.is_distinct_from("refused")
    row = unit.one(joined.where(released_batches.c.batch == batch_id, stands))
    return None if row is None else (row.id, row.decision)


def difference(found: Batch) -> int | None:
    """Sides announced that are nowhere; None while the batch is not settled."""
    return found.difference if found.state in SETTLED_STATES else None
