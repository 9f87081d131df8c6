"""What every blob store promises, over each of them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.blobs.fallback import WithFallback
from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobClass, BlobStore, KeyTaken, Missing, StoreFull, blob_key
from eakte.blobs.s3 import S3Blobs
from tests.blobs.fake import FakeBlobs
from tests.buckets import empty_bucket

LOCAL: dict[str, Callable[[Path], BlobStore]] = {
    "filesystem": lambda folder: FilesystemBlobs(folder / "blobs"),
    "fake": lambda _: FakeBlobs(),
    "moving": lambda folder: WithFallback(FilesystemBlobs(folder / "new"), FilesystemBlobs(folder / "old")),
}
S3 = ["seaweedfs-plain", "seaweedfs-locked", "minio-plain", "minio-locked"]
LARGE = 9 << 20  # more than one part in S3


@pytest.fixture(params=[*LOCAL, *S3])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param in LOCAL:
        return LOCAL[request.param](tmp_path)
    server, _, kind = request.param.partition("-")
    bucket = empty_bucket(request.getfixturevalue(server), f"contract-{kind}", locked=kind == "locked")
    return bucket.blobs()


def fresh_key(tenant: UUID | None = None, blob_class: BlobClass = BlobClass.ORIGINAL) -> str:
    return blob_key(tenant or uuid4(), blob_class, uuid4())


def put(store: BlobStore, key: str, data: bytes) -> None:
    sink = store.sink(key)
    sink.write(data)
    sink.commit()


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 40_000, bytes(8 << 20), bytes(range(256)) * 90_000])
def test_what_was_written_in_pieces_is_read_back(store: BlobStore, data: bytes) -> None:
    key = fresh_key()
    sink = store.sink(key)
    buffer = bytearray(70_000)
    for at in range(0, len(data), len(buffer)):  # one buffer used again and again, as the vault does
        piece = data[at : at + len(buffer)]
        buffer[: len(piece)] = piece
        sink.write(memoryview(buffer)[: len(piece)])
    sink.commit()
    assert store.read(key, 0, len(data) + 1) == data
    assert store.size(key) == len(data)


@pytest.mark.parametrize(("offset", "length"), [(0, 3), (3, 4), (8, 2), (9, 99), (10, 1), (99, 1), (4, 0)])
def test_a_range_is_cut_short_only_at_the_end(store: BlobStore, offset: int, length: int) -> None:
    key, data = fresh_key(), b"0123456789"
    put(store, key, data)
    assert store.read(key, offset, length) == data[offset : offset + length]


@pytest.mark.parametrize("size", [1, LARGE])
def test_nothing_is_overwritten(store: BlobStore, size: int) -> None:
    key = fresh_key()
    put(store, key, b"1" * size)
    with pytest.raises(KeyTaken):
        put(store, key, b"2" * size)
    assert store.read(key, 0, 2 * size) == b"1" * size
    assert store.clear_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 0


def test_of_twenty_writers_at_once_exactly_one_wins_and_its_bytes_stay(store: BlobStore) -> None:
    for _ in range(1 if isinstance(store, S3Blobs) else 5):  # SeaweedFS lets losers wait for seconds
        key, barrier = fresh_key(), threading.Barrier(20)
        with ThreadPoolExecutor(20) as pool:
            won = list(pool.map(lambda number: _try_to_write(store, key, number, barrier), range(20)))  # noqa: B023
        assert sum(won) == 1
        assert store.read(key, 0, 1 << 20) == bytes([won.index(True)]) * 100_000
        assert [listed.key for listed in store.keys(key.rpartition("/")[0] + "/")] == [key]
    assert store.clear_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 0


def _try_to_write(store: BlobStore, key: str, number: int, barrier: threading.Barrier) -> bool:
    sink = store.sink(key)
    sink.write(bytes([number]) * 100_000)
    barrier.wait()
    try:
        sink.commit()
    except KeyTaken:
        return False
    return True


def test_what_is_not_committed_is_not_there(store: BlobStore) -> None:
    key = fresh_key()
    sink = store.sink(key)
    sink.write(b"half")
    with pytest.raises(Missing):
        store.read(key, 0, 1)
    assert list(store.keys("")) == []
    sink.abort()
    sink.abort()
    with pytest.raises(Missing):
        store.size(key)


def test_abort_after_commit_takes_nothing_away(store: BlobStore) -> None:
    key = fresh_key()
    sink = store.sink(key)
    sink.write(b"whole")
    sink.commit()
    sink.abort()
    assert store.read(key, 0, 9) == b"whole"


def test_what_an_unfinished_writer_left_is_cleared_when_it_is_old(store: BlobStore) -> None:
    store.sink(fresh_key()).write(bytes(LARGE))
    assert store.clear_unfinished(datetime.now(UTC) - timedelta(days=1)) == 0
    assert store.clear_unfinished(datetime.now(UTC) + timedelta(seconds=5)) == 1
    assert store.clear_unfinished(datetime.now(UTC) + timedelta(seconds=5)) == 0


def test_what_is_aborted_leaves_nothing(store: BlobStore) -> None:
    sink = store.sink(fresh_key())
    sink.write(bytes(2 * LARGE))
    sink.abort()
    assert store.clear_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 0
    assert list(store.keys("")) == []


def test_deleted_is_gone_and_deleting_again_is_no_error(store: BlobStore) -> None:
    key = fresh_key()
    store.delete(key)
    put(store, key, b"x")
    store.delete(key)
    store.delete(key)
    with pytest.raises(Missing):
        store.read(key, 0, 1)
    put(store, key, b"again")


def test_a_listing_shows_what_lies_under_its_prefix_and_nothing_else(store: BlobStore) -> None:
    one, other = uuid4(), uuid4()
    original, derived = fresh_key(one), fresh_key(one, BlobClass.DERIVED)
    for key in (original, derived, fresh_key(other)):
        put(store, key, b"four")
    assert {listed.key for listed in store.keys(f"{one}/")} == {original, derived}
    (listed,) = store.keys(f"{one}/derived/")
    assert (listed.key, listed.bytes) == (derived, 4)
    assert abs(listed.modified - datetime.now(UTC)) < timedelta(minutes=1)
    assert len(list(store.keys(""))) == 3
    assert list(store.keys(f"{uuid4()}/")) == []


GOOD = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
BAD_KEYS = [
    "", "x", "../../etc/passwd", f"{GOOD}/original/../x", f"{GOOD}/original/{GOOD}/", f"/{GOOD}/original/{GOOD}",
    f"{GOOD}/Original/{GOOD}", f"{GOOD}/other/{GOOD}", f"{GOOD.upper()}x/original/{GOOD}", f"{GOOD}/original/{GOOD}\n",
    f"{GOOD}/original/{GOOD.replace('-', '')}", f"{GOOD}\\original\\{GOOD}",
]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_only_keys_of_the_one_form_are_taken(store: BlobStore, key: str) -> None:
    for ask in (store.sink, store.size, store.delete, lambda key: store.read(key, 0, 1)):
        with pytest.raises(ValueError, match="no blob key"):
            ask(key)


@pytest.mark.parametrize("prefix", ["x", GOOD, f"{GOOD}/original", f"{GOOD}/other/", "../", "/"])
def test_only_whole_leading_parts_are_listed(store: BlobStore, prefix: str) -> None:
    with pytest.raises(ValueError, match="no prefix"):
        list(store.keys(prefix))


def test_a_store_that_works_says_so(store: BlobStore) -> None:
    store.check()
    free = store.free_bytes()
    assert free is None or free > 0


def test_the_fake_can_be_full() -> None:
    store = FakeBlobs(room=3)
    with pytest.raises(StoreFull):
        store.sink(fresh_key()).write(b"four")
