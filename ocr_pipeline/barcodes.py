"""Barcodes on a page's picture: Code 128, Code 39, QR and DataMatrix, any way up, by zxing-cpp.

The whole page is searched in the ways that are cheap: bars as they lie, and at half size what is as large as on a
separator sheet. Only where a quick look sees a dense patch of ink is everything tried in full resolution, since trying
it on all of the page costs three times as much and finds hardly more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from ocr_pipeline.reading import Barcode, Box

Grey = NDArray[np.uint8]
Point = tuple[float, float]
Corners = tuple[Point, ...]

_F = zxingcpp.BarcodeFormat
BARS = zxingcpp.BarcodeFormats([_F.Code128, _F.Code39])
SQUARES = zxingcpp.BarcodeFormats([_F.QRCode])
DENSE_ONES = zxingcpp.BarcodeFormats([_F.DataMatrix])
ALL = zxingcpp.BarcodeFormats([_F.Code128, _F.Code39, _F.QRCode, _F.DataMatrix])
NAMES = {
    "Code 128": "Code 128",
    "Code 39": "Code 39",
    "QR": "QR",
    "Micro QR": "QR",  # what half a QR is taken for
    "rMQR": "QR",
    "Data Matrix": "DataMatrix",
}
LINEAR = "linear"  # of bars that are too damaged to tell their kind
WHOLE = 1_500_000  # pixels up to which a page is searched as it is
PATCH = 4  # the look is at a quarter of the size, in each direction
DARKER = 25  # than the paper around, in grey levels: ink
LEAST_SIDE, MOST_SIDE = 12, 350  # pixels of a dense patch there: 5 mm to 14 cm at 250 dpi
DENSE = 0.6  # of its box; lines of text have their gaps
MARGIN = 64  # pixels around a patch: the quiet zone that a code needs
MOST_PATCHES = 8  # on a page; more is a photo or a table full of shades
LEAST_BARS, LEAST_BARS_SIDE = 12, 60  # bars, and pixels of their length: letters are shorter
STRAIGHT = 0.6  # share of columns that do not change over a third of the bars' length
LEAST_DAMAGED = 60  # pixels; what looks like an unreadable DataMatrix and is smaller is a speck


@dataclass(frozen=True)
class Code:
    """A symbol where it lies on the picture; text None: located, but damaged."""

    format: str
    text: str | None
    corners: Corners


def find(image: Image.Image) -> list[Code]:
    """All codes of an 8-bit grey picture, in no order."""
    grey = np.asarray(image)
    if grey.size <= WHOLE:
        return _once(list(_read(grey, ALL)))
    half = _halved(grey)
    quarter = _halved(half)
    found = [
        *_read(grey, BARS, rotate=False),  # costs next to nothing at any size
        *map(_mirrored, _read(cv2.transpose(half), BARS, scale=2, rotate=False)),  # bars of a sheet fed sideways
        *_read(half, SQUARES, scale=2),
        *_read(quarter, DENSE_ONES, scale=PATCH),  # one of small modules is a patch, and is read there
    ]
    for left, top, right, bottom in _patches(quarter):
        patch = grey[top:bottom, left:right]
        here = list(_read(patch, ALL, offset=(left, top)))
        found += here or _damaged_bars(patch, (left, top))
    return _once(found)


def _halved(grey: Grey) -> Grey:
    half: Grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return half


def placed(codes: list[Code], size: tuple[int, int], rotation: int, skew: float) -> tuple[Barcode, ...]:
    """The codes of a picture of this size in its reading's frame: turned clockwise, then levelled about its centre."""
    width, height = size if rotation % 180 == 0 else size[::-1]
    level = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew, 1)

    def there(at: Point) -> Point:
        x, y = level @ (*_turned(at, size, rotation), 1)
        return float(x), float(y)

    return _framed(codes, there, (width, height))


def scaled(codes: list[Code], size: tuple[int, int], frame: tuple[int, int]) -> tuple[Barcode, ...]:
    """The codes of a picture of this size in another frame over the same page."""
    across, down = frame[0] / size[0], frame[1] / size[1]
    return _framed(codes, lambda at: (at[0] * across, at[1] * down), frame)


def _framed(codes: list[Code], there: Callable[[Point], Point], frame: tuple[int, int]) -> tuple[Barcode, ...]:
    found = (Barcode(code.format, code.text, _box([there(at) for at in code.corners], *frame)) for code in codes)
    return tuple(sorted(found, key=lambda code: (code.box[1], code.box[0])))


def _read(
    grey: Grey, formats: Any, scale: int = 1, offset: tuple[int, int] = (0, 0), *, rotate: bool = True
) -> Iterator[Code]:  # fmt: skip
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey), formats, try_rotate=rotate,
        try_downscale=False, try_invert=False, text_mode=zxingcpp.TextMode.Plain,
        return_errors=True,
    )  # fmt: skip
    for each in found:
        corners = tuple((p.x * scale + offset[0], p.y * scale + offset[1]) for p in _points(each.position))
        if each.valid:
            yield Code(_name(each), _printable(each.text), corners)
        elif _is_damaged(each, corners):
            yield Code(_name(each), None, corners)


def _mirrored(code: Code) -> Code:
    """Of a transposed picture, on the picture itself."""
    return Code(code.format, code.text, tuple((y, x) for x, y in code.corners))


def _points(position: Any) -> tuple[Any, ...]:
    return position.top_left, position.top_right, position.bottom_right, position.bottom_left


def _name(each: Any) -> str:
    """Without the variant, such as an extended Code 39."""
    said = str(each.format)
    return next((name for start, name in NAMES.items() if said.startswith(start)), said)


def _printable(text: str) -> str:
    """Without what some writers fill up with, such as NUL, which no database takes."""
    return "".join(sign for sign in text if sign.isprintable()).strip()


def _damaged_bars(patch: Grey, offset: tuple[int, int]) -> list[Code]:
    """What zxing-cpp does not name: bars side by side, of which some are torn or covered."""
    inner = patch[MARGIN:-MARGIN, MARGIN:-MARGIN]
    if not (_are_bars(inner) or _are_bars(inner.T)):
        return []
    (left, top), (height, width) = offset, patch.shape
    right, bottom = left + width - MARGIN, top + height - MARGIN
    left, top = left + MARGIN, top + MARGIN
    return [Code(LINEAR, None, ((left, top), (right, top), (right, bottom), (left, bottom)))]


def _are_bars(upright: Grey) -> bool:
    if min(upright.shape) < LEAST_BARS_SIDE:
        return False
    third = upright.shape[0] // 3
    band = upright[third : 2 * third] > (float(upright.min()) + float(upright.max())) / 2
    changes = np.count_nonzero(band[:, 1:] != band[:, :-1], axis=1)
    straight = (band == band[0]).all(axis=0)
    return bool(np.median(changes) >= 2 * LEAST_BARS and straight.mean() >= STRAIGHT)


def _is_damaged(each: Any, corners: Corners) -> bool:
    """Whether something that failed to decode was a code: paper grain has the corner of many a small DataMatrix."""
    if _name(each) != "DataMatrix":
        return True
    sides = [math.dist(a, b) for a, b in pairwise(corners)]
    return bool(min(sides) >= LEAST_DAMAGED and max(sides) < 1.25 * min(sides))


def _patches(quarter: Grey) -> list[Box]:
    """Boxes on the full picture around dense patches of ink, with their quiet zones."""
    ink = (cv2.subtract(cv2.blur(quarter, (61, 61)), quarter) > DARKER).astype(np.uint8)
    merged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(merged, connectivity=8)
    sides = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    likely = (np.minimum(*sides) >= LEAST_SIDE) & (np.maximum(*sides) <= MOST_SIDE)
    likely &= stats[1:, cv2.CC_STAT_AREA] >= DENSE * sides[0] * sides[1]
    boxes = stats[1:][likely]
    return [_around(box) for box in boxes] if len(boxes) <= MOST_PATCHES else []


def _around(box: Any) -> Box:
    left, top = (max(0, PATCH * int(box[at]) - MARGIN) for at in (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP))
    right = PATCH * int(box[cv2.CC_STAT_LEFT] + box[cv2.CC_STAT_WIDTH]) + MARGIN
    return left, top, right, PATCH * int(box[cv2.CC_STAT_TOP] + box[cv2.CC_STAT_HEIGHT]) + MARGIN


def _once(codes: list[Code]) -> list[Code]:
    """Each place once, what was read before what was not."""
    kept: list[Code] = []
    for code in sorted(codes, key=lambda code: code.text is None):
        if not any(_same_place(code, other) for other in kept):
            kept.append(code)
    return kept


def _same_place(one: Code, other: Code) -> bool:
    """Whether the middle of either lies in the other."""
    return _within(_middle(one), other) or _within(_middle(other), one)


def _middle(code: Code) -> Point:
    return sum(x for x, _ in code.corners) / 4, sum(y for _, y in code.corners) / 4


def _within(at: Point, code: Code) -> bool:
    across, down = zip(*code.corners, strict=True)
    return bool(min(across) <= at[0] <= max(across) and min(down) <= at[1] <= max(down))


def _turned(at: Point, size: tuple[int, int], rotation: int) -> Point:
    (x, y), (width, height) = at, size
    return {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[rotation]


def _box(points: list[Point], width: int, height: int) -> Box:
    across, down = zip(*points, strict=True)
    left, right = (min(max(round(edge), 0), width) for edge in (min(across), max(across)))
    top, bottom = (min(max(round(edge), 0), height) for edge in (min(down), max(down)))
    return left, top, right, bottom
