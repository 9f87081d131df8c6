"""Two stores as one while a house moves: written to the new one, read also from the old one."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from eakte.blobs.port import BlobStore, KeyTaken, Listed, Missing, Piece, Sink


class _Sink:
    """Looks into the old store before the end: a key that was written there must not get other bytes in the new one."""

    def __init__(self, sink: Sink, old: BlobStore, key: str) -> None:
        self._sink, self._old, self._key = sink, old, key

    def write(self, piece: Piece) -> None:
        self._sink.write(piece)

    def commit(self) -> None:
        try:
            if holds(self._old, self._key):
                raise KeyTaken
            self._sink.commit()
        finally:
            self._sink.abort()

    def abort(self) -> None:
        self._sink.abort()


class WithFallback:
    """The new store, and the old one for what has not been copied yet. Nothing is written to the old one any more."""

    def __init__(self, new: BlobStore, old: BlobStore) -> None:
        self._new, self._old = new, old

    def sink(self, key: str) -> Sink:
        """As of the new store, and KeyTaken as well for what lies in the old one; costs it one look."""
        return _Sink(self._new.sink(key), self._old, key)

    def read(self, key: str, offset: int, length: int) -> bytes:
        """Asks the old store only for what the new one has not."""
        try:
            return self._new.read(key, offset, length)
        except Missing:
            return self._old.read(key, offset, length)

    def size(self, key: str) -> int:
        """Asks the old store only for what the new one has not."""
        try:
            return self._new.size(key)
        except Missing:
            return self._old.size(key)

    def delete(self, key: str) -> None:
        """From both, the old one first: `copy_blob` looks there again after it wrote, and takes its copy back."""
        self._old.delete(key)
        self._new.delete(key)

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Of both; what is in both is listed twice."""
        return chain(self._new.keys(prefix), self._old.keys(prefix))

    def clear_unfinished(self, before: datetime) -> int:
        """In both."""
        return self._new.clear_unfinished(before) + self._old.clear_unfinished(before)

    def free_bytes(self) -> int | None:
        """Of the new store, which uploads go to."""
        return self._new.free_bytes()

    def check(self) -> None:
        """Of both: while bytes lie in the old one, the house needs it."""
        self._new.check()
        self._old.check()

    def describe(self) -> str:
        """Both."""
        return f"{self._new.describe()}; bis alles kopiert ist auch {self._old.describe()}"


def holds(store: BlobStore, key: str) -> bool:
    """Whether there are bytes under the key."""
    try:
        store.size(key)
    except Missing:
        return False
    return True
