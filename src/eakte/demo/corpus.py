"""The OCR corpus: six kinds of sheets under fourteen scanning profiles, blanks, and bound documents.

Layout of the folder: `pages/<id>.png|.tif|.jpg` single scans, `gt/<id>.json` their text segments in the order drawn,
`born/<name>.pdf` the born-digital sheets, `docs/` multi-page files, `manifest.json` the list of pages and documents.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eakte.demo.invented import Invention
from eakte.demo.paper import Order, can_write_by_hand
from eakte.demo.scanner import PROFILES, Scan, blank, scan
from eakte.demo.sheets import TEMPLATES, Sheet, bound_pdf, bound_tiff, draw, seed_of

SEED = 20240611
_HAND_PROFILES = ("clean300", "skew", "greybg", "g4_300")
_BLANK_KINDS = ("white", "grey", "speckle", "edge", "white", "speckle", "showthrough", "g4speckle")
_UPRIGHT = {"clean300", "noise", "skew", "jpeg", "greybg", "showthrough", "mixed"}
_TURNED = {"upside", "rot90", "rot270"}


@dataclass
class Corpus:
    """A corpus being written to a folder; keeps the scans it has made to bind them."""

    folder: Path
    seed: int = SEED
    sheets: dict[str, Sheet] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)
    pages: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("pages", "gt", "born", "docs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def sheet(self, kind: str, place: int, *, template: str | None = None, hand: bool = False) -> Sheet:
        """Draw the sheet of this kind and place; every other form and all but a few letters carry a reference."""
        name, template = f"{kind}{place:02d}", template or kind
        seed = f"{self.seed}-{kind}-{place}"
        carries = template in {"letter", "bank"} or (template == "form" and place % 2 == 0)
        reference = Invention(f"{seed}-reference").reference() if carries else None
        order = Order(variant=place, reference=reference, hand=hand)
        self.sheets[name] = draw(self.folder / "born" / f"{name}.pdf", template, seed, order)
        return self.sheets[name]

    def scan(self, kind: str, place: int, profile: str) -> None:
        """Scan a drawn sheet and note it in the manifest."""
        names = list(self.sheets)
        name = f"{kind}{place:02d}"
        sheet, behind = self.sheets[name], self.sheets[names[(names.index(name) * 37 + 5) % len(names)]]
        image = scan(sheet.pdf, PROFILES[profile], seed_of(self.seed, kind, place), behind=behind.pdf)
        more = {"type": sheet.type, "references": sheet.references, "born": f"born/{name}.pdf"}
        self.keep(f"{name}_{profile}", image, sheet.truth, cls=kind, prof=profile, **more)

    def keep(self, page: str, image: Scan, truth: list[dict[str, Any]], **facts: Any) -> None:
        """Write a scan, its truth and its line of the manifest."""
        file = f"pages/{page}{image.suffix}"
        (self.folder / file).write_bytes(image.encoded())
        (self.folder / "gt" / f"{page}.json").write_text(json.dumps(truth, ensure_ascii=False))
        self.scans[page] = image
        facts |= {"rot": image.turned} if image.turned else {}
        facts |= {"deg": image.skew} if image.skew else {}
        mode = "1" if image.bilevel else "L"
        self.pages.append({"id": page, "file": file, "dpi": image.dpi, "mode": mode, **facts})

    def bind(self, name: str, pages: Sequence[str], *, quality: int = 75) -> None:
        """Write a document of scans (by id) and born-digital sheets (`born:<name>`)."""
        leaves = [self._leaf(page) for page in pages]
        if name.endswith(".tif"):
            data = bound_tiff([leaf for leaf in leaves if isinstance(leaf, Scan)])
        else:
            data = bound_pdf(leaves, quality)
        (self.folder / "docs" / name).write_bytes(data)
        self.documents.append({"file": f"docs/{name}", "pages": list(pages)})

    def _leaf(self, page: str) -> Scan | Path:
        born = page.removeprefix("born:")
        return self.scans[page] if born == page else self.sheets[born].pdf

    def finish(self) -> None:
        """Write the manifest."""
        manifest = {"seed": self.seed, "pages": self.pages, "docs": self.documents}
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False))


def write_corpus(folder: Path, seed: int = SEED) -> Corpus:
    """Write all of it, about two minutes of one core; handwriting is left out where its font is missing."""
    corpus = Corpus(folder, seed)
    for kind in TEMPLATES:
        for place in range(len(PROFILES)):
            corpus.sheet(kind, place)
    for kind in TEMPLATES:
        for place, profile in enumerate(PROFILES):
            corpus.scan(kind, place, profile)
    if can_write_by_hand():
        _handwritten(corpus)
    _blanks(corpus)
    _bound(corpus)
    corpus.finish()
    return corpus


def _handwritten(corpus: Corpus) -> None:
    for place, profile in enumerate(_HAND_PROFILES):
        corpus.sheet("hand", place, template="form", hand=True)
        corpus.scan("hand", place, profile)


def _blanks(corpus: Corpus) -> None:
    for place, kind in enumerate(_BLANK_KINDS):
        image = blank(kind, corpus.seed + place, corpus.sheets["letter03"].pdf)
        corpus.keep(f"blank{place:02d}_{kind}", image, [], cls="blank", prof=kind, type=None, references=())


def _bound(corpus: Corpus) -> None:
    text = [page for page in corpus.pages if page["cls"] in TEMPLATES]
    straight = [page["id"] for page in text if page["prof"] in _UPRIGHT]
    random.Random(corpus.seed).shuffle(straight)
    corpus.bind("jpeg_1p.pdf", straight[:1])
    corpus.bind("jpeg_10p.pdf", [*straight[1:9], "letter09_upside", "blank02_speckle"])
    corpus.bind("jpeg_100p.pdf", [straight[place % len(straight)] for place in range(100)], quality=60)
    corpus.bind("rot_9p.pdf", [page["id"] for page in text if page["prof"] in _TURNED][:9])
    fax = [page["id"] for page in text if page["prof"].startswith("g4")][:10]
    corpus.bind("g4_10p.tif", fax)
    corpus.bind("g4_10p.pdf", fax)
    corpus.bind("lzw_6p.tif", [page["id"] for page in text if page["prof"] in {"clean300", "greybg"}][:6])
    born = [f"born:{name}" for name in corpus.sheets if not name.startswith("hand")][::9][:10]
    corpus.bind("born_10p.pdf", born)
    corpus.bind("mixed_8p.pdf", [born[k] if k % 2 == 0 else straight[20 + k] for k in range(8)])


def write_ten_of_nine(folder: Path, seed: int = SEED) -> list[Path]:
    """Ten PDFs of nine scanned pages in `docs/`, with pages, truth and manifest as in the corpus; the PDFs' paths.

    The kinds and profiles take turns, so that each kind is scanned in each way about once.
    """
    corpus = Corpus(folder, seed)
    kinds, profiles = list(TEMPLATES), list(PROFILES)
    plan = [(kinds[place % 6], 20 + place // 6, profiles[(place + place // 6) % 14]) for place in range(90)]
    for kind, place, _ in plan:
        corpus.sheet(kind, place)
    for kind, place, profile in plan:
        corpus.scan(kind, place, profile)
    for book in range(10):
        corpus.bind(f"nine_{book}.pdf", [page["id"] for page in corpus.pages[9 * book : 9 * book + 9]])
    corpus.finish()
    return [folder / document["file"] for document in corpus.documents]
