"""Looking into the journal."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import and_, select

from eakte.access.model import Sight
from eakte.audit.model import Entry
from eakte.database import Unit
from eakte.documents.tables import documents
from eakte.journal.tables import details, entries, seals, subjects


def discreet(unit: Unit, sight: Sight, found: list[Entry]) -> list[Entry]:
    """Entries of searches name hits from all over the house: only those within the reader's sight stay."""
    named = {_document(hit) for each in found for hit in each.details.get("hits", ())}
    visible = select(documents.c.id).where(documents.c.id.in_(named), documents.c.scope.in_(sight.seen))
    seen = set(unit.run(visible).scalars()) if named else set()
    return [_with_hits_among(seen, each) if "hits" in each.details else each for each in found]


def _with_hits_among(seen: set[UUID], entry: Entry) -> Entry:
    hits = [hit for hit in entry.details["hits"] if _document(hit) in seen]
    return replace(entry, details={**entry.details, "hits": hits})


def _document(hit: str) -> UUID:
    """Of `<document>:<version>:<page>`."""
    return UUID(hit.partition(":")[0])


def entries_about(unit: Unit, subject: UUID, after: int, limit: int) -> list[Entry]:
    """Entries that name this document or case file, in insert order, above number `after`."""
    query = (
        select(
            entries.c.no, seals.c.seq, entries.c.at, entries.c.actor, entries.c.act, entries.c.subject,
            details.c.details,
        )
        .select_from(subjects)
        .join(entries, and_(entries.c.tenant == subjects.c.tenant, entries.c.no == subjects.c.entry))
        .outerjoin(details, and_(details.c.tenant == entries.c.tenant, details.c.entry == entries.c.no))
        .outerjoin(seals, and_(seals.c.tenant == entries.c.tenant, seals.c.entry == entries.c.no))
        .where(subjects.c.subject == subject, subjects.c.entry > after)
        .order_by(subjects.c.entry)
        .limit(limit)
    )  # fmt: skip
    return [
        Entry(row.no, row.seq, row.at, row.actor, row.act, row.subject, row.details or {}) for row in unit.all(query)
    ]
