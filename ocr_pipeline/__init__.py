"""Scans in, readings and archival PDFs out: `python -m ocr_pipeline FILE… -o DIR`, or `Pipeline` from a program."""

from ocr_pipeline.errors import Stopped, Unreadable
from ocr_pipeline.pipeline import Apart, Joined, Piece, Pipeline, Prepared, sniff
from ocr_pipeline.reading import Barcode, PageReading, Word, reading_document
from ocr_pipeline.run import Children, Limits

__all__ = [
    "Apart",
    "Barcode",
    "Children",
    "Joined",
    "Limits",
    "PageReading",
    "Piece",
    "Pipeline",
    "Prepared",
    "Stopped",
    "Unreadable",
    "Word",
    "reading_document",
    "sniff",
]
