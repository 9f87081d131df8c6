"""Bytes and key of an upload: both durable when it is taken, neither left when it is refused."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.blobs.port import BlobClass, blob_key
from eakte.intake.acts import Received
from eakte.intake.upload import Uploads
from eakte.vault import Vault
from eakte.vault.keys import create_master_key
from eakte.web.forms import BadForm
from tests.blobs.fake import FakeBlobs

TYPE = "multipart/form-data; boundary=grenze"
HEAD = b'--grenze\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
END = b"\r\n--grenze--\r\n"


class Desk:
    """Uploads of one tenant into a store that can be looked at."""

    def __init__(self, folder: Path) -> None:
        create_master_key(folder / "master.key")
        self.blobs, self.tenant = FakeBlobs(), uuid4()
        self.vault = Vault(self.blobs, folder / "master.key")
        self.vault.create_tenant(self.tenant)
        self.before = set(self.blobs.objects)

    def take(self, ids: tuple[UUID, UUID], *chunks: bytes) -> Received:
        async def body() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        with ThreadPoolExecutor(4) as pool:  # its end waits for whatever clears up behind the answer
            uploads = Uploads(self.vault, self.blobs, pool, limit=1 << 22, free_space_min=1)
            return asyncio.run(uploads.take(self.tenant, body(), TYPE, ids))


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
