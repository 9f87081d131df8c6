"""Draws separator sheets: a Code 128 in the middle of a page, which any scanner gets right."""

from __future__ import annotations

from pathlib import Path

from reportlab.graphics.barcode import code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen import canvas

BAR, HIGH = 0.6 * mm, 25 * mm
SAID = ("Trennblatt", "Mit diesem Blatt beginnt beim Scannen ein neues Dokument.")


def separator_sheet(target: Path, *texts: str) -> None:
    """A page of A4 with a code for each text, above and once more upside down: a torn edge spoils one of them."""
    sheet = canvas.Canvas(str(target), pagesize=A4)
    for _ in range(2):
        for row, text in enumerate(texts):
            code = code128.Code128(text, barWidth=BAR, barHeight=HIGH)
            code.drawOn(sheet, (A4[0] - code.width) / 2, A4[1] - (45 + 40 * row) * mm)
            sheet.setFont("Helvetica", 11)
            sheet.drawCentredString(A4[0] / 2, A4[1] - (51 + 40 * row) * mm, text)
        sheet.translate(A4[0], A4[1])
        sheet.rotate(180)
    sheet.setFont("Helvetica-Bold", 28)
    sheet.drawCentredString(A4[0] / 2, A4[1] / 2, SAID[0])
    sheet.setFont("Helvetica", 12)
    sheet.drawCentredString(A4[0] / 2, A4[1] / 2 - 9 * mm, SAID[1])
    sheet.save()
