"""How well document types are told and documents file themselves, over the corpus of `eakte.demo.scans`.

`python -m benchmarks.confusion --corpus DIR` reads every page with bare `tesseract` (kept in DIR/readings for the next
time); `--readings DIR` takes readings in the format `eakte-reading` instead, one `<page id>.json` a page. Prints the
confusion table, the shares, and what the filing rule decides when all references of the corpus are open case files.
Ends with 1 if a page were filed into a wrong case file.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from eakte.casefiles.rule import FileInto, decide, one_away
from eakte.recognition.classifier import RuleClassifier
from eakte.recognition.references import find_references


@dataclass(frozen=True)
class ReadWord:
    text: str
    confidence: float | None
    line: int


@dataclass(frozen=True)
class ReadPage:
    number: int
    words: tuple[ReadWord, ...]

    @property
    def text(self) -> str:
        lines = groupby(self.words, key=lambda word: word.line)
        return "\n".join(" ".join(word.text for word in words) for _, words in lines)


def read_with_tesseract(image: Path) -> dict[str, Any]:
    """The page as bare tesseract reads it, turned upright by its own orientation test, in the reading's form."""
    command = ["tesseract", str(image), "-", "-l", "deu", "--psm", "1", "tsv"]
    limits = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=limits, timeout=120).stdout
    return {"format": "eakte-reading", "version": 1, "pages": [{"number": 1, "words": list(_words(told))}]}


def _words(told: str) -> Iterator[dict[str, Any]]:
    lines: dict[tuple[str, ...], int] = {}
    for row in csv.DictReader(told.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == "5" and row["text"].strip():
            place = (row["block_num"], row["par_num"], row["line_num"])
            line = lines.setdefault(place, len(lines) + 1)
            yield {"text": row["text"].strip(), "confidence": float(row["conf"]) / 100, "line": line}


def readings(corpus: Path, pages: Sequence[Mapping[str, Any]], given: Path | None) -> dict[str, list[ReadPage]]:
    folder = given or corpus / "readings"
    folder.mkdir(exist_ok=True)

    def read(page: Mapping[str, Any]) -> None:
        kept = folder / f"{page['id']}.json"
        if given is None and not kept.exists():
            kept.write_text(json.dumps(read_with_tesseract(corpus / page["file"]), ensure_ascii=False))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(read, pages))
    return {page["id"]: list(load(folder / f"{page['id']}.json")) for page in pages}


def load(path: Path) -> Iterator[ReadPage]:
    for page in json.loads(path.read_text())["pages"]:
        words = (ReadWord(word["text"], word["confidence"], word["line"]) for word in page["words"])
        yield ReadPage(page["number"], tuple(words))


def confusion(pages: Sequence[Mapping[str, Any]], read: Mapping[str, list[ReadPage]]) -> Counter[tuple[str, str]]:
    classifier = RuleClassifier()
    return Counter((page["type"], classifier.classify([part.text for part in read[page["id"]]]).code) for page in pages)


def print_table(table: Counter[tuple[str, str]]) -> None:
    found = sorted({code for _, code in table})
    print("true \\ found " + " ".join(f"{code:>4}" for code in found))
    for true in sorted({code for code, _ in table}):
        print(f"{true:>12} " + " ".join(f"{table[true, code] or '.':>4}" for code in found))
    total = table.total()
    right = sum(count for (true, code), count in table.items() if true == code)
    unknown = sum(count for (true, code), count in table.items() if code == "UNB" != true)
    wrong = total - right - unknown
    print(
        f"types of {total} pages: right {right / total:.1%}, unknown {unknown / total:.1%}, wrong {wrong / total:.1%}"
    )


def filings(pages: Sequence[Mapping[str, Any]], read: Mapping[str, list[ReadPage]]) -> Counter[str]:
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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.confusion", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--readings", type=Path)
    given = parser.parse_args()
    manifest = json.loads((given.corpus / "manifest.json").read_text())
    pages = [page for page in manifest["pages"] if page["type"]]
    read = readings(given.corpus, pages, given.readings)
    print_table(confusion(pages, read))
    outcomes = filings(pages, read)
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:>4}  {outcome}")
    return 1 if outcomes["filed, WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
