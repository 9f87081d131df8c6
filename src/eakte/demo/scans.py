"""Scans for the demo and for tests: a batch of a Jobcenter's mail, tiny pages, and the whole corpus.

`python -m eakte.demo.scans OUT [--seed N]` writes the corpus (see `eakte.demo.corpus`) to a folder.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eakte.demo.corpus import SEED, write_corpus, write_ten_of_nine
from eakte.demo.forms import form_for
from eakte.demo.invented import Invention
from eakte.demo.letters import letter_about
from eakte.demo.paper import A6, Face, Order, Paper
from eakte.demo.scanner import PROFILES, Scan, rendered, scan
from eakte.demo.sheets import Sheet, bound_pdf, bound_tiff, draw, seed_of

_QUICK_DPI = 200
_UNKNOWN = "90909//9090909"
_NOT_SCANNED = "born"


@dataclass(frozen=True)
class DemoScan:
    """A file of the demo batch and the truth about it: type of its first sheet, references on any, page count."""

    path: Path
    type: str
    references: tuple[str, ...]
    pages: int


@dataclass(frozen=True)
class _Part:
    """Sheets of one template in a document; `cases` picks from the demo's references, one a sheet in turn."""

    template: str
    variant: int
    sheets: int
    profiles: tuple[str, ...]
    cases: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Document:
    name: str
    parts: tuple[_Part, ...]


_NOBODY = -1

_BATCH = (
    _Document("Bewilligungsbescheid.pdf", (_Part("letter", letter_about("BEW"), 3, ("jpeg",), (0,)),)),
    _Document("Mietvertrag.tif", (_Part("contract", 0, 4, ("g4_300",)),)),
    _Document("Kontoauszuege.pdf", (_Part("bank", 0, 4, ("greybg",), (1,)),)),
    _Document("Lohnabrechnungen.tif", (_Part("payslip", 1, 3, ("g4_200",)),)),
    _Document("Hauptantrag.pdf", (_Part("form", form_for("HA"), 6, ("skew",), (2,)),)),
    _Document("Widerspruch.jpg", (_Part("letter", letter_about("WID"), 1, ("photo",), (1,)),)),
    _Document("Betriebskosten.png", (_Part("bill", 0, 1, ("greybg",)),)),
    _Document("Anhoerung.pdf", (_Part("letter", letter_about("ANH"), 2, (_NOT_SCANNED,), (0,)),)),
    _Document(
        "Mitwirkung mit Anlagen.pdf",
        (_Part("letter", letter_about("MITW"), 2, (_NOT_SCANNED,), (1,)), _Part("payslip", 2, 2, ("clean200", "skew"))),
    ),
    _Document(
        "Veraenderungsmitteilung gedreht.pdf",
        (_Part("form", form_for("VAEM"), 5, ("upside", "rot90", "rot270", "upside", "rot90"), (2,)),),
    ),
    _Document("Zwei Akten.pdf", (_Part("letter", letter_about("AEND"), 2, ("clean200",), (0, 1)),)),
    _Document("Einladung unbekannte Akte.pdf", (_Part("letter", letter_about("EIN"), 1, ("noise",), (_NOBODY,)),)),
    _Document("Anlage KDU.png", (_Part("form", form_for("KDU"), 1, ("noise",), (0,)),)),
    _Document("Kuendigung.jpg", (_Part("letter", letter_about("KUEN"), 1, ("jpeg",)),)),
    _Document("Aufhebung.pdf", (_Part("letter", letter_about("AUFH"), 2, ("showthrough",), (2,)),)),
    _Document("Mieterhoehung.pdf", (_Part("letter", letter_about("MIEH"), 1, ("mixed",), (1,)),)),
    _Document("Heizkosten.tif", (_Part("bill", 1, 1, ("g4_300",), (0,)),)),
)


def demo_batch(folder: Path, references: Sequence[str], seed: int = SEED) -> list[DemoScan]:
    """Write 17 files of 42 pages in the forms a Jobcenter receives, at 200 dpi; some ten seconds of one core.

    Most name one of the given references (one to three are used, at least one is needed) and can file themselves;
    others name none, two, or 90909//9090909, which should stay unknown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder, document, references, seed) for document in _BATCH]


def demo_names() -> list[str]:
    """File names of the demo batch."""
    return [document.name for document in _BATCH]


def _written(folder: Path, document: _Document, references: Sequence[str], seed: int) -> DemoScan:
    with TemporaryDirectory() as desk:
        sheets: list[Sheet] = []
        leaves: list[Scan | Path] = []
        for part in document.parts:
            for sheet, profile in _drawn(Path(desk) / part.template, document, part, references, seed):
                sheets.append(sheet)
                leaves.append(_leaf(sheet, sheets[0], profile, seed_of(seed, document.name, len(sheets))))
        path = folder / document.name
        path.write_bytes(_bound(path.suffix, leaves))
    named = dict.fromkeys(reference for sheet in sheets for reference in sheet.references)
    return DemoScan(path, sheets[0].type, tuple(named), len(sheets))


def _drawn(
    stem: Path, document: _Document, part: _Part, references: Sequence[str], seed: int
) -> list[tuple[Sheet, str]]:
    drawn = []
    for place in range(part.sheets):
        # a second case begins with a letter of its own, not with a further sheet
        number = 1 if len(part.cases) > 1 else place + 1
        order = Order(part.variant, _reference(part, place, references), number, part.sheets)
        pdf = stem.with_name(f"{stem.name}{place}.pdf")
        sheet = draw(pdf, part.template, f"{seed}-{document.name}-{part.template}-{place}", order)
        drawn.append((sheet, part.profiles[place % len(part.profiles)]))
    return drawn


def _reference(part: _Part, place: int, references: Sequence[str]) -> str | None:
    if not part.cases:
        return None
    case = part.cases[place % len(part.cases)]
    return _UNKNOWN if case == _NOBODY else references[case % len(references)]


def _leaf(sheet: Sheet, behind: Sheet, profile: str, seed: int) -> Scan | Path:
    if profile == _NOT_SCANNED:
        return sheet.pdf
    return scan(sheet.pdf, PROFILES[profile], seed, behind=behind.pdf, dpi=_dpi(profile))


def _dpi(profile: str) -> int:
    # a photograph and a payslip on a fax need every pixel they have
    return PROFILES[profile].dpi if profile in {"photo", "g4_300"} else _QUICK_DPI


def _bound(suffix: str, leaves: Sequence[Scan | Path]) -> bytes:
    if suffix == ".pdf":
        return bound_pdf(leaves)
    scans = [leaf for leaf in leaves if isinstance(leaf, Scan)]
    return bound_tiff(scans) if suffix == ".tif" else scans[0].encoded()


def tiny_pages(folder: Path, references: Sequence[str], count: int = 100, seed: int = SEED) -> list[Path]:
    """Write so many A6 sheets at 150 dpi as G4 TIFFs of some 3 kB, no two alike; the references take turns."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"tiny_{number:04d}.tif" for number in range(1, count + 1)]
    for number, path in enumerate(paths, 1):
        _tiny(path, number, references[(number - 1) % len(references)] if references else None, seed)
    return paths


def _tiny(path: Path, number: int, reference: str | None, seed: int) -> None:
    invention, face = Invention(f"{seed}-tiny-{number}"), Face("lsans", 13)
    with TemporaryDirectory() as desk:
        paper = Paper(Path(desk) / "tiny.pdf", A6)
        paper.text(10, 22, f"Kurze Mitteilung Nummer {number}", face.bold)
        if reference:
            paper.text(10, 36, f"BG-Nummer: {paper.names(reference)}", face)
        text = invention.fill("Die Miete beträgt ab {date} monatlich {euro} Euro. Ich wohne in {place}.")
        paper.paragraph(10, 50, 85, text, face)
        paper.text(10, 100, invention.pick(["Mit freundlichen Grüßen", "Hochachtungsvoll"]), face)
        paper.finish()
        pixels = np.where(rendered(paper.target, 150) < 150, 0, 255).astype(np.uint8)
    path.write_bytes(Scan(pixels, dpi=150, bilevel=True).encoded())


def ten_of_nine(folder: Path, seed: int = SEED) -> list[Path]:
    """Write ten PDFs of nine scanned pages each, with the truth beside them as in the corpus; the PDFs' paths."""
    return write_ten_of_nine(folder, seed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the corpus to the folder named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m eakte.demo.scans", description="Writes the OCR corpus to a folder."
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    write_corpus(given.out, given.seed)


if __name__ == "__main__":
    main()
