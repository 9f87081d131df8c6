"""The cache of page pictures: scratch blobs in a few widths, rows that may be dropped at any time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.journal import Moment
from eakte.recognition.tables import page_images
from eakte.vault import SealedBlob, Stored
from eakte.vault.rows import forget_blob, note_blob, sealed_blob
from eakte.vault.tables import blobs

WIDTHS = (100, 200, 300, 400, 600, 800, 1000, 1200, 1600, 2000, 2500)
"""Pixels; any other width asked for gets the next larger one."""
IMAGE_KEPT = timedelta(days=30)
CACHE_BYTES = 4 << 30
"""Of one tenant, after a sweep."""

_KEY = ("tenant", "document", "version", "page", "width")


def offered_width(asked: int) -> int:
    """The width in which the picture is made: the least that is enough, or the largest."""
    return next((width for width in WIDTHS if width >= asked), WIDTHS[-1])


def find_image(unit: Unit, document: UUID, version: int, page: int, width: int) -> tuple[SealedBlob, str] | None:
    """The kept picture and its media type."""
    wanted = {"tenant": unit.tenant, "document": document, "version": version, "page": page, "width": width}
    row = unit.one(select(page_images).where(*[page_images.c[name] == value for name, value in wanted.items()]))
    return None if row is None else (sealed_blob(unit, row.blob), row.media_type)


def keep_image(
    unit: Unit, moment: Moment, document: UUID, version: int, page: int, width: int, stored: Stored, media_type: str
) -> bool:  # fmt: skip
    """Keep a picture; False where another request was quicker."""
    note_blob(unit, moment.at, BlobClass.SCRATCH, document, stored)
    row = insert(page_images).values(
        tenant=unit.tenant, document=document, version=version, page=page, width=width, blob=stored.blob_id,
        media_type=media_type,
    )  # fmt: skip
    kept = unit.run(row.on_conflict_do_nothing().returning(page_images.c.blob)).first() is not None
    if not kept:
        forget_blob(unit, stored.blob_id)
    return kept


def forget_images(unit: Unit, document: UUID, version: int) -> list[SealedBlob]:
    """Let go of all pictures of a version: they showed it as it was before it was read."""
    return _forget(unit, page_images.c.document == document, page_images.c.version == version)


def forget_old_images(unit: Unit, now: datetime) -> list[SealedBlob]:
    """For the sweep: let go of what is too old, and of the oldest while the cache is too large; 1,000 at most."""
    newer = func.sum(blobs.c.bytes).over(order_by=(blobs.c.created_at.desc(), blobs.c.id.desc()))
    held = select(
        *[page_images.c[name] for name in _KEY], blobs.c.created_at, newer.label("newer")
    ).join(blobs, (blobs.c.tenant == page_images.c.tenant) & (blobs.c.id == page_images.c.blob)).subquery()  # fmt: skip
    over = select(*[held.c[name] for name in _KEY]).where(
        (held.c.created_at <= now - IMAGE_KEPT) | (held.c.newer > CACHE_BYTES)
    )
    return _forget(unit, tuple_(*[page_images.c[name] for name in _KEY]).in_(over.limit(1000)))


def _forget(unit: Unit, *which: Any) -> list[SealedBlob]:
    gone: Sequence[UUID] = unit.run(page_images.delete().where(*which).returning(page_images.c.blob)).scalars().all()
    let_go = [sealed_blob(unit, blob) for blob in gone]
    for blob in gone:
        forget_blob(unit, blob)
    return let_go
