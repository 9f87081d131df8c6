"""The vault: bytes in, sealed blobs in the store, and back. Everything here blocks; call it in a thread."""

import contextlib
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from eakte.blobs.port import BlobClass, BlobStore, KeyTaken, Sink, blob_key
from eakte.vault import signing
from eakte.vault.keys import DataKey, KeyRing
from eakte.vault.sealed import (
    KEY_BYTES,
    ORIGINAL_SEGMENT,
    Sealer,
    Segment,
    fresh_header,
    open_sealed,
    open_value,
    seal_value,
)


@dataclass(frozen=True)
class Stored:
    """What is known of a blob that is durable: SHA-256 (hex) and size of the plaintext, size as sealed."""

    blob_id: UUID
    sha256: str
    bytes: int
    sealed_bytes: int


@dataclass(frozen=True)
class SealedBlob:
    """What a row says about a blob: where it lies, its data key, its size as sealed and in the clear."""

    tenant: UUID
    blob_class: BlobClass
    blob_id: UUID
    key_id: UUID
    sealed_bytes: int
    bytes: int


class BlobWriter:
    """Plaintext segments in, sealed blob out; one call at a time, from any thread.

    The object is begun with the first segment, so a small blob costs one visit to the thread pool.
    """

    def __init__(self, blobs: BlobStore, key: str, data_key: DataKey, blob_id: UUID, segment: int) -> None:
        self._blobs, self._key, self._data_key, self._blob_id = blobs, key, data_key, blob_id
        self.segment_size = segment
        self._hash, self._plain, self._sealed = hashlib.sha256(), 0, 0
        self._sealer: Sealer | None = None
        self._sink: Sink | None = None
        self._finished = False

    def segment(self, plain: Segment) -> None:
        """Hashes, seals and writes one full segment that is not the last."""
        self._add(plain, last=False)

    def finish(self, plain: Segment) -> Stored:
        """The last segment (empty only for an empty blob). Durable when it returns; raises KeyTaken, StoreFull."""
        self._add(plain, last=True)
        assert self._sink is not None
        self._sink.commit()
        self._finished = True
        return Stored(self._blob_id, self._hash.hexdigest(), self._plain, self._sealed)

    def abort(self) -> None:
        """Removes what this writer wrote, finished too: never call it once a row may name the blob."""
        if self._sink is not None:
            self._sink.abort()
        if self._finished:
            self._blobs.delete(self._key)
            self._finished = False

    def _add(self, plain: Segment, last: bool) -> None:
        if self._sealer is None or self._sink is None:
            head = fresh_header(self._blob_id, self.segment_size)
            self._sealer, self._sink = Sealer(self._data_key.secret, head), self._blobs.sink(self._key)
            self._write(head)
        self._hash.update(plain)
        self._plain += len(plain)
        self._write(self._sealer.seal(plain, last))

    def _write(self, piece: Segment) -> None:
        assert self._sink is not None
        self._sink.write(piece)
        self._sealed += len(piece)


class Vault:
    """Blobs and keys of all tenants, over one store and one master key file."""

    def __init__(self, blobs: BlobStore, master_key_path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs, self._keys = blobs, KeyRing(blobs, master_key_path, clock)

    def check(self) -> None:
        """Raises a problem when uploads would fail now: no master key, store down or full."""
        self._keys.check()
        self._blobs.check()

    def free_bytes(self) -> int | None:
        """Room left in the store; None where it does not tell."""
        return self._blobs.free_bytes()

    def create_tenant(self, tenant: UUID) -> None:
        """Tenant key and signing key, durable when it returns; again, or by several at once, changes nothing."""
        self._keys.create_tenant_key(tenant)
        self._keys.create(tenant, signing.signing_key_id(tenant), "signing-key", signing.fresh_private_key())

    def new_data_key(self, tenant: UUID, key_id: UUID) -> DataKey:
        """A random key, durable when it returns; the one that is there if a retried job asks again."""
        self._refuse_house_keys(tenant, key_id)
        return DataKey(tenant, key_id, self._keys.create(tenant, key_id, "data-key", os.urandom(KEY_BYTES)))

    def fresh_data_key(self, tenant: UUID, key_id: UUID) -> DataKey:
        """A random key that only the caller has, for a fresh id; what it seals is lost unless `keep_data_key` follows.

        So the key can be written while the bytes it seals still come in.
        """
        self._refuse_house_keys(tenant, key_id)
        return DataKey(tenant, key_id, os.urandom(KEY_BYTES))

    def keep_data_key(self, key: DataKey) -> None:
        """The key of `fresh_data_key`, durable when it returns; raises KeyTaken if the id was not fresh."""
        if self._keys.create(key.tenant, key.id, "data-key", key.secret) != key.secret:
            raise KeyTaken

    def data_key(self, tenant: UUID, key_id: UUID) -> DataKey:
        """Raises KeyDestroyed; within 30 s of its destruction by another process it may still be given."""
        return DataKey(tenant, key_id, self._keys.get(tenant, key_id, "data-key"))

    def destroy_data_key(self, tenant: UUID, key_id: UUID) -> None:
        """Nobody can open what it sealed: here at once, in other processes within 30 s. Again is no error."""
        self._refuse_house_keys(tenant, key_id)
        self._keys.destroy(tenant, key_id)

    def writer(
        self, tenant: UUID, blob_class: BlobClass, data_key: DataKey, blob_id: UUID, segment: int = ORIGINAL_SEGMENT
    ) -> BlobWriter:
        """For bytes that arrive bit by bit; `segment` in bytes, a power of two."""
        if data_key.tenant != tenant:
            raise ValueError("another tenant's key")
        return BlobWriter(self._blobs, blob_key(tenant, blob_class, blob_id), data_key, blob_id, segment)

    def put(
        self,
        tenant: UUID,
        blob_class: BlobClass,
        key_id: UUID,
        source: bytes | BinaryIO | Path,
        blob_id: UUID,
        segment: int = ORIGINAL_SEGMENT,
    ) -> Stored:
        """Seals all of `source` under an existing data key. Durable when it returns; on error nothing is left.

        Raises KeyTaken when the id is used already, as after a job that died behind its write: see `stored`.
        """
        writer = self.writer(tenant, blob_class, self.data_key(tenant, key_id), blob_id, segment)
        try:
            with _opened(source) as file:
                plain = _filled(file, segment)
                while following := _filled(file, segment):
                    writer.segment(plain)
                    plain = following
                return writer.finish(plain)
        except BaseException:
            writer.abort()
            raise

    def stored(self, tenant: UUID, blob_class: BlobClass, key_id: UUID, blob_id: UUID) -> Stored:
        """The facts of a blob that lies there already, read and checked as a whole. Raises Missing, Damaged."""
        key, data_key = blob_key(tenant, blob_class, blob_id), self.data_key(tenant, key_id)
        sealed, hashed, plain = self._blobs.size(key), hashlib.sha256(), 0
        for piece in open_sealed(self._reader(key), sealed, data_key.secret, blob_id):
            hashed.update(piece)
            plain += len(piece)
        return Stored(blob_id, hashed.hexdigest(), plain, sealed)

    def open(self, ref: SealedBlob, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Plaintext from `start` to `stop` (default: the end), at most a segment a piece, at most 6 MiB in memory.

        Raises at once KeyDestroyed, Missing, and Damaged for header and size; while iterating Damaged and StoreFailed.
        """
        key = blob_key(ref.tenant, ref.blob_class, ref.blob_id)
        secret = self.data_key(ref.tenant, ref.key_id).secret
        return open_sealed(self._reader(key), ref.sealed_bytes, secret, ref.blob_id, start, stop)

    def delete(self, tenant: UUID, blob_class: BlobClass, blob_id: UUID) -> None:
        """Removes the sealed bytes; again is no error. Keys go by `destroy_data_key`."""
        if blob_class == BlobClass.KEYS:
            raise ValueError("keys are destroyed, not deleted")
        self._blobs.delete(blob_key(tenant, blob_class, blob_id))

    def seal_value(self, tenant: UUID, purpose: str, data: bytes) -> bytes:
        """A small secret for a row; opens only for this tenant and purpose."""
        return seal_value(self._keys.tenant_key(tenant), tenant, f"value/{purpose}", data)

    def open_value(self, tenant: UUID, purpose: str, sealed: bytes) -> bytes:
        """Raises Damaged for another tenant's or purpose's value, and for changed bytes."""
        return open_value(self._keys.tenant_key(tenant), tenant, f"value/{purpose}", sealed)

    def sign(self, tenant: UUID, signed: Mapping[str, Any]) -> dict[str, str]:
        """`{key, value}` over the JCS of the object without `signature`; values must be plain JSON."""
        key_id = signing.signing_key_id(tenant)
        return signing.sign(key_id, self._keys.get(tenant, key_id, "signing-key"), signed)

    def public_keys(self, tenant: UUID) -> list[signing.PublicKey]:
        """Keys that the tenant's signatures can be checked with."""
        key_id = signing.signing_key_id(tenant)
        return [signing.public_key(key_id, self._keys.get(tenant, key_id, "signing-key"))]

    def _reader(self, key: str) -> Callable[[int, int], bytes]:
        return lambda offset, length: self._blobs.read(key, offset, length)

    def _refuse_house_keys(self, tenant: UUID, key_id: UUID) -> None:
        if key_id in (tenant, signing.signing_key_id(tenant)):
            raise ValueError("this id belongs to the tenant's own keys")


@contextlib.contextmanager
def _opened(source: bytes | BinaryIO | Path) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield io.BytesIO(source) if isinstance(source, bytes) else source


def _filled(file: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end; raw files and pipes give less than asked."""
    pieces, missing = [], size
    while missing and (piece := file.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
