"""Clearing away what crashes and time leave: unfinished writes, bytes without a row, old answers and passwords."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from eakte.blobs.port import BlobClass, key_parts
from eakte.database import Unit
from eakte.documents.acts import known as known_documents
from eakte.intake.acts import known_files
from eakte.recognition.acts import forget_old_passwords
from eakte.recognition.page_images import forget_old_images
from eakte.recognition.runs import end_needless_runs
from eakte.vault.rows import known_blobs
from eakte.vault.signing import signing_key_id
from eakte.web.once import forget_old_answers
from eakte.wiring import House

KEPT_WITHOUT_ROW = timedelta(days=1)
_BATCH = 1000


def sweep(house: House, tenant: UUID, now: datetime) -> int:
    """One tenant's sweep; returns how many objects were deleted. Safe at any time, by several at once."""
    with house.database.unit(tenant) as unit:
        forget_old_answers(unit, now)
        forget_old_passwords(unit, now)
        let_go = [*end_needless_runs(unit), *forget_old_images(unit, now)]
    for blob in let_go:
        house.vault.delete(tenant, blob.blob_class, blob.blob_id)
    house.blobs.clear_unfinished(now - KEPT_WITHOUT_ROW)
    return len(let_go) + sum(
        _sweep_class(house, tenant, blob_class, now - KEPT_WITHOUT_ROW) for blob_class in BlobClass
    )


def _sweep_class(house: House, tenant: UUID, blob_class: BlobClass, before: datetime) -> int:
    prefix, deleted = f"{tenant}/{blob_class}/", 0
    old = (UUID(key_parts(found.key)[2]) for found in house.blobs.keys(prefix) if found.modified < before)
    for ids in _batches(old):
        with house.database.look(tenant) as unit:
            known = _known_keys(unit, ids) if blob_class is BlobClass.KEYS else known_blobs(unit, ids)
        for id_ in set(ids) - known:
            _delete(house, tenant, blob_class, id_)
            deleted += 1
    return deleted


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
