"""The port to the object store: opaque keys, bytes that are written once and never changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from eakte.errors import Problem, Refused, Unavailable

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CLASSES = "original|derived|journal|keys|scratch"
_KEY = re.compile(f"({_UUID})/({_CLASSES})/({_UUID})", re.ASCII)
_PREFIX = re.compile(f"(?:({_UUID})/(?:({_CLASSES})/)?)?", re.ASCII)

Piece = bytes | bytearray | memoryview


class BlobClass(StrEnum):
    """What kind of bytes lie under a key; `original`, `derived`, `journal` may be locked, `keys`, `scratch` never."""

    ORIGINAL = "original"
    DERIVED = "derived"
    JOURNAL = "journal"
    KEYS = "keys"
    SCRATCH = "scratch"


class StoreFailed(Unavailable):
    """The store did not do what was asked; nothing half done is visible."""

    code, title = "store-unavailable", "Die Ablage antwortet nicht"


class StoreFull(Problem):
    """The store has no room left; what was begun is gone again."""

    code, status, title = "store-full", 507, "Kein Speicherplatz mehr"
    remedy = "Den Betrieb verständigen; später erneut senden."
    retry_after = 60


class KeyTaken(Refused):
    """There are durable bytes under this key already, and they stay."""

    code, title = "blob-exists", "Diese Bytes sind schon abgelegt"


class Missing(Problem):
    """No bytes under this key, though somebody knows it."""

    code, status, title = "blob-missing", 500, "Abgelegte Bytes fehlen"
    remedy = "Den Betrieb verständigen: Die Ablage ist unvollständig und aus der Sicherung zu ergänzen."


@dataclass(frozen=True)
class Listed:
    """One object as a listing shows it; `modified` is in UTC by the store's clock."""

    key: str
    bytes: int
    modified: datetime


class Sink(Protocol):
    """One object being written; nobody sees it before `commit` has returned."""

    def write(self, piece: Piece) -> None:
        """Takes all of the piece, whose memory may be used again afterwards. Raises StoreFull, StoreFailed."""

    def commit(self) -> None:
        """Durable when it returns. Raises KeyTaken, StoreFull, StoreFailed, and then has left nothing of its own."""

    def abort(self) -> None:
        """Removes what was written; does nothing after `commit` or a second time, and never raises."""


class BlobStore(Protocol):
    """Write once, read ranges, delete. All methods block; all may raise StoreFailed."""

    def sink(self, key: str) -> Sink:
        """Begins an object; several may be begun under one key, and the first to commit wins."""

    def read(self, key: str, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`, fewer only at the end of the object. Raises Missing."""

    def size(self, key: str) -> int:
        """Bytes stored under the key. Raises Missing."""

    def delete(self, key: str) -> None:
        """Gone for good when it returns, save what the store locks, which is hidden; no bytes there is no error."""

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Objects of everybody (`""`), a tenant (`<tenant>/`) or a class (`<tenant>/<class>/`), in no order."""

    def clear_unfinished(self, before: datetime) -> int:
        """Removes what killed writers left and nobody has touched since `before`; the number of things removed."""

    def free_bytes(self) -> int | None:
        """Room left, or None where the store does not tell."""

    def check(self) -> None:
        """Tries a real write; raises StoreFull or StoreFailed when uploads would fail now."""

    def describe(self) -> str:
        """Where the bytes lie and what protects them, for operators; never a secret."""


def blob_key(tenant: UUID, blob_class: BlobClass, blob_id: UUID) -> str:
    """`<tenant>/<class>/<uuid>`, the only form a key has."""
    return f"{tenant}/{blob_class}/{blob_id}"


def key_parts(key: str) -> tuple[str, str, str]:
    """Tenant, class and id of a key; raises ValueError unless it is exactly of the form `blob_key` makes."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is no blob key")
    return found[1], found[2], found[3]


def prefix_parts(prefix: str) -> list[str]:
    """Tenant, or tenant and class, or nothing of a listing's prefix; raises ValueError on any other text."""
    found = _PREFIX.fullmatch(prefix)
    if found is None:
        raise ValueError(f"{prefix!r} is no prefix of blob keys")
    return [part for part in found.groups() if part]
