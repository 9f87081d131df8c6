"""How a batch stands at this moment: its items, what became of their pages, its sums, its refusals and receipts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, Uuid, and_, cast, func, select, text

from eakte.database import Unit
from eakte.scanning.ledger import WAITING, Tally
from eakte.scanning.model import STORED_ITEM, Item, Refusal, Refusals
from eakte.scanning.tables import items as item_rows
from eakte.scanning.tables import receipts as receipt_rows
from eakte.scanning.tables import refusals as refusal_rows

MOST_REFUSALS = 1000

# A document whose pages are known is settled, whatever becomes of it later; an item, when all that came out of it are.
_FACTS = (
    text("""
        SELECT i.id, i.batch, i.name, i.sha256, i.bytes, i.pages, i.dropped_blank, i.received_file, i.document,
            i.received_at, i.replaced_by, p.stored, p.blank, p.separator,
            CASE WHEN i.replaced_by IS NOT NULL THEN 'replaced'
                WHEN u.unread > 0 AND (p.found > 0 OR u.running) THEN 'reading' WHEN u.unread > 0 THEN 'received'
                WHEN p.found > 0 THEN 'stored'
                WHEN d.place IN ('withdrawn', 'disposed') OR d.reading_state = 'failed' THEN 'rejected'
                ELSE 'stored' END AS state,
            CASE WHEN p.found = 0 THEN coalesce(CASE WHEN d.place = 'withdrawn' THEN d.reason END, d.reading_reason)
                END AS reason,
            p.found > 0 AND p.found <> i.pages OR p.found = 0 AND d.reading_state = 'done' AS other_pages
        FROM batch_items i JOIN documents d ON d.tenant = i.tenant AND d.id = i.document,
        LATERAL (SELECT count(*) AS found, count(*) FILTER (WHERE disposition = 'stored') AS stored,
                    count(*) FILTER (WHERE disposition = 'blank') AS blank,
                    count(*) FILTER (WHERE disposition = 'separator') AS separator
                FROM received_pages r WHERE r.tenant = i.tenant AND r.received_file = i.received_file) p,
        LATERAL (SELECT count(*) AS unread, coalesce(bool_or(o.reading_state = 'running'), false) AS running
                FROM documents o WHERE o.tenant = i.tenant AND o.received_file = i.received_file
                    AND o.reading_state IN ('waiting', 'running') AND o.place NOT IN ('withdrawn', 'disposed')
                    AND NOT EXISTS (SELECT FROM received_pages r WHERE r.tenant = o.tenant
                        AND r.received_file = o.received_file AND r.document = o.id)
                    AND NOT EXISTS (SELECT FROM version_sources s
                        WHERE s.tenant = o.tenant AND s.document = o.id AND s.embedded)) u
        WHERE i.tenant = :tenant AND i.batch = ANY(:batches)""")
    .columns(
        id=Uuid, batch=Uuid, name=Text, sha256=Text, bytes=BigInteger, pages=Integer, dropped_blank=Integer,
        received_file=Uuid, document=Uuid, received_at=DateTime(timezone=True), replaced_by=Uuid, stored=Integer,
        blank=Integer, separator=Integer, state=Text, reason=Text, other_pages=Boolean,
    )
    .subquery("facts")
)  # fmt: skip
_DIFFERS = and_(_FACTS.c.state == STORED_ITEM, _FACTS.c.other_pages)
_SUMS = ("pages", "dropped_blank", "stored", "blank", "separator")
_PAGES = text("""
    SELECT r.received_file, r.number, r.disposition, r.document, r.document_page, d.type_code
    FROM batch_items i JOIN received_pages r ON r.tenant = i.tenant AND r.received_file = i.received_file
        LEFT JOIN documents d ON d.tenant = r.tenant AND d.id = r.document
    WHERE i.tenant = :tenant AND i.batch = :batch ORDER BY r.received_file, r.number""")
_BATCH_OF = text("""
    SELECT id FROM batches WHERE tenant = :tenant AND id = :subject
    UNION SELECT i.batch FROM documents d
        JOIN batch_items i ON i.tenant = d.tenant AND i.received_file = d.received_file
        WHERE d.tenant = :tenant AND d.id = :subject""")


@dataclass(frozen=True)
class Page:
    """A page of an item, and where it is now; a separator has neither document nor page there. `type`: by code."""

    number: int
    disposition: str
    document: UUID | None
    document_page: int | None
    type: str | None


def items(unit: Unit, batch: UUID, after: UUID | None = None, limit: int | None = None) -> list[Item]:
    """In the order in which they came, replaced ones too; all of them without `limit`."""
    query = select(_FACTS).order_by(_FACTS.c.id).limit(limit)
    if after is not None:
        query = query.where(_FACTS.c.id > after)
    return [_item(row) for row in unit.run(query, _of(unit, [batch]))]


def item(unit: Unit, batch: UUID, id_: UUID) -> Item | None:
    """One item of this batch."""
    row = unit.run(select(_FACTS).where(_FACTS.c.id == id_), _of(unit, [batch])).one_or_none()
    return None if row is None else _item(row)


def differing(unit: Unit, batch: UUID, limit: int) -> list[Item]:
    """The first of those that were read and have other pages than announced."""
    query = select(_FACTS).where(_DIFFERS).order_by(_FACTS.c.id).limit(limit)
    return [_item(row) for row in unit.run(query, _of(unit, [batch]))]


def tallies(unit: Unit, batches: Sequence[UUID]) -> dict[UUID, list[Tally]]:
    """Sums by state of the items of each of these batches, from one statement."""
    place = (_FACTS.c.batch, _FACTS.c.state)
    counts = [func.count().label("items"), func.count().filter(_DIFFERS).label("differing")]
    sums = [cast(func.sum(_FACTS.c[name]), BigInteger).label(name) for name in _SUMS]
    found: dict[UUID, list[Tally]] = {batch: [] for batch in batches}
    for row in unit.run(select(*place, *counts, *sums).group_by(*place), _of(unit, batches)):
        found[row.batch].append(Tally(**{each.name: row._mapping[each.name] for each in fields(Tally)}))
    return found


def anything_waits(unit: Unit, batch: UUID) -> bool:
    """Whether an item is not settled yet; the last ones are read last, so it looks from there, and no further."""
    waits = select(_FACTS.c.id).where(_FACTS.c.state.in_(WAITING)).order_by(_FACTS.c.id.desc()).limit(1)
    return unit.run(waits, _of(unit, [batch])).first() is not None


def pages(unit: Unit, batch: UUID) -> dict[UUID, list[Page]]:
    """Every page that was found, by received file."""
    found: dict[UUID, list[Page]] = {}
    for row in unit.run(_PAGES, {"tenant": unit.tenant, "batch": batch}):
        page = Page(row.number, row.disposition, row.document, row.document_page, row.type_code)
        found.setdefault(row.received_file, []).append(page)
    return found


def batch_of(unit: Unit, subject: UUID) -> UUID | None:
    """The batch that this is, or that this document's received file came with."""
    found: UUID | None = unit.run(_BATCH_OF, {"tenant": unit.tenant, "subject": subject}).scalar()
    return found


def received_files_of(batch: UUID) -> Any:
    """A select of the received files of a batch, for lists of documents."""
    return select(item_rows.c.received_file).where(item_rows.c.batch == batch)


def refusals(unit: Unit, batch: UUID) -> Refusals:
    """What was refused: all are counted, at most `MOST_REFUSALS` listed, open ones first, then the oldest."""
    its, settled = refusal_rows.c.batch == batch, refusal_rows.c.settled_at.is_not(None)
    first = select(refusal_rows).where(its).order_by(settled, refusal_rows.c.id).limit(MOST_REFUSALS)
    listed = [Refusal(row.name, row.code, row.reason, row.at, row.settled_at) for row in unit.all(first)]
    numbers = [func.count().label("every"), func.count().filter(~settled).label("still_open")]
    row = unit.run(select(*numbers).where(its)).one()
    return Refusals(listed, row.every, row.still_open)


def newest_receipt(unit: Unit, batch: UUID, kind: str) -> dict[str, Any] | None:
    """As it was signed; None where none was given yet."""
    query = select(receipt_rows.c.body).where(receipt_rows.c.batch == batch, receipt_rows.c.kind == kind)
    found: dict[str, Any] | None = unit.run(query.order_by(receipt_rows.c.number.desc()).limit(1)).scalar()
    return found


def _of(unit: Unit, batches: Iterable[UUID]) -> dict[str, Any]:
    return {"tenant": unit.tenant, "batches": list(batches)}


def _item(row: Any) -> Item:
    return Item(**{each.name: getattr(row, each.name) for each in fields(Item)})
