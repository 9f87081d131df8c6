"""The row of each blob: what the store holds on our behalf, and how to open it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.vault.store import SealedBlob, Stored
from eakte.vault.tables import blobs, sweep_periods

Period = tuple[datetime, datetime]
"""From, to."""


def note_blob(unit: Unit, at: datetime, blob_class: BlobClass, key_id: UUID, stored: Stored) -> UUID:
    """Enter a durable blob in the transaction of the act it belongs to; until then it is swept after a day."""
    unit.insert(
        blobs, tenant=unit.tenant, id=stored.blob_id, blob_class=blob_class.value, key_id=key_id,
        sha256=bytes.fromhex(stored.sha256), bytes=stored.bytes, sealed_bytes=stored.sealed_bytes, created_at=at,
    )  # fmt: skip
    return stored.blob_id


def sealed_blob(unit: Unit, blob_id: UUID) -> SealedBlob:
    """What `Vault.open` needs."""
    return _sealed(unit, unit.run(select(blobs).where(blobs.c.id == blob_id)).one())


def sealed_blobs(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, SealedBlob]:
    """The same of several at once."""
    return {row.id: _sealed(unit, row) for row in unit.all(select(blobs).where(blobs.c.id.in_(ids)))}


def forget_blob(unit: Unit, blob_id: UUID) -> None:
    """Take the row away; the sweep deletes the bytes. Nothing may refer to it any more."""
    unit.run(blobs.delete().where(blobs.c.id == blob_id))


def known_blobs(unit: Unit, ids: list[UUID]) -> set[UUID]:
    """Which of these ids have a row."""
    return set(unit.run(select(blobs.c.id).where(blobs.c.id.in_(ids))).scalars())


def noted_blobs(unit: Unit, after: UUID | None, limit: int) -> list[tuple[SealedBlob, str]]:
    """Rows in order of their ids, each with the SHA-256 (hex) of the plaintext."""
    query = select(blobs) if after is None else select(blobs).where(blobs.c.id > after)
    return [(_sealed(unit, row), row.sha256.hex()) for row in unit.all(query.order_by(blobs.c.id).limit(limit))]


def note_period(unit: Unit, at: datetime, pause: timedelta) -> None:
    """This database is at work now. A pause longer than that ends a period: the database may have been set back."""
    newest = select(func.max(sweep_periods.c.last_at)).scalar_subquery()
    goes_on = sweep_periods.update().where(sweep_periods.c.last_at == newest, sweep_periods.c.last_at >= at - pause)
    later = func.greatest(sweep_periods.c.last_at, at)
    if unit.run(goes_on.values(last_at=later)).rowcount == 0:
        begun = insert(sweep_periods).values(tenant=unit.tenant, begun_at=at, last_at=at)
        unit.run(begun.on_conflict_do_nothing())


def periods(unit: Unit) -> list[Period]:
    """When a worker saw this database at work."""
    return [(row.begun_at, row.last_at) for row in unit.all(select(sweep_periods))]


def _sealed(unit: Unit, row: Row[Any]) -> SealedBlob:
    return SealedBlob(unit.tenant, BlobClass(row.blob_class), row.id, row.key_id, row.sealed_bytes, row.bytes)
