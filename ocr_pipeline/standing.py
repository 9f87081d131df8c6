"""Which way up a page stands, told by reading a line or two of it before the whole.

Read from the wrong side a line scored below 35, from the right one above 78, on all pages that were tried. Asking
Tesseract for the orientation takes 270 ms, recognising a page that stands on its head in vain a second, a line 12 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr_pipeline.engine import Engine, mean_sure
from ocr_pipeline.reading import Box
from ocr_pipeline.runs import Boxes
from ocr_pipeline.single_line import read_line

LINES = 3  # tried at most; the first usually tells
NARROWEST, WIDEST = 7, 16  # width by height: some ten to thirty letters
LOWEST, TALLEST = 0.06, 0.3  # inches: print of 5 to 20 points
RIGHT, WRONG = 75.0, 45.0  # mean confidence of a line read from the right side, and from the other
FEWEST_LETTERS = 6  # figures say little: 0, 6, 8 and 9 are figures from both sides


class Way(Enum):
    """What lines tell of a page whose lines are level."""

    UPRIGHT = "upright"
    ON_ITS_HEAD = "on its head"
    UNKNOWN = "unknown"


def way_up(engine: Engine, image: Image.Image, dpi: float, boxes: Boxes) -> Way:
    """By the runs of ink of a level 8-bit grey page; unknown where no line of print is surely read from one side."""
    grey = np.asarray(image)
    height, width = grey.shape
    for left, top, right, bottom in _lines(boxes, dpi):
        sure = _sure(engine, grey, dpi, (left, top, right, bottom))
        if sure >= RIGHT:
            return Way.UPRIGHT
        turned = (width - right, height - bottom, width - left, height - top)
        if sure <= WRONG and _sure(engine, grey[::-1, ::-1], dpi, turned) >= RIGHT:
            return Way.ON_ITS_HEAD
    return Way.UNKNOWN


def _lines(boxes: Boxes, dpi: float) -> Iterator[Box]:
    """The longest runs of the size of print, among those that are not too long."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    long = (width >= NARROWEST * height) & (width <= WIDEST * height)
    fit = boxes[long & (height >= LOWEST * dpi) & (height <= TALLEST * dpi)]
    longest = np.argsort(fit[:, 0] - fit[:, 2], kind="stable")[:LINES]
    return (tuple(box) for box in fit[longest].tolist())


def _sure(engine: Engine, grey: NDArray[np.uint8], dpi: float, box: Box) -> float:
    """How surely a line is read; with too few letters something that tells nothing."""
    words = read_line(engine, grey, dpi, box)
    letters = sum(sign.isalpha() for word in words for sign in word.text)
    return mean_sure(words) if letters >= FEWEST_LETTERS else (RIGHT + WRONG) / 2
