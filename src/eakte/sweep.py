"""Clearing away what crashes and time leave: unfinished writes, bytes without a row, old answers and passwords."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, takewhile
from uuid import UUID

from eakte.access.acts import all_tenants
from eakte.blobs.port import BlobClass, key_parts
from eakte.database import Unit
from eakte.documents.acts import known as known_documents
from eakte.intake.acts import known_files
from eakte.recognition.acts import forget_old_passwords
from eakte.recognition.page_images import forget_old_images
from eakte.recognition.runs import end_needless_runs
from eakte.uploads.acts import forget_expired, known_uploads
from eakte.vault.rows import Period, known_blobs, note_period, periods
from eakte.vault.signing import signing_key_id
from eakte.web.once import forget_old_answers
from eakte.wiring import House

KEPT_WITHOUT_ROW = timedelta(days=1)
PAUSE = timedelta(minutes=20)
"""Two beats further apart than this leave a time of which the database may know nothing: it may have been restored."""
MADE_ANEW = {BlobClass.DERIVED, BlobClass.SCRATCH}
"""What was made by us can be made again; all else goes only if the database was there when it came."""
_BATCH = 1000
_BEARS_TIME = 7
"""The version of UUIDs whose first 48 bits are milliseconds."""

Remembered = Callable[[Unit], list[Period]]
"""The times that count; asked with every batch, since a restore may come in the midst of a sweep."""


def beat(house: House, now: datetime) -> None:
    """Note for every tenant that the database is at work: each minute, however long a sweep takes."""
    for tenant, _name in all_tenants(house.database):
        with house.database.unit(tenant) as unit:
            note_period(unit, now, PAUSE)


def never() -> bool:
    """Nobody says stop."""
    return False


def sweep(house: House, tenant: UUID, now: datetime, stop: Callable[[], bool] = never) -> int:
    """One tenant's sweep; returns how many objects were deleted. Safe at any time, by several at once.

    What is left undone when `stop` says so, is for the next one.
    """
    with house.database.unit(tenant) as unit:
        forget_old_answers(unit, now)
        forget_old_passwords(unit, now)
        let_go = [*end_needless_runs(unit), *forget_old_images(unit, now), *forget_expired(unit, now, house.new_id)]
    house.blobs.clear_unfinished(now - KEPT_WITHOUT_ROW)
    needless = chain(
        ((blob.blob_class, blob.blob_id) for blob in let_go), _left(house, tenant, now - KEPT_WITHOUT_ROW, stop)
    )
    deleted = 0
    for blob_class, id_ in takewhile(lambda _: not stop(), needless):
        _delete(house, tenant, blob_class, id_)
        deleted += 1
    return deleted


def _left(house: House, tenant: UUID, before: datetime, stop: Callable[[], bool]) -> Iterator[tuple[BlobClass, UUID]]:
    for blob_class in BlobClass:
        remembered = always if blob_class in MADE_ANEW else periods
        for id_ in without_row(house, tenant, blob_class, before, remembered, stop):
            yield blob_class, id_


def always(_unit: Unit) -> list[Period]:
    """Whenever it came."""
    return [(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))]


def without_row(
    house: House, tenant: UUID, blob_class: BlobClass, before: datetime, remembered: Remembered,
    stop: Callable[[], bool] = never,
) -> Iterator[UUID]:  # fmt: skip
    """Ids of objects that no row knows, last written before that time, and that came within a remembered one."""
    listed = takewhile(lambda _: not stop(), house.blobs.keys(f"{tenant}/{blob_class}/"))
    old = ((UUID(key_parts(found.key)[2]), found.modified) for found in listed if found.modified < before)
    for batch in _batches(old):
        came = {id_: came_at(id_, modified) for id_, modified in batch}
        with house.database.look(tenant) as unit:
            written, ids = remembered(unit), list(came)
            known = _known_keys(unit, ids) if blob_class is BlobClass.KEYS else known_blobs(unit, ids)
        for id_ in came.keys() - known:
            if any(begun <= came[id_] <= last for begun, last in written):
                yield id_


def came_at(id_: UUID, modified: datetime) -> datetime:
    """When bytes came into the house: a copy in another store was written later than its id was given (UUIDv7)."""
    if id_.version != _BEARS_TIME:
        return modified
    return min(modified, datetime.fromtimestamp((id_.int >> 80) / 1000, UTC))


def _delete(house: House, tenant: UUID, blob_class: BlobClass, id_: UUID) -> None:
    if blob_class is BlobClass.KEYS:
        house.vault.destroy_data_key(tenant, id_)
    else:
        house.vault.delete(tenant, blob_class, id_)


def _known_keys(unit: Unit, ids: list[UUID]) -> set[UUID]:
    """Data keys bear the id of a file, received or on its way, or of a document; the house's own are the tenant's."""
    house_keys = {unit.tenant, signing_key_id(unit.tenant)}
    return house_keys | known_files(unit, ids) | known_uploads(unit, ids) | known_documents(unit, ids)


def _batches(found: Iterable[tuple[UUID, datetime]]) -> Iterator[list[tuple[UUID, datetime]]]:
    remaining = iter(found)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
