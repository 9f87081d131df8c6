"""How much more two workers read than one: `python -m benchmarks.scaling [--documents N]`.

Files and the embedded engine, so that no other server takes the cores. Each worker is `eakte work --jobs 1`: one
reading process. Ten PDFs of nine scanned pages are handed in at once; the time ends when all have been read, are PDF/A
and lie in a case file or the clearing basket. The workers have read before. Exit status 1 if the bound is missed.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Wire, api_alone
from benchmarks.ocr import PAGES, corpus, documents, lay_out, options, own_corpus
from benchmarks.service import Office
from tests.service import Service

BOUND = 1.85
WORKERS = (1, 2)
WARMING = 2
"""Documents that are read whenever a worker has begun, before the time counts."""


@contextmanager
def worker(service: Service) -> Iterator[None]:
    """One process of one reader, ended by SIGTERM."""
    with (service.home / "bench-worker.log").open("ab") as log:
        command = [sys.executable, "-m", "eakte", "work", "--jobs", "1"]
        started = subprocess.Popen(command, env=service.environment(), stdout=log, stderr=log)
    try:
        yield
    finally:
        started.terminate()
        started.wait(60)


def seconds(place: Office, workers: int, warming: Path, folder: Path) -> float:
    """From the first upload to the last document's place."""
    with ExitStack() as crew:
        for _ in range(workers):
            crew.enter_context(worker(place.service))
            place.run(warming)
        begun = time.monotonic()
        place.run(folder)
        return time.monotonic() - begun


def measure(folder: Path, count: int) -> list[Figure]:
    """Over the corpus in `folder`."""
    nines = documents(corpus(folder), count, PAGES)
    pages = sum(map(len, nines))
    with api_alone() as bench, tempfile.TemporaryDirectory() as name:
        place = Office(bench.service, Wire(bench.service.port, bench.key()))
        warming, whole = Path(name) / "warming", Path(name) / "whole"
        for made, docs in ((warming, nines[:WARMING]), (whole, nines)):
            made.mkdir()
            lay_out(docs, made)
        spent = {workers: seconds(place, workers, warming, whole) for workers in WORKERS}
    rates = [Figure(f"pages a second, workers: {workers}", pages / spent[workers], "pages/s") for workers in WORKERS]
    return [Figure("two workers against one", spent[1] / spent[2], bound=BOUND), *rates]


def draw(figures: list[Figure]) -> None:
    bars("scaling", "pages read by two workers, times one worker's", {figures[0].name: figures[0].value}, BOUND)


def main() -> int:
    given = options("scaling", __doc__)
    figures = measure(given.corpus or own_corpus(), given.documents)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
