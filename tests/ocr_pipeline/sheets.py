"""Small pages for tests: drawn as PDF, scanned by rendering."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import img2pdf
import numpy as np
import pikepdf
import pillow_heif
import pypdfium2
import pypdfium2.raw as raw
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

pillow_heif.register_heif_opener()

SIZE = (420, 300)  # points
DPI = 200
TEXT = (
    "Sehr geehrte Frau Öztürk,",
    "Ihre Miete beträgt ab dem 01.03.2025 monatlich 412,50 Euro.",
    "Bitte legen Sie den Mietvertrag und die Heizkosten vor.",
    "Mit freundlichen Grüßen",
    "Jobcenter Königstraße",
)


def drawn(*pages: Sequence[str], size: tuple[float, float] = SIZE) -> bytes:
    """A born-digital PDF, one page for each group of lines; Helvetica is named, not embedded."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=size)
    for lines in pages:
        sheet.setFont("Helvetica", 12)
        for row, line in enumerate(lines):
            sheet.drawString(36, size[1] - 50 - 34 * row, line)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def scan(lines: Sequence[str] = TEXT, dpi: int = DPI) -> Image.Image:
    """A grey picture of a page."""
    with pypdfium2.PdfDocument(drawn(lines)) as pdf:
        return pdf[0].render(scale=dpi / 72, grayscale=True).to_pil()


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    """As fed askew: turned clockwise on the same sheet."""
    centre = ((image.width - 1) / 2, (image.height - 1) / 2)
    turn = cv2.getRotationMatrix2D(centre, -degrees, 1)
    return Image.fromarray(cv2.warpAffine(np.asarray(image), turn, image.size, borderValue=255))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The bytes of an image file with its resolution."""
    out = io.BytesIO()
    image.save(out, kind, **({"dpi": (DPI, DPI)} | options))
    return out.getvalue()


def scanned(*images: Image.Image) -> bytes:
    """A PDF of scanned pages."""
    return img2pdf.convert([encoded(image) for image in images])


def together(*documents: bytes) -> bytes:
    """The pages of all in one PDF."""
    whole = pikepdf.new()
    for document in documents:
        whole.pages.extend(pikepdf.open(io.BytesIO(document)).pages)
    return saved(whole)


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    """The bytes of an open PDF."""
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def stamped(image: Image.Image, text: str, *, invisible: bool = False) -> bytes:
    """A scan that fills the page with some text over it, as a fax header or an earlier recognition leaves it."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=SIZE)
    sheet.drawImage(ImageReader(image), 0, 0, *SIZE)
    words = sheet.beginText(36, SIZE[1] - 12)
    words.setFont("Helvetica", 8)
    words.setTextRenderMode(3 if invisible else 0)
    words.textLine(text)
    sheet.drawText(words)
    sheet.save()
    return out.getvalue()


def text_at(pdf: Path, page: int, box: Sequence[int], frame: tuple[int, int]) -> str:
    """What pdfium finds in a box of a frame over a page (from 1) as it is shown."""
    with pypdfium2.PdfDocument(pdf) as document:
        shown = document[page - 1]
        corners = ((box[0] - 5, box[1] - 8), (box[2] + 5, box[3] + 8))
        (x1, y1), (x2, y2) = (_on_page(shown, frame, corner) for corner in corners)
        return shown.get_textpage().get_text_bounded(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _on_page(shown: pypdfium2.PdfPage, frame: tuple[int, int], corner: tuple[int, int]) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDF_DeviceToPage(shown.raw, 0, 0, *frame, 0, *corner, x, y)
    return x.value, y.value
