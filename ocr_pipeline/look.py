"""What a page looks like in 256 bits: two scans of one sheet differ in few of them, whatever scanned them."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

SIDE = 16
PAPER = 12  # grey levels above the paper's own tone that are no ink yet


def look(image: Image.Image) -> str:
    """64 hex digits: for each of 16 × 16 cells, whether it is darker than its right neighbour (a difference hash)."""
    small = cv2.resize(np.asarray(image), (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    dark = np.clip(np.median(small) - PAPER / 4 - small, 0, None) if _is_paper(small) else 255 - small
    dark = cv2.GaussianBlur(dark, (3, 3), 0)
    bits = dark[:, :-1] > dark[:, 1:] + dark.max() / 64
    return np.packbits(bits).tobytes().hex()


def _is_paper(small: np.ndarray) -> bool:
    """Whether most of the page is one light tone."""
    return float(np.median(small)) > 128
