"""The row of each blob: what the store holds on our behalf, and how to open it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.vault.store import SealedBlob, Stored
from eakte.vault.tables import blobs


def note_blob(unit: Unit, at: datetime, blob_class: BlobClass, key_id: UUID, stored: Stored) -> UUID:
    """Enter a durable blob in the transaction of the act it belongs to; until then it is swept after a day."""
    unit.run(
        blobs.insert().values(
            tenant=unit.tenant, id=stored.blob_id, blob_class=blob_class.value, key_id=key_id,
            sha256=bytes.fromhex(stored.sha256), bytes=stored.bytes, sealed_bytes=stored.sealed_bytes, created_at=at,
        )
    )  # fmt: skip
    return stored.blob_id


def sealed_blob(unit: Unit, blob_id: UUID) -> SealedBlob:
    """What `Vault.open` needs."""
    row = unit.run(select(blobs).where(blobs.c.id == blob_id)).one()
    return SealedBlob(unit.tenant, BlobClass(row.blob_class), row.id, row.key_id, row.sealed_bytes, row.bytes)


def forget_blob(unit: Unit, blob_id: UUID) -> None:
    """Take the row away; the sweep deletes the bytes. Nothing may refer to it any more."""
    unit.run(blobs.delete().where(blobs.c.id == blob_id))


def known_blobs(unit: Unit, ids: list[UUID]) -> set[UUID]:
    """Which of these ids have a row."""
    return set(unit.run(select(blobs.c.id).where(blobs.c.id.in_(ids))).scalars())
