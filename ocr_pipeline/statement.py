"""Draws a statement of facts and tables, such as a receipt, and makes it PDF/A-2b with all fonts inside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ocr_pipeline.archive import join
from ocr_pipeline.fonts import FOLDER
from ocr_pipeline.reading import PageReading
from ocr_pipeline.workplace import Workplace

PLAIN, BOLD = "LiberationSans-Regular", "LiberationSans-Bold"
MARGIN, BOTTOM, LEADING, GAP = 42.0, 56.0, 1.25, 4.0
UNKNOWN = "?"
"""Stands for characters that the font lacks, which PDF/A does not allow to be drawn."""


def statement(place: Workplace, content: dict[str, Any], target: str) -> dict[str, Any]:
    """Write `target`; says its conformance as the join does. `content` as `Pipeline.statement` describes it."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.pdf"
        pages = Drawing(draft).of(content)
        width, height = (round(side / 72 * 300) for side in A4)
        readings = [PageReading(n, width, height, 300, 0, "text", None, ()).to_json() for n in range(1, pages + 1)]
        return {**join(place, str(draft), target, readings)}


class Drawing:
    """One PDF in the making, from the top of one page to the bottom of the next."""

    def __init__(self, target: Path) -> None:
        for name in (PLAIN, BOLD):
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, FOLDER / f"{name}.ttf"))
        self._canvas = Canvas(str(target), A4, invariant=1)
        self._across, self._top = A4[0] - 2 * MARGIN, A4[1] - MARGIN
        self._y, self._page, self._foot = self._top, 1, ""

    def of(self, content: dict[str, Any]) -> int:
        """Draw all of it; returns the number of pages."""
        self._canvas.setTitle(_drawable(content["title"]))
        self._foot = content["foot"]
        self._row([content["title"]], [1.0], BOLD, 15)
        self._y -= GAP
        for label, value in content["facts"]:
            self._row([label, value], [0.27, 0.73], PLAIN, 9)
        for table in content["tables"]:
            self._table(table)
        self._end_page()
        self._canvas.save()
        return self._page

    def _table(self, table: dict[str, Any]) -> None:
        self._y -= 3 * GAP
        self._row([table["title"]], [1.0], BOLD, 11)
        self._row(table["columns"], table["widths"], BOLD, 7)
        for cells in table["rows"]:
            if self._row(cells, table["widths"], PLAIN, 7):
                continue
            self._next_page()
            self._row(table["columns"], table["widths"], BOLD, 7)
            self._row(cells, table["widths"], PLAIN, 7)

    def _row(self, cells: Sequence[str], widths: Sequence[float], font: str, size: float) -> bool:
        """Draw a row of wrapped cells; False, and nothing drawn, where a table's row has no room on this page."""
        lines = [list(_lines(cell, font, size, width * self._across - GAP))
                 for cell, width in zip(cells, widths, strict=True)]  # fmt: skip
        height = max(map(len, lines)) * size * LEADING + GAP / 2
        if self._y - height < BOTTOM:
            if len(cells) > 2:
                return False
            self._next_page()
        left = MARGIN
        for column, width in zip(lines, widths, strict=True):
            self._cell(column, left, font, size)
            left += width * self._across
        self._y -= height
        return True

    def _cell(self, lines: Sequence[str], left: float, font: str, size: float) -> None:
        text = self._canvas.beginText(left, self._y - size)
        text.setFont(font, size, size * LEADING)
        for line in lines:
            text.textLine(line)
        self._canvas.drawText(text)

    def _next_page(self) -> None:
        self._end_page()
        self._y, self._page = self._top, self._page + 1

    def _end_page(self) -> None:
        self._canvas.setFont(PLAIN, 7)
        for above, line in enumerate(_lines(f"{self._foot} · Seite {self._page}", PLAIN, 7, self._across)):
            self._canvas.drawString(MARGIN, BOTTOM - 14 - above * 9, line)
        self._canvas.showPage()


def _lines(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """Wrapped at blanks, and within words that are wider than the column."""
    for line in simpleSplit(_drawable(text), font, size, width) or [""]:
        while len(line) > 1 and pdfmetrics.stringWidth(line, font, size) > width:
            fits = next(
                n for n in range(len(line), 0, -1) if n == 1 or pdfmetrics.stringWidth(line[:n], font, size) <= width
            )
            yield line[:fits]
            line = line[fits:]
        yield line


def _drawable(text: str) -> str:
    known = pdfmetrics.getFont(PLAIN).face.charToGlyph
    return "".join(sign if ord(sign) in known else UNKNOWN for sign in text)
