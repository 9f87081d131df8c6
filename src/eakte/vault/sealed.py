"""The sealed blob and the sealed value, as docs/reference/formats/sealed-blob.md describes them. No I/O."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eakte.errors import Problem

MIB = 1 << 20
ORIGINAL_SEGMENT, READING_SEGMENT = MIB, 64 << 10
KEY_BYTES, HEADER, TAG = 32, 64, 16
_MAGIC, _VALUE_MAGIC = b"EAKTEBS\x01", b"EAKTESV\x01"
_LOG2_BOUNDS = range(12, 25)
_REQUEST = 4 * MIB  # plaintext fetched by one request when much is read
_ONE_REQUEST = MIB  # a blob up to here is fetched whole: one request instead of header and range

ReadAt = Callable[[int, int], bytes]
Segment = bytes | bytearray | memoryview


class Damaged(Problem):
    """Not the bytes that were sealed: cut, swapped, repeated, changed, another blob's, or under another key."""

    code, title = "blob-damaged", "Abgelegte Bytes sind beschädigt"
    remedy = "Den Betrieb verständigen: Die Ablage ist zu prüfen und aus der Sicherung zu ergänzen."


def _derived(key: bytes, salt: bytes, info: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=info).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])


def header(blob_id: UUID, segment: int, salt: bytes) -> bytes:
    """The 64 bytes before the segments; `segment` is a power of two from 4 KiB to 16 MiB, `salt` 32 fresh bytes."""
    log2 = segment.bit_length() - 1
    if log2 not in _LOG2_BOUNDS or segment != 1 << log2 or len(salt) != 32:
        raise ValueError("no segment size or salt of the format")
    return _MAGIC + bytes([log2]) + bytes(7) + blob_id.bytes + salt


def sealed_size(plain: int, segment: int) -> int:
    """Bytes that `plain` bytes take when sealed in segments of `segment` bytes."""
    return HEADER + plain + TAG * max(1, -(-plain // segment))


class Sealer:
    """Seals the segments of one blob one after another, into one buffer that it uses again and again."""

    def __init__(self, data_key: bytes, head: bytes) -> None:
        self._cipher = _derived(data_key, head[32:], head[:32])
        self._segment, self._number, self._ended = 1 << head[8], 0, False
        self._out = bytearray()

    def seal(self, plain: Segment, last: bool) -> memoryview:
        """The sealed segment, valid until the next call; works without the GIL. All but the last must be full."""
        size = len(plain)
        if self._ended or size > self._segment or (size < self._segment and not last) or (not size and self._number):
            raise ValueError("no segment of the format")
        if len(self._out) < size + TAG:
            self._out = bytearray(size + TAG)
        out = memoryview(self._out)[: size + TAG]
        self._cipher.encrypt_into(_nonce(self._number, last), plain, None, out)
        self._number, self._ended = self._number + 1, last
        return out


def fresh_header(blob_id: UUID, segment: int) -> bytes:
    """A header with a salt nobody has used: once for each attempt to write a blob."""
    return header(blob_id, segment, os.urandom(32))


@dataclass(frozen=True)
class Shape:
    """What the header and the sealed size tell about a blob."""

    head: bytes
    sealed: int

    @property
    def segment(self) -> int:
        """Bytes of plaintext in a full segment."""
        return 1 << self.head[8]

    @property
    def count(self) -> int:
        """Number of segments, at least one."""
        return -(-(self.sealed - HEADER) // (self.segment + TAG))

    @property
    def plain(self) -> int:
        """Bytes of plaintext."""
        return self.sealed - HEADER - self.count * TAG

    def offset(self, number: int) -> int:
        """Where sealed segment `number` begins; for `count` the end of the blob."""
        return min(HEADER + number * (self.segment + TAG), self.sealed)


def shape_of(head: bytes, sealed: int, blob_id: UUID) -> Shape:
    """Shape of a blob of `sealed` bytes; raises Damaged if it is none of version 1, cut, or another blob."""
    if len(head) != HEADER or head[:8] != _MAGIC or head[8] not in _LOG2_BOUNDS or any(head[9:16]):
        raise Damaged("Die Ablage enthält an dieser Stelle keine versiegelten Bytes.")
    if head[16:32] != blob_id.bytes:
        raise Damaged("An dieser Stelle liegen die Bytes eines anderen Objekts.")
    shape = Shape(head, sealed)
    if shape.plain < 0 or sealed != sealed_size(shape.plain, shape.segment):
        raise Damaged("Die abgelegten Bytes sind unvollständig.")
    return shape


def open_sealed(
    read_at: ReadAt, sealed: int, data_key: bytes, blob_id: UUID, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """Plaintext from `start` to `stop` (default: to the end) of a blob of `sealed` bytes, a segment at a time.

    `read_at(offset, length)` is asked at once for the header, then for neighbouring segments together, up to 4 MiB.
    Raises Damaged: at once for header and size, while iterating for segments, and never gives out a changed byte.
    """
    read_at = _whole(read_at, sealed)
    shape = shape_of(read_at(0, HEADER), sealed, blob_id)
    stop = shape.plain if stop is None else min(stop, shape.plain)
    if start < 0 or stop < 0:
        raise ValueError("a range begins at 0 or later")
    return _opened(read_at, shape, _derived(data_key, shape.head[32:], shape.head[:32]), start, stop)


def _whole(read_at: ReadAt, sealed: int) -> ReadAt:
    """Small blobs are read with one request; one byte more is asked for, to see what was appended."""
    if sealed > _ONE_REQUEST:
        return read_at
    held = read_at(0, sealed + 1)
    return lambda offset, length: held[offset : offset + length]


def _opened(read_at: ReadAt, shape: Shape, cipher: AESGCM, start: int, stop: int) -> Iterator[bytes]:
    size, at_once = shape.segment, max(1, _REQUEST // shape.segment)
    first = start // size
    end = -(-stop // size) if shape.plain else 1
    buffer = bytearray(min(size, shape.plain))
    for number in range(first, end, at_once):
        after = min(number + at_once, end)
        fetched = memoryview(_fetched(read_at, shape, number, after))
        for inner in range(number, after):
            sealed = fetched[
                shape.offset(inner) - shape.offset(number) : shape.offset(inner + 1) - shape.offset(number)
            ]
            plain = memoryview(buffer)[: len(sealed) - TAG]
            _unseal(cipher, _nonce(inner, inner == shape.count - 1), sealed, plain)
            if piece := bytes(plain[max(0, start - inner * size) : max(0, stop - inner * size)]):
                yield piece


def _fetched(read_at: ReadAt, shape: Shape, number: int, after: int) -> bytes:
    """Sealed segments `number` to `after`, exactly; with the last one a byte more is asked for and must not come."""
    offset, length = shape.offset(number), shape.offset(after) - shape.offset(number)
    fetched = read_at(offset, length + (after == shape.count))
    if len(fetched) != length:
        raise Damaged("Die abgelegten Bytes haben nicht die verzeichnete Länge.")
    return fetched


def _unseal(cipher: AESGCM, nonce: bytes, sealed: memoryview, plain: memoryview) -> None:
    try:
        cipher.decrypt_into(nonce, sealed, None, plain)
    except InvalidTag as error:
        raise Damaged from error


def seal_value(outer_key: bytes, tenant: UUID, purpose: str, data: bytes, salt: bytes | None = None) -> bytes:
    """A small secret, 56 bytes longer than it was; `salt` is given only to check test vectors."""
    salt = os.urandom(32) if salt is None else salt
    cipher = _derived(outer_key, salt, _VALUE_MAGIC + tenant.bytes + purpose.encode())
    return _VALUE_MAGIC + salt + cipher.encrypt(bytes(12), data, None)


def open_value(outer_key: bytes, tenant: UUID, purpose: str, sealed: bytes) -> bytes:
    """What `seal_value` was given; raises Damaged for another key, tenant or purpose, and for changed bytes."""
    if sealed[:8] != _VALUE_MAGIC or len(sealed) < 40 + TAG:
        raise Damaged("Das ist kein versiegelter Wert.")
    try:
        cipher = _derived(outer_key, sealed[8:40], _VALUE_MAGIC + tenant.bytes + purpose.encode())
        return cipher.decrypt(bytes(12), sealed[40:], None)
    except InvalidTag as error:
        raise Damaged from error
