"""What the sweep takes away, and what it leaves although no row knows it."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from eakte import wiring
from eakte.blobs.port import BlobClass, blob_key
from eakte.commands.administration import found_tenant
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.sweep import sweep
from eakte.vault.keys import create_master_key
from eakte.wiring import House
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


def leave(house: House, tenant: UUID, at: datetime, blob_class: BlobClass = BlobClass.ORIGINAL) -> str:
    """Bytes that no row knows, as a killed upload leaves them."""
    key = blob_key(tenant, blob_class, uuid7())
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
    sweep(house, tenant, dumped)
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
