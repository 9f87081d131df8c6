"""Runs of ink: pieces of a text line between wide gaps, found without knowing a letter.

Looked for on a copy of some 84 dpi, about 10 ms a page. Unlike Tesseract's layout it decides nothing about columns and
blocks, so it cannot lose one or take two lines that stand side by side for one.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.int32]
"""A row of left, top, right, bottom for each box."""

LOOKED_AT = 84  # dpi
MOST_PIXELS = 2_000_000  # looked at; A4 has 0.7 million, and a dpi tag may lie
AROUND = 31  # pixels there, to judge what is darker than its paper
DARKER = 40  # grey levels
TALLEST, WIDEST, FLATTEST = 30, 210, 30  # pixels, pixels, width by height; beyond: rules, frames, pictures
SPECK = 3  # pixels of ink
LOWEST, SHORTEST = 4, 6  # pixels; less is a speck or a stroke
MOST_RUNS = 1500  # a dense page has 300
PAPER, LETTER, RULE = range(3)
GAP = 13  # pixels, some 4 mm: wider than between words, narrower than between columns


def runs(grey: NDArray[np.uint8], dpi: float) -> Boxes:
    """Boxes of the runs of ink of an upright 8-bit page, in its pixels, from top to bottom; none if it is all dirt."""
    step = max(1, round(dpi / LOOKED_AT), math.ceil(math.sqrt(grey.size / MOST_PIXELS)))
    step = min(step, min(grey.shape))  # a resolution that lies
    height, width = (side // step for side in grey.shape)
    thumb = cv2.resize(grey[: height * step, : width * step], (width, height), interpolation=cv2.INTER_AREA)
    ink = (cv2.subtract(cv2.blur(thumb, (AROUND, AROUND)), thumb) > DARKER).astype(np.uint8)
    boxes = np.asarray(_boxes(_joined(ink)) * step, np.int32)
    return boxes if len(boxes) <= MOST_RUNS else boxes[:0]


def _joined(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Letters closed up to runs; rules stay between cells and are no part of them."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height, area = (stats[:, at] for at in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    kind = np.where(area < SPECK, PAPER, LETTER).astype(np.uint8)
    kind[(height > TALLEST) | (width > WIDEST) | (width > FLATTEST * height)] = RULE
    kind[0] = PAPER
    kinds = kind.take(labels)
    closed = cv2.morphologyEx((kinds == LETTER).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, GAP), np.uint8))
    closed[kinds == RULE] = 0
    return np.asarray(closed, np.uint8)


def _boxes(joined: NDArray[np.uint8]) -> Boxes:
    stats = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:]
    left, top, width, height, _ = stats.T
    fit = (height >= LOWEST) & (height <= TALLEST) & (width >= SHORTEST)
    return np.asarray(np.stack([left, top, left + width, top + height], axis=1)[fit], np.int32)
