"""Reads what a box on a page holds as one line of text."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr_pipeline.engine import Engine, FoundWord
from ocr_pipeline.reading import Box

MARGIN = 0.15  # of the box's height
FRAME = 10  # pixels of paper around what is cut out, else its edge letters suffer


def read_line(engine: Engine, grey: NDArray[np.uint8], dpi: float, box: Box) -> list[FoundWord]:
    """The words in a box of an upright 8-bit grey page, their boxes in pixels of the page."""
    margin = max(1, round(MARGIN * (box[3] - box[1])))
    left, top = max(0, box[0] - margin), max(0, box[1] - margin)
    cut = grey[top : box[3] + margin, left : box[2] + margin]
    framed = cv2.copyMakeBorder(cut, *(FRAME,) * 4, cv2.BORDER_CONSTANT, value=float(np.median(cut)))
    found = engine.recognise_line(Image.fromarray(framed), dpi)
    height, width = cut.shape
    return [replace(word, box=_moved(word.box, left, top, width, height)) for word in found]


def _moved(box: Box, left: int, top: int, width: int, height: int) -> Box:
    """From the framed cutting to the page; what reaches into the frame ends at the cutting's edge."""
    x1, x2 = (min(max(x - FRAME, 0), width) + left for x in box[0::2])
    y1, y2 = (min(max(y - FRAME, 0), height) + top for y in box[1::2])
    return x1, y1, x2, y2
