"""What the sweep takes away, and what it leaves although no row knows it."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from eakte import wiring
from eakte.blobs.copying import copy_blob
from eakte.blobs.fallback import WithFallback
from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobClass, BlobStore, Listed, blob_key
from eakte.commands.administration import found_tenant
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.sweep import beat, came_at, sweep
from eakte.vault.keys import create_master_key
from eakte.wiring import House
from eakte.worker import Worker
from tests.rooms import Clock

DAY = timedelta(days=1)
OFTEN = timedelta(minutes=10)


@pytest.fixture
def house(database: Urls, tmp_path: Path) -> Iterator[House]:
    settings = Settings(home=tmp_path, database_url=database.app)
    create_master_key(settings.master_key)
    furnished = replace(wiring.furnish(settings, pool=1), clock=Clock())
    yield furnished
    furnished.close()


@pytest.fixture
def tenant(house: House) -> UUID:
    return found_tenant(house, "musterkreis", "Jobcenter Musterkreis")


def id_of(at: datetime) -> UUID:
    """An id given at that time."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) + uuid7().int % (1 << 80))


def leave(house: House, tenant: UUID, at: datetime, blob_class: BlobClass = BlobClass.ORIGINAL) -> str:
    """Bytes that no row knows, as a killed upload leaves them."""
    key = blob_key(tenant, blob_class, id_of(at))
    sink = house.blobs.sink(key)
    sink.write(b"sealed")
    sink.commit()
    file = next(house.settings.blobs_folder.rglob(key.rpartition("/")[2]))
    os.utime(file, (at.timestamp(), at.timestamp()))
    return key


def lies_there(house: House, key: str) -> bool:
    return key in {found.key for found in house.blobs.keys("")}


def sweep_from(house: House, tenant: UUID, begin: datetime, end: datetime) -> None:
    """A worker that is at work all the time."""
    while begin <= end:
        beat(house, begin)
        sweep(house, tenant, begin)
        begin += OFTEN


def test_bytes_of_a_killed_upload_go_after_a_day(house: House, tenant: UUID) -> None:
    now = house.clock()
    key = leave(house, tenant, now + timedelta(minutes=5))
    sweep_from(house, tenant, now, now + timedelta(minutes=20))
    assert lies_there(house, key)
    sweep(house, tenant, now + DAY + OFTEN)
    assert not lies_there(house, key)


@pytest.mark.parametrize("blob_class", [BlobClass.ORIGINAL, BlobClass.KEYS])
def test_originals_and_keys_from_a_time_that_the_database_does_not_remember_stay(
    house: House, tenant: UUID, blob_class: BlobClass
) -> None:
    """As after a restore: the sweeps of the time between are forgotten with all else."""
    dumped = house.clock()
    beat(house, dumped)
    key = leave(house, tenant, dumped + timedelta(hours=3), blob_class)
    restored = dumped + timedelta(days=2)
    sweep_from(house, tenant, restored, restored + timedelta(hours=1))
    sweep(house, tenant, restored + 30 * DAY)
    assert lies_there(house, key)


def test_what_can_be_made_again_goes_whenever_it_came(house: House, tenant: UUID) -> None:
    now = house.clock()
    key = leave(house, tenant, now - 2 * DAY, BlobClass.DERIVED)
    sweep(house, tenant, now)
    assert not lies_there(house, key)


def test_a_copy_into_another_store_is_as_old_as_what_it_was_copied_from(house: House, tenant: UUID) -> None:
    """A restore, then a move: what the database forgot stays, though the copies were written within its memory."""
    dumped = house.clock()
    beat(house, dumped)
    key = leave(house, tenant, dumped + timedelta(hours=3))
    moved = datetime.now(dumped.tzinfo)
    new = FilesystemBlobs(house.settings.home / "new")
    copy_blob(house.blobs, new, key)
    house = replace(house, blobs=WithFallback(new, house.blobs))
    sweep_from(house, tenant, moved - timedelta(hours=1), moved + timedelta(hours=1))
    sweep(house, tenant, moved + 2 * DAY)
    assert [found.key for found in new.keys(f"{tenant}/original/")] == [key]


def test_the_moment_of_an_id_counts_only_where_it_is_earlier_and_the_id_bears_one() -> None:
    at = Clock()()
    assert came_at(id_of(at), at + DAY) == at
    assert came_at(id_of(at + DAY), at) == at
    assert came_at(UUID(int=0), at) == at


def test_a_sweep_that_takes_longer_than_the_pause_of_a_period_still_lets_originals_go(
    house: House, tenant: UUID
) -> None:
    """The database is seen at work by the beat, however seldom a sweep comes to its end."""
    begin = house.clock()
    key = leave(house, tenant, begin + timedelta(minutes=30))
    for minute in range(120):
        beat(house, begin + timedelta(minutes=minute))
    sweep(house, tenant, begin + 2 * DAY)
    assert not lies_there(house, key)


@dataclass
class Endless:
    """A store whose listing never ends."""

    store: BlobStore
    tenant: UUID
    listing: threading.Event

    def keys(self, _prefix: str) -> Iterator[Listed]:
        self.listing.set()
        for _ in count():
            time.sleep(0.001)
            yield Listed(blob_key(self.tenant, BlobClass.ORIGINAL, uuid7()), 1, Clock()())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_a_stop_ends_a_worker_in_the_midst_of_a_long_sweep(house: House, tenant: UUID) -> None:
    listing = threading.Event()
    endless = replace(house, blobs=Endless(house.blobs, tenant, listing))
    told = threading.Thread(target=lambda: listing.wait(20) and os.kill(os.getpid(), signal.SIGTERM))
    with wiring.pipeline(house.settings, 1) as pipeline:
        told.start()
        begun = time.monotonic()
        asyncio.run(Worker(endless, pipeline, 1).run())
    told.join()
    assert listing.is_set()
    assert time.monotonic() - begun < 15


def test_what_is_broken_in_one_tenant_holds_up_the_sweep_of_no_other(house: House, tenant: UUID) -> None:
    """Not even its own: the index of the first tenant is gone for good, and so is the folder to build it in."""
    others = [tenant, found_tenant(house, "nachbarkreis", "Jobcenter Nachbarkreis")]
    keys = [leave(house, each, house.clock() - 2 * DAY, BlobClass.DERIVED) for each in others]
    house.indexes.close()
    house.settings.index_folder.rename(house.settings.home / "lost")
    house.settings.index_folder.touch()
    with wiring.pipeline(house.settings, 1) as pipeline:
        Worker(house, pipeline, 1).sweep()
    assert [lies_there(house, key) for key in keys] == [False, False]
