"""Gives entries their `seq`: per tenant, without gap, after their commit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select, text

from eakte.database import Unit
from eakte.journal.tables import unsealed

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 7))")
_NUMBER = text("""
    WITH taken AS (DELETE FROM journal_unsealed WHERE tenant = :tenant RETURNING entry),
         head AS (SELECT coalesce(max(seq), 0) AS seq FROM journal_seals WHERE tenant = :tenant)
    INSERT INTO journal_seals (tenant, seq, entry)
    SELECT :tenant, head.seq + row_number() OVER (ORDER BY entry), entry FROM taken, head""")


def tenants_waiting(connection: Connection) -> Sequence[UUID]:
    """Tenants with entries that have no number yet."""
    return connection.execute(select(unsealed.c.tenant).distinct()).scalars().all()


def number(unit: Unit) -> int:
    """Number every visible entry that has none, in insert order; returns how many.

    No high-water mark: an entry that commits late still stands in `journal_unsealed` and takes the next free number.
    The lock is a statement of its own, so that the numbering statement's snapshot is taken under it.
    """
    unit.connection.execute(_LOCK, {"tenant": str(unit.tenant)})
    return unit.connection.execute(_NUMBER, {"tenant": unit.tenant}).rowcount
