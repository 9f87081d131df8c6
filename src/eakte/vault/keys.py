"""Master key, tenant keys, data keys: each wrapped by the one above, each an object of its own in the store."""

import contextlib
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from eakte.blobs.port import BlobClass, BlobStore, KeyTaken, Missing, blob_key
from eakte.errors import Gone, Problem
from eakte.vault.sealed import KEY_BYTES, Damaged, open_value, seal_value

CACHE_SECONDS = 30.0
_CACHE_KEYS = 1024
_LONGEST = 4096  # no wrapped key is longer
_MASTER = re.compile(rb"eakte-master-key:1:([0-9a-f]{64})\n?")


class MasterKeyMissing(Problem):
    """The file that opens everything is not there, cannot be read, or holds no master key; a note names it."""

    code, status, title = "master-key-missing", 503, "Hauptschlüssel fehlt"
    remedy = "Den Betrieb verständigen: Die Datei des Hauptschlüssels (EAKTE_MASTER_KEY_FILE) ist bereitzustellen."
    retry_after = 60


class TenantKeyUnusable(Problem):
    """The tenant has no key here, or another master key sealed it."""

    code, status, title = "tenant-key-unusable", 503, "Mandantenschlüssel nicht nutzbar"
    remedy = "Den Betrieb verständigen: Gehört die Datei des Hauptschlüssels zu dieser Ablage?"
    retry_after = 60


class KeyDestroyed(Gone):
    """The data key is no longer there: what it sealed cannot be opened by anybody."""

    code, title = "key-destroyed", "Schlüssel vernichtet"


@dataclass(frozen=True)
class DataKey:
    """A data key in the clear; never shown, logged or kept longer than the work needs."""

    tenant: UUID
    id: UUID
    secret: bytes = field(repr=False)


def create_master_key(path: Path) -> bool:
    """Makes a fresh key file (0600), durable and whole before it is visible; False if there is a file already.

    Only for a house without data: a fresh key opens nothing that another one sealed.
    """
    if path.exists():  # perhaps as a secret, in a folder that cannot be written
        return False
    temp = path.with_name(f".{path.name}.{uuid4()}")
    descriptor = os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"eakte-master-key:1:" + os.urandom(KEY_BYTES).hex().encode() + b"\n")
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(temp, path)
            return True
        return False
    finally:
        temp.unlink()
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


def read_master_key(path: Path) -> bytes:
    """The 32 bytes of the key file; raises MasterKeyMissing."""
    missing = MasterKeyMissing()
    missing.add_note(f"master key file: {path}")  # for the log; callers over HTTP need no path
    try:
        found = _MASTER.fullmatch(path.read_bytes())
    except OSError as error:
        raise missing from error
    if found is None:
        raise missing
    return bytes.fromhex(found[1].decode())


class KeyCache:
    """Opened keys for at most `seconds` and at most 1024 at once; safe for threads."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, threading.Lock()
        self._held: OrderedDict[tuple[UUID, UUID], tuple[float, bytes]] = OrderedDict()

    def get(self, tenant: UUID, key_id: UUID) -> bytes | None:
        """The key if it was put here within the last `seconds`."""
        with self._lock:
            until, secret = self._held.get((tenant, key_id), (0.0, b""))
            return secret if self._clock() < until else None

    def put(self, tenant: UUID, key_id: UUID, secret: bytes) -> None:
        """Keeps it, in place of the one put here longest ago when there are too many."""
        with self._lock:
            self._held[tenant, key_id] = (self._clock() + self._seconds, secret)
            self._held.move_to_end((tenant, key_id))
            if len(self._held) > _CACHE_KEYS:
                self._held.popitem(last=False)

    def forget(self, tenant: UUID, key_id: UUID) -> None:
        """Drops it now; other processes drop theirs when its time is over."""
        with self._lock:
            self._held.pop((tenant, key_id), None)


class KeyRing:
    """The keys of all tenants under one master key file, which is read when it is first needed."""

    def __init__(self, blobs: BlobStore, master_key: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs, self._master_path = blobs, master_key
        self._master: bytes | None = None
        self._cache = KeyCache(CACHE_SECONDS, clock)

    def create_tenant_key(self, tenant: UUID) -> None:
        """Durable when it returns; of several that try at once one wins, and a key that is there stays."""
        self._written(tenant, tenant, seal_value(self._master_key(), tenant, "tenant-key", os.urandom(KEY_BYTES)))
        self.tenant_key(tenant)

    def tenant_key(self, tenant: UUID) -> bytes:
        """Raises TenantKeyUnusable, MasterKeyMissing."""
        held = self._cache.get(tenant, tenant)
        if held is None:
            held = self._opened_tenant_key(tenant)
            self._cache.put(tenant, tenant, held)
        return held

    def create(self, tenant: UUID, key_id: UUID, kind: str, secret: bytes) -> bytes:
        """Wraps `secret` as `<kind>/<key id>`, durable when it returns; if that key is there, gives that one."""
        wrapped = seal_value(self.tenant_key(tenant), tenant, f"{kind}/{key_id}", secret)
        if not self._written(tenant, key_id, wrapped):
            return self.get(tenant, key_id, kind)
        self._cache.put(tenant, key_id, secret)
        return secret

    def get(self, tenant: UUID, key_id: UUID, kind: str) -> bytes:
        """The secret kept under this id, at most 30 s old. Raises KeyDestroyed, Damaged."""
        held = self._cache.get(tenant, key_id)
        if held is None:
            outer = self.tenant_key(tenant)
            try:
                wrapped = self._blobs.read(blob_key(tenant, BlobClass.KEYS, key_id), 0, _LONGEST)
            except Missing as error:
                raise KeyDestroyed from error
            held = open_value(outer, tenant, f"{kind}/{key_id}", wrapped)
            self._cache.put(tenant, key_id, held)
        return held

    def destroy(self, tenant: UUID, key_id: UUID) -> None:
        """Deletes the object for good; again is no error. Other processes forget the key within 30 s."""
        self._blobs.delete(blob_key(tenant, BlobClass.KEYS, key_id))
        self._cache.forget(tenant, key_id)

    def _master_key(self) -> bytes:
        if self._master is None:
            self._master = read_master_key(self._master_path)
        return self._master

    def check(self) -> None:
        """Raises MasterKeyMissing when the master key cannot be read."""
        self._master_key()

    def _opened_tenant_key(self, tenant: UUID) -> bytes:
        master = self._master_key()
        try:
            wrapped = self._blobs.read(blob_key(tenant, BlobClass.KEYS, tenant), 0, _LONGEST)
            return open_value(master, tenant, "tenant-key", wrapped)
        except (Missing, Damaged) as error:
            raise TenantKeyUnusable from error

    def _written(self, tenant: UUID, key_id: UUID, wrapped: bytes) -> bool:
        """False if a key is there already."""
        sink = self._blobs.sink(blob_key(tenant, BlobClass.KEYS, key_id))
        try:
            sink.write(wrapped)
            sink.commit()
        except KeyTaken:
            return False
        finally:
            sink.abort()
            self._cache.forget(tenant, key_id)  # what lies in the store counts, not what lay there before
        return True
