"""What archival copies are made of here: one scan for each kind of scanning, born-digital sheets, nasty files."""

from pathlib import Path

from eakte.demo.corpus import write_corpus
from eakte.demo.paper import Order
from eakte.demo.scanner import PROFILES, scan
from eakte.demo.sheets import TEMPLATES, Sheet, bound_pdf, bound_tiff, draw, seed_of
from tests.ocr_pipeline import nasty
from tests.ocr_pipeline.sheets import TEXT, drawn, together
from tests.ocr_pipeline.sheets import scan as small_scan
from tests.ocr_pipeline.sheets import scanned as small_pdf

REFERENCE = "12345//1234567"
DPI = 150  # PDF/A is not about pixels
NASTY: dict[str, nasty.Maker] = nasty.TAKEN | {
    "signed": nasty.signed,
    "filled-form": nasty.filled_form,
    "text-and-scan": lambda: together(drawn(TEXT), small_pdf(small_scan())),
    "unembedded-font": lambda: drawn(TEXT, TEXT),
    "upside-down": lambda: small_pdf(small_scan().rotate(180)),
}
"""Strange files that can be read: of those that cannot there is no archival copy (see tests/ocr_pipeline)."""


def small_set(folder: Path) -> tuple[list[Path], list[Path]]:
    """About 45 files of one or two pages; and those of them that are born-digital, with their own text."""
    sheets = [_sheet(folder, place, template) for place, template in enumerate(TEMPLATES)]
    scans = [_scanned(folder, sheets[place % len(sheets)], profile) for place, profile in enumerate(PROFILES)]
    born = [sheet.pdf for sheet in sheets]
    mixed = folder / "born-and-scanned.pdf"
    mixed.write_bytes(bound_pdf([born[0], scan(born[1], PROFILES["clean200"], 1, dpi=DPI)]))
    frames = folder / "two-frames.tif"
    frames.write_bytes(bound_tiff([scan(born[place], PROFILES["g4_200"], place, dpi=DPI) for place in (2, 3)]))
    return [*born, *scans, mixed, frames, *_nasty(folder)], born


def whole_corpus(folder: Path) -> tuple[list[Path], list[Path]]:
    """All files of the demo's corpus, and the nasty ones; some minutes."""
    write_corpus(folder / "corpus")
    born = sorted((folder / "corpus" / "born").glob("*.pdf"))
    scans = [path for name in ("pages", "docs") for path in sorted((folder / "corpus" / name).iterdir())]
    return [*born, *scans, *_nasty(folder)], born


def _sheet(folder: Path, place: int, template: str) -> Sheet:
    return draw(folder / f"born-{template}.pdf", template, f"conformance-{place}", Order(place, REFERENCE))


def _scanned(folder: Path, sheet: Sheet, profile: str) -> Path:
    made = scan(sheet.pdf, PROFILES[profile], seed_of(profile), behind=sheet.pdf, dpi=DPI)
    path = folder / f"scan-{profile}.pdf"
    path.write_bytes(bound_pdf([made]))
    return path


def _nasty(folder: Path) -> list[Path]:
    paths = {folder / f"nasty-{name}": make for name, make in NASTY.items()}
    for path, make in paths.items():
        path.write_bytes(make())
    return list(paths)
