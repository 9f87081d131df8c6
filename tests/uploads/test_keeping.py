"""What lies in rows and store while an upload is on its way, after crashes, and when its time is over."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.access.model import Principal
from eakte.blobs.port import BlobClass, blob_key
from eakte.errors import NotFound
from eakte.intake.upload import Uploads
from eakte.uploads import acts
from eakte.uploads.arriving import Body, Cut
from eakte.uploads.finishing import Finishing
from eakte.uploads.model import MOST_SMALL, OffsetDiffers, Upload
from eakte.uploads.tables import uploads
from eakte.vault import Vault
from eakte.vault.keys import create_master_key
from tests.blobs.fake import FakeBlobs
from tests.rooms import Tenant, found, open_database

DATA = b"II*\x00" + bytes(range(250)) * 4


@dataclass
class Desk:
    """One tenant's uploads into a store that can be looked at."""

    tenant: Tenant
    owner: Principal
    blobs: FakeBlobs
    uploads: Uploads

    def begin(self, length: int = len(DATA)) -> Upload:
        with self.tenant.database.unit(self.tenant.id) as unit:
            return acts.begin(unit, self.tenant.moment(self.owner.id), self.owner, length, "", None)

    def send(self, upload: Upload, *chunks: bytes, cut: bool = False) -> Any:
        async def pieces() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk
            if cut:
                raise Cut

        body = Body(self.uploads, self.tenant.database, self.tenant.moment(self.owner.id), upload)
        return asyncio.run(body.receive(pieces()))

    def now(self, upload: Upload) -> Upload:
        with self.tenant.database.look(self.tenant.id) as unit:
            return acts.find(unit, self.owner.id, upload.id, self.tenant.clock())

    def parts(self, upload: Upload) -> list[int]:
        with self.tenant.database.look(self.tenant.id) as unit:
            return [part.bytes for part in acts.parts(unit, upload.id)]

    def finishing(self) -> Finishing:
        return Finishing(self.tenant.database, self.uploads.vault, self.tenant.moment(self.owner.id), self.owner)

    def stored(self, blob_class: BlobClass) -> set[str]:
        return {key for key in self.blobs.objects if f"/{blob_class}/" in key}


@pytest.fixture
def desk(database: Any, tmp_path: Path) -> Iterator[Desk]:
    opened = open_database(database)
    tenant = found(opened, database)
    with opened.unit(tenant.id) as unit:
        token = access.create_key(unit, tenant.moment(), "zentrum", ["scanner"], [])
        owner = access.principal(unit, token.id)
    assert owner is not None
    create_master_key(tmp_path / "master.key")
    blobs = FakeBlobs()
    vault = Vault(blobs, tmp_path / "master.key")
    vault.create_tenant(tenant.id)
    with ThreadPoolExecutor(4) as pool:
        yield Desk(tenant, owner, blobs, Uploads(vault, blobs, pool, limit=1 << 22, free_space_min=1))
    opened.close()


def test_what_arrived_of_a_cut_request_is_durable_under_the_future_files_key(desk: Desk) -> None:
    upload = desk.begin()
    with pytest.raises(Cut):
        desk.send(upload, DATA[:100], DATA[100:333], cut=True)
    assert (desk.now(upload).arrived, desk.parts(upload)) == (333, [333])
    assert blob_key(desk.tenant.id, BlobClass.KEYS, upload.id) in desk.blobs.objects


def test_a_part_that_comes_second_is_refused_and_leaves_nothing(desk: Desk) -> None:
    upload = desk.begin()
    desk.send(upload, DATA[:100])
    before = desk.stored(BlobClass.SCRATCH)
    with pytest.raises(OffsetDiffers):
        desk.send(upload, DATA[:100])
    assert desk.stored(BlobClass.SCRATCH) == before


def test_a_crash_behind_the_last_byte_is_mended_by_whoever_comes_next_and_makes_one_document(desk: Desk) -> None:
    upload = desk.begin()
    desk.send(upload, DATA[:500])
    desk.send(desk.now(upload), DATA[500:])  # and here the process was killed
    assert desk.now(upload).whole
    done = desk.finishing().finish(desk.now(upload))
    again = desk.finishing().finish(desk.now(upload))
    assert done.result is not None
    assert again.result == done.result
    assert (len(desk.stored(BlobClass.ORIGINAL)), desk.stored(BlobClass.SCRATCH), desk.parts(upload)) == (1, set(), [])


def test_two_that_finish_one_upload_make_one_document(desk: Desk) -> None:
    upload = desk.begin()
    desk.send(upload, DATA[:500])
    desk.send(desk.now(upload), DATA[500:])
    whole = desk.now(upload)
    results = {str(desk.finishing().finish(whole).result) for _ in range(2)}  # the second has not seen the first
    assert len(results) == 1
    with desk.tenant.database.look(desk.tenant.id) as unit:
        assert acts.known_uploads(unit, [upload.id]) == {upload.id}


def test_many_small_parts_become_one(desk: Desk) -> None:
    upload = desk.begin()
    for at in range(MOST_SMALL + 2):
        desk.send(desk.now(upload), DATA[at : at + 1])
    assert desk.parts(upload) == [MOST_SMALL + 1, 1]
    assert len(desk.stored(BlobClass.SCRATCH)) == 2
    desk.send(desk.now(upload), DATA[MOST_SMALL + 2 :])
    result = desk.finishing().finish(desk.now(upload)).result
    assert result is not None
    assert result["body"]["bytes"] == len(DATA)


def test_an_upload_that_is_not_finished_in_seven_days_goes_with_its_parts(desk: Desk) -> None:
    upload, finished = desk.begin(), desk.begin()
    desk.send(upload, DATA[:100])
    desk.finishing().finish(finished, DATA)
    desk.tenant.clock.pass_by(days=7)
    with pytest.raises(NotFound):
        desk.now(upload)
    with desk.tenant.database.unit(desk.tenant.id) as unit:
        needless = acts.forget_expired(unit, desk.tenant.clock(), uuid7)
        assert acts.known_uploads(unit, [upload.id, finished.id]) == set()
    assert {blob_key(desk.tenant.id, BlobClass.SCRATCH, each.blob_id) for each in needless} == desk.stored(
        BlobClass.SCRATCH
    )


def test_a_sweep_forgets_as_many_uploads_as_a_centre_sends_meanwhile(desk: Desk) -> None:
    for _ in range(150):
        desk.begin()
    desk.tenant.clock.pass_by(days=7)
    with desk.tenant.database.unit(desk.tenant.id) as unit:
        acts.forget_expired(unit, desk.tenant.clock(), uuid7)
        left = unit.run(select(func.count()).select_from(uploads)).scalar_one()
    assert left == 0


def test_a_stranger_finds_no_upload_and_asks_nobody_to_let_go(desk: Desk) -> None:
    upload, stranger = desk.begin(), UUID(int=1)
    with desk.tenant.database.unit(desk.tenant.id) as unit:
        with pytest.raises(NotFound):
            acts.find(unit, stranger, upload.id, desk.tenant.clock())
        acts.ask_for(unit, stranger, upload.id)
        assert acts.asked_for(unit, upload.id) == 0
        assert acts.asked_for(unit, uuid4()) is None
