"""`eakte blobs verify`: opens every blob that the database knows, and compares what comes out with its SHA-256."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from eakte import wiring
from eakte.access.acts import all_tenants
from eakte.blobs.port import BlobClass, Missing
from eakte.errors import Problem, Unavailable
from eakte.settings import Settings
from eakte.sweep import always, without_row
from eakte.vault import SealedBlob
from eakte.vault.keys import KeyDestroyed
from eakte.vault.rows import noted_blobs
from eakte.wiring import House

THREADS = 4
_BATCH = 500
DIFFERS = "other bytes than noted"


def verify_blobs(settings: Settings) -> int:
    """0 when all blobs are as noted; prints a line for each that is not, and for originals without a row.

    While the service runs, a file that is being handed in may be among the latter.
    """
    house = wiring.furnish(settings)
    checked = wrong = unknown = 0
    for tenant, _name in all_tenants(house.database):
        for blob, fault in _checked(house, tenant):
            checked += 1
            if fault is not None:
                wrong += 1
                print(f"{fault}: {tenant}/{blob.blob_class}/{blob.blob_id} of {blob.key_id}")
        # as a set: during a move it may be listed of both stores
        for id_ in set(without_row(house, tenant, BlobClass.ORIGINAL, house.clock(), always)):
            unknown += 1
            print(f"not in the database: {tenant}/{BlobClass.ORIGINAL}/{id_}")
    house.close()
    print(f"{checked} blobs opened, {wrong} not as noted; {unknown} originals that the database does not know")
    return 1 if wrong else 0


def _checked(house: House, tenant: UUID) -> Iterator[tuple[SealedBlob, str | None]]:
    after: UUID | None = None
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            with house.database.look(tenant) as unit:
                batch = noted_blobs(unit, after, _BATCH)
            if not batch:
                return
            blobs, hashes = [blob for blob, _ in batch], [sha256 for _, sha256 in batch]
            yield from zip(blobs, pool.map(partial(_fault, house), blobs, hashes), strict=True)
            after = blobs[-1].blob_id


def _fault(house: House, blob: SealedBlob, sha256: str) -> str | None:
    hashed = hashlib.sha256()
    try:
        for piece in house.vault.open(blob):
            hashed.update(piece)
    except (KeyDestroyed, Missing) as problem:
        return None if blob.blob_class is BlobClass.SCRATCH else problem.code  # scratch is made anew
    except Unavailable:
        raise
    except Problem as problem:
        return problem.code
    return None if hashed.hexdigest() == sha256 else DIFFERS
