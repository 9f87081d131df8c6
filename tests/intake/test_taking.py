"""Bytes and key of an upload: both durable when it is taken, neither left when it is refused."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.blobs.port import BlobClass, blob_key
from eakte.intake.acts import Received
from eakte.intake.upload import Bounds, ManyUploads, Uploads, UploadTooSlow, document_of
from eakte.sweep import KEPT_WITHOUT_ROW
from eakte.vault import Vault
from eakte.vault.keys import create_master_key
from eakte.web.forms import BadForm, Form
from tests.blobs.fake import FakeBlobs

TYPE = "multipart/form-data; boundary=grenze"
HEAD = b'--grenze\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
END = b"\r\n--grenze--\r\n"
USUAL = Bounds()


async def body(*chunks: bytes, pause: float = 0) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(pause)


class Desk:
    """Uploads of one tenant into a store that can be looked at."""

    def __init__(self, folder: Path) -> None:
        create_master_key(folder / "master.key")
        self.blobs, self.tenant = FakeBlobs(), uuid4()
        self.vault = Vault(self.blobs, folder / "master.key")
        self.vault.create_tenant(self.tenant)
        self.before = set(self.blobs.objects)

    @contextmanager
    def uploads(self, bounds: Bounds) -> Iterator[Uploads]:
        with ThreadPoolExecutor(4) as pool:  # its end waits for whatever clears up behind the answer
            yield Uploads(self.vault, self.blobs, pool, limit=1 << 22, free_space_min=1, bounds=bounds)

    def take(self, ids: tuple[UUID, UUID], *chunks: bytes, bounds: Bounds = USUAL, pause: float = 0) -> Received:
        with self.uploads(bounds) as uploads:
            return asyncio.run(uploads.take(self.tenant, body(*chunks, pause=pause), Form(TYPE), ids, document_of))


def test_what_was_taken_opens_with_the_key_that_lies_in_the_store(tmp_path: Path) -> None:
    desk, ids = Desk(tmp_path), (uuid4(), uuid4())
    desk.take(ids, HEAD, b"%PDF-1.7", END)
    other = Vault(desk.blobs, tmp_path / "master.key")
    assert other.stored(desk.tenant, BlobClass.ORIGINAL, *ids).bytes == 8
    assert blob_key(desk.tenant, BlobClass.KEYS, ids[0]) in desk.blobs.objects


@pytest.mark.parametrize("chunks", [(HEAD, b"cut"), (b"no form",), (HEAD, bytes(1 << 21), b"cut")])
def test_a_refused_upload_leaves_neither_bytes_nor_key(tmp_path: Path, chunks: tuple[bytes, ...]) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(BadForm):
        desk.take((uuid4(), uuid4()), *chunks)
    assert set(desk.blobs.objects) == desk.before


@pytest.mark.parametrize(("bounds", "pause"), [(Bounds(idle=0.1), 0.4), (Bounds(whole=0.5), 0.05)])
def test_a_body_that_pauses_or_dribbles_too_long_ends_and_leaves_nothing(
    tmp_path: Path, bounds: Bounds, pause: float
) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(UploadTooSlow) as slow:
        desk.take((uuid4(), uuid4()), HEAD, *[b"drop"] * 40, END, bounds=bounds, pause=pause)
    assert slow.value.status == 408
    assert set(desk.blobs.objects) == desk.before
    assert desk.blobs.unfinished == {}


def test_no_body_lasts_until_the_sweep_takes_its_key() -> None:
    assert USUAL.whole < KEPT_WITHOUT_ROW.total_seconds() / 2


def test_more_uploads_than_may_be_open_wait_a_little_then_are_told_to_come_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    async def send(bounds: Bounds, uploads: Uploads) -> list[Received | BaseException]:
        takes = [
            uploads.take(
                desk.tenant, body(HEAD, b"%PDF-1.7", END, pause=0.2), Form(TYPE), (uuid4(), uuid4()), document_of
            )
            for _ in range(2 * bounds.at_once)
        ]
        return await asyncio.gather(*takes, return_exceptions=True)

    for waiting, refused in ((0.1, 3), (10, 0)):
        bounds = Bounds(at_once=3, waiting=waiting)
        with desk.uploads(bounds) as uploads:
            found = asyncio.run(send(bounds, uploads))
        busy = [each for each in found if isinstance(each, ManyUploads)]
        assert [(each.status, each.retry_after) for each in busy] == [(503, 5)] * refused
        assert sum(isinstance(each, Received) for each in found) == 6 - refused
