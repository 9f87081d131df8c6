"""`eakte blobs copy`: everything into another store, while the service runs; ends with what the database knows."""

import hashlib
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

from eakte import wiring
from eakte.access.acts import all_tenants
from eakte.blobs.copying import CopyDiffers, copy_blob
from eakte.blobs.port import BlobClass, BlobStore, Missing, blob_key
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
    notes = settings.home / f"copied-{hashlib.sha256(to.encode()).hexdigest()[:16]}"
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        copier = Copier(source, target, pool, notes)
        tenants = [tenant for tenant, _ in all_tenants(house.database)]
        for tenant in tenants:
            for blob_class in BlobClass:
                copier.copy_all(f"{tenant}/{blob_class}/")
        missing = sum(copier.missing(house.database, tenant) for tenant in tenants)
    house.close()
    return _told(copier, missing, settings, to)


def _told(copier: "Copier", missing: int, settings: Settings, to: str) -> int:
    copier.progress.tell(at_once=True)
    if missing or copier.differing:
        print(f"Nicht vollständig: {missing} fehlen, {copier.differing} weichen ab. Erneut starten.", file=sys.stderr)
        return 1
    print(f"Alle {copier.known} Objekte, die die Datenbank kennt, liegen in {to}.")
    if to == settings.blobs_url:
        copier.notes.unlink(missing_ok=True)
        print("EAKTE_BLOBS_FALLBACK_URL kann nun entfallen.")
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
    """Copies and looks; `notes` holds a line for each key whose copy was proved."""

    def __init__(self, source: BlobStore, target: BlobStore, pool: ThreadPoolExecutor, notes: Path) -> None:
        self._source, self._target, self._pool, self.notes = source, target, pool, notes
        self._proved = set(notes.read_text().split()) if notes.exists() else set()
        self.progress, self.differing, self.known = Progress(), 0, 0

    def copy_all(self, prefix: str) -> None:
        """What the source lists; passes over what was proved before and still lies in the target."""
        there = {listed.key for listed in self._target.keys(prefix)} & self._proved
        for keys in _batches(listed.key for listed in self._source.keys(prefix)):
            self.progress.listed += len(keys)
            self._copy([key for key in keys if key not in there])
            self.progress.done += len(keys)
            self.progress.tell()

    def _copy(self, keys: list[str]) -> None:
        proved = [key for key in self._pool.map(self._copied, keys) if key]
        with self.notes.open("a") as file:
            file.writelines(f"{key}\n" for key in proved)

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
        return sum(self._missing_of(database, tenant, wanted) for wanted in _wanted(database, tenant))

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


def _wanted(database: Database, tenant: UUID) -> Iterator[dict[str, int | None]]:
    """Keys and sizes of all blobs, batch by batch, with the keys that seal them; those without a known size."""
    seen = {tenant, signing_key_id(tenant)}
    yield {blob_key(tenant, BlobClass.KEYS, key): None for key in seen}
    after: UUID | None = None
    while True:
        with database.look(tenant) as unit:
            rows = [blob for blob, _ in noted_blobs(unit, after, _BATCH)]
        if not rows:
            return
        sealing = {row.key_id for row in rows} - seen
        seen |= sealing
        sizes: dict[str, int | None] = {blob_key(tenant, row.blob_class, row.blob_id): row.sealed_bytes for row in rows}
        yield sizes | {blob_key(tenant, BlobClass.KEYS, key): None for key in sealing}
        after = rows[-1].blob_id


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
