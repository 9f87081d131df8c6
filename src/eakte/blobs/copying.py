"""Blobs from one store into another, each proved by SHA-256, while others write and delete."""

import hashlib
from collections.abc import Callable, Iterator

from eakte.blobs.fallback import holds
from eakte.blobs.port import BlobStore, KeyTaken, Missing
from eakte.errors import Problem

_AT_ONCE = 4 << 20  # bytes held of an object


class CopyDiffers(Problem):
    """Both stores have bytes under this key, and not the same."""

    code, status, title = "copy-differs", 500, "Die Kopie weicht vom Original ab"
    remedy = "Den Betrieb verständigen: Das genannte Objekt ist in beiden Ablagen zu prüfen."


def copy_blob(source: BlobStore, target: BlobStore, key: str) -> int | None:
    """Bytes copied, or found to be there already; None if the source has it no more. Raises CopyDiffers, StoreFailed.

    The copy is read back and its SHA-256 compared. What is deleted meanwhile is not brought back: a deletion takes the
    source's bytes first, so who finds them there after writing may leave the copy for the deletion that comes.
    """
    try:
        size, hashed = _written(source, target, key)
        if not holds(source, key):
            target.delete(key)
            return None
        if _hash_of(target, key) != (size, hashed):
            raise CopyDiffers(f"Die Kopie von {key} hat andere Bytes")
    except Missing:
        return None
    return size


def _written(source: BlobStore, target: BlobStore, key: str) -> tuple[int, str]:
    if holds(target, key):
        return _hash_of(source, key)
    sink = target.sink(key)
    try:
        size, hashed = _through(source, key, sink.write)
        sink.commit()
    except KeyTaken:  # another copier was faster
        return _hash_of(source, key)
    finally:
        sink.abort()
    return size, hashed


def _hash_of(store: BlobStore, key: str) -> tuple[int, str]:
    return _through(store, key, lambda _: None)


def _through(store: BlobStore, key: str, take: Callable[[bytes], None]) -> tuple[int, str]:
    """Size and SHA-256 of the object, each piece of which is given to `take`."""
    size, hashed = 0, hashlib.sha256()
    for piece in _pieces(store, key):
        hashed.update(piece)
        take(piece)
        size += len(piece)
    return size, hashed.hexdigest()


def _pieces(store: BlobStore, key: str) -> Iterator[bytes]:
    offset, piece = 0, store.read(key, 0, _AT_ONCE)
    while piece:
        yield piece
        offset += len(piece)
        piece = store.read(key, offset, _AT_ONCE) if len(piece) == _AT_ONCE else b""
