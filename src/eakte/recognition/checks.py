"""Automatic checks of scanned pages (TR-03138 A.SC.8): pure functions over what the reader knows of a page.

They find what a person should look at; they decide nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ocr_pipeline import PageReading, Word

SKEWED = 2.0
"""Degrees that a page was straightened by, from which its feeding is worth a look."""
TOLERANCE = 0.95
"""Of the profile's resolution: scanners round, and paper is not quite DIN."""
READER_DPI = 250
"""Readings made before the reader kept the scan's own resolution say no more than this."""
AT_THE_EDGE = 0.004
"""Of the page's width: text that begins nearer to the edge than this goes on beyond it."""
CUT_WORDS = 2
"""One word at the edge may be a shadow that was read."""
SURE = 0.6
FAINT = 0.65

SENTENCES = {
    "blank": "Die Seite ist leer.",
    "skew": "Die Seite wurde schief eingezogen.",
    "resolution": "Die Auflösung liegt unter der des Scanprofils.",
    "cut-text": "Am Rand der Seite ist Text abgeschnitten.",
    "faint": "Die Seite ist schlecht lesbar.",
    "symbol-coded": "Das Bild ist mit JBIG2-Symbolcodierung gespeichert, die Zeichen vertauschen kann.",
    "page-count": "Die Zahl der Seiten ist nicht die angekündigte.",
    "not-read": "Das Dokument konnte nicht gelesen werden.",
}


@dataclass(frozen=True)
class Finding:
    """Something to be looked at: on a page, or (page None) on the whole document."""

    code: str
    page: int | None
    detail: str = ""

    @property
    def text(self) -> str:
        """The German sentence for people."""
        return " ".join(filter(None, (SENTENCES[self.code], self.detail)))

    def said(self) -> dict[str, Any]:
        """As transfer notes and the API name it."""
        return {**asdict(self), "text": self.text}


def findings(pages: Sequence[PageReading], resolution: int) -> list[Finding]:
    """All findings on the pages of one document, page by page; `resolution` is the scan profile's, in dpi."""
    return [found for page in pages for found in page_findings(page, resolution)]


def page_findings(page: PageReading, resolution: int) -> Iterator[Finding]:
    """Findings on one page; a page that was born digital can only be blank or symbol-coded."""
    number = page.number
    if page.symbol_coded:
        yield Finding("symbol-coded", number)
    if page.source == "blank":
        yield Finding("blank", number)
    if page.source == "text":
        return
    if abs(page.skew) >= SKEWED:
        yield Finding("skew", number, f"{abs(page.skew):.1f} Grad.")
    known, wanted = _known_dpi(page, resolution)
    if known < wanted * TOLERANCE:
        yield Finding("resolution", number, f"{known:.0f} statt {resolution} dpi.")
    if page.source == "ocr" and page.confidence is not None and page.confidence < FAINT:
        yield Finding("faint", number, f"Sicherheit {page.confidence:.2f}.")
    if (edge := cut_edge(page)) is not None:
        yield Finding("cut-text", number, f"{edge}.")


def page_count(announced: int, found: int) -> list[Finding]:
    """Whether a file has as many pages as the centre (or its cover sheet) announced."""
    return [] if announced == found else [Finding("page-count", None, f"Angekündigt {announced}, gefunden {found}.")]


def cut_edge(page: PageReading) -> str | None:
    """The German name of the edge that text runs over; None where all of it stands clear."""
    near = max(1.0, AT_THE_EDGE * page.width)
    sure = [word for word in page.words if _is_text(word)]
    edges = {
        "Links": [word for word in sure if word.box[0] < near],
        "Rechts": [word for word in sure if word.box[2] > page.width - near],
        "Oben": [word for word in sure if word.box[1] < near],
        "Unten": [word for word in sure if word.box[3] > page.height - near],
    }
    return next((name for name, words in edges.items() if len(words) >= CUT_WORDS), None)


def _is_text(word: Word) -> bool:
    letters = sum(letter.isalnum() for letter in word.text)
    return letters >= 2 and (word.confidence is None or word.confidence >= SURE)


def _known_dpi(page: PageReading, resolution: int) -> tuple[float, int]:
    if page.scanned_dpi is not None:
        return page.scanned_dpi, resolution
    return page.dpi, min(resolution, READER_DPI)
