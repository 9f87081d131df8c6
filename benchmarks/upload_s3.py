"""An upload's whole act with S3 below, against the bare SDK: `python -m benchmarks.upload_s3 [--rounds N]`.

The act is that of `benchmarks.upload`, its bytes and its key in SeaweedFS on this machine. The measure: `put_object` of
the same bytes by the `minio` SDK, without HTTP before it. The order is shuffled in each round; medians. Beside it:
200 KB, four at once. Exit status 1 if the bound is missed.
"""

import argparse
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO

from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Bench, Wire, api_alone, form
from benchmarks.upload import AT_ONCE, LARGE, SIZES, Seconds, p50s, post, together
from tests.buckets import Bucket, empty_bucket
from tests.homes import discard, new_home
from tests.services import frame
from tests.services.seaweedfs import SeaweedFS

BOUND = 0.7
SERVICE, BARE = "whole act", "bare put"


@contextmanager
def bucket() -> Iterator[Bucket]:
    """An empty bucket of a server of one's own."""
    folder, service = new_home(), SeaweedFS()
    try:
        yield empty_bucket(frame.start(service, folder), "bench")
    finally:
        frame.stop(service, folder)
        discard(folder)


def arms(bench: Bench, store: Bucket, key: str, data: bytes, at_once: int) -> dict[str, Seconds]:
    """The two things to time; both give the store back its room afterwards."""
    client = store.admin()
    uploads = [partial(post, Wire(bench.service.port, key), form(data))] * at_once

    def put() -> float:
        name, begun = f"bare/{uuid.uuid4()}", time.perf_counter()
        client.put_object(store.name, name, BytesIO(data), len(data))
        return time.perf_counter() - begun

    def bare() -> float:
        seconds = together([put] * at_once)
        for found in client.list_objects(store.name, "bare/", recursive=True):
            client.remove_object(store.name, found.object_name)
        return seconds

    def upload() -> float:
        seconds = together(uploads)
        bench.drop_originals()
        return seconds

    return {SERVICE: upload, BARE: bare}


def measure(rounds: int) -> list[Figure]:
    figures = []
    with bucket() as store, api_alone(**store.settings) as bench:
        key = bench.key()
        for size, label in SIZES.items():
            data = b"%PDF-1.7\n" + os.urandom(size - 9)
            for at_once in (1, AT_ONCE):
                again = rounds if size == LARGE else 2 * rounds
                found = p50s(arms(bench, store, key, data, at_once), again)
                figures.append(_told(f"S3 upload {label}" + (f", {at_once} at once" if at_once > 1 else ""), found))
    return figures


def _told(title: str, found: dict[str, float]) -> Figure:
    print(f"{title}: " + ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in found.items()), flush=True)
    bound = BOUND if title == f"S3 upload {SIZES[LARGE]}" else None
    return Figure(f"{title}, {BARE} against {SERVICE}", found[BARE] / found[SERVICE], bound=bound)


def draw(figures: list[Figure]) -> None:
    bars("upload-s3", "whole act against the bare SDK", {figure.name: figure.value for figure in figures}, BOUND)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.upload_s3", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    figures = measure(parser.parse_args().rounds)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
