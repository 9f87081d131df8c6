"""What the ink of a page tells before anything is recognised: blank, skew, sideways lines, uneven light.

Judged on thumbnails without the page's border, about 20 ms a page. Numbers were found on scans and photos of letters,
forms and statements. Confidence would not do: Tesseract reads lines that run upwards as surely as flat ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]
Points = NDArray[np.int64]

BORDER = 0.04  # of the width: shadows and punch holes lie there
MARKS = 4  # fewer spots of the size of a letter: blank
DARKER = 45  # than the paper around, in grey levels: ink
UNEVEN = 40  # spread of the paper's grey; scans have 0 to 28, photos 50 to 157
SKEW, MOST_SKEW = 0.4, 4.0  # degrees: what is put right
FEWEST_POINTS, MOST_POINTS = 200, 12_000
THUMB = 800  # pixels of the longer side
SMALLEST = 64  # pixels; below this there is nothing to judge


@dataclass(frozen=True)
class Ink:
    """`skew` in degrees anticlockwise that put the lines level, 0 where too small or unknown."""

    blank: bool
    skew: float = 0.0
    sideways: bool = False
    uneven: bool = False


def judge(image: Image.Image) -> Ink:
    """Judge an 8-bit grey page image; too small an image counts as blank."""
    grey = np.asarray(image)
    if min(grey.shape) < SMALLEST or (_is_blank(_middle(grey)) and _is_blank(grey)):
        return Ink(blank=True)
    half = _halved(grey)
    uneven = _is_uneven(half)
    rows, columns = _points(half)
    if len(rows) < FEWEST_POINTS:
        return Ink(blank=False, uneven=uneven)
    if _runs_sideways(rows, columns):
        return Ink(blank=False, sideways=True, uneven=uneven)
    return Ink(blank=False, skew=_skew(rows, columns), uneven=uneven)


def _halved(grey: Grey) -> Grey:
    """Thumbnails of it cost a fifth of the time; as it is where it is hardly larger than they are."""
    if max(grey.shape) < 2 * THUMB:
        return grey
    half: Grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return half


def _small(grey: Grey, factor: float) -> Grey:
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    edge = max(1, int(small.shape[1] * BORDER))
    cut: Grey = small[edge:-edge, edge:-edge] if min(small.shape) > 4 * edge else small
    return cut


def _middle(grey: Grey) -> Grey:
    """The middle third, where most pages show that they are not blank."""
    third = grey.shape[0] // 3
    return grey[third:-third]


def _is_blank(grey: Grey) -> bool:
    half = _small(cv2.GaussianBlur(grey, (0, 0), 1.2), 0.5)
    spots = cv2.subtract(cv2.blur(half, (61, 61)), half) > DARKER
    _, _, stats, _ = cv2.connectedComponentsWithStats(spots.astype(np.uint8), connectivity=8)
    letters = (stats[1:, cv2.CC_STAT_AREA] >= 12) & (stats[1:, cv2.CC_STAT_HEIGHT] >= 5)
    return int(letters.sum()) < MARKS


def _is_uneven(grey: Grey) -> bool:
    paper: Any = cv2.dilate(_small(grey, min(1.0, 400 / max(grey.shape))), np.ones((9, 9), np.uint8))
    low, high = np.percentile(cv2.medianBlur(paper, 21), (3, 97))
    return bool(high - low > UNEVEN)


def _points(grey: Grey) -> tuple[Points, Points]:
    """Rows and columns of inked pixels of a thumbnail, thinned out evenly."""
    thumb = _small(grey, min(1.0, THUMB / max(grey.shape)))
    rows, columns = np.nonzero(cv2.subtract(cv2.blur(thumb, (31, 31)), thumb) > 20)
    every = max(1, len(rows) // MOST_POINTS)
    return rows[::every], columns[::every]


def _sharpness(rows: Points, columns: Points, degrees: float) -> float:
    """How sharply rows of ink and gaps alternate when the page is turned by so much."""
    level = (rows - columns * math.tan(math.radians(degrees)) + 400).astype(int).clip(0, 1700)
    return float((np.diff(np.bincount(level).astype(float)) ** 2).sum())


def _runs_sideways(rows: Points, columns: Points) -> bool:
    angles = range(-2, 3)
    upright = max(_sharpness(rows, columns, angle) for angle in angles)
    return max(_sharpness(columns, rows, angle) for angle in angles) > upright


def _skew(rows: Points, columns: Points) -> float:
    def sharp(degrees: float) -> float:
        return _sharpness(rows, columns, degrees)

    coarse = max(np.arange(-MOST_SKEW, MOST_SKEW + 0.1, 0.5), key=sharp)
    angle = float(max(np.arange(coarse - 0.5, coarse + 0.51, 0.1), key=sharp))
    return round(angle, 1) if abs(angle) >= SKEW else 0.0
