"""JBIG2 with symbols: an image put together from pictures of characters, which may show one for another.

BSI TR-03138 (A.SC.12) forbids it for scans. What comes in is told by its segment headers (ITU-T T.88 § 7.2); what goes
out is written as plain pixels.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pikepdf
import pypdfium2

FILTER = "/JBIG2Decode"
SYMBOL_SEGMENTS = {0, 4, 6, 7}
"""Symbol dictionary; intermediate, immediate and immediate lossless text region (T.88 § 7.3)."""
GENERIC_REGION = 38  # the only one whose length may be unknown
UNKNOWN_LENGTH = 0xFFFFFFFF
REGION_HEAD = 18  # bytes: place and size, then flags
NESTED = 4  # forms within forms that are looked into
MOST_SEGMENTS = 10_000


def segment_types(data: bytes) -> Iterator[int]:
    """The type of each segment of an embedded stream, as far as its headers can be followed."""
    at = 0
    for _ in range(MOST_SEGMENTS):
        if at + 11 > len(data):
            return
        kind, begins, length = _header(data, at)
        yield kind
        at = begins + (_unknown_length(data, begins) if length == UNKNOWN_LENGTH else length)


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Type, where the segment's data begin, and their length."""
    number, flags = int.from_bytes(data[at : at + 4]), data[at + 4]
    at += 5
    count = data[at] >> 5
    if count == 7:
        count = int.from_bytes(data[at : at + 4]) & 0x1FFFFFFF
        at += 4 + (count + 8) // 8
    else:
        at += 1
    at += count * (1 if number <= 256 else 2 if number <= 65536 else 4)
    at += 4 if flags & 0x40 else 1
    return flags & 0x3F, at + 4, int.from_bytes(data[at : at + 4])


def _unknown_length(data: bytes, begins: int) -> int:
    """Of a generic region that ends with a mark and its number of rows (T.88 § 7.2.7)."""
    by_lines = len(data) > begins + REGION_HEAD - 1 and data[begins + REGION_HEAD - 1] & 1
    end = data.find(b"\x00\x00" if by_lines else b"\xff\xac", begins + REGION_HEAD)
    return len(data) if end < 0 else end + 6 - begins


def symbol_images(page: pikepdf.Page) -> list[Any]:
    """The images of a page, forms on it included, that are coded with symbols."""
    return [image for image in _images(page.obj.get("/Resources", {}), NESTED) if _has_symbols(image)]


def without_symbols(image: Any) -> None:
    """Write the image's pixels anew, one bit each; how it looks stays the same, mistakes that are in it too."""
    width, height = int(image.Width), int(image.Height)
    dark = _drawn(image, width, height) < 128
    image.write(zlib.compress(np.packbits(~dark, axis=1).tobytes()), filter=pikepdf.Name.FlateDecode)
    if "/Decode" in image:
        del image.Decode
    if "/ImageMask" not in image:
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceGray, 1


def _images(resources: Any, depth: int) -> Iterator[Any]:
    objects = resources.get("/XObject", {}) if isinstance(resources, pikepdf.Dictionary) else {}
    for each in objects.values() if isinstance(objects, pikepdf.Dictionary) else ():
        if not isinstance(each, pikepdf.Stream):
            continue
        if each.get("/Subtype") == "/Image":
            yield each
        elif depth and each.get("/Subtype") == "/Form":
            yield from _images(each.get("/Resources", {}), depth - 1)


def _has_symbols(image: Any) -> bool:
    filters = _listed(image.get("/Filter"))
    if not filters or filters[-1] != FILTER:
        return False
    parts = [_before_last_filter(image, filters)]
    parms = _listed(image.get("/DecodeParms"))
    shared = parms[-1].get("/JBIG2Globals") if parms and isinstance(parms[-1], pikepdf.Dictionary) else None
    if isinstance(shared, pikepdf.Stream):
        parts.append(shared.read_bytes())
    return any(kind in SYMBOL_SEGMENTS for part in parts for kind in segment_types(part))


def _before_last_filter(image: Any, filters: list[Any]) -> bytes:
    """The JBIG2 stream itself, which other filters may have been laid around."""
    raw: bytes = image.read_raw_bytes()
    if len(filters) == 1:
        return raw
    with pikepdf.new() as aside:
        outer = pikepdf.Stream(aside, raw)
        outer.Filter = pikepdf.Array([pikepdf.Name(str(name)) for name in filters[:-1]])
        return bytes(outer.read_bytes())


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _drawn(image: Any, width: int, height: int) -> Any:
    """The image as a viewer draws it, a pixel for a pixel, black on white whatever else it is."""
    with pikepdf.new() as aside:
        page = aside.add_blank_page(page_size=(width, height))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=aside.copy_foreign(image)))
        page.obj.Contents = pikepdf.Stream(aside, b"0 g q %d 0 0 %d 0 0 cm /I Do Q" % (width, height))
        with pypdfium2.PdfDocument(_saved(aside)) as shown:
            bitmap = shown[0].render(scale=1, grayscale=True)
            return np.array(bitmap.to_numpy()).reshape(bitmap.height, -1)[:, :width].copy()


def _saved(pdf: pikepdf.Pdf) -> bytes:
    kept = BytesIO()
    pdf.save(kept)
    return kept.getvalue()
