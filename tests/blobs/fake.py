"""The blob store in memory, for unit tests of rooms above; it keeps every promise of the port but durability."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from eakte.blobs.port import KeyTaken, Listed, Missing, Piece, StoreFull, key_parts, prefix_parts


class FakeSink:
    def __init__(self, store: "FakeBlobs", key: str) -> None:
        self._store, self._key, self._written = store, key, bytearray()
        store.unfinished[id(self)] = datetime.now(UTC)

    def write(self, piece: Piece) -> None:
        if self._store.room is not None and len(self._written) + len(piece) > self._store.room:
            raise StoreFull
        self._written += piece

    def commit(self) -> None:
        with self._store.lock:
            self.abort()
            if self._key in self._store.objects:
                raise KeyTaken
            self._store.objects[self._key] = (bytes(self._written), datetime.now(UTC))

    def abort(self) -> None:
        self._store.unfinished.pop(id(self), None)


class FakeBlobs:
    """`room`: the most bytes an object may have, as on a full disk; `objects` may be changed to do harm."""

    def __init__(self, room: int | None = None) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.unfinished: dict[int, datetime] = {}
        self.reads: list[tuple[str, int, int]] = []
        self.room, self.lock = room, threading.Lock()

    def sink(self, key: str) -> FakeSink:
        key_parts(key)
        return FakeSink(self, key)

    def read(self, key: str, offset: int, length: int) -> bytes:
        self.reads.append((key, offset, length))
        return self._found(key)[offset : offset + length]

    def size(self, key: str) -> int:
        return len(self._found(key))

    def delete(self, key: str) -> None:
        key_parts(key)
        self.objects.pop(key, None)

    def keys(self, prefix: str) -> Iterator[Listed]:
        prefix_parts(prefix)
        for key, (data, modified) in list(self.objects.items()):
            if key.startswith(prefix):
                yield Listed(key, len(data), modified)

    def clear_unfinished(self, before: datetime) -> int:
        old = [key for key, begun in self.unfinished.items() if begun < before]
        for key in old:
            del self.unfinished[key]
        return len(old)

    def free_bytes(self) -> int | None:
        return self.room

    def check(self) -> None:
        if self.room == 0:
            raise StoreFull

    def describe(self) -> str:
        return "im Speicher"

    def _found(self, key: str) -> bytes:
        key_parts(key)
        if key not in self.objects:
            raise Missing
        return self.objects[key][0]
