"""Speed and word errors of `python -m ocr_pipeline` against bare `tesseract` on the same pages.

    python -m benchmarks.ocr [--corpus DIR] [--rounds N] [--documents N]

Both use two processes with one thread each. The pipeline gets PDFs of nine scanned pages and its start is in the time;
tesseract gets the page images, one call a page, and makes no PDF. Without a corpus the ten documents of nine
pages of `eakte.demo.scans` are drawn, once, below `out/`. Rounds alternate, since other work on the
machine sways the wall clock; CPU seconds are the figure to trust. Exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import img2pdf
import matplotlib as mpl
from matplotlib import pyplot as plt
from PIL import Image

from benchmarks.figures import Figure, conclude
from eakte.demo.scans import ten_of_nine

PAGES, JOBS, SEED, JPEG_QUALITY = 9, 2, 7, 75
WALL, CPU = 1.05, 1.1
OUT = Path(__file__).parent / "out"
NO_TEXT = {"blank", "hand"}
EDGES = ".,;:!?()[]{}\"'|_-*•·~=<>+/\\„“”‚‘’–—"


@dataclass(frozen=True)
class Scan:
    """One page of the corpus: its image as a scanner would deliver it, and the words on it."""

    id: str
    kind: str
    data: bytes
    suffix: str
    words: Counter[str]


Texts = dict[tuple[int, int], str]
"""What was read, by document and page."""


@dataclass
class Side:
    """One of the two under test: seconds of its rounds, text by place in the corpus."""

    name: str
    run: Callable[[Path], Texts]
    spent: Callable[[], float]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    texts: Texts = field(default_factory=dict)


def own_corpus() -> Path:
    """Folder of the ten documents, drawn when it is first needed."""
    folder = OUT / "ten-of-nine"
    if not (folder / "manifest.json").exists():
        print("drawing and scanning 90 pages, some two minutes", flush=True)
        ten_of_nine(folder)
    return folder


def corpus(folder: Path) -> list[Scan]:
    """Text pages of a corpus with a manifest, in a fixed random order."""
    manifest = json.loads((folder / "manifest.json").read_text())
    pages = [page for page in manifest["pages"] if page["cls"] not in NO_TEXT]
    random.Random(SEED).shuffle(pages)
    return [_scan(folder, page) for page in pages]


def _scan(folder: Path, page: dict[str, Any]) -> Scan:
    truth = json.loads((folder / "gt" / f"{page['id']}.json").read_text())
    words = _words(" ".join(segment["text"] for segment in truth))
    path = folder / page["file"]
    if page["mode"] == "1":
        return Scan(page["id"], page["cls"], path.read_bytes(), path.suffix, words)
    out = io.BytesIO()
    Image.open(path).convert("L").save(out, "JPEG", quality=JPEG_QUALITY, dpi=(page["dpi"], page["dpi"]))
    return Scan(page["id"], page["cls"], out.getvalue(), ".jpg", words)


def documents(scans: list[Scan], count: int, pages: int) -> list[list[Scan]]:
    """So many documents of so many pages; pages come again where the corpus is too small."""
    return [[scans[(at * pages + n) % len(scans)] for n in range(pages)] for at in range(count)]


def lay_out(docs: list[list[Scan]], folder: Path) -> None:
    """What the two sides read: a PDF of each document, and the image of each page."""
    for at, doc in enumerate(docs):
        (folder / f"{at:02d}.pdf").write_bytes(img2pdf.convert([scan.data for scan in doc], nodate=True))
        images = [folder / f"{at:02d}-{n}{scan.suffix}" for n, scan in enumerate(doc)]
        for path, scan in zip(images, doc, strict=True):
            path.write_bytes(scan.data)


def pipeline(folder: Path) -> Texts:
    """The command as anybody would call it."""
    out = folder / "read"
    command = [sys.executable, "-m", "ocr_pipeline", *map(str, sorted(folder.glob("*.pdf")))]
    subprocess.run([*command, "-o", str(out), "--jobs", str(JOBS)], check=True, stderr=subprocess.DEVNULL)
    found = {}
    for at, path in enumerate(sorted(out.glob("*.json"))):
        for n, page in enumerate(json.loads(path.read_text())["pages"]):
            found[at, n] = " ".join(word["text"] for word in page["words"])
    return found


def tesseract(folder: Path) -> Texts:
    """The bare program, called for each page; a list of pages in one call would save it 6 % of its CPU."""

    def read(path: Path) -> str:
        command = ["tesseract", str(path), "stdout", "-l", "deu"]
        env = os.environ | {"OMP_THREAD_LIMIT": "1"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
        return done.stdout

    images = sorted(folder.glob("??-?.*"))
    with ThreadPoolExecutor(JOBS) as pool:
        texts = list(pool.map(read, images))
    places = [(int(at), int(n)) for at, n in (image.stem.split("-") for image in images)]
    return dict(zip(places, texts, strict=True))


def measure(side: Side, folder: Path) -> None:
    """One round of a side."""
    before, start = side.spent(), time.monotonic()
    side.texts = side.run(folder)
    side.wall.append(time.monotonic() - start)
    side.cpu.append(side.spent() - before)
    print(f"{side.name}: {side.wall[-1]:.1f} s, CPU {side.cpu[-1]:.1f} s", flush=True)


def children_seconds() -> float:
    """CPU of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bare_side() -> Side:
    return Side("tesseract", tesseract, children_seconds)


def pipeline_side() -> Side:
    return Side("ocr_pipeline", pipeline, children_seconds)


def compare(docs: list[list[Scan]], rounds: int, *sides: Side) -> None:
    """Let the sides take turns over the same documents."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(docs, folder)
        for _ in range(rounds):
            for side in sides:
                measure(side, folder)


def word_errors(docs: list[list[Scan]], side: Side, kind: str | None = None) -> float:
    """Share of the words on the pages (of one kind) that were not found, in per cent."""
    there = found = 0
    for at, doc in enumerate(docs):
        for n, scan in enumerate(doc):
            if kind in (None, scan.kind):
                there += scan.words.total()
                found += (scan.words & _words(side.texts.get((at, n), ""))).total()
    return 100 * (1 - found / there)


def _words(text: str) -> Counter[str]:
    return Counter(word for part in unicodedata.normalize("NFC", text).split() if (word := part.strip(EDGES)))


def ratios(ours: Side, bare: Side) -> tuple[float, float]:
    """Median over the rounds of how many times faster: wall, CPU."""
    wall = median(b / a for a, b in zip(ours.wall, bare.wall, strict=True))
    return wall, median(b / a for a, b in zip(ours.cpu, bare.cpu, strict=True))


def report(title: str, docs: list[list[Scan]], ours: Side, bare: Side) -> tuple[float, float]:
    """Print the speeds of one comparison; the ratios."""
    wall, cpu = ratios(ours, bare)
    pages = sum(map(len, docs))
    print(f"\n{title}: {pages} pages, {len(ours.wall)} rounds")
    print(f"{'':14}{'wall s':>9}{'CPU s':>9}{'pages/s':>9}")
    for side in (bare, ours):
        print(f"{side.name:14}{min(side.wall):9.1f}{min(side.cpu):9.1f}{pages / min(side.wall):9.2f}")
    print(f"{'ratio':14}{wall:9.2f}{cpu:9.2f}")
    return wall, cpu


def errors(docs: list[list[Scan]], ours: Side, bare: Side) -> dict[str, tuple[float, float]]:
    """Print word errors by kind of page; (bare, ours) by kind."""
    kinds: Iterable[str | None] = (None, *sorted({scan.kind for doc in docs for scan in doc}))
    table = {kind or "all": (word_errors(docs, bare, kind), word_errors(docs, ours, kind)) for kind in kinds}
    print(f"\nword errors %  {'tesseract':>10}{'ours':>8}")
    for kind, (theirs, mine) in table.items():
        print(f"{kind:14}{theirs:11.2f}{mine:8.2f}")
    return table


def draw(speeds: dict[str, tuple[float, float]], table: dict[str, tuple[float, float]]) -> Path:
    """The same as a picture."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    places = range(len(speeds))
    for offset, (at, label) in ((-0.2, (0, "wall")), (0.2, (1, "CPU"))):
        left.bar([place + offset for place in places], [both[at] for both in speeds.values()], 0.4, label=label)
    left.axhline(1, color="black", linewidth=0.8)
    left.set_xticks(list(places), list(speeds))
    left.set_title("times as fast as bare tesseract, PDF/A included")
    left.legend()
    for offset, (at, label) in ((-0.2, (0, "tesseract")), (0.2, (1, "ocr_pipeline"))):
        right.bar([n + offset for n in range(len(table))], [both[at] for both in table.values()], 0.4, label=label)
    right.set_xticks(range(len(table)), list(table), rotation=30)
    right.set_title("words missed, %")
    right.legend()
    OUT.mkdir(exist_ok=True)
    path = OUT / "ocr.png"
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    return path


def figures_of(
    speed: tuple[float, float], single: tuple[float, float], table: dict[str, tuple[float, float]]
) -> list[Figure]:
    """Word errors are shown as how many per cent points fewer than bare tesseract's; no kind of page may have more."""
    errors = [
        Figure(f"words missed, {kind}: fewer than tesseract", theirs - mine, "% points", bound=0)
        for kind, (theirs, mine) in table.items()
    ]
    return [
        Figure("ocr_pipeline with PDF/A against tesseract, wall", speed[0], bound=WALL),
        Figure("ocr_pipeline with PDF/A against tesseract, CPU", speed[1], bound=CPU),
        Figure("  the same, one-page files, wall", single[0]),
        Figure("  the same, one-page files, CPU", single[1]),
        *errors,
    ]


def options(name: str, about: str | None) -> argparse.Namespace:
    """The options of this benchmark and of `benchmarks.service`."""
    parser = argparse.ArgumentParser(f"python -m benchmarks.{name}", description=about)
    parser.add_argument("--corpus", type=Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=2, metavar="N")
    parser.add_argument("--documents", type=int, default=10, metavar="N", help="of nine pages")
    return parser.parse_args()


def concluded(scans: list[Scan], nines: list[list[Scan]], bare: Side, ours: Side) -> list[Figure]:
    """Figures, table of errors and plot of measured sides; measures one-page files beside them."""
    speed = report("PDFs of nine pages", nines, ours, bare)
    table = errors(nines, ours, bare)
    ones = documents(scans, len(nines), 1)
    bare_one, ours_one = bare_side(), pipeline_side()
    compare(ones, 2, bare_one, ours_one)
    single = report("PDFs of one page", ones, ours_one, bare_one)
    draw({"nine pages": speed, "one page": single}, table)
    return figures_of(speed, single, table)


def main() -> int:
    """Exit status 1 if a target is missed."""
    given = options("ocr", __doc__)
    scans = corpus(given.corpus or own_corpus())
    nines = documents(scans, given.documents, PAGES)
    bare, ours = bare_side(), pipeline_side()
    compare(nines, given.rounds, bare, ours)
    return conclude(concluded(scans, nines, bare, ours))


if __name__ == "__main__":
    sys.exit(main())
