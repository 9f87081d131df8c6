"""Requests to S3: bounded waiting, repeated tries, and what goes wrong in our words."""

import contextlib
import http.client
import io
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import urllib3
from minio import Minio
from minio.datatypes import Part
from minio.error import MinioException, S3Error
from minio.sse import Sse
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from eakte.blobs.port import Missing, StoreFailed, StoreFull

PATIENCE = 10.0
"""Seconds that a store may leave one request unanswered, all tries together."""
_SILENT_PATIENCE, _SILENT_FOR = 1.0, 10.0  # for a store found silent, until it answers; then it is given time again
_CONNECT = 3.0
_SENT_AT_ONCE = 256 << 10  # each may take _CONNECT seconds, so a slow line is no silent one
_LEAST_RATE = _SENT_AT_ONCE / _CONNECT  # bytes a second, of an answer
_CONNECTIONS = 64
_AGAIN = {408, 429, 500, 502, 503, 504}
_ONLY_NEW = {"If-None-Match": "*"}


class StoreDenied(StoreFailed):
    """The store does not take the keys, or they may not do this."""

    code, title = "store-denied", "Die Ablage verweigert den Zugriff"
    remedy = "Den Betrieb verständigen: EAKTE_S3_ACCESS_KEY, EAKTE_S3_SECRET_KEY und die Rechte am Bucket prüfen."


class BucketMissing(StoreFailed):
    """There is no bucket of this name."""

    code, title = "store-bucket-missing", "Den Bucket der Ablage gibt es nicht"
    remedy = "Den Betrieb verständigen: EAKTE_BLOBS_URL prüfen, sonst den Bucket anlegen."


class ClockSkewed(StoreFailed):
    """The store's clock and ours are too far apart for signed requests."""

    code, title = "store-clock-skewed", "Die Uhren von Dienst und Ablage gehen auseinander"
    remedy = "Den Betrieb verständigen: Die Uhren beider Rechner stellen (NTP)."


_PROBLEMS: dict[str, type[StoreFailed]] = {
    "AccessDenied": StoreDenied,
    "AllAccessDisabled": StoreDenied,
    "InvalidAccessKeyId": StoreDenied,
    "SignatureDoesNotMatch": StoreDenied,
    "NoSuchBucket": BucketMissing,
    "RequestTimeTooSkewed": ClockSkewed,
    "RequestExpired": ClockSkewed,
}
_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientCapacity"}


@contextlib.contextmanager
def our_errors() -> Iterator[None]:
    """The SDK's and the network's errors as Missing, StoreFull, StoreFailed and its kinds."""
    try:
        yield
    except S3Error as error:
        raise _problem(error) from error
    except (MinioException, HTTPError, ET.ParseError, OSError) as error:
        raise StoreFailed from error


def _problem(error: S3Error) -> StoreFailed | StoreFull | Missing:
    if error.code in _FULL or error.response.status == 507:
        return StoreFull()
    if error.code in {"NoSuchKey", "NoSuchVersion"}:
        return Missing()
    return _PROBLEMS.get(error.code, StoreFailed)()


class _OnlyNew(Sse):
    """Not encryption: the SDK's public way to sign and send a header of one's own, and the store refuses a second."""

    def headers(self) -> dict[str, str]:
        return dict(_ONLY_NEW)

    def tls_required(self) -> bool:
        return False


ONLY_NEW = _OnlyNew()
"""`sse=` of a put that must not overwrite."""


class _InTime(io.RawIOBase):
    """What comes from a socket until the time that it has at first is over, all reads together; each byte earns more.

    The socket's own time is that of a single read, and a store that answers in drops would never use it up.
    """

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock, self._raw, self._end = sock, raw, time.monotonic() + (sock.gettimeout() or PATIENCE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        taken = self._raw.readinto(buffer)
        self._end += (taken or 0) / _LEAST_RATE
        return taken

    def close(self) -> None:
        self._raw.close()
        super().close()


class _AnswerInTime(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_InTime(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _AnswerInTime


class _TlsConnection(HTTPSConnection):
    response_class = _AnswerInTime


class _Connections(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsConnections(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Patient(urllib3.PoolManager):
    """Tries again within its patience: no connection, no answer, a cut answer, 5xx. Answers are read as a whole."""

    def __init__(self, patience: float) -> None:
        super().__init__(retries=False, maxsize=_CONNECTIONS, cert_reqs="CERT_REQUIRED")
        self.pool_classes_by_scheme = {"http": _Connections, "https": _TlsConnections}
        self._patience, self._silent_until = patience, 0.0

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, redirect: bool = True, **asked: Any  # noqa: ARG002 (a signature holds for one host)
    ) -> Any:  # fmt: skip
        """The answer, or after the last try what was wrong with it."""
        begun = time.monotonic()
        silent = begun < self._silent_until
        # A connection may be dead without a sign, so the first try does not get all the time.
        end, share, pause = begun + (_SILENT_PATIENCE if silent else self._patience), 1.0 if silent else 0.5, 0.1
        while True:
            answer, error = self._tried(method, url, asked, (end - time.monotonic()) * share)
            if answer is not None and not _to_be_tried_again(answer, asked):
                self._silent_until = 0.0
                return answer
            pause, share = min(2 * pause, 2.0) * random.uniform(0.5, 1), 1.0  # noqa: S311 (so that not all try in step)
            if time.monotonic() + pause >= end:
                break
            time.sleep(pause)
        if not silent:
            self._silent_until = time.monotonic() + _SILENT_FOR
        if error is not None:
            raise error
        return answer

    def _tried(self, method: str, url: str, asked: dict[str, Any], seconds: float) -> tuple[Any, HTTPError | None]:
        seconds = max(seconds, 0.1)
        timeout = urllib3.Timeout(connect=min(_CONNECT, seconds), read=seconds)
        words = asked | {"body": _pieces(asked.get("body")), "preload_content": True, "timeout": timeout}
        try:
            return super().urlopen(method, url, redirect=False, **words), None
        except HTTPError as error:
            return None, error


def _pieces(body: bytes | None) -> Any:
    """A body sent bit by bit: the time for it is then counted anew for each bit."""
    if not body:
        return body
    whole = memoryview(body)
    return (whole[at : at + _SENT_AT_ONCE] for at in range(0, len(whole), _SENT_AT_ONCE))


def _to_be_tried_again(answer: Any, asked: dict[str, Any]) -> bool:
    """Two conditional writes at once may both be told 409, and are to be repeated."""
    conditional = "If-None-Match" in (asked.get("headers") or {})
    return answer.status in _AGAIN or (answer.status == 409 and conditional)


@dataclass(frozen=True)
class Unfinished:
    """A multipart upload that was neither completed nor aborted."""

    key: str
    upload: str
    begun: datetime


class Client(Minio):
    """The SDK's client, and single steps of multipart uploads.

    The public `put_object` reads a stream until its end and cannot send a part when it is full, and nothing public
    lists or aborts unfinished uploads. So these methods, and no others, call the SDK's inner ones; the contract tests
    hold them.
    """

    def begin_upload(self, bucket: str, key: str, headers: dict[str, str]) -> str:
        """The upload's id."""
        return str(self._create_multipart_upload(bucket, key, headers))

    def send_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> Part:
        """Parts count from 1; again with the same number replaces it."""
        return Part(number, self._upload_part(bucket, key, data, None, upload, number))

    def complete_upload(self, bucket: str, key: str, upload: str, parts: list[Part]) -> None:
        """Makes the object of its parts, unless there is one; some stores say 200 before it went wrong."""
        asked = "".join(f"<Part><PartNumber>{p.part_number}</PartNumber><ETag>{p.etag}</ETag></Part>" for p in parts)
        body = f"<CompleteMultipartUpload>{asked}</CompleteMultipartUpload>".encode()
        headers = {"Content-Type": "application/xml", **_ONLY_NEW}
        self._execute("POST", bucket, key, body=body, headers=headers, query_params={"uploadId": upload})

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        """Its parts are gone; an upload that is not there is no error."""
        try:
            self._abort_multipart_upload(bucket, key, upload)
        except S3Error as error:
            if error.code != "NoSuchUpload":
                raise

    def unfinished(self, bucket: str) -> Iterator[Unfinished]:
        """All of the bucket."""
        after = None
        while True:
            found = self._list_multipart_uploads(bucket, key_marker=after)
            for each in found.uploads:
                yield Unfinished(each.object_name, each.upload_id, each.initiated_time)
            after = found.next_key_marker
            if not found.is_truncated or not after:
                return


def connect(url: str, keys: tuple[str, str], region: str, patience: float) -> tuple[Client, str]:
    """Client and bucket of `s3+http://host:port/bucket` or `s3+https://…`; nothing is asked of the store yet."""
    parts = urlsplit(url.removeprefix("s3+"))
    http = _Patient(patience)
    client = Client(parts.netloc, *keys, secure=parts.scheme == "https", region=region, http_client=http)
    return client, parts.path.strip("/")
