"""The picture of a page for people to look at."""

from __future__ import annotations

import base64
import io
import math

from PIL import Image

from ocr_pipeline.workplace import Workplace

NARROWEST, WIDEST = 32, 2500  # pixels
MOST_PIXELS = 20_000_000
QUALITY, METHOD = 75, 0  # a third smaller than JPEG; more effort costs four times the time for 14 %


def image(place: Workplace, path: str, number: int, width: int) -> dict[str, str]:
    """The page as WebP in base64, `width` pixels wide where bounds and the number of pixels allow it."""
    page = place.open(path, number).shown[number - 1]
    wide, high = page.get_size()
    wanted = min(max(width, NARROWEST), WIDEST) / wide
    scale = min(wanted, math.sqrt(MOST_PIXELS / (wide * high)))
    shown = page.render(scale=scale).to_pil()
    out = io.BytesIO()
    _fitting(shown).save(out, "WEBP", quality=QUALITY, method=METHOD)
    return {"data": base64.b64encode(out.getvalue()).decode(), "media_type": "image/webp"}


def _fitting(shown: Image.Image) -> Image.Image:
    """WebP takes 16,383 pixels a side; only pages of a strange shape come near."""
    shown.thumbnail((16_000, 16_000))
    return shown
