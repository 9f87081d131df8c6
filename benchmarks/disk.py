"""What the disk and SHA-256 alone take for some bytes: the measure an upload is compared with.

Every file is deleted at once: fresh page cache and fresh disk blocks cost several times used ones on virtual machines,
so both sides of a comparison must reuse them.
"""

import hashlib
import os
import statistics
import time
from pathlib import Path
from uuid import uuid4


def write_seconds(folder: Path, data: bytes, hashed: bool = False) -> float:
    """Seconds to write `data` to a fresh file and fsync it, then, if `hashed`, to take its SHA-256."""
    path = folder / f"{uuid4()}.raw"
    begun = time.perf_counter()
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
        if hashed:
            hashlib.sha256(data).digest()
        return time.perf_counter() - begun
    finally:
        os.close(descriptor)
        path.unlink()


def p50_write(folder: Path, size: int, rounds: int = 15, hashed: bool = False) -> float:
    """Median seconds of `write_seconds` for `size` random bytes, after one round that does not count."""
    data = os.urandom(size)
    write_seconds(folder, data, hashed)
    return statistics.median(write_seconds(folder, data, hashed) for _ in range(rounds))
