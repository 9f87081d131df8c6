"""The picture of one page as recognition wants it: grey, as viewers show the page, reduced to 250 dpi."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
from PIL import Image
from PIL.Image import Transpose

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.workplace import Opened

DPI = 250  # noise is averaged too: faster and better read than 300
RENDERED_SIDE = 6000  # pixels; holds whatever size the page claims
RECOGNISED_PIXELS = 36_000_000
TRUSTED_SIDE = 2200  # pixels; a dpi tag may lie, so smaller images are never reduced
LONE_CONTENT = 4096  # bytes; "draw this one image" is shorter by far, and a bomb is not opened to find out
NOT_PLAIN = {"/SMask", "/Mask", "/Decode", "/ImageMask"}
UNSUPPORTED = (
    pikepdf.UnsupportedImageTypeError,
    pikepdf.HifiPrintImageNotTranscodableError,
    pikepdf.InvalidPdfImageError,
    pikepdf.DependencyError,  # JBIG2, which pdfium decodes itself
    NotImplementedError,
)


@dataclass(frozen=True)
class Picture:
    """8-bit grey image and its dots per inch on the page; `scanned_dpi` of the page's only image before reduction."""

    image: Image.Image
    dpi: float
    scanned_dpi: float | None = None

    def turned(self, degrees: int) -> Picture:
        """Turned anticlockwise by a multiple of 90."""
        return Picture(_turned(self.image, degrees), self.dpi, self.scanned_dpi)

    def deskewed(self, degrees: float) -> Image.Image:
        """Turned anticlockwise about its centre on the same canvas: what the archival page's matrix shows."""
        if not degrees:
            return self.image
        centre = ((self.image.width - 1) / 2, (self.image.height - 1) / 2)
        turn = cv2.getRotationMatrix2D(centre, degrees, 1)
        grey = cv2.warpAffine(np.asarray(self.image), turn, self.image.size, flags=cv2.INTER_LINEAR, borderValue=255)
        return Image.fromarray(grey)


def picture(opened: Opened, number: int, most_pixels: int) -> Picture:
    """Page `number` (from 1): the bytes of its only image where it is one, else rendered by pdfium."""
    page = opened.pdf.pages[number - 1]
    lone = lone_image(page)
    found = lone_picture(page, lone, most_pixels) if lone is not None else None
    full = found or _rendered(opened.shown[number - 1])
    return _reduced(full if lone is None else replace(full, scanned_dpi=_dots_per_inch(page, int(lone.Width))))


def lone_image(page: pikepdf.Page) -> Any:
    """The only image of a page that shows nothing else and is filled by it, else None."""
    resources = page.obj.get("/Resources", {})
    images = resources.get("/XObject", {})
    if len(images) != 1 or "/Font" in resources or {"/UserUnit", "/Annots"} & set(page.obj.keys()):
        return None
    image = next(iter(images.values()))
    if image.get("/Subtype") != "/Image" or NOT_PLAIN & set(image.keys()) or page.cropbox != page.mediabox:
        return None
    return image if _fills(page, image) else None


def _fills(page: pikepdf.Page, image: Any) -> bool:
    content = page.obj.get("/Contents")
    if not isinstance(content, pikepdf.Stream) or len(content.read_raw_bytes()) > LONE_CONTENT:
        return False
    if isinstance(content.get("/Filter"), pikepdf.Array) and len(content.Filter) > 1:
        return False
    operations = [(str(step.operator), step.operands) for step in pikepdf.parse_content_stream(page)]
    if [name for name, _ in operations] not in (["q", "cm", "Do", "Q"], ["cm", "Do"]):
        return False
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    wanted = (right - left, 0, 0, top - bottom, left, bottom)
    given = [float(number) for number in dict(operations)["cm"]]
    if any(abs(a - b) >= 2 for a, b in zip(given, wanted, strict=True)):
        return False
    return abs(float(image.Width) * wanted[3] / (float(image.Height) * wanted[0]) - 1) < 0.02


def lone_picture(page: pikepdf.Page, lone: Any, most_pixels: int) -> Picture | None:
    """The image decoded without a detour over a rendering; None where only pdfium can decode it."""
    _check_pixels(int(lone.Width), int(lone.Height), most_pixels)
    try:
        image = pikepdf.PdfImage(lone).as_pil_image()
    except UNSUPPORTED:
        return None
    except ValueError as error:
        raise Unreadable("damaged", str(error)[:200]) from error
    _check_pixels(image.width, image.height, most_pixels)  # the dictionary may lie; a JPEG is not decoded yet
    if image.format == "JPEG":
        image.draft("L", None)  # colour is dropped inside the decoder
    dpi = _dots_per_inch(page, image.width)
    return Picture(_turned(image.convert("L"), -int(page.obj.get("/Rotate", 0)) % 360), dpi)


def _dots_per_inch(page: pikepdf.Page, width: int) -> float:
    """Of an image so wide that fills the page."""
    return width / float(page.mediabox[2] - page.mediabox[0]) * 72


def check_images(page: pikepdf.Page, most_pixels: int) -> None:
    """Raise if an image of the page cannot be decoded: pdfium just leaves it out, and the page looks blank."""
    for image in page.images.values():
        lone_picture(page, image, most_pixels)


def _check_pixels(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise Unreadable("too-many-pixels", f"{width} x {height}")


def _rendered(page: pypdfium2.PdfPage) -> Picture:
    scale = min(DPI / 72, RENDERED_SIDE / max(page.get_size()))
    bitmap = page.render(scale=scale, grayscale=True)
    size = (bitmap.width, bitmap.height)
    return Picture(Image.frombuffer("L", size, bitmap.buffer, "raw", "L", bitmap.stride, 1).copy(), scale * 72)


def _reduced(full: Picture) -> Picture:
    image, dpi = full.image, full.dpi
    wanted = DPI / dpi if dpi > DPI * 1.1 and min(image.size) > TRUSTED_SIDE else 1.0
    factor = min(wanted, math.sqrt(RECOGNISED_PIXELS / (image.width * image.height)))
    if factor >= 1:
        return full
    small = cv2.resize(np.asarray(image), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return Picture(Image.fromarray(small), dpi * factor, full.scanned_dpi)


def _turned(image: Image.Image, degrees: int) -> Image.Image:
    turns = {90: Transpose.ROTATE_90, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_270}
    return image.transpose(turns[degrees]) if degrees in turns else image
