"""Blobs in a bucket of an S3 store: docs/decisions/blobs-in-s3.md says what is promised, and what a store must keep."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

from minio.error import S3Error

from eakte.blobs.port import KeyTaken, Listed, Missing, Piece, StoreFailed, key_parts, prefix_parts
from eakte.blobs.s3_client import ONLY_NEW, PATIENCE, Client, connect, our_errors

PART = 8 << 20
"""Bytes of a part; what is not larger is one request. A store takes at most 10,000 parts."""
_PARTS_AT_ONCE = 2
_CHECK_PATIENCE = 2.5  # who asks how things stand wants to know soon
_LOCKABLE = {"original", "derived", "journal"}
_NO_LOCK = {
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
    "NotImplemented",
    "MethodNotAllowed",
}
_IS_LOCKED = {"AccessDenied", "ObjectLocked", "InvalidRequest", "MethodNotAllowed"}


class BucketUnfit(StoreFailed):
    """The bucket is set up so that the service could not keep its promises."""

    code, title = "store-bucket-unfit", "Der Bucket der Ablage ist ungeeignet eingerichtet"
    remedy = "Den Betrieb verständigen: eakte doctor nennt die Einstellung, die zu ändern ist."


@dataclass(frozen=True)
class Bucket:
    """What was found out about the bucket."""

    versioned: bool
    locked: bool


class _Upload:
    """A multipart upload of one object: at most three parts in memory, two of them on their way."""

    def __init__(self, store: "S3Blobs", key: str, headers: dict[str, str]) -> None:
        self._store, self._key = store, key
        self._id = store.client.begin_upload(store.bucket, key, headers)
        self._pool = ThreadPoolExecutor(_PARTS_AT_ONCE, "s3-part")
        self._sending: deque[Future[Any]] = deque()
        self._sent: list[Any] = []

    def send(self, data: bytes) -> None:
        """Returns when there is room for one part more; raises what went wrong with an earlier one."""
        if len(self._sending) == _PARTS_AT_ONCE:
            self._sent.append(self._sending.popleft().result())
        number = len(self._sent) + len(self._sending) + 1
        send = self._store.client.send_part
        self._sending.append(self._pool.submit(send, self._store.bucket, self._key, self._id, number, data))

    def complete(self) -> None:
        """All parts are with the store, and the object is asked for; the reply to an earlier try may be lost."""
        self._sent += [sending.result() for sending in self._sending]
        self._pool.shutdown()
        try:
            self._store.client.complete_upload(self._store.bucket, self._key, self._id, self._sent)
        except S3Error as error:
            if error.code not in {"NoSuchUpload", "PreconditionFailed"}:
                raise

    def abort(self) -> None:
        """Waits for parts on their way, which would otherwise stay behind."""
        self._pool.shutdown(cancel_futures=True)
        self._store.client.abort_upload(self._store.bucket, self._key, self._id)


class _S3Sink:
    def __init__(self, store: "S3Blobs", key: str) -> None:
        self._store, self._key, self._writer = store, key, uuid4().hex
        self._filling, self._size = bytearray(), 0
        self._upload: _Upload | None = None
        self._ended = False

    def write(self, piece: Piece) -> None:
        assert not self._ended, "written after its end"
        self._size += len(piece)
        rest = memoryview(piece)
        while rest:
            if len(self._filling) == PART:  # only when more comes, so what fits in one part is one request
                self._send()
            taken = rest[: PART - len(self._filling)]
            self._filling += taken
            rest = rest[len(taken) :]

    def _send(self) -> None:
        part = bytes(self._filling)
        self._filling.clear()
        with our_errors():
            self._upload = self._upload or _Upload(self._store, self._key, self._headers())
            self._upload.send(part)

    def commit(self) -> None:
        assert not self._ended, "committed after its end"
        try:
            if self._upload is None:
                self._put(bytes(self._filling))
            else:
                self._send()
                with our_errors():
                    self._upload.complete()
                self._require_own()
            self._upload = None
        finally:
            self.abort()

    def _put(self, data: bytes) -> None:
        store, checksum = self._store, {"x-amz-meta-sha256": sha256(data).hexdigest()}
        metadata = self._headers() | checksum
        with our_errors():
            try:
                store.client.put_object(
                    store.bucket, self._key, BytesIO(data), len(data), sse=ONLY_NEW, metadata=metadata
                )
            except S3Error as error:
                if error.code != "PreconditionFailed":
                    raise
                self._require_own(checksum)

    def _require_own(self, checksum: dict[str, str] | None = None) -> None:
        """KeyTaken unless what lies there is of this writer: so it was stored and only the reply was lost."""
        wanted = {"x-amz-meta-writer": self._writer, "content-length": str(self._size)} | (checksum or {})
        try:
            found = self._store.headers(self._key)
        except Missing:
            found = {}
        if any(found.get(name) != value for name, value in wanted.items()):
            raise KeyTaken if found else StoreFailed

    def _headers(self) -> dict[str, str]:
        return {"x-amz-meta-writer": self._writer} | self._store.retention(self._key)

    def abort(self) -> None:
        self._ended = True
        self._filling.clear()
        upload, self._upload = self._upload, None
        if upload is not None:
            with contextlib.suppress(StoreFailed), our_errors():  # what cannot be removed now is swept later
                upload.abort()


class S3Blobs:
    """The store in one bucket, which must be there; `retention_days` for classes that a locked bucket protects."""

    def __init__(
        self, url: str, keys: tuple[str, str], region: str, retention_days: int, clock: Callable[[], datetime]
    ) -> None:
        self.client, self.bucket = connect(url, keys, region, PATIENCE)
        self._hasty, _ = connect(url, keys, region, _CHECK_PATIENCE)
        self._url, self._retention_days, self._clock = url, retention_days, clock
        self._found: Bucket | None = None
        self._conditional = False

    def sink(self, key: str) -> _S3Sink:
        """Nothing is asked of the store before the first 8 MiB are full, or before the end."""
        key_parts(key)
        return _S3Sink(self, key)

    def read(self, key: str, offset: int, length: int) -> bytes:
        """One request, held in memory whole; a range beyond the end is empty."""
        key_parts(key)
        if not length:
            self.size(key)
            return b""
        with our_errors():
            try:
                answer = self.client.get_object(self.bucket, key, offset, length)
            except S3Error as error:
                if error.response.status != 416:
                    raise
                return b""
            data: bytes = answer.data
        if len(data) > length:
            raise StoreFailed  # a store that knows no ranges
        return data

    def size(self, key: str) -> int:
        """One request without a body."""
        key_parts(key)
        return int(self.headers(key)["content-length"])

    def delete(self, key: str) -> None:
        """By version id where the bucket keeps versions. What the bucket locks is hidden, and gone when its time is."""
        key_parts(key)
        with our_errors():
            if self.found().versioned:
                self._delete_versions(key)
            else:
                self.client.remove_object(self.bucket, key)

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Lists by the thousand; what comes or goes meanwhile may or may not be listed."""
        prefix_parts(prefix)
        with our_errors():
            for found in self.client.list_objects(self.bucket, prefix, recursive=True):
                with contextlib.suppress(ValueError):  # nothing of ours
                    key_parts(found.object_name)
                    yield Listed(found.object_name, found.size, found.last_modified)

    def clear_unfinished(self, before: datetime) -> int:
        """Aborts multipart uploads; what was smaller than a part left nothing."""
        removed = 0
        with our_errors():
            for unfinished in self.client.unfinished(self.bucket):
                if unfinished.begun < before:
                    self.client.abort_upload(self.bucket, unfinished.key, unfinished.upload)
                    removed += 1
        return removed

    def free_bytes(self) -> int | None:
        """S3 does not tell."""
        return None

    def check(self) -> None:
        """Looks at the bucket anew, writes and removes one object of 4 KiB; asks for at most 2.5 s each.

        Once it also writes a second time, which the store must refuse: some know no conditional writes.
        """
        probe = f"probe-{uuid4()}"
        with our_errors():
            self._found = self._look(self._hasty)
            made = self._put_probe(probe)
            try:
                self._conditional = self._conditional or self._refuses_second(probe)
            finally:
                self._hasty.remove_object(self.bucket, probe, made.version_id)
        if not self._conditional:
            raise BucketUnfit(
                "Die Ablage überschreibt Objekte, obwohl die Anfrage es ausschließt",
                remedy="Eine Ablage verwenden, die bedingte Schreibzugriffe kennt (If-None-Match: *).",
            )

    def _put_probe(self, probe: str) -> Any:
        return self._hasty.put_object(self.bucket, probe, BytesIO(bytes(4096)), 4096, sse=ONLY_NEW)

    def _refuses_second(self, probe: str) -> bool:
        try:
            self._put_probe(probe)
        except S3Error as error:
            if error.code != "PreconditionFailed":
                raise
            return True
        return False

    def describe(self) -> str:
        """Address, and what the bucket promises."""
        found = self.found()
        if found.locked:
            return (
                f"{self._url}, Object Lock: {self._retention_days} Tage (GOVERNANCE) für {', '.join(sorted(_LOCKABLE))}"
            )
        return f"{self._url}, ohne Object Lock" + (", mit Versionen" if found.versioned else "")

    def found(self) -> Bucket:
        """What the first look, or the last `check`, found."""
        if self._found is None:
            with our_errors():
                self._found = self._look(self.client)
        return self._found

    def _look(self, client: Client) -> Bucket:
        versioned = client.get_bucket_versioning(self.bucket).status in {"Enabled", "Suspended"}
        if not versioned:
            return Bucket(versioned=False, locked=False)
        try:
            lock = client.get_object_lock_config(self.bucket)
        except S3Error as error:
            if error.code not in _NO_LOCK:
                raise
            return Bucket(versioned=True, locked=False)
        if lock.mode is not None:
            raise BucketUnfit(
                f"Der Bucket {self.bucket} hat eine Standard-Aufbewahrung; Schlüssel wären dann nicht zu vernichten",
                remedy="Die Standard-Aufbewahrung (DefaultRetention) des Buckets aufheben; Object Lock darf bleiben.",
            )
        return Bucket(versioned=True, locked=True)

    def headers(self, key: str) -> dict[str, str]:
        """Of the object, by names in lower case. Raises Missing."""
        with our_errors():
            try:
                found = self.client.stat_object(self.bucket, key)
            except S3Error as error:
                if error.code == "NoSuchKey":  # the answer has no body that could tell
                    self.client.get_bucket_versioning(self.bucket)
                raise
        return {name.lower(): value for name, value in found.metadata.items()}

    def retention(self, key: str) -> dict[str, str]:
        """Headers of a new object of this class."""
        if key_parts(key)[1] not in _LOCKABLE or not self._retention_days or not self.found().locked:
            return {}
        until = self._clock() + timedelta(days=self._retention_days)
        mode = {"x-amz-object-lock-mode": "GOVERNANCE"}
        return mode | {"x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _delete_versions(self, key: str) -> None:
        versions = [v for v in self.client.list_objects(self.bucket, key, include_version=True) if v.object_name == key]
        markers = [version for version in versions if version.is_delete_marker]
        left = [version for version in versions if version not in markers and not self._gone(key, version.version_id)]
        if not left:
            for marker in markers:
                self.client.remove_object(self.bucket, key, marker.version_id)
        elif not markers:
            self.client.remove_object(self.bucket, key)  # a marker hides what is left

    def _gone(self, key: str, version: str) -> bool:
        """Whether the version could be deleted; False only for one that is locked."""
        try:
            self.client.remove_object(self.bucket, key, version)
        except S3Error as error:
            if error.code in _IS_LOCKED and self.found().locked and key_parts(key)[1] in _LOCKABLE:
                return False
            raise
        return True
