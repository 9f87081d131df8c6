"""Looking into the journal."""

from uuid import UUID

from sqlalchemy import and_, select

from eakte.audit.model import Entry
from eakte.database import Unit
from eakte.journal.tables import details, entries, seals, subjects


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
