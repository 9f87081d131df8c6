"""How well document types are told and documents file themselves, over the scans of `eakte.demo`.

`python -m benchmarks.confusion [--corpus DIR]` reads every page as the service does (kept in DIR/readings for the next
time), prints the confusion table and the shares, and what the filing rule decides when all references of the corpus are
open case files. Ends with 1 if a page were filed into a wrong case file.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, conclude
from benchmarks.ocr import own_corpus
from eakte.casefiles.rule import FileInto, decide, one_away
from eakte.recognition.classifier import shipped_classifier
from eakte.recognition.references import find_references
from ocr_pipeline import PageReading, Pipeline


def readings(corpus: Path, pages: Sequence[Mapping[str, Any]]) -> dict[str, list[PageReading]]:
    """Each page's reading by its id; delete the folder to read anew."""
    folder = corpus / "readings"
    folder.mkdir(exist_ok=True)
    with Pipeline(os.cpu_count() or 1) as pipeline, ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda page: _read(pipeline, corpus / page["file"], folder / f"{page['id']}.json"), pages))
    kept = {page["id"]: json.loads((folder / f"{page['id']}.json").read_text()) for page in pages}
    return {name: [PageReading.from_json(page) for page in read] for name, read in kept.items()}


def _read(pipeline: Pipeline, scan: Path, kept: Path) -> None:
    if kept.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder, "scan.pdf")
        count = pipeline.prepare(scan, pdf).pages
        read = pipeline.read(pdf, range(1, count + 1))
    kept.write_text(json.dumps([page.to_json() for page in read], ensure_ascii=False))


def confusion(pages: Sequence[Mapping[str, Any]], read: Mapping[str, list[PageReading]]) -> Counter[tuple[str, str]]:
    classifier = shipped_classifier()
    return Counter((page["type"], classifier.classify([part.text for part in read[page["id"]]]).code) for page in pages)


def print_table(table: Counter[tuple[str, str]]) -> None:
    found = sorted({code for _, code in table})
    print("true \\ found " + " ".join(f"{code:>4}" for code in found))
    for true in sorted({code for code, _ in table}):
        print(f"{true:>12} " + " ".join(f"{table[true, code] or '.':>4}" for code in found))


def shares(table: Counter[tuple[str, str]]) -> list[Figure]:
    """Of all pages, in per cent."""
    right = sum(count for (true, code), count in table.items() if true == code)
    unknown = sum(count for (true, code), count in table.items() if code == "UNB" != true)
    counted = {"told right": right, "unknown": unknown, "told wrong": table.total() - right - unknown}
    return [Figure(f"document types {name}", 100 * count / table.total(), "%") for name, count in counted.items()]


def filings(pages: Sequence[Mapping[str, Any]], read: Mapping[str, list[PageReading]]) -> Counter[str]:
    """What the rule does with each page that bears a reference, or none, when all references are open case files."""
    known = {reference for page in pages for reference in page["references"]}
    outcomes: Counter[str] = Counter()
    for page in pages:
        decision = decide(
            find_references(read[page["id"]]),
            lambda reference: "open" if reference in known else None,
            lambda reference: [other for other in known if one_away(reference, other)],
        )
        outcomes[_outcome(page, decision)] += 1
    return outcomes


def _outcome(page: Mapping[str, Any], decision: object) -> str:
    if not isinstance(decision, FileInto):
        return f"clearing, {len(page['references'])} on the page: {decision.reason.value}"  # type: ignore[attr-defined]
    if [decision.reference] == list(page["references"]):
        return "filed, right"
    print("WRONG:", page["id"], decision.reference, page["references"])
    return "filed, WRONG"


def measure(corpus: Path) -> list[Figure]:
    """Print the tables; shares of the types, and wrong filings, of which there may be none."""
    manifest = json.loads((corpus / "manifest.json").read_text())
    pages = [page for page in manifest["pages"] if page["type"]]
    read = readings(corpus, pages)
    table, outcomes = confusion(pages, read), filings(pages, read)
    print_table(table)
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:>4}  {outcome}")
    wrong = Figure("pages filed into a wrong case file", outcomes["filed, WRONG"], "pages", bound=0, most=True)
    return [*shares(table), wrong]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.confusion", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="default: the one of the OCR benchmark")
    given = parser.parse_args()
    return conclude(measure(given.corpus or own_corpus()))


if __name__ == "__main__":
    sys.exit(main())
