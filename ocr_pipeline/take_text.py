"""Takes in what is only text: plain, HTML, XML. Set as pages, so that it is shown, found and archived like all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocr_pipeline import kinds
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.html_text import page_text
from ocr_pipeline.invoice import readable
from ocr_pipeline.typeset import typeset
from ocr_pipeline.workplace import Workplace

LONGEST = 32 << 20  # bytes; some 5,000 pages


def prepare(place: Workplace, source: str, target: str, media_type: str) -> dict[str, Any]:
    """Pages, media type; as `take_pdf.prepare`."""
    if Path(source).stat().st_size > LONGEST:
        raise Unreadable("too-many-pages", "text")
    data = Path(source).read_bytes()
    head: list[tuple[str, str]] = []
    if media_type == kinds.XML:
        head, text = readable(data)
    else:
        text = page_text(data) if media_type == kinds.HTML else kinds.decoded(data)
    return {"pages": typeset(text, target, place.limits, head), "media_type": media_type, "signed": False}
