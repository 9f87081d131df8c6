"""How answers of a store are taken that no real one gives on demand."""

import socketserver
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from eakte.blobs.port import BlobClass, StoreFailed, StoreFull, blob_key
from eakte.blobs.s3 import PART, S3Blobs
from eakte.blobs.s3_bucket import BucketUnfit
from eakte.blobs.s3_client import ClockSkewed, StoreDenied
from tests.buckets import Bucket

KEY = blob_key(uuid.uuid4(), BlobClass.SCRATCH, uuid.uuid4())
Answer = tuple[int, str]
DONE = (200, "")


def error(status: int, code: str) -> Answer:
    return status, f"<Error><Code>{code}</Code><Message>as told</Message></Error>"


@contextmanager
def telling(*answers: Answer, rate: float = 0) -> Iterator[tuple[S3Blobs, list[str]]]:
    """A store that gives these answers, the last one for ever; and the requests that it got. `rate`: bytes a second."""
    left, asked = list(answers), list[str]()

    class Teller(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, text = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.say(text.encode())

        def say(self, body: bytes) -> None:
            piece = int(rate / 10) or len(body) or 1
            for at in range(0, len(body), piece):
                self.wfile.write(body[at : at + piece])
                time.sleep(0.1 if rate else 0)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Teller) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        connect = {"S3_ADDRESS": f"127.0.0.1:{server.server_port}", "S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s"}
        store = Bucket(connect, "told").blobs()
        yield store, asked
        server.shutdown()


@contextmanager
def trickling(first: bytes, drip: bytes, pause: float) -> Iterator[S3Blobs]:
    """A store that answers so much at once and the rest byte by byte."""

    class Trickler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(65536)
                self.request.sendall(first)
                for place in range(len(drip)):
                    time.sleep(pause)
                    self.request.sendall(drip[place : place + 1])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        connect = {"S3_ADDRESS": f"127.0.0.1:{server.server_address[1]}", "S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s"}
        yield Bucket(connect, "told").blobs()
        server.shutdown()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n"


def test_an_answer_in_drops_is_none() -> None:
    """Whether its body or its headers drip."""

    def seconds_of_patience(store: S3Blobs) -> float:
        begun = time.monotonic()
        with pytest.raises(StoreFailed):
            store.read(KEY, 0, 30)
        return time.monotonic() - begun

    with (
        trickling(HEAD, bytes(30), 1.0) as body,
        trickling(b"", HEAD, 1.0) as headers,
        ThreadPoolExecutor(2) as both,
    ):
        for seconds in both.map(seconds_of_patience, (body, headers)):
            assert 7 < seconds < 11


def test_a_slow_answer_gets_time_by_its_size() -> None:
    size, seconds = 1 << 20, 7
    with telling((200, "x" * size), rate=size / seconds) as (store, asked):
        begun = time.monotonic()
        assert len(store.read(KEY, 0, size)) == size
        assert time.monotonic() - begun > seconds - 1
    assert len(asked) == 1


def put(store: S3Blobs) -> None:
    sink = store.sink(KEY)
    sink.write(b"x")
    sink.commit()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_storm_of_errors_is_sat_out(status: int) -> None:
    with telling(*[error(status, "SlowDown")] * 4, DONE) as (store, asked):
        put(store)
    assert len(asked) == 5


def test_a_storm_without_end_is_a_store_that_does_not_answer() -> None:
    with telling((503, "not even XML")) as (store, _):
        begun = time.monotonic()
        with pytest.raises(StoreFailed) as failed:
            put(store)
        assert 7 < time.monotonic() - begun < 10.5
        assert type(failed.value) is StoreFailed


def test_two_conditional_writes_that_met_are_repeated() -> None:
    with telling(error(409, "ConditionalRequestConflict"), DONE) as (store, asked):
        put(store)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (error(507, "Whatever"), StoreFull),
        (error(400, "XMinioStorageFull"), StoreFull),
        (error(403, "QuotaExceeded"), StoreFull),
        (error(403, "RequestTimeTooSkewed"), ClockSkewed),
        (error(403, "AccessDenied"), StoreDenied),
        (error(400, "NobodyKnows"), StoreFailed),
        ((400, "no XML"), StoreFailed),
        ((301, ""), StoreFailed),
    ],
)
def test_what_is_wrong_is_said_at_once(answer: Answer, problem: type[Exception]) -> None:
    with telling(answer) as (store, asked):
        with pytest.raises(problem) as failed:
            put(store)
        assert type(failed.value) is problem
    assert len(asked) == 1


def test_a_store_without_conditional_writes_is_refused() -> None:
    with telling((200, "<VersioningConfiguration/>"), DONE) as (store, _), pytest.raises(BucketUnfit, match="überschr"):
        store.check()


def test_aborting_never_raises() -> None:
    begun = (200, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
    with telling(begun, error(507, "Whatever")) as (store, asked):
        sink = store.sink(KEY)
        sink.write(bytes(PART + 1))
        sink.abort()
    assert asked[-1].startswith("DELETE")
