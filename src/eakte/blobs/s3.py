"""Blobs in a bucket of an S3 store: docs/decisions/blobs-in-s3.md says what is promised, and what a store must keep."""

import contextlib
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

from minio.error import S3Error

from eakte.blobs.port import KeyTaken, Listed, Missing, Piece, StoreFailed, key_parts, prefix_parts
from eakte.blobs.s3_bucket import Bucket, BucketUnfit, look
from eakte.blobs.s3_client import ONLY_NEW, PATIENCE, Client, connect, our_errors
from eakte.errors import Problem

PART = 8 << 20
"""Bytes of a part; what is not larger is one request. A store takes at most 10,000 parts."""
_PARTS_OF_ONE, _PARTS_AT_ONCE = 2, 16
_CHECK_PATIENCE = 2.5  # who asks how things stand wants to know soon
_LOOK_AGAIN = timedelta(minutes=1)
_PROBE = re.compile("probe-[0-9a-f-]{36}")
_LOCKABLE = {"original", "derived", "journal"}
_IS_LOCKED = {"AccessDenied", "ObjectLocked", "InvalidRequest", "MethodNotAllowed"}


class _Parts:
    """Sends parts for all uploads of a store: so many at once, and no more of them in memory."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_PARTS_AT_ONCE, "s3-part")
        self._room = BoundedSemaphore(_PARTS_AT_ONCE)

    def submit(self, send: Callable[..., Any], *args: Any) -> Future[Any]:
        """Returns when there is room."""
        self._room.acquire()
        sending = self._pool.submit(send, *args)
        sending.add_done_callback(lambda _: self._room.release())
        return sending


class _Upload:
    """A multipart upload of one object: at most three parts in memory, two of them on their way."""

    def __init__(self, store: "S3Blobs", key: str, headers: dict[str, str]) -> None:
        self._store, self._key = store, key
        self._id = store.client.begin_upload(store.bucket, key, headers)
        self._sending: deque[Future[Any]] = deque()
        self._sent: list[Any] = []

    def send(self, data: bytes) -> None:
        """Returns when there is room for one part more; raises what went wrong with an earlier one."""
        if len(self._sending) == _PARTS_OF_ONE:
            self._sent.append(self._sending.popleft().result())
        number = len(self._sent) + len(self._sending) + 1
        store = self._store
        self._sending.append(
            store.parts.submit(store.client.send_part, store.bucket, self._key, self._id, number, data)
        )

    def complete(self) -> None:
        """All parts are with the store, and the object is asked for; the reply to an earlier try may be lost."""
        self._sent += [sending.result() for sending in self._sending]
        try:
            self._store.client.complete_upload(self._store.bucket, self._key, self._id, self._sent)
        except S3Error as error:
            if error.code not in {"NoSuchUpload", "PreconditionFailed"}:
                raise

    def abort(self) -> None:
        """Waits for parts on their way, which would otherwise stay behind."""
        wait([sending for sending in self._sending if not sending.cancel()])
        self._store.client.abort_upload(self._store.bucket, self._key, self._id)


class _S3Sink:
    def __init__(self, store: "S3Blobs", key: str) -> None:
        self._store, self._key, self._mark = store, key, _fresh_mark()
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
                self._store.put(self._store.client, self._key, bytes(self._filling), self._headers())
            else:
                self._send()
                with our_errors():
                    self._upload.complete()
                self._store.require_own(self._store.client, self._key, self._mark, self._size)
            self._upload = None
        finally:
            self.abort()

    def _headers(self) -> dict[str, str]:
        return self._mark | self._store.retention(self._key)

    def abort(self) -> None:
        self._ended = True
        self._filling.clear()
        upload, self._upload = self._upload, None
        if upload is not None:
            with contextlib.suppress(Problem), our_errors():  # what cannot be removed now is swept later
                upload.abort()


def _fresh_mark() -> dict[str, str]:
    """Tells what one attempt wrote from what others wrote, also when its reply is lost."""
    return {"x-amz-meta-writer": uuid4().hex}


class S3Blobs:
    """The store in one bucket, which must be there; `retention_days` for classes that a locked bucket protects."""

    def __init__(
        self, url: str, keys: tuple[str, str], region: str, retention_days: int, clock: Callable[[], datetime]
    ) -> None:
        self.client, self.bucket = connect(url, keys, region, PATIENCE)
        self._hasty, _ = connect(url, keys, region, _CHECK_PATIENCE)
        self.parts = _Parts()
        self._url, self._retention_days, self._clock = url, retention_days, clock
        self._found: Bucket | None = None
        self._found_at = clock()
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
        return int(self.headers(self.client, key)["content-length"])

    def delete(self, key: str) -> None:
        """By version id where the bucket keeps versions. What the bucket locks is hidden, and gone when its time is."""
        key_parts(key)
        with our_errors():
            self._remove(self.client, key)

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Lists by the thousand; what comes or goes meanwhile may or may not be listed."""
        prefix_parts(prefix)
        with our_errors():
            for found in self.client.list_objects(self.bucket, prefix, recursive=True):
                with contextlib.suppress(ValueError):  # nothing of ours
                    key_parts(found.object_name)
                    yield Listed(found.object_name, found.size, found.last_modified)

    def clear_unfinished(self, before: datetime) -> int:
        """Aborts multipart uploads, and removes what `check` wrote; nothing else leaves anything."""
        removed = self._clear_probes(before)
        with our_errors():
            for unfinished in self.client.unfinished(self.bucket):
                if unfinished.begun < before:
                    self.client.abort_upload(self.bucket, unfinished.key, unfinished.upload)
                    removed += 1
        return removed

    def _clear_probes(self, before: datetime) -> int:
        removed = 0
        with our_errors():
            for found in self.client.list_objects(self.bucket, "probe-", include_version=self.found().versioned):
                if _PROBE.fullmatch(found.object_name) and found.last_modified < before:
                    self.client.remove_object(self.bucket, found.object_name, found.version_id)
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
            self._look(self._hasty)
            try:
                self._put_probe(probe)
                self._conditional = self._conditional or self._refuses_second(probe)
            finally:
                self._remove(self._hasty, probe)
        if not self._conditional:
            raise BucketUnfit(
                "Die Ablage überschreibt Objekte, obwohl die Anfrage es ausschließt",
                remedy="Eine Ablage verwenden, die bedingte Schreibzugriffe kennt (If-None-Match: *).",
            )

    def _put_probe(self, probe: str) -> None:
        self.put(self._hasty, probe, bytes(4096), _fresh_mark())

    def _refuses_second(self, probe: str) -> bool:
        try:
            self._put_probe(probe)
        except KeyTaken:
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
        """What a look, not older than a minute, found; since what is deleted stays if versions are kept meanwhile."""
        if self._found is None or self._clock() - self._found_at > _LOOK_AGAIN:
            with our_errors():
                self._look(self.client)
        assert self._found is not None
        return self._found

    def _look(self, client: Client) -> None:
        begun = self._clock()
        self._found, self._found_at = look(client, self.bucket), begun

    def put(self, client: Client, key: str, data: bytes, headers: dict[str, str]) -> None:
        """A small object in one request; KeyTaken unless what lies there then is of this writer."""
        headers = headers | {"x-amz-meta-sha256": sha256(data).hexdigest()}
        with our_errors():
            try:
                client.put_object(self.bucket, key, BytesIO(data), len(data), sse=ONLY_NEW, metadata=headers)
            except S3Error as error:
                if error.code != "PreconditionFailed":
                    raise
                marks = {name: value for name, value in headers.items() if name.startswith("x-amz-meta-")}
                self.require_own(client, key, marks, len(data))

    def require_own(self, client: Client, key: str, marks: dict[str, str], size: int) -> None:
        """KeyTaken unless what lies there bears these marks: then it was stored and only the reply was lost."""
        try:
            found = self.headers(client, key)
        except Missing:
            raise StoreFailed from None
        if any(found.get(name) != value for name, value in (marks | {"content-length": str(size)}).items()):
            raise KeyTaken

    def headers(self, client: Client, key: str) -> dict[str, str]:
        """Of the object, by names in lower case. Raises Missing."""
        with our_errors():
            try:
                found = client.stat_object(self.bucket, key)
            except S3Error as error:
                if error.code == "NoSuchKey":  # the answer has no body that could tell
                    client.get_bucket_versioning(self.bucket)
                raise
        return {name.lower(): value for name, value in found.metadata.items()}

    def retention(self, key: str) -> dict[str, str]:
        """Headers of a new object of this class."""
        if not _is_lockable(key) or not self._retention_days or not self.found().locked:
            return {}
        until = self._clock() + timedelta(days=self._retention_days)
        mode = {"x-amz-object-lock-mode": "GOVERNANCE"}
        return mode | {"x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _remove(self, client: Client, name: str) -> None:
        if self.found().versioned:
            self._remove_versions(client, name)
        else:
            client.remove_object(self.bucket, name)

    def _remove_versions(self, client: Client, name: str) -> None:
        listed = client.list_objects(self.bucket, name, include_version=True)
        versions = [version for version in listed if version.object_name == name]
        markers = [version for version in versions if version.is_delete_marker]
        left = [version for version in versions if version not in markers and not self._gone(client, version)]
        if not left:
            for marker in markers:
                client.remove_object(self.bucket, name, marker.version_id)
        elif not any(marker.is_latest == "true" for marker in markers):
            client.remove_object(self.bucket, name)  # a marker hides what is left

    def _gone(self, client: Client, version: Any) -> bool:
        """Whether the version could be deleted; False only for one that is locked."""
        try:
            client.remove_object(self.bucket, version.object_name, version.version_id)
        except S3Error as error:
            if error.code in _IS_LOCKED and self.found().locked and _is_lockable(version.object_name):
                return False
            raise
        return True


def _is_lockable(name: str) -> bool:
    return not _PROBE.fullmatch(name) and key_parts(name)[1] in _LOCKABLE
