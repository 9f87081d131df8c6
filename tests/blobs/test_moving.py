"""What holds while a house moves from one store to another."""

import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.blobs.copying import CopyDiffers, copy_blob
from eakte.blobs.fallback import WithFallback
from eakte.blobs.port import BlobClass, BlobStore, KeyTaken, Listed, Missing, blob_key
from eakte.commands.copied import AlreadyCopying, Notes
from eakte.commands.copy_blobs import Copier
from tests.blobs.fake import FakeBlobs

TENANT = uuid4()


def fresh_key(blob_class: BlobClass = BlobClass.ORIGINAL) -> str:
    return blob_key(TENANT, blob_class, uuid4())


def put(store: BlobStore, key: str, data: bytes) -> None:
    sink = store.sink(key)
    sink.write(data)
    sink.commit()


def test_reads_fall_back_and_writes_go_to_the_new_store() -> None:
    new, old = FakeBlobs(), FakeBlobs()
    store, before, after = WithFallback(new, old), fresh_key(), fresh_key()
    put(old, before, b"old")
    put(store, after, b"new")
    assert (store.read(before, 0, 9), store.size(before), store.read(after, 0, 9)) == (b"old", 3, b"new")
    assert (set(new.objects), set(old.objects)) == ({after}, {before})
    assert {listed.key for listed in store.keys("")} == {before, after}
    with pytest.raises(Missing):
        store.read(fresh_key(), 0, 1)


def test_a_key_of_the_old_store_gets_no_other_bytes_in_the_new_one() -> None:
    new, old = FakeBlobs(), FakeBlobs()
    key = fresh_key(BlobClass.KEYS)
    put(old, key, b"the tenant's key")
    with pytest.raises(KeyTaken):
        put(WithFallback(new, old), key, b"another key")
    assert new.objects == {}
    assert new.unfinished == {}


def test_what_is_deleted_is_gone_from_both_and_not_copied_again() -> None:
    new, old = FakeBlobs(), FakeBlobs()
    key = fresh_key(BlobClass.KEYS)
    put(old, key, b"secret")
    assert copy_blob(old, new, key) == 6
    WithFallback(new, old).delete(key)
    assert copy_blob(old, new, key) is None
    assert (new.objects, old.objects) == ({}, {})


class DeletedWhileCopied(FakeBlobs):
    """Deletes from the old store, as `WithFallback` begins to, at the moment the copy is written."""

    def __init__(self, old: FakeBlobs) -> None:
        super().__init__()
        self.old = old

    def size(self, key: str) -> int:
        self.old.delete(key)
        return super().size(key)


def test_a_deletion_during_the_copy_wins() -> None:
    old = FakeBlobs()
    new, key = DeletedWhileCopied(old), fresh_key()
    put(old, key, b"x")
    assert copy_blob(old, new, key) is None
    assert new.objects == {}


def test_deletions_racing_copies_leave_nothing() -> None:
    new, old = FakeBlobs(), FakeBlobs()
    store, keys = WithFallback(new, old), [fresh_key() for _ in range(300)]
    for key in keys:
        put(old, key, b"x")
    barrier = threading.Barrier(2)

    def copy() -> None:
        barrier.wait()
        for key in keys:
            copy_blob(old, new, key)

    def delete() -> None:
        barrier.wait()
        for key in keys:
            store.delete(key)

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(copy), pool.submit(delete)]:
            running.result()
    assert (new.objects, old.objects) == ({}, {})


def test_bytes_that_differ_are_found_and_left_alone() -> None:
    new, old = FakeBlobs(), FakeBlobs()
    key = fresh_key()
    put(old, key, b"right")
    put(new, key, b"wrong")
    with pytest.raises(CopyDiffers, match=key):
        copy_blob(old, new, key)
    assert (new.read(key, 0, 9), old.read(key, 0, 9)) == (b"wrong", b"right")


@pytest.mark.parametrize("size", [0, 1, (4 << 20), (4 << 20) + 1])
def test_objects_of_any_size_are_copied(size: int) -> None:
    new, old = FakeBlobs(), FakeBlobs()
    key = fresh_key()
    put(old, key, bytes(size))
    assert copy_blob(old, new, key) == size
    assert new.objects[key][0] == bytes(size)


@contextmanager
def copier(old: BlobStore, new: BlobStore, folder: Path, classes: set[BlobClass]) -> Iterator[Copier]:
    with ThreadPoolExecutor(2) as pool, closing(Notes(folder / "notes.db")) as notes:
        yield Copier(old, new, pool, notes, classes)


def test_a_copy_begun_again_passes_over_what_was_proved_and_still_lies_there(tmp_path: Path) -> None:
    new, old = FakeBlobs(), FakeBlobs()
    keys = [fresh_key() for _ in range(5)]
    for key in keys:
        put(old, key, b"x")
    for _ in range(2):
        old.reads.clear()
        with copier(old, new, tmp_path, set(BlobClass)) as copying:
            copying.copy_all(TENANT)
        assert set(new.objects) == set(keys)
        lost = new.objects.pop(keys[0])
    assert {key for key, _, _ in old.reads} == {keys[0]}
    assert lost


def test_two_copies_into_one_store_are_one_too_many(tmp_path: Path) -> None:
    with closing(Notes(tmp_path / "notes.db")), pytest.raises(AlreadyCopying):
        Notes(tmp_path / "notes.db")


class Listing(FakeBlobs):
    """Lists so many objects that nobody holds."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def keys(self, prefix: str) -> Iterator[Listed]:
        for number in range(self.count if prefix.endswith("/original/") else 0):
            yield Listed(f"{prefix}{UUID(int=number)}", 1, datetime.now(UTC))


def test_a_copy_holds_no_list_of_all_objects(tmp_path: Path) -> None:
    count = 60_000
    proved = [listed.key for listed in Listing(count).keys(f"{TENANT}/original/")]
    with closing(Notes(tmp_path / "notes.db")) as notes:
        notes.proved.add(proved)
    del proved
    tracemalloc.start()
    with copier(Listing(count), Listing(count), tmp_path, set(BlobClass)) as copying:
        copying.copy_all(TENANT)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert copying.progress.done == count
    assert most < 2 << 20
