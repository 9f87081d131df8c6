"""Sheets drawn from the templates, and files bound from their scans."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import img2pdf
import pikepdf

from eakte.demo.bills import bill
from eakte.demo.contracts import contract
from eakte.demo.forms import form
from eakte.demo.invented import Invention
from eakte.demo.letters import letter
from eakte.demo.paper import Order, Paper, Template
from eakte.demo.payslips import payslip
from eakte.demo.scanner import Scan
from eakte.demo.statements import statement

TEMPLATES: Mapping[str, Template] = {
    "letter": letter,
    "form": form,
    "payslip": payslip,
    "bank": statement,
    "contract": contract,
    "bill": bill,
}


@dataclass(frozen=True)
class Sheet:
    """A drawn sheet: its one-page PDF and the truth about it (document type code, references, text segments)."""

    pdf: Path
    template: str
    type: str
    references: tuple[str, ...]
    truth: list[dict[str, Any]]


def draw(pdf: Path, template: str, seed: str, order: Order) -> Sheet:
    """Draw one sheet into the given file; the same seed and order draw the same bytes."""
    paper = Paper(pdf)
    TEMPLATES[template](paper, Invention(seed), order)
    paper.finish()
    return Sheet(pdf, template, paper.type, tuple(paper.references), paper.truth())


def seed_of(*parts: object) -> int:
    """A number that depends on the parts alone, for the scanner's dice."""
    return crc32("-".join(map(str, parts)).encode())


def bound_pdf(pages: Sequence[Scan | Path], quality: int = 75) -> bytes:
    """One PDF of scans and born-digital one-page PDFs in this order; the same pages give the same bytes."""
    if scans := [page.embeddable(quality) for page in pages if isinstance(page, Scan)]:
        scanned = pikepdf.open(io.BytesIO(img2pdf.convert(scans, nodate=True)))
    taken = 0
    with pikepdf.new() as book:
        for page in pages:
            if isinstance(page, Path):
                with pikepdf.open(page) as leaf:
                    book.pages.extend(leaf.pages)
            else:
                book.pages.append(scanned.pages[taken])
                taken += 1
        return _pdf_bytes(book)


def _pdf_bytes(book: pikepdf.Pdf) -> bytes:
    target = io.BytesIO()
    book.save(target, deterministic_id=True)
    return target.getvalue()


def bound_tiff(scans: Sequence[Scan]) -> bytes:
    """One TIFF with a frame a scan: G4 if all are bilevel, else LZW; every frame carries its own resolution."""
    compression = "group4" if all(scan.bilevel for scan in scans) else "tiff_lzw"
    frames = [scan.image() for scan in scans]
    for frame, scan in zip(frames, scans, strict=True):
        frame.encoderinfo = {"dpi": (scan.dpi, scan.dpi)}
    target = io.BytesIO()
    dpi = (scans[0].dpi, scans[0].dpi)
    frames[0].save(target, "TIFF", save_all=True, append_images=frames[1:], compression=compression, dpi=dpi)
    return target.getvalue()
