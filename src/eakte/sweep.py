"""Clearing away what crashes and time leave: unfinished writes, bytes without a row, old answers and passwords."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from eakte.blobs.port import BlobClass, key_parts
from eakte.database import Unit
from eakte.documents.acts import known as known_documents
from eakte.intake.acts import known_files
from eakte.recognition.acts import forget_old_passwords
from eakte.recognition.page_images import forget_old_images
from eakte.recognition.runs import end_needless_runs
from eakte.vault.rows import known_blobs, note_sweep, periods
from eakte.vault.signing import signing_key_id
from eakte.web.once import forget_old_answers
from eakte.wiring import House

KEPT_WITHOUT_ROW = timedelta(days=1)
PAUSE = timedelta(minutes=20)
"""Two sweeps further apart than this leave a time of which the database may know nothing: it may have been restored."""
MADE_ANEW = {BlobClass.DERIVED, BlobClass.SCRATCH}
"""What was made by us can be made again; all else goes only if the database was there when it came."""
ALWAYS = [(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))]
_BATCH = 1000


def sweep(house: House, tenant: UUID, now: datetime) -> int:
    """One tenant's sweep; returns how many objects were deleted. Safe at any time, by several at once."""
    with house.database.unit(tenant) as unit:
        forget_old_answers(unit, now)
        forget_old_passwords(unit, now)
        note_sweep(unit, now, PAUSE)
        seen = periods(unit)
        let_go = [*end_needless_runs(unit), *forget_old_images(unit, now)]
    for blob in let_go:
        house.vault.delete(tenant, blob.blob_class, blob.blob_id)
    house.blobs.clear_unfinished(now - KEPT_WITHOUT_ROW)
    deleted = len(let_go)
    for blob_class in BlobClass:
        may = ALWAYS if blob_class in MADE_ANEW else seen
        for id_ in without_row(house, tenant, blob_class, now - KEPT_WITHOUT_ROW, may):
            _delete(house, tenant, blob_class, id_)
            deleted += 1
    return deleted


def without_row(
    house: House, tenant: UUID, blob_class: BlobClass, before: datetime, written: Sequence[tuple[datetime, datetime]]
) -> Iterator[UUID]:
    """Ids of objects that no row knows, last written before that time and within one of these periods."""
    old = (
        UUID(key_parts(found.key)[2])
        for found in house.blobs.keys(f"{tenant}/{blob_class}/")
        if found.modified < before and any(begun <= found.modified <= last for begun, last in written)
    )
    for ids in _batches(old):
        with house.database.look(tenant) as unit:
            known = _known_keys(unit, ids) if blob_class is BlobClass.KEYS else known_blobs(unit, ids)
        yield from set(ids) - known


def _delete(house: House, tenant: UUID, blob_class: BlobClass, id_: UUID) -> None:
    if blob_class is BlobClass.KEYS:
        house.vault.destroy_data_key(tenant, id_)
    else:
        house.vault.delete(tenant, blob_class, id_)


def _known_keys(unit: Unit, ids: list[UUID]) -> set[UUID]:
    """Data keys belong to a received file or a document and bear its id; the house's own keys are the tenant's."""
    return {unit.tenant, signing_key_id(unit.tenant)} | known_files(unit, ids) | known_documents(unit, ids)


def _batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
