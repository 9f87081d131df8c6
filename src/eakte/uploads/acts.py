"""The rows of uploads: begun, grown part by part, finished or gone. Who writes says where it saw the upload stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text

from eakte.access.model import Principal
from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.errors import NotFound
from eakte.journal import Act, Moment, record
from eakte.journal.model import SERVICE
from eakte.uploads.model import (
    BEGUN,
    EXPIRED,
    KEPT,
    MOST_OPEN,
    OffsetDiffers,
    Part,
    TooManyUploads,
    Upload,
    UploadFinished,
)
from eakte.uploads.tables import upload_parts, uploads
from eakte.vault import SealedBlob, Stored
from eakte.vault.rows import forget_blob, note_blob, sealed_blob

_AT_ONCE = 1000
"""Expired uploads that one sweep takes: some 140,000 a day, more than a scanning centre sends files."""
_OPEN = text("SELECT count(*) FROM (SELECT 1 FROM uploads WHERE tenant = :tenant AND owner = :owner AND result IS NULL "
             "LIMIT :most) AS open")  # fmt: skip


def begin(unit: Unit, moment: Moment, owner: Principal, length: int, metadata: str, batch: UUID | None) -> Upload:
    """An upload of so many bytes, none of which has arrived; `metadata` as the sender wrote them."""
    if unit.run(_OPEN, {"tenant": unit.tenant, "owner": owner.id, "most": MOST_OPEN}).scalar_one() >= MOST_OPEN:
        raise TooManyUploads
    begun: dict[str, Any] = {
        "tenant": unit.tenant, "id": moment.new_id(), "owner": owner.id, "batch": batch, "metadata": metadata,
        "length": length, "arrived": 0, "asked_for": 0, "begun_at": moment.at, "expires_at": moment.at + KEPT,
        "result": None,
    }  # fmt: skip
    unit.run(uploads.insert().values(**begun))
    details = {"bytes": length} | ({"batch": str(batch)} if batch else {})
    record(unit, moment, BEGUN, begun["id"], details, hand_on=[])
    return Upload(**begun)


def find(unit: Unit, owner: UUID, id_: UUID, now: datetime, *, lock: bool = False) -> Upload:
    """The owner's upload; NotFound for others, for what is over, and for what never was."""
    mine = _uploads().where(uploads.c.id == id_, uploads.c.owner == owner, uploads.c.expires_at > now)
    row = unit.one(mine.with_for_update() if lock else mine)
    if row is None:
        raise NotFound
    return Upload(**row._mapping)


def listed(unit: Unit, owner: UUID, now: datetime, batch: UUID | None, after: UUID | None, limit: int) -> list[Upload]:
    """The owner's uploads in the order in which they began, finished ones too."""
    query = _uploads().where(uploads.c.owner == owner, uploads.c.expires_at > now)
    if batch is not None:
        query = query.where(uploads.c.batch == batch)
    if after is not None:
        query = query.where(uploads.c.id > after)
    return [Upload(**row._mapping) for row in unit.all(query.order_by(uploads.c.id).limit(limit))]


def _uploads() -> Select[Any]:
    return select(uploads)


def ask_for(unit: Unit, owner: UUID, id_: UUID) -> None:
    """Asks whoever is writing to the upload to keep what has come and let go."""
    mine = uploads.update().where(uploads.c.id == id_, uploads.c.owner == owner)
    unit.run(mine.values(asked_for=uploads.c.asked_for + 1))


def asked_for(unit: Unit, id_: UUID) -> int | None:
    """How often somebody asked; None when the upload is gone."""
    found: int | None = unit.run(select(uploads.c.asked_for).where(uploads.c.id == id_)).scalar()
    return found


def parts(unit: Unit, id_: UUID) -> list[Part]:
    """In the order of their bytes, without a gap."""
    query = select(upload_parts.c.start, upload_parts.c.bytes, upload_parts.c.blob)
    rows = unit.all(query.where(upload_parts.c.upload == id_).order_by(upload_parts.c.start))
    return [Part(row.start, row.bytes, row.blob) for row in rows]


def last_parts(unit: Unit, id_: UUID, most: int) -> list[Part]:
    """So many at the end, in the order of their bytes: whoever adds a small one need not look at all."""
    query = select(upload_parts.c.start, upload_parts.c.bytes, upload_parts.c.blob)
    rows = unit.all(query.where(upload_parts.c.upload == id_).order_by(upload_parts.c.start.desc()).limit(most))
    return [Part(row.start, row.bytes, row.blob) for row in reversed(rows)]


def blobs_of(unit: Unit, found: Sequence[Part]) -> list[SealedBlob]:
    """How to open the parts."""
    return [sealed_blob(unit, part.blob) for part in found]


def grow(unit: Unit, moment: Moment, upload: Upload, stored: Stored, taken_in: Sequence[Part]) -> int:
    """Enter a durable part behind what has arrived, instead of those whose bytes it begins with; what has arrived now.

    Raises OffsetDiffers when somebody else was quicker, NotFound when the upload is gone: then the part is nobody's.
    """
    start = taken_in[0].start if taken_in else upload.arrived
    arrived = start + stored.bytes
    stands = uploads.update().where(uploads.c.id == upload.id, uploads.c.arrived == upload.arrived)
    if unit.run(stands.values(arrived=arrived)).rowcount == 0:
        raise NotFound if asked_for(unit, upload.id) is None else OffsetDiffers
    _drop_parts(unit, upload.id, taken_in)
    note_blob(unit, moment.at, BlobClass.SCRATCH, upload.id, stored)
    unit.run(
        upload_parts.insert().values(
            tenant=unit.tenant, upload=upload.id, start=start, bytes=stored.bytes, blob=stored.blob_id
        )
    )
    return arrived


def finish(unit: Unit, upload: Upload, result: dict[str, Any]) -> None:
    """The upload became what `result` says; its parts are needed no more. The caller has locked its row."""
    _drop_parts(unit, upload.id, parts(unit, upload.id))
    unit.run(uploads.update().where(uploads.c.id == upload.id).values(arrived=uploads.c.length, result=result))


def drop(unit: Unit, moment: Moment, act: Act, upload: Upload) -> None:
    """The upload is gone, with its parts; UploadFinished if it has become something."""
    now = find(unit, upload.owner, upload.id, moment.at, lock=True)
    if now.result is not None:
        raise UploadFinished
    _remove(unit, upload.id)
    record(unit, moment, act, upload.id, {"bytes": now.length, "arrived": now.arrived}, hand_on=[])


def forget_expired(unit: Unit, now: datetime, new_id: Any) -> list[SealedBlob]:
    """Drop what was not finished in seven days and forget what was; the blobs that are needed no more."""
    over = _uploads().where(uploads.c.expires_at <= now).limit(_AT_ONCE)
    needless: list[SealedBlob] = []
    for row in unit.all(over.with_for_update(skip_locked=True)):
        needless += blobs_of(unit, parts(unit, row.id))
        _remove(unit, row.id)
        if row.result is None:
            facts = {"bytes": row.length, "arrived": row.arrived}
            record(unit, Moment(SERVICE, now, new_id), EXPIRED, row.id, facts, hand_on=[])
    return needless


def known_uploads(unit: Unit, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are uploads: their data keys bear their ids."""
    return set(unit.run(select(uploads.c.id).where(uploads.c.id.in_(ids))).scalars())


def _remove(unit: Unit, id_: UUID) -> None:
    _drop_parts(unit, id_, parts(unit, id_))
    unit.run(uploads.delete().where(uploads.c.id == id_))


def _drop_parts(unit: Unit, id_: UUID, needless: Sequence[Part]) -> None:
    starts = [part.start for part in needless]
    if starts:
        unit.run(upload_parts.delete().where(upload_parts.c.upload == id_, upload_parts.c.start.in_(starts)))
    for part in needless:
        forget_blob(unit, part.blob)
