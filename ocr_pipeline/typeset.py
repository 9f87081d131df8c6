"""Sets plain text as pages: what has no pages of its own (mail, text, XML) gets some that can be shown and archived.

Nothing is fetched and nothing runs: the input is text, the font is embedded. A character that the font lacks is shown
as a box. Right-to-left scripts keep their letters in the order in which they were typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterator, Sequence
from functools import cache
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.run import Limits

FOLDER = Path("/usr/share/fonts/truetype/dejavu")
PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
SIZE, LEADING, MARGIN, LABEL = 10, 14, 56, 80.0  # points
BOX = "\u25af"
KEPT = "\n\t\f"

Row = tuple[float, str, str]
"""Place from the left margin, font, text."""


def typeset(text: str, target: str, limits: Limits, head: Sequence[tuple[str, str]] = ()) -> int:
    """Write `target`, a PDF on A4; `head` are labels with their values above the text. The number of pages."""
    canvas = Canvas(target, pagesize=A4, invariant=1)
    pages, room = 1, 0
    for row in _rows(text, head):
        if room < LEADING or row is None:
            if room:
                canvas.showPage()
                pages += 1
            if pages > limits.pages:
                raise Unreadable("too-many-pages", "text")
            room = int(A4[1]) - 2 * MARGIN
        for left, font, piece in row or ():
            canvas.setFont(font, SIZE)
            canvas.drawString(MARGIN + left, MARGIN + room - SIZE, piece)
        room -= LEADING
    canvas.save()
    return pages


def _rows(text: str, head: Sequence[tuple[str, str]]) -> Iterator[list[Row] | None]:
    """Lines to be set; None begins a page."""
    width = A4[0] - 2 * MARGIN
    for label, value in head:
        lines = list(_lines(_shown(value), width - LABEL)) or [""]
        yield [(0.0, BOLD, label), (LABEL, PLAIN, lines[0])]
        yield from ([(LABEL, PLAIN, line)] for line in lines[1:])
    if head:
        yield []
    for number, page in enumerate(_shown(text).split("\f")):
        if number:
            yield None
        yield from ([(0.0, PLAIN, line)] for line in _lines(page, width))


def _lines(text: str, width: float) -> Iterator[str]:
    for line in text.expandtabs(4).split("\n"):
        yield from _wrapped(line.rstrip(), width)


def _wrapped(line: str, width: float) -> Iterator[str]:
    """Cut at blanks, a word that is wider than the page anywhere."""
    start, blank, used, position = 0, 0, 0.0, 0
    while position < len(line):
        used += _width(line[position])
        if used > width and position > start:
            cut = blank if blank > start else position
            yield line[start:cut].rstrip()
            start, blank, used, position = cut, 0, 0.0, cut
            continue
        if line[position] == " ":
            blank = position + 1
        position += 1
    yield line[start:]


def _shown(text: str) -> str:
    """Composed, with one kind of line end, without control characters, with boxes for what the font lacks."""
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    glyphs = _font().face.charToGlyph
    return "".join(char if char in KEPT else _drawable(char, glyphs) for char in whole)


def _drawable(char: str, glyphs: Container[int]) -> str:
    if char.isspace():
        return " "
    kind = unicodedata.category(char)
    if kind in {"Cc", "Cf", "Cs"} or (kind == "Mn" and ord(char) not in glyphs):
        return ""
    return char if ord(char) in glyphs else BOX


@cache
def _width(char: str) -> float:
    return float(pdfmetrics.stringWidth(char, _font().fontName, SIZE))


@cache
def _font() -> TTFont:
    """The face that text is set in, known to reportlab from now on."""
    for name in (BOLD, PLAIN):
        font = TTFont(name, FOLDER / f"{name}.ttf")
        pdfmetrics.registerFont(font)
    return font
