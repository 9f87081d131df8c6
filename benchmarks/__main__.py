"""All benchmarks, one table: `python -m benchmarks`, which is `make bench`.

Well over half an hour on two cores; what is measured against what stands in each benchmark and in
docs/explanation/performance.md. Plots go to `benchmarks/out/`. Exit status 1 if a bound is missed.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    batches,
    confusion,
    ocr,
    reads,
    scaling,
    search,
    search_http,
    search_opensearch,
    service,
    upload,
    upload_s3,
)
from benchmarks.figures import OUT, Figure, conclude, load
from benchmarks.relevance import report

PAGES, QUESTIONS, UPLOADS, READ_SECONDS, OCR_ROUNDS = 100_000, 300, 25, 5.0, 2


def uploads() -> list[Figure]:
    figures = upload.measure(UPLOADS)
    upload.draw(figures)
    return figures


def uploads_s3() -> list[Figure]:
    figures = upload_s3.measure(UPLOADS)
    upload_s3.draw(figures)
    return figures


def deliveries() -> list[Figure]:
    figures = batches.measure(5)
    batches.draw(figures)
    return figures


def reading() -> list[Figure]:
    """Command and service in turns with the same rounds of bare tesseract."""
    scans = ocr.corpus(ocr.own_corpus())
    nines = ocr.documents(scans, 10, ocr.PAGES)
    bare, ours = ocr.bare_side(), ocr.pipeline_side()
    with service.office() as place:
        whole = service.side(place)
        ocr.compare(nines, OCR_ROUNDS, bare, ours, whole)
    speed = ocr.report("PDFs of nine pages through the service", nines, whole, bare)
    through = service.figures_of(speed, whole, sum(map(len, nines)))
    service.draw(through)
    return [*ocr.concluded(scans, nines, bare, ours), *through]


def searching() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="eakte-bench-search-") as folder:
        port = search.measure(Path(folder), PAGES, QUESTIONS)
        http = search_http.measure(Path(folder) / "port", PAGES, QUESTIONS)
    search.draw(port)
    search_http.draw(http)
    return [*port, *http]


def searching_opensearch() -> list[Figure]:
    figures = search_opensearch.measure(PAGES, QUESTIONS)
    search_opensearch.draw(figures)
    return figures


def readers() -> list[Figure]:
    figures = reads.measure(READ_SECONDS)
    reads.draw(figures)
    return figures


def workers() -> list[Figure]:
    figures = scaling.measure(ocr.own_corpus(), 10)
    scaling.draw(figures)
    return figures


def telling() -> list[Figure]:
    """Document types and filings, over the pages that the part before has drawn."""
    return confusion.measure(ocr.own_corpus())


PARTS: dict[str, Callable[[], list[Figure]]] = {
    "uploads": uploads, "uploads-s3": uploads_s3, "batches": deliveries, "searching": searching,
    "searching-opensearch": searching_opensearch, "readers": readers, "reading": reading,
    "workers": workers, "telling": telling, "relevance": report.measure,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["all", *PARTS], default="all", help="only these, in this order")
    asked = parser.parse_args().parts
    chosen = list(PARTS) if "all" in asked else asked
    print(f"{platform.node()}: {os.cpu_count()} cores, {load()}", flush=True)
    figures, begun = [], time.monotonic()
    for number, name in enumerate(chosen, 1):
        print(f"\n[{number}/{len(chosen)}] {name}, {time.monotonic() - begun:.0f} s so far, {load()}", flush=True)
        figures += PARTS[name]()
    result = conclude(figures)
    print(f"{time.monotonic() - begun:.0f} s; plots: {OUT}")
    return result


if __name__ == "__main__":
    sys.exit(main())
