"""What only S3 can promise or break: lost and cut replies, keys, versions, locks, silence."""

import threading
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from minio.commonconfig import GOVERNANCE
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.versioningconfig import VersioningConfig

from eakte.blobs.port import BlobClass, KeyTaken, Missing, Sink, StoreFailed, blob_key
from eakte.blobs.s3 import PART, S3Blobs
from eakte.blobs.s3_bucket import BucketUnfit
from eakte.blobs.s3_client import BucketMissing, StoreDenied
from tests.buckets import RETENTION_DAYS, Bucket, empty_bucket
from tests.faults.refusing import Refusing
from tests.services.toxiproxy import Proxy

SERVERS = ["seaweedfs", "minio"]
ONE_IS_ENOUGH = pytest.mark.parametrize("server", SERVERS[:1], indirect=True)  # what counts is the way to the store


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> dict[str, str]:
    found: dict[str, str] = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bucket(server: dict[str, str]) -> Bucket:
    return empty_bucket(server, "only-s3")


@pytest.fixture
def locked(server: dict[str, str]) -> Bucket:
    return empty_bucket(server, "only-s3-locked", locked=True)


@pytest.fixture
def proxy(toxiproxy: str, server: dict[str, str]) -> Iterator[Proxy]:
    made = Proxy(toxiproxy, f"s3-{uuid.uuid4()}", server["S3_ADDRESS"])
    yield made
    made.close()


def fresh_key(blob_class: BlobClass = BlobClass.ORIGINAL) -> str:
    return blob_key(uuid.uuid4(), blob_class, uuid.uuid4())


def put(store: S3Blobs, key: str, data: bytes) -> None:
    sink = store.sink(key)
    try:
        sink.write(data)
        sink.commit()
    finally:
        sink.abort()


def unfinished(store: S3Blobs) -> int:
    return store.clear_unfinished(datetime.now(UTC) + timedelta(hours=1))


def after(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


@pytest.mark.parametrize("size", [100_000, PART + 1])
def test_a_write_whose_reply_is_lost_counts_as_done(bucket: Bucket, proxy: Proxy, size: int) -> None:
    store, key = bucket.blobs(proxy.address), fresh_key()
    sink = store.sink(key)
    sink.write(bytes(size))
    proxy.fault("timeout", timeout=1000)  # swallows replies, hangs up after a second
    mended = after(1.5, proxy.mend)
    sink.commit()
    mended.join()
    assert bucket.blobs().read(key, 0, size + 1) == bytes(size)
    assert unfinished(store) == 0


def test_a_write_whose_reply_is_lost_does_not_take_anothers_object_for_its_own(bucket: Bucket, proxy: Proxy) -> None:
    key = fresh_key()
    put(bucket.blobs(), key, b"theirs")
    sink = bucket.blobs(proxy.address).sink(key)
    sink.write(b"theirs")
    proxy.fault("timeout", timeout=500)
    mended = after(0.7, proxy.mend)
    with pytest.raises(KeyTaken):
        sink.commit()
    mended.join()


def test_a_reply_cut_in_the_middle_is_asked_for_again(bucket: Bucket, proxy: Proxy) -> None:
    key, data = fresh_key(), bytes(range(256)) * 8000
    put(bucket.blobs(), key, data)
    proxy.fault("limit_data", bytes=1_000_000)
    mended = after(0.5, proxy.mend)
    assert bucket.blobs(proxy.address).read(key, 0, len(data)) == data
    mended.join()


@pytest.mark.parametrize("size", [100_000, 3 * PART])
def test_a_write_cut_in_the_middle_is_sent_again(bucket: Bucket, proxy: Proxy, size: int) -> None:
    store, key = bucket.blobs(proxy.address), fresh_key()
    proxy.fault("limit_data", "upstream", bytes=size // 2)
    mended = after(0.7, proxy.mend)
    put(store, key, b"x" * size)
    mended.join()
    assert store.size(key) == size


@ONE_IS_ENOUGH
def test_a_store_away_for_seconds_is_waited_for(bucket: Bucket, proxy: Proxy) -> None:
    store, key = bucket.blobs(proxy.address), fresh_key()
    proxy.cut()
    mended = after(2, proxy.mend)
    put(store, key, b"x")
    mended.join()
    assert store.size(key) == 1


@ONE_IS_ENOUGH
def test_a_slow_store_is_waited_for(bucket: Bucket, proxy: Proxy) -> None:
    store, key = bucket.blobs(proxy.address), fresh_key()
    proxy.fault("latency", latency=700)
    put(store, key, b"x")
    assert store.read(key, 0, 9) == b"x"


@ONE_IS_ENOUGH
def test_many_uploads_hold_no_more_parts_and_threads_than_the_store_may(bucket: Bucket, proxy: Proxy) -> None:
    store = bucket.blobs(proxy.address)
    sinks = [store.sink(fresh_key()) for _ in range(12)]
    proxy.fault("latency", "upstream", latency=300)
    piece, before = bytes(PART), set(threading.enumerate())

    def send(sink: Sink) -> None:
        for _ in range(3):
            sink.write(piece)

    tracemalloc.start()
    with ThreadPoolExecutor(len(sinks)) as pool:
        list(pool.map(send, sinks))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(thread.name.startswith("s3-part") for thread in set(threading.enumerate()) - before) <= 16
    assert most < (len(sinks) + 16) * 1.125 * PART  # what is being filled grows a little ahead
    for sink in sinks:
        sink.abort()
    assert unfinished(store) == 0


@ONE_IS_ENOUGH
def test_a_silent_store_is_given_ten_seconds_then_one_and_leaves_nothing(bucket: Bucket, proxy: Proxy) -> None:
    store = bucket.blobs(proxy.address)
    sinks = [store.sink(fresh_key()) for _ in range(2)]
    sinks[0].write(bytes(PART + 1))
    sinks[0].write(bytes(PART))  # waits for no part, but both are on their way when it gets silent
    sinks[1].write(b"small")
    proxy.fault("timeout", "upstream", timeout=0)
    begun = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        for attempt in [pool.submit(sink.commit) for sink in sinks]:
            with pytest.raises(StoreFailed) as failed:
                attempt.result()
            assert (failed.value.status, failed.value.retry_after) == (503, 5)
    assert 9 < time.monotonic() - begun < 12
    begun = time.monotonic()
    with pytest.raises(StoreFailed):
        store.size(fresh_key())
    assert time.monotonic() - begun < 1.5
    proxy.mend()
    assert list(store.keys("")) == []
    assert unfinished(bucket.blobs()) <= 1  # what could not be aborted is swept
    put(store, fresh_key(), b"x")


def test_a_wrong_key_is_named(bucket: Bucket) -> None:
    for keys in ((bucket.keys[0], "wrong"), ("nobody", "wrong")):
        store = bucket.blobs(keys=keys)
        for act in (store.check, lambda: put(store, fresh_key(), b"x"), lambda: store.size(fresh_key())):  # noqa: B023
            with pytest.raises(StoreDenied):
                act()


def test_a_missing_bucket_is_named_and_no_object_is_called_missing(server: dict[str, str]) -> None:
    store = Bucket(server, "there-is-none").blobs()
    for act in (
        store.check,
        lambda: put(store, fresh_key(), b"x"),
        lambda: store.size(fresh_key()),
        lambda: store.read(fresh_key(), 0, 1),
        lambda: list(store.keys("")),
        lambda: store.delete(fresh_key()),
    ):
        with pytest.raises(BucketMissing):
            act()


def test_deleting_leaves_no_version_and_no_marker(locked: Bucket) -> None:
    store = locked.blobs()
    for blob_class in (BlobClass.KEYS, BlobClass.SCRATCH):
        key = fresh_key(blob_class)
        put(store, key, b"1")
        locked.admin().remove_object(locked.name, key)  # by somebody else: a marker, and an old version behind it
        put(store, key, b"2")
        assert len(locked.versions(key)) == 3
        store.delete(key)
        assert locked.versions(key) == []


def test_a_bucket_with_versions_but_no_lock_keeps_none_either(server: dict[str, str]) -> None:
    bucket = empty_bucket(server, "only-s3-versions")
    bucket.admin().set_bucket_versioning(bucket.name, VersioningConfig("Enabled"))
    store, key = bucket.blobs(), fresh_key()
    put(store, key, b"1")
    store.delete(key)
    assert bucket.versions() == []
    assert "mit Versionen" in store.describe()


@pytest.mark.parametrize("size", [1, PART + 1])
def test_lockable_classes_are_locked_one_by_one(locked: Bucket, size: int) -> None:
    store, admin = locked.blobs(), locked.admin()
    for blob_class in BlobClass:
        key = fresh_key(blob_class)
        put(store, key, bytes(size))
        if blob_class in (BlobClass.KEYS, BlobClass.SCRATCH):
            assert "x-amz-object-lock-mode" not in store.headers(store.client, key)
            continue
        retention = admin.get_object_retention(locked.name, key)
        assert retention.mode == GOVERNANCE
        away = retention.retain_until_date - datetime.now(UTC) - timedelta(days=RETENTION_DAYS)
        assert abs(away) < timedelta(minutes=2)
        with pytest.raises(S3Error):
            admin.remove_object(locked.name, key, store.headers(store.client, key)["x-amz-version-id"])


def test_what_is_locked_is_hidden_and_stays_hidden(locked: Bucket) -> None:
    store, key = locked.blobs(), fresh_key()
    put(store, key, b"1")
    for _ in range(2):
        store.delete(key)
        with pytest.raises(Missing):
            store.read(key, 0, 1)
        assert list(store.keys("")) == []
    assert sorted(marker for _, marker in locked.versions(key)) == [False, True]


def test_what_is_locked_a_second_time_is_hidden_again(locked: Bucket) -> None:
    store, key = locked.blobs(), fresh_key()
    for data in (b"1", b"2"):
        put(store, key, data)
        store.delete(key)
        with pytest.raises(Missing):
            store.read(key, 0, 1)
    assert list(store.keys("")) == []
    store.delete(key)
    assert sorted(marker for _, marker in locked.versions(key)) == [False, False, True, True]


def test_versions_switched_on_later_keep_no_key_for_long(server: dict[str, str]) -> None:
    bucket = empty_bucket(server, f"only-s3-later-{uuid.uuid4().hex[:8]}")
    ahead = timedelta()
    store, key = bucket.blobs(clock=lambda: datetime.now(UTC) + ahead), fresh_key(BlobClass.KEYS)
    store.check()
    bucket.admin().set_bucket_versioning(bucket.name, VersioningConfig("Enabled"))
    put(store, key, b"secret")
    ahead = timedelta(minutes=2)
    store.delete(key)
    assert bucket.versions() == []


def test_a_default_retention_is_refused_because_keys_could_not_be_destroyed(server: dict[str, str]) -> None:
    bucket = empty_bucket(server, "only-s3-default", locked=True)
    bucket.admin().set_object_lock_config(bucket.name, ObjectLockConfig(GOVERNANCE, 1, DAYS))
    store = bucket.blobs()
    for act in (store.check, lambda: put(store, fresh_key(), b"x")):
        with pytest.raises(BucketUnfit, match="Standard-Aufbewahrung"):
            act()


def test_the_bucket_is_described(bucket: Bucket, locked: Bucket) -> None:
    assert bucket.blobs().describe() == f"{bucket.url}, ohne Object Lock"
    assert f"{RETENTION_DAYS} Tage" in locked.blobs().describe()


def test_a_check_leaves_nothing(bucket: Bucket, locked: Bucket) -> None:
    for each in (bucket, locked):
        each.blobs().check()
        assert each.versions() == []


def test_a_check_whose_reply_is_lost_succeeds_and_leaves_nothing(bucket: Bucket, locked: Bucket) -> None:
    for each in (bucket, locked):
        with Refusing(each.connect["S3_ADDRESS"]).listening() as before:
            before.to_lose = 1
            each.blobs(before.address).check()
            assert before.to_lose == 0
        assert each.versions() == []


def test_probes_of_killed_checks_are_cleared(bucket: Bucket, locked: Bucket) -> None:
    for each in (bucket, locked):
        for name in (f"probe-{uuid.uuid4()}", "probe-of-somebody-else"):
            each.admin().put_object(each.name, name, BytesIO(b"x"), 1)
        store = each.blobs()
        assert store.clear_unfinished(datetime.now(UTC) - timedelta(days=1)) == 0
        assert unfinished(store) == 1
        assert [name for name, _ in each.versions()] == ["probe-of-somebody-else"]


def test_narrow_keys_are_enough(seaweedfs: dict[str, str]) -> None:
    bucket = empty_bucket(seaweedfs, seaweedfs["S3_APP_BUCKET"])
    store = bucket.blobs(keys=(seaweedfs["S3_APP_ACCESS_KEY"], seaweedfs["S3_APP_SECRET_KEY"]))
    key = fresh_key()
    store.check()
    put(store, key, bytes(PART + 1))
    assert [listed.key for listed in store.keys("")] == [key]
    store.sink(fresh_key()).write(bytes(PART + 1))
    assert unfinished(store) == 1
    store.delete(key)
    assert list(store.keys("")) == []
