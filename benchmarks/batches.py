"""A batch's way in against a plain copy: `python -m benchmarks.batches [--rounds N]`.

The act: `eakte upload`'s sending of a folder into a running API (HTTP, sign-in, SHA-256, sealing,
durable storing, key objects, rows, journal, jobs, receipts, commits), four files at once, no reading. The measure: the
same files copied one after another, fsynced and hashed. In turns; medians. Exit status 1 if the bound is missed.

The bound looks at stacks of some twenty scanned pages in one file, with a manifest that names the hashes, as scanning
centres deliver them. Beside it: the same hashed by the client while it sends, and smaller files.
"""

import argparse
import hashlib
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Bench, api_alone
from eakte.centre.delivery import Delivery, Piece
from eakte.centre.line import Line
from eakte.centre.sending import Progress, Sending
from eakte.scanning.model import ItemSaid

BOUND = 0.5
SETS = {
    "100 files of 200 KB": (100, 200_000, True),
    "30 files of 2 MB": (30, 2_000_000, True),
    "8 files of 20 MB": (8, 20_000_000, True),
    "8 files of 20 MB, no hashes given": (8, 20_000_000, False),
}
"""Files, bytes of each, whether a manifest names their hashes."""
BOUNDED = "8 files of 20 MB"
BATCH, COPY = "batch", "copy + fsync + SHA-256"


def delivery(folder: Path, count: int, size: int, hashed: bool = True) -> Delivery:
    """So many scans of so many bytes, their pages counted already."""
    pieces = []
    for number in range(count):
        path = folder / f"{number:05}.tif"
        data = b"II*\0" + os.urandom(size - 4)
        path.write_bytes(data)
        pieces.append(Piece(path, size, ItemSaid(path.name, hashlib.sha256(data).hexdigest() if hashed else "", 1)))
    return Delivery(pieces, None)


def batch_seconds(bench: Bench, key: str, sent: Delivery) -> float:
    """Announced, sent and complete; then the disk has its blocks again."""
    pieces = sent.pieces
    said = {"reference": str(uuid4()), "profile": "simplex", "operator": "bench", "expected_sheets": len(pieces)}
    progress = Progress(len(pieces), sum(piece.bytes for piece in pieces), lambda _: None)
    sending = Sending(Line(bench.service.url, key), sent, said, progress)
    begun = time.perf_counter()
    sending.send()
    seconds = time.perf_counter() - begun
    if sending.refused:
        raise RuntimeError(str(sending.refused[0]))
    bench.drop_originals()
    return seconds


def copy_seconds(folder: Path, sent: Delivery) -> float:
    """Each file read, written, fsynced, hashed and compared."""
    target = folder / "copy"
    target.mkdir()
    begun = time.perf_counter()
    for piece in sent.pieces:
        with piece.path.open("rb") as source, (target / piece.path.name).open("wb") as into:
            shutil.copyfileobj(source, into, 1 << 20)
            into.flush()
            os.fsync(into.fileno())
        with (target / piece.path.name).open("rb") as copied:
            found = hashlib.file_digest(copied, "sha256").hexdigest()
            assert found == (piece.said.sha256 or found)
    seconds = time.perf_counter() - begun
    shutil.rmtree(target)
    return seconds


def medians(arms: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Of each, in changing order; one round before does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    chance = random.Random(7)
    for number in range(rounds + 1):
        for name in chance.sample(list(arms), len(arms)):
            took = arms[name]()
            if number:
                seconds[name].append(took)
    return {name: statistics.median(each) for name, each in seconds.items()}


def measure(rounds: int) -> list[Figure]:
    figures = []
    with api_alone() as bench, TemporaryDirectory(dir=bench.service.home) as folder:
        key = bench.key()
        for title, (count, size, hashed) in SETS.items():
            place = Path(folder) / title.replace(" ", "-")
            place.mkdir()
            sent = delivery(place, count, size, hashed)
            arms: dict[str, Callable[[], float]] = {
                BATCH: partial(batch_seconds, bench, key, sent),
                COPY: partial(copy_seconds, place, sent),
            }
            found = medians(arms, rounds)
            print(
                f"{title}: " + ", ".join(f"{name} {taken * 1000:.0f} ms" for name, taken in found.items()), flush=True
            )
            bound = BOUND if title == BOUNDED else None
            figures.append(Figure(f"batch of {title} against {COPY}", found[COPY] / found[BATCH], bound=bound))
    return figures


def draw(figures: list[Figure]) -> None:
    bars("batches", "a batch against a plain copy", {figure.name: figure.value for figure in figures}, BOUND)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.batches", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    figures = measure(parser.parse_args().rounds)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
