"""A store that is watched: each call in the metrics and traces, each failure counted once, whatever the store."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime

from eakte.blobs.port import BlobStore, Listed, Missing, Piece, Sink, StoreFailed, StoreFull, key_parts
from eakte.watch import measures, spans

_FAILURES = (StoreFailed, StoreFull, Missing)


class WatchedBlobs:
    """The store it is given, with the same promises."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store

    def sink(self, key: str) -> Sink:
        """As of the store; its `commit` is what is timed."""
        with _counted("write"):
            return _WatchedSink(self._store.sink(key), key_parts(key)[1])

    def read(self, key: str, offset: int, length: int) -> bytes:
        """As of the store."""
        with _called("read", key):
            return self._store.read(key, offset, length)

    def size(self, key: str) -> int:
        """As of the store."""
        with _called("size", key):
            return self._store.size(key)

    def delete(self, key: str) -> None:
        """As of the store."""
        with _called("delete", key):
            self._store.delete(key)

    def keys(self, prefix: str) -> Iterator[Listed]:
        """As of the store; failures count, its time is that of who listens."""
        with _counted("list"):
            yield from self._store.keys(prefix)

    def clear_unfinished(self, before: datetime) -> int:
        """As of the store."""
        with _called("clear"):
            return self._store.clear_unfinished(before)

    def free_bytes(self) -> int | None:
        """As of the store, and as quick: it is asked before every upload."""
        return self._store.free_bytes()

    def check(self) -> None:
        """As of the store; a failed check is no failed call of the service."""
        self._store.check()

    def describe(self) -> str:
        """As of the store."""
        return self._store.describe()


class _WatchedSink:
    def __init__(self, sink: Sink, blob_class: str) -> None:
        self._sink, self._class, self._bytes = sink, blob_class, 0

    def write(self, piece: Piece) -> None:
        self._bytes += len(piece)
        with _counted("write"):
            self._sink.write(piece)

    def commit(self) -> None:
        facts: spans.Facts = {"eakte.blob.class": self._class, "eakte.bytes": self._bytes}
        with spans.span("blob commit", facts, kind="client"), _timed("commit"):
            self._sink.commit()

    def abort(self) -> None:
        self._sink.abort()


@contextmanager
def _called(operation: str, key: str = "") -> Iterator[None]:
    with _span(operation, key), _timed(operation):
        yield


def _span(operation: str, key: str) -> AbstractContextManager[object]:
    if not key:
        return nullcontext()
    return spans.span(f"blob {operation}", {"eakte.blob.class": key_parts(key)[1]}, kind="client")


@contextmanager
def _timed(operation: str) -> Iterator[None]:
    with measures.BLOBS.labels(operation).time(), _counted(operation):
        yield


@contextmanager
def _counted(operation: str) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        measures.BLOB_ERRORS.labels(operation, error.code).inc()
        raise
