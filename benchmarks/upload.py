"""An upload's whole act against the disk: `python -m benchmarks.upload [--rounds N]`.

The act: HTTP, parsing, sign-in, SHA-256, sealing, storing durably, key object, rows, journal, job, signed receipt,
commit. The measure: writing, fsyncing and hashing the same bytes without HTTP. The order is shuffled in each round;
medians. Beside it: against the raw write alone, 200 KB, four at once. Exit status 1 if the bound is missed.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.disk import write_seconds
from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Bench, Wire, api_alone, form

LARGE, SMALL, AT_ONCE = 20_000_000, 200_000, 4
BOUND = 0.5
SIZES = {SMALL: "200 KB", LARGE: "20 MB"}  # the small ones first: they make the store's folders, once each
SERVICE, HASHED, RAW = "whole act", "write + fsync + SHA-256", "write + fsync"

Seconds = Callable[[], float]


def arms(bench: Bench, key: str, data: bytes, at_once: int) -> dict[str, Seconds]:
    """The three things to time."""
    folder = bench.service.home
    uploads = [partial(post, Wire(bench.service.port, key), form(data))] * at_once

    def upload() -> float:
        seconds = together(uploads)
        bench.drop_originals()
        return seconds

    return {
        SERVICE: upload,
        HASHED: partial(together, [partial(write_seconds, folder, data, hashed=True)] * at_once),
        RAW: partial(together, [partial(write_seconds, folder, data)] * at_once),
    }


def post(wire: Wire, body: bytes) -> float:
    begun = time.perf_counter()
    with wire.connected() as connection:
        connection.post("/v1/documents", body)
    return time.perf_counter() - begun


def together(calls: list[Seconds]) -> float:
    """Mean seconds of calls made at the same time."""
    if len(calls) == 1:
        return calls[0]()
    with ThreadPoolExecutor(len(calls)) as pool:
        return statistics.mean(pool.map(lambda call: call(), calls))


def p50s(timed: dict[str, Seconds], rounds: int) -> dict[str, float]:
    """Median seconds of each; one round before does not count."""
    seconds = defaultdict(list)
    chance = random.Random(7)
    for number in range(rounds + 1):
        for name in chance.sample(list(timed), len(timed)):
            took = timed[name]()
            if number:
                seconds[name].append(took)
    return {name: statistics.median(each) for name, each in seconds.items()}


def measure(rounds: int) -> list[Figure]:
    figures = []
    with api_alone() as bench:
        key = bench.key()
        for size, label in SIZES.items():
            data = b"%PDF-1.7\n" + os.urandom(size - 9)
            for at_once in (1, AT_ONCE):
                again = rounds if size == LARGE else 4 * rounds
                found = p50s(arms(bench, key, data, at_once), again)
                figures += _told(f"upload {label}" + (f", {at_once} at once" if at_once > 1 else ""), size, found)
    return figures


def _told(title: str, size: int, found: dict[str, float]) -> list[Figure]:
    shown = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in found.items())
    print(f"{title}: {shown}; disk {size / found[RAW] / 1e6:.0f} MB/s", flush=True)
    bound = BOUND if title == f"upload {SIZES[LARGE]}" else None
    return [
        Figure(f"{title}, whole act against {HASHED}", found[HASHED] / found[SERVICE], bound=bound),
        Figure(f"{title}, against {RAW} alone", found[RAW] / found[SERVICE]),
    ]


def draw(figures: list[Figure]) -> None:
    bars("upload", "whole act against the disk", {figure.name: figure.value for figure in figures}, BOUND)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.upload", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    figures = measure(parser.parse_args().rounds)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
