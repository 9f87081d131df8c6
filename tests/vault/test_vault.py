"""Bytes into the vault and back, over the real filesystem store."""

import asyncio
import hashlib
import io
import os
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobClass, KeyTaken, Missing, StoreFull, blob_key
from eakte.vault import Damaged, SealedBlob, Stored, Vault
from eakte.vault.keys import DataKey, KeyDestroyed, create_master_key
from eakte.vault.store import BlobWriter
from eakte.vault.upload import Segments, UploadTooLarge
from eakte.web.forms import BadForm, Form, receive
from tests.blobs.fake import FakeBlobs
from tests.vault.standalone_reader import unseal

MIB = 1 << 20


class House:
    """A tenant with a data key over files, and what lies there."""

    def __init__(self, folder: Path) -> None:
        create_master_key(folder / "master.key")
        self.master, self.root = folder / "master.key", folder / "blobs"
        self.blobs = FilesystemBlobs(self.root)
        self.vault, self.tenant = Vault(self.blobs, self.master), uuid4()
        self.vault.create_tenant(self.tenant)
        self.key: DataKey = self.vault.new_data_key(self.tenant, uuid4())

    def put(self, source: bytes, blob_id: UUID | None = None, segment: int = MIB) -> SealedBlob:
        stored = self.vault.put(self.tenant, BlobClass.DERIVED, self.key.id, source, blob_id or uuid4(), segment)
        return self.ref(stored, BlobClass.DERIVED)

    def ref(self, stored: Stored, blob_class: BlobClass) -> SealedBlob:
        return SealedBlob(self.tenant, blob_class, stored.blob_id, self.key.id, stored.sealed_bytes, stored.bytes)

    def read(self, ref: SealedBlob, start: int = 0, stop: int | None = None) -> bytes:
        return b"".join(self.vault.open(ref, start, stop))

    def left(self) -> list[str]:
        """Everything but keys that lies in the store, unfinished things included."""
        return [str(path) for path in self.root.rglob("*") if path.is_file() and "keys" not in path.parts]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 3])
def test_bytes_a_stream_and_a_file_are_stored_alike(house: House, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "source").write_bytes(data)
    for source in (data, io.BytesIO(data), tmp_path / "source"):
        stored = house.vault.put(house.tenant, BlobClass.ORIGINAL, house.key.id, source, uuid4())
        assert (stored.sha256, stored.bytes) == (hashlib.sha256(data).hexdigest(), size)
        ref = house.ref(stored, BlobClass.ORIGINAL)
        assert house.read(ref) == data
        assert house.read(ref, size // 2, size // 2 + 100) == data[size // 2 : size // 2 + 100]
        assert house.blobs.size(blob_key(house.tenant, BlobClass.ORIGINAL, stored.blob_id)) == stored.sealed_bytes


def test_a_stream_that_gives_less_than_asked_is_stored_whole(house: House) -> None:
    class Drip(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    stored = house.vault.put(house.tenant, BlobClass.SCRATCH, house.key.id, Drip(bytes(150_000)), uuid4(), 64 << 10)
    assert house.read(house.ref(stored, BlobClass.SCRATCH)) == bytes(150_000)


def test_what_lies_in_the_store_is_what_the_page_describes_and_shows_no_plaintext(house: House) -> None:
    ref = house.put(b"Mietvertrag " * 20_000, segment=64 << 10)
    (path,) = house.left()
    sealed = Path(path).read_bytes()
    assert unseal(sealed, house.key.secret, ref.blob_id) == b"Mietvertrag " * 20_000
    assert b"Mietvertrag" not in sealed


def test_the_same_id_again_is_refused_and_the_first_bytes_can_be_told_from_others(house: House) -> None:
    blob_id, data = uuid4(), os.urandom(3 * MIB)
    first = house.put(data, blob_id)
    with pytest.raises(KeyTaken):
        house.put(b"other", blob_id)
    assert house.read(first) == data
    there = house.vault.stored(house.tenant, BlobClass.DERIVED, house.key.id, blob_id)
    assert there == Stored(blob_id, hashlib.sha256(data).hexdigest(), len(data), first.sealed_bytes)
    assert len(house.left()) == 1


def test_exchanged_cut_and_lengthened_files_are_refused(house: House) -> None:
    one, other = house.put(b"a" * 3 * MIB), house.put(b"b" * 3 * MIB)
    paths = {ref: next(house.root.rglob(str(ref.blob_id))) for ref in (one, other)}
    good = paths[one].read_bytes()
    changed = good[:-1] + bytes([good[-1] ^ 1])
    for bad in (paths[other].read_bytes(), good[:-1], good[: 64 + MIB + 16], good + b"x", changed, b""):
        paths[one].write_bytes(bad)
        with pytest.raises(Damaged) as damaged:
            house.read(one)
        assert damaged.value.status == 500
    paths[one].unlink()
    with pytest.raises(Missing):
        house.vault.open(one)


def test_what_a_destroyed_key_sealed_cannot_be_opened(house: House) -> None:
    ref = house.put(b"x")
    house.vault.destroy_data_key(house.tenant, house.key.id)
    with pytest.raises(KeyDestroyed):
        house.vault.open(ref)


def test_values_open_for_their_tenant_and_purpose_only(house: House) -> None:
    sealed = house.vault.seal_value(house.tenant, "pdf-password", b"geheim")
    assert house.vault.open_value(house.tenant, "pdf-password", sealed) == b"geheim"
    other = uuid4()
    house.vault.create_tenant(other)
    for tenant, purpose in ((house.tenant, "other"), (other, "pdf-password")):
        with pytest.raises(Damaged):
            house.vault.open_value(tenant, purpose, sealed)


def test_deleted_bytes_are_gone_and_keys_are_not_deleted_like_bytes(house: House) -> None:
    ref = house.put(b"x")
    house.vault.delete(house.tenant, BlobClass.DERIVED, ref.blob_id)
    house.vault.delete(house.tenant, BlobClass.DERIVED, ref.blob_id)
    assert house.left() == []
    with pytest.raises(ValueError, match="destroyed"):
        house.vault.delete(house.tenant, BlobClass.KEYS, house.key.id)


def test_a_full_store_leaves_nothing(tmp_path: Path) -> None:
    create_master_key(tmp_path / "master.key")
    blobs = FakeBlobs()
    vault, tenant = Vault(blobs, tmp_path / "master.key"), uuid4()
    vault.create_tenant(tenant)
    key = vault.new_data_key(tenant, uuid4())
    blobs.room = MIB
    with pytest.raises(StoreFull):
        vault.put(tenant, BlobClass.ORIGINAL, key.id, bytes(3 * MIB), uuid4())
    assert blobs.unfinished == {}
    assert all("/keys/" in name for name in blobs.objects)


# The upload: a body from the loop into the vault

BODY_HEAD = b'--grenze\r\nContent-Disposition: form-data; name="file"; filename="../../x"\r\n\r\n'
BODY_END = b'\r\n--grenze\r\nContent-Disposition: form-data; name="title"\r\n\r\nMiete\r\n--grenze--\r\n'


async def chunks(data: bytes, size: int = 250_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]
        await asyncio.sleep(0)


def upload(house: House, body: AsyncIterator[bytes], limit: int = 1 << 30, writer: BlobWriter | None = None) -> Stored:
    writer = writer or house.vault.writer(house.tenant, BlobClass.ORIGINAL, house.key, uuid4())
    form = Form("multipart/form-data; boundary=grenze")

    async def run() -> Stored:
        with ThreadPoolExecutor(4) as pool:
            stored = await receive(body, form, Segments(writer, pool, limit))
        assert form.fields == {"title": "Miete"}
        assert form.filename == "x"
        return stored

    return asyncio.run(run())


@pytest.mark.parametrize("size", [0, 1, 200_000, MIB, MIB + 1, 4 * MIB, 7 * MIB + 5])
@pytest.mark.parametrize("chunk", [100_000, 3 * MIB])
def test_an_uploaded_file_comes_back_byte_for_byte(house: House, size: int, chunk: int) -> None:
    data = os.urandom(size)
    stored = upload(house, chunks(BODY_HEAD + data + BODY_END, chunk))
    assert (stored.bytes, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert house.read(house.ref(stored, BlobClass.ORIGINAL)) == data


@pytest.mark.parametrize("size", [10, 3 * MIB])
def test_a_body_that_ends_early_leaves_nothing(house: House, size: int) -> None:
    with pytest.raises(BadForm):
        upload(house, chunks(BODY_HEAD + bytes(size)))
    assert house.left() == []


@pytest.mark.parametrize("limit", [10, 2 * MIB])
def test_a_file_over_the_limit_is_refused_as_413_and_leaves_nothing(house: House, limit: int) -> None:
    with pytest.raises(UploadTooLarge) as refused:
        upload(house, chunks(BODY_HEAD + bytes(limit + 1) + BODY_END), limit)
    assert refused.value.status == 413
    assert house.left() == []
    assert upload(house, chunks(BODY_HEAD + bytes(limit) + BODY_END), limit).bytes == limit


def test_a_taken_key_is_told_and_its_bytes_stay(house: House) -> None:
    stored = upload(house, chunks(BODY_HEAD + b"first" + BODY_END))
    again = house.vault.writer(house.tenant, BlobClass.ORIGINAL, house.key, stored.blob_id)
    with pytest.raises(KeyTaken):
        upload(house, chunks(BODY_HEAD + b"second" + BODY_END), writer=again)
    assert house.read(house.ref(stored, BlobClass.ORIGINAL)) == b"first"


class SlowWriter(BlobWriter):
    """Stops before the end of its last write until it is told to go on."""

    def __init__(self, house: House) -> None:
        super().__init__(house.blobs, blob_key(house.tenant, BlobClass.ORIGINAL, uuid4()), house.key, uuid4(), MIB)
        self.inside, self.go_on = threading.Event(), threading.Event()

    def finish(self, plain: bytes | bytearray | memoryview) -> Stored:
        self.inside.set()
        self.go_on.wait(10)
        return super().finish(plain)


def test_a_request_cancelled_while_the_last_bytes_are_written_leaves_nothing(house: House) -> None:
    writer = SlowWriter(house)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            segments = Segments(writer, pool, 1 << 30)
            body = chunks(BODY_HEAD + bytes(3 * MIB) + BODY_END)
            task = asyncio.create_task(receive(body, Form("multipart/form-data; boundary=grenze"), segments))
            await loop.run_in_executor(None, writer.inside.wait, 10)
            task.cancel()
            await asyncio.sleep(0.01)
            task.cancel()  # impatient, as a server that shuts down
            writer.go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert house.left() == []


def test_a_request_cancelled_midway_leaves_nothing(house: House) -> None:
    async def run() -> None:
        async def endless() -> AsyncIterator[bytes]:
            yield BODY_HEAD
            for _ in range(30):
                yield bytes(100_000)
            started.set()
            await asyncio.sleep(10)

        started = asyncio.Event()
        with ThreadPoolExecutor(2) as pool:
            writer = house.vault.writer(house.tenant, BlobClass.ORIGINAL, house.key, uuid4())
            form = Form("multipart/form-data; boundary=grenze")
            task = asyncio.create_task(receive(endless(), form, Segments(writer, pool, 1 << 30)))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert house.left() == []


def test_after_the_end_abort_takes_nothing_away(house: House) -> None:
    async def run() -> Stored:
        with ThreadPoolExecutor(1) as pool:
            writer = house.vault.writer(house.tenant, BlobClass.ORIGINAL, house.key, uuid4())
            segments = Segments(writer, pool, 100)
            await segments.add(b"kept")
            stored = await segments.finish()
            await segments.abort()
            return stored

    assert house.read(house.ref(asyncio.run(run()), BlobClass.ORIGINAL)) == b"kept"
