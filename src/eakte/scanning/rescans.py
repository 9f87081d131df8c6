"""Rescan requests: what a clerk or checker found goes back to the centre (TR-03138 A.NB.3) until it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from eakte.access.model import Principal
from eakte.database import Unit
from eakte.documents.model import Document
from eakte.errors import Invalid, NotFound, Refused
from eakte.journal import Moment, record
from eakte.scanning import acts, delivered
from eakte.scanning.evidence import RESCAN_ANSWERED, RESCAN_REQUESTED
from eakte.scanning.evidence_tables import rescan_requests

WITHDRAWN = "withdrawn"


class NotOfABatch(Refused):
    """Only what a scanning centre delivered can be sent back to it."""

    code, title = "not-of-a-batch", "Das Dokument kam mit keinem Stapel"
    remedy = "Das Papier selbst neu erfassen und als neue Version einreichen."


@dataclass(frozen=True)
class Request:
    """A document, or pages of it, to be scanned again; open until `outcome` is `item`, `batch` or `withdrawn`."""

    id: UUID
    batch: UUID
    document: UUID
    reason: str
    pages: Sequence[int]
    requested_by: UUID
    requested_at: datetime
    outcome: str | None
    answered_by: UUID | None
    answered_at: datetime | None
    answer_batch: UUID | None
    answer_item: UUID | None
    answer_remark: str | None


def request(unit: Unit, moment: Moment, document: Document, reason: str, pages: Sequence[int]) -> Request:
    """Ask the centre for these pages (none: all of them) again; paper of the batch is kept until it is answered."""
    item = delivered.item_of(unit, document.received_file)
    if item is None:
        raise NotOfABatch
    delivered.batch(unit, item.batch.id, lock=True)  # its paper is not released meanwhile
    if pages and document.pages is not None and max(pages) > document.pages:
        raise Invalid(f"Das Dokument hat nur {document.pages} Seiten.")
    new = moment.new_id()
    unit.run(
        rescan_requests.insert().values(
            tenant=unit.tenant, id=new, batch=item.batch.id, document=document.id, reason=reason,
            pages=sorted(set(pages)), requested_by=moment.actor, requested_at=moment.at,
        )
    )  # fmt: skip
    said = {"request": str(new), "reason": reason, "pages": sorted(set(pages))}
    record(unit, moment, RESCAN_REQUESTED, document.id, said, also=[item.batch.id])
    return find(unit, new)


def answer(unit: Unit, moment: Moment, id_: UUID, kind: str, **by: Any) -> Request:
    """Close a request, once: by an item (`answer_item`), a batch (`answer_batch`), or `withdrawn` with a remark."""
    row = find(unit, id_, lock=True)
    if row.outcome is not None:
        raise Refused("Diese Nachscan-Anforderung ist schon beantwortet.")
    values = {"outcome": kind, "answered_by": moment.actor, "answered_at": moment.at, **by}
    unit.run(rescan_requests.update().where(rescan_requests.c.id == id_).values(**values))
    said = {"request": str(id_), "outcome": kind, **{name: str(value) for name, value in by.items() if value}}
    record(unit, moment, RESCAN_ANSWERED, row.document, said, also=[row.batch])
    return find(unit, id_)


def answer_by_batch(unit: Unit, moment: Moment, principal: Principal, batch: UUID, ids: Sequence[UUID]) -> None:
    """A new batch names the requests that it answers; NotFound for those to a batch that the principal may not see."""
    for id_ in dict.fromkeys(ids):
        acts.find(unit, find(unit, id_).batch, principal)
        answer(unit, moment, id_, "batch", answer_batch=batch)


def find(unit: Unit, id_: UUID, *, lock: bool = False) -> Request:
    """The request; NotFound where there is none."""
    query = select(rescan_requests).where(rescan_requests.c.id == id_)
    row = unit.one(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("Es gibt keine solche Nachscan-Anforderung.")
    return _request(row)


def of_batch(unit: Unit, batch: UUID) -> list[Request]:
    """All requests to a batch, oldest first."""
    query = select(rescan_requests).where(rescan_requests.c.batch == batch)
    return [_request(row) for row in unit.all(query.order_by(rescan_requests.c.id))]


def of_document(unit: Unit, document: UUID) -> list[Request]:
    """All requests about a document, oldest first."""
    query = select(rescan_requests).where(rescan_requests.c.document == document)
    return [_request(row) for row in unit.all(query.order_by(rescan_requests.c.id))]


def _request(row: Any) -> Request:
    return Request(**{field.name: row._mapping[field.name] for field in fields(Request)})
