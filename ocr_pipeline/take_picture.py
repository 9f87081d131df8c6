"""Takes in pictures: one PDF around the received bytes, decoded only where needed.

A TIFF may have many pages, and so may a HEIC; of what moves or has a second layer (GIF, WebP, PNG, a phone's JPEG with
its map of depth or light) the first frame is the page.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import img2pdf
import pillow_heif
from PIL import ExifTags, Image, ImageOps, ImageSequence

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.kinds import AVIF, HEIC, TIFF, WEBP
from ocr_pipeline.run import Limits
from ocr_pipeline.workplace import Workplace

A4_LONG_SIDE = 11.69  # inches; what a picture without a resolution is taken for
LEAST_DPI, MOST_DPI = 97, 2400  # 72 and 96 are what programs write that do not know
LEVEL = {1, 3, 6, 8}  # EXIF orientations without a mirror: a page's /Rotate says the same
AS_THEY_ARE = {"1", "L", "RGB", "P"}
OF_PAGES = {TIFF, HEIC}
PHOTOGRAPHS = {HEIC, AVIF, WEBP}
"""Lossy kinds that no PDF holds as they are: a page of theirs is a JPEG, ten times smaller than without loss."""
FINE: dict[str, Any] = {"quality": 92, "subsampling": 0}
FAST: dict[str, Any] = {"compress_level": 1}

pillow_heif.register_heif_opener(thumbnails=False)


def prepare(place: Workplace, source: str, target: str, media_type: str) -> dict[str, Any]:
    """Pages, media type; as `take_pdf.prepare`."""
    Image.MAX_IMAGE_PIXELS = None  # the limit is checked here, by name, before anything is decoded
    try:
        pages, redrawn = _pages(source, target, media_type, place.limits)
    except (RuntimeError, SyntaxError, ValueError) as error:  # what decoders say of a broken file
        raise Unreadable("damaged", str(error)[:200]) from error
    return {"pages": pages, "media_type": media_type, "signed": False, "redrawn": redrawn}


def _pages(source: str, target: str, media_type: str, limits: Limits) -> tuple[int, bool]:
    """How many, and whether they had to be drawn anew."""
    with Image.open(source) as image:
        pages: int = getattr(image, "n_frames", 1) if media_type in OF_PAGES else 1
        _check(image, limits, pages)
        plain = media_type not in PHOTOGRAPHS and all(_is_plain(frame) for frame in _frames(image, pages))
    if plain and _wrapped([source], target, first=pages == 1):
        return pages, False
    _flattened(source, target, pages, photograph=media_type in PHOTOGRAPHS)
    return pages, True


def _frames(image: Image.Image, pages: int) -> Iterator[Image.Image]:
    return islice(ImageSequence.Iterator(image), pages)


def _check(image: Image.Image, limits: Limits, pages: int) -> None:
    if pages > limits.pages:
        raise Unreadable("too-many-pages", str(pages))
    for number, frame in enumerate(_frames(image, pages), start=1):
        if frame.width * frame.height > limits.pixels:
            raise Unreadable("too-many-pixels", f"{frame.width} x {frame.height}", number)


def _is_plain(frame: Image.Image) -> bool:
    orientation = frame.getexif().get(ExifTags.Base.Orientation, 1)
    return frame.mode in AS_THEY_ARE and "transparency" not in frame.info and orientation in LEVEL


def _wrapped(sources: list[str], target: str, *, first: bool) -> bool:
    """True if written; False where img2pdf refuses a kind of image."""
    try:
        with Path(target).open("wb") as out:
            img2pdf.convert(
                *sources, outputstream=out, layout_fun=_layout, rotation=img2pdf.Rotation.auto, nodate=True,
                first_frame_only=first,
            )  # fmt: skip
    except (img2pdf.AlphaChannelError, img2pdf.JpegColorspaceError, img2pdf.UnsupportedColorspaceError):
        return False
    except (img2pdf.ImageOpenError, img2pdf.ExifOrientationError, NotImplementedError, ValueError):
        return False
    return True


def _layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """Page and image size in points for an image of so many pixels."""
    across, down = dpi
    if not (LEAST_DPI <= across <= MOST_DPI and LEAST_DPI <= down <= MOST_DPI and 0.3 < across / down < 3):
        across = down = min(MOST_DPI, max(72.0, max(width, height) / A4_LONG_SIDE))
    page = (max(3.0, width / across * 72), max(3.0, height / down * 72))
    return (*page, *page)


def _flattened(source: str, target: str, pages: int, *, photograph: bool) -> None:
    """By way of 8-bit RGB or grey on white paper, upright, one file a page: PNG, or JPEG of a photograph."""
    ending, options = ("jpg", FINE) if photograph else ("png", FAST)
    with tempfile.TemporaryDirectory() as folder, Image.open(source) as image:
        paths = []
        for number, (page, dpi) in enumerate(_on_paper(image, pages)):
            path = Path(folder, f"{number}.{ending}")
            page.save(path, dpi=dpi, **options)
            paths.append(str(path))
        if not _wrapped(paths, target, first=True):
            raise Unreadable("damaged", "the picture cannot be made a page")


def _on_paper(image: Image.Image, pages: int) -> Iterator[tuple[Image.Image, tuple[float, float]]]:
    for frame in _frames(image, pages):
        dpi = frame.info.get("dpi", (72, 72))
        orientation = frame.getexif().get(ExifTags.Base.Orientation, 1)
        frame.load()
        if orientation in {5, 6, 7, 8}:
            dpi = dpi[::-1]
        upright = ImageOps.exif_transpose(frame)
        yield _eight_bits(upright), (float(dpi[0]), float(dpi[1]))


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L") if image.mode != "I;16" else _halved(image)
    if "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "RGBa", "La"}:
        seen = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(seen)
        return paper.convert("RGB")
    return image if image.mode in {"1", "L", "RGB"} else image.convert("RGB")


def _halved(image: Image.Image) -> Image.Image:
    """16 bits a pixel to 8: the high byte."""
    return Image.frombytes("L", image.size, image.tobytes("raw", "I;16")[1::2])
