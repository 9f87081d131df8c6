"""Cuts pages out of a prepared PDF: the same streams, not decoded, and nothing of other pages."""

from __future__ import annotations

import pikepdf

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.signed import is_signed
from ocr_pipeline.workplace import Workplace


def extract(place: Workplace, source: str, target: str, first: int, last: int) -> bool:
    """Write pages `first` to `last` (from 1); False, and nothing written, where a signature would be broken."""
    place.close()
    with pikepdf.open(source) as pdf, pikepdf.new() as part:
        if is_signed(pdf):
            return False
        if not 1 <= first <= last <= len(pdf.pages):
            raise Unreadable("no-page", f"{first} to {last} of {len(pdf.pages)}")
        pdf.remove_unreferenced_resources()  # pages may share a list that names the images of all
        part.pages.extend(pdf.pages[first - 1 : last])
        part.save(
            target,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=False,
            recompress_flate=False,
            deterministic_id=True,
        )
    return True
