"""The words a page already carries: born digital, or an earlier recognition's invisible layer."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from ocr_pipeline.reading import Box, PageReading, Word

DPI = 300
MOST_SIDE = 10_000  # pixels of the frame: pages of metres get a coarser one
SHORT = 200  # characters; a fax header or stamp over a scan has fewer
COVERS = 0.8  # of the page: then the image is the page
LEGIBLE = 0.8  # share of characters that are letters, digits or signs, not private codes
BARS = 18  # shapes; PATCHT in Code 128 has 25 bars
CODE_SIDE = 14  # points, 5 mm
INVISIBLE = 3  # text render mode, ISO 32000-1 § 9.3.6
HYPHENS = {0x02: "-", 0xFFFE: "-"}  # what pdfium gives for a hyphen at the end of a line

Bounds = tuple[float, float, float, float]


def has_text(page: pypdfium2.PdfPage) -> bool:
    """Whether the page's own text is to be kept: it is legible, and more than a stamp over a scanned page."""
    text = page.get_textpage().get_text_range()
    shown = [char for char in text if not char.isspace()]
    if not shown or sum(map(_is_legible, shown)) < LEGIBLE * len(shown):
        return False
    return len(shown) >= SHORT or not _is_stamped_scan(page)


def may_show_codes(page: pypdfium2.PdfPage) -> bool:
    """Whether the page draws an image large enough for a barcode, or as many shapes as one is made of."""
    shapes = 0
    for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH], max_depth=3):
        shapes += each.type == pdfium.FPDF_PAGEOBJ_PATH
        if shapes >= BARS or (each.type == pdfium.FPDF_PAGEOBJ_IMAGE and _smaller_side(each.get_bounds()) >= CODE_SIDE):
            return True
    return False


def words(page: pypdfium2.PdfPage, number: int) -> PageReading:
    """The reading of a page that has text; boxes in a frame of 300 dpi."""
    width, height = page.get_size()
    dpi = min(DPI, MOST_SIDE / max(width, height) * 72)
    frame = (max(1, round(width * dpi / 72)), max(1, round(height * dpi / 72)))
    found = tuple(_words(page, frame))
    return PageReading(number, *frame, round(dpi, 1), 0, "text", None, found)


def _is_legible(char: str) -> bool:
    return ord(char) in HYPHENS or (unicodedata.category(char) not in {"Cc", "Co", "Cn"} and char != "\ufffd")


def _is_stamped_scan(page: pypdfium2.PdfPage) -> bool:
    """An image covers the page and none of the text is an invisible layer made for it."""
    width, height = page.get_size()
    images = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    if not any(_area(image.get_bounds()) > COVERS * width * height for image in images):
        return False
    texts = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=3)
    return all(pdfium.FPDFTextObj_GetTextRenderMode(text.raw) != INVISIBLE for text in texts)


def _area(bounds: Bounds) -> float:
    left, bottom, right, top = bounds
    return (right - left) * (top - bottom)


def _smaller_side(bounds: Bounds) -> float:
    left, bottom, right, top = bounds
    return min(right - left, top - bottom)


def _words(page: pypdfium2.PdfPage, frame: tuple[int, int]) -> Iterator[Word]:
    """Characters joined between blanks; a box that the page does not show (outside of it) is left out with its word."""
    text, line, broken = page.get_textpage(), 1, False
    letters: list[str] = []
    boxes: list[Bounds] = []
    for index in range(text.count_chars() + 1):
        code = pdfium.FPDFText_GetUnicode(text.raw, index) if index < text.count_chars() else 0x20
        char = HYPHENS.get(code) or chr(code)
        if char.isspace():
            if letters and (box := _on_frame(page, frame, boxes)):
                line, broken = line + broken, False
                yield Word(_whole("".join(letters)), box, line)
            letters, boxes = [], []
            broken = broken or (char in "\r\n" and index > 0)
        elif unicodedata.category(char) != "Cc":
            letters.append(char)
            boxes.append(_char_box(text, index))


def _whole(text: str) -> str:
    """Halves of characters beyond 16 bits put together; what stays a half is no character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _char_box(text: pypdfium2.PdfTextPage, index: int) -> Bounds:
    edges = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = edges
    pdfium.FPDFText_GetCharBox(text.raw, index, left, right, bottom, top)
    return left.value, bottom.value, right.value, top.value


def _on_frame(page: pypdfium2.PdfPage, frame: tuple[int, int], boxes: list[Bounds]) -> Box | None:
    """The box around all, through the page's rotation and crop, cut to the frame; None if nothing is left."""
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    x1, y1 = _device(page, frame, min(lefts), max(tops))
    x2, y2 = _device(page, frame, max(rights), min(bottoms))
    left, right = sorted((min(max(x1, 0), frame[0]), min(max(x2, 0), frame[0])))
    top, bottom = sorted((min(max(y1, 0), frame[1]), min(max(y2, 0), frame[1])))
    return (left, top, right, bottom) if right > left and bottom > top else None


def _device(page: pypdfium2.PdfPage, frame: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, frame[0], frame[1], 0, x, y, across, down)
    return across.value, down.value
