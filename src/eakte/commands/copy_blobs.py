"""`eakte blobs copy`: everything into another store, while the service runs; ends with what the database knows."""

import hashlib
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from eakte import wiring
from eakte.access.acts import all_tenants
from eakte.blobs.copying import CopyDiffers, copy_blob
from eakte.blobs.port import BlobClass, BlobStore, Missing, blob_key
from eakte.commands.copied import Notes
from eakte.database import Database
from eakte.settings import Settings
from eakte.vault.rows import known_blobs, noted_blobs
from eakte.vault.signing import signing_key_id

_AT_ONCE = 4
_BATCH = 500


def copy_blobs(settings: Settings, to: str) -> int:
    """0 only if the other store then has all that the database knows; again goes on where it stopped."""
    house = wiring.furnish(settings, pool=_AT_ONCE)
    source, target = wiring.stores_of_a_move(settings, to)
    target.check()
    notes = Notes(settings.home / f"copied-{hashlib.sha256(to.encode()).hexdigest()[:16]}.db")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        copier = Copier(source, target, pool, notes, _classes(settings, to))
        tenants = [tenant for tenant, _ in all_tenants(house.database)]
        for tenant in tenants:
            copier.copy_all(tenant)
        missing = sum(copier.missing(house.database, tenant) for tenant in tenants)
    house.close()
    try:
        return _told(copier, missing, settings, to)
    finally:
        notes.close()


def _classes(settings: Settings, to: str) -> set[BlobClass]:
    """No keys into a store that the service does not delete from as well: what it destroys would live on there."""
    return set(BlobClass) if to == wiring.own_store(settings) else set(BlobClass) - {BlobClass.KEYS}


def _told(copier: "Copier", missing: int, settings: Settings, to: str) -> int:
    copier.progress.tell(at_once=True)
    if missing or copier.differing:
        print(f"Nicht vollständig: {missing} fehlen, {copier.differing} weichen ab. Erneut starten.", file=sys.stderr)
        return 1
    if to == wiring.own_store(settings):
        copier.notes.remove()
        print(f"Alle {copier.known} Objekte, die die Datenbank kennt, liegen in {to}.")
        print("EAKTE_BLOBS_FALLBACK_URL kann nun entfallen.")
    else:
        print(f"Alle {copier.known} Objekte, die die Datenbank kennt, liegen in {to}, aber noch keine Schlüssel:")
        print("Die kommen, wenn EAKTE_BLOBS_URL diese Ablage nennt und erneut kopiert wird.")
    return 0


@dataclass
class Progress:
    """What was done so far; a line on stderr every few seconds."""

    listed: int = 0
    done: int = 0
    bytes: int = 0
    told: float = field(default_factory=time.monotonic)

    def tell(self, *, at_once: bool = False) -> None:
        """Prints the line if it is time for it."""
        if at_once or time.monotonic() - self.told > 2:
            self.told = time.monotonic()
            print(f"{self.done} von {self.listed} Objekten, {self.bytes / 2**20:.0f} MiB kopiert", file=sys.stderr)


class Copier:
    """Copies and looks at blobs of these classes."""

    def __init__(
        self, source: BlobStore, target: BlobStore, pool: ThreadPoolExecutor, notes: Notes, classes: set[BlobClass]
    ) -> None:
        self._source, self._target, self._pool, self.notes, self._classes = source, target, pool, notes, classes
        self.progress, self.differing, self.known = Progress(), 0, 0

    def copy_all(self, tenant: UUID) -> None:
        """What the source lists; passes over what was proved before and still lies in the target."""
        for blob_class in sorted(self._classes):
            prefix = f"{tenant}/{blob_class}/"
            self.notes.there.clear()
            self.notes.there.add(listed.key for listed in self._target.keys(prefix))
            for keys in _batches(listed.key for listed in self._source.keys(prefix)):
                self._copy_unproved(keys)

    def _copy_unproved(self, keys: list[str]) -> None:
        self.progress.listed += len(keys)
        passed = self.notes.proved.among(keys) & self.notes.there.among(keys)
        self._copy([key for key in keys if key not in passed])
        self.progress.done += len(keys)
        self.progress.tell()

    def _copy(self, keys: list[str]) -> None:
        self.notes.proved.add([key for key in self._pool.map(self._copied, keys) if key])

    def _copied(self, key: str) -> str:
        """The key if its copy was proved, else nothing."""
        try:
            size = copy_blob(self._source, self._target, key)
        except CopyDiffers as problem:
            self.differing += 1
            print(f"{problem.detail}. {problem.remedy}", file=sys.stderr)
            return ""
        self.progress.bytes += size or 0
        return key if size is not None else ""

    def missing(self, database: Database, tenant: UUID) -> int:
        """How many objects that the database knows are not in the target, after a second try."""
        return sum(self._missing_of(database, tenant, wanted) for wanted in self._wanted(database, tenant))

    def _wanted(self, database: Database, tenant: UUID) -> Iterator[dict[str, int | None]]:
        """Keys and sizes of all blobs, batch by batch, with the keys that seal them; those without a known size."""
        yield self._unasked(_keys_of(tenant, [tenant, signing_key_id(tenant)]))
        after: UUID | None = None
        while True:
            with database.look(tenant) as unit:
                rows = [blob for blob, _ in noted_blobs(unit, after, _BATCH)]
            if not rows:
                return
            noted = [row for row in rows if row.blob_class in self._classes]
            yield {blob_key(tenant, row.blob_class, row.blob_id): row.sealed_bytes for row in noted}
            yield self._unasked(_keys_of(tenant, {row.key_id for row in rows}))
            after = rows[-1].blob_id

    def _unasked(self, keys: dict[str, int | None]) -> dict[str, int | None]:
        """A key seals many blobs, and is looked for once; if at all."""
        if BlobClass.KEYS not in self._classes:
            return {}
        asked = self.notes.asked.among(list(keys))
        self.notes.asked.add(keys)
        return {key: size for key, size in keys.items() if key not in asked}

    def _missing_of(self, database: Database, tenant: UUID, wanted: dict[str, int | None]) -> int:
        self.known += len(wanted)
        whole = self._pool.map(self._is_whole, wanted, wanted.values())
        lacking = [key for key, there in zip(wanted, whole, strict=True) if not there]
        self._copy(lacking)
        return sum(not self._is_whole(key, wanted[key]) for key in lacking if _still_known(database, tenant, key))

    def _is_whole(self, key: str, size: int | None) -> bool:
        try:
            return self._target.size(key) == size or size is None
        except Missing:
            return False


def _keys_of(tenant: UUID, ids: Iterable[UUID]) -> dict[str, int | None]:
    return {blob_key(tenant, BlobClass.KEYS, id_): None for id_ in ids}


def _still_known(database: Database, tenant: UUID, key: str) -> bool:
    """Whether what is lacking was not let go of meanwhile."""
    _, blob_class, id_ = key.split("/")
    if blob_class == BlobClass.KEYS:
        return True
    with database.look(tenant) as unit:
        return bool(known_blobs(unit, [UUID(id_)]))


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
