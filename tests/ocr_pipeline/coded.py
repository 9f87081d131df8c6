"""Sheets with barcodes for tests: drawn as PDF, scanned by rendering, scratched."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2
from PIL import Image, ImageDraw
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode import code39, code128, qr
from reportlab.graphics.barcode.ecc200datamatrix import ECC200DataMatrix
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen import canvas

from tests.ocr_pipeline.sheets import SIZE

DPI = 200
KINDS = ("Code 128", "Code 39", "QR", "DataMatrix")


def coded(*codes: tuple[str, str], lines: Sequence[str] = (), size: tuple[float, float] = A4) -> bytes:
    """A page with (kind, text) one below the other, and lines of text below them."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=size)
    top = size[1] - 15 * mm
    for kind, text in codes:
        top -= 24 * mm
        _draw(sheet, kind, text, 15 * mm, top)
    sheet.setFont("Helvetica", 12)
    for row, line in enumerate(lines, 1):
        sheet.drawString(36, top - 24 * row, line)
    sheet.save()
    return out.getvalue()


def _draw(sheet: canvas.Canvas, kind: str, text: str, left: float, bottom: float) -> None:
    if kind == "Code 128":
        code128.Code128(text, barWidth=0.5 * mm, barHeight=15 * mm).drawOn(sheet, left, bottom)
    elif kind == "Code 39":
        code39.Standard39(text, barWidth=0.5 * mm, barHeight=15 * mm, checksum=0).drawOn(sheet, left, bottom)
    elif kind == "QR":
        drawing = Drawing(20 * mm, 20 * mm)
        drawing.add(qr.QrCodeWidget(text, barWidth=20 * mm, barHeight=20 * mm))
        renderPDF.draw(drawing, sheet, left, bottom)
    else:
        matrix = ECC200DataMatrix(text, barWidth=0.5 * mm)
        matrix.x = matrix.y = 0
        matrix.validate()
        matrix.encode()
        matrix.drawOn(sheet, left, bottom)


def photographed(pdf: bytes, dpi: int = DPI) -> Image.Image:
    """A grey picture of the first page."""
    with pypdfium2.PdfDocument(pdf) as opened:
        return opened[0].render(scale=dpi / 72, grayscale=True).to_pil()


def scratched(image: Image.Image) -> Image.Image:
    """With a scratch from top to bottom and a stain through the upper left corner, where the codes lie."""
    spoiled = image.copy()
    pen = ImageDraw.Draw(spoiled)
    across = round(32 * mm / 72 * DPI)
    pen.rectangle((across, 0, across + 14, image.height), fill=0)
    pen.rectangle((across + 40, 0, across + 50, image.height), fill=255)
    return spoiled


def separator(*codes: tuple[str, str], text: str = "PATCHT") -> Image.Image:
    """A small separator sheet as scanned, with further codes."""
    return photographed(coded(("Code 128", text), *codes, size=SIZE))
