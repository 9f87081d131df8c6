"""Takes in a PDF: opens it, refuses what cannot be read wholly, writes the copy that pages are read from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as raw

from ocr_pipeline import embedded
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.run import Limits
from ocr_pipeline.signed import is_signed
from ocr_pipeline.workplace import Workplace

MEDIA_TYPE = "application/pdf"
LOSSES = re.compile("expected endstream|EOF|overriding|loop|unknown token|treating as null")
"""Words in qpdf's warnings that mean something is missing; a broken cross-reference table alone is mended."""


def prepare(place: Workplace, source: str, target: str, password: str | None) -> dict[str, Any]:
    """Pages, media type and whether it is signed; the copy is byte for byte unless it had to be opened or mended."""
    with _opened(source, password) as pdf:
        _check(pdf, place.limits)
        signed = is_signed(pdf)
        files = len(embedded.found(pdf))
        found = {"pages": len(pdf.pages), "media_type": MEDIA_TYPE, "signed": signed, "files": files}
        form = _has_form(pdf) and not signed
        if pdf.is_encrypted or pdf.get_warnings():
            pdf.save(target, encryption=False)
        else:
            shutil.copyfile(source, target)
    if form:
        _flatten_form(target)
    return found


def _opened(source: str, password: str | None) -> pikepdf.Pdf:
    try:
        return pikepdf.open(Path(source), password=password or "", suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise Unreadable("wrong-password" if password else "encrypted") from error


def _check(pdf: pikepdf.Pdf, limits: Limits) -> None:
    if not len(pdf.pages):
        raise Unreadable("no-pages")
    if len(pdf.pages) > limits.pages:
        raise Unreadable("too-many-pages", str(len(pdf.pages)))
    if pdf.Root.get("/NeedsRendering", False):
        raise Unreadable("dynamic-form", "NeedsRendering")
    _check_pixels(pdf, limits.pixels)
    if pdf.get_warnings():
        _check_whole(pdf)


def _check_pixels(pdf: pikepdf.Pdf, most: int) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image":
            width, height = int(each.get("/Width", 0)), int(each.get("/Height", 0))
            if width * height > most:
                raise Unreadable("too-many-pixels", f"{width} x {height}")


def _check_whole(pdf: pikepdf.Pdf) -> None:
    """Of a file that qpdf had to mend: nothing a page draws may be missing (a cut file's objects turn to null)."""
    for number, page in enumerate(pdf.pages, start=1):
        if "/Contents" not in page.obj:
            raise Unreadable("damaged", "the page's content is missing", number)
        resources = page.obj.get("/Resources", {})
        for step in pikepdf.parse_content_stream(page, "Do Tf"):
            kind = "/XObject" if str(step.operator) == "Do" else "/Font"
            if step.operands and step.operands[0] not in resources.get(kind, {}):
                raise Unreadable("damaged", f"{step.operands[0]} is missing", number)
    losses = [str(warning) for warning in pdf.get_warnings() if LOSSES.search(str(warning))]
    if losses:
        raise Unreadable("damaged", losses[0][:200])


def _has_form(pdf: pikepdf.Pdf) -> bool:
    form = pdf.Root.get("/AcroForm")
    return isinstance(form, pikepdf.Dictionary) and len(form.get("/Fields", [])) > 0


def _flatten_form(target: str) -> None:
    """Draw what was filled in into the pages: a reader takes it as text, and an archive needs no form.

    By pdfium, which makes the appearances that are missing in the field's own encoding; qpdf makes "?" of an umlaut.
    """
    flat = f"{target}.flat"
    with pypdfium2.PdfDocument(target) as pdf:
        pdf.init_forms()
        for page in pdf:
            if raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_FAIL:
                raise Unreadable("damaged", "the form cannot be flattened")
        pdf.save(flat)
    Path(flat).replace(target)
