"""Answers OCRmyPDF from readings that exist: it grafts the words and makes PDF/A, nothing is recognised twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ocrmypdf
from ocrmypdf._concurrent import SerialExecutor
from ocrmypdf.models.ocr_element import Baseline, BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OrientationConfidence
from PIL import Image

from ocr_pipeline.reading import Line, PageReading, Word

LANGUAGE = "deu"


class Replay(ocrmypdf.OcrEngine):
    """An engine for OCRmyPDF; `taken` are the pages (from 1) it asked for."""

    def __init__(self, readings: Mapping[int, PageReading], creator: str) -> None:
        self._readings, self._creator = readings, creator
        self.at = 0
        self.taken: set[int] = set()

    def __str__(self) -> str:
        return self._creator

    def version(self) -> str:
        """Required by OCRmyPDF."""
        return "1"

    def creator_tag(self, options: Any) -> str:  # noqa: ARG002  # OCRmyPDF's signature
        """What the archival PDF names as the maker of its words."""
        return self._creator

    def languages(self, options: Any) -> set[str]:  # noqa: ARG002
        """Required by OCRmyPDF."""
        return {LANGUAGE}

    def get_orientation(self, input_file: Path, options: Any) -> OrientationConfidence:  # noqa: ARG002
        """The turn that was found when the page was read; OCRmyPDF counts anticlockwise."""
        return OrientationConfidence(-self._readings[self.at].rotation % 360, 99)

    def get_deskew(self, input_file: Path, options: Any) -> float:  # noqa: ARG002
        """None: the page was levelled before, without touching its image."""
        return 0.0

    def supports_generate_ocr(self) -> bool:
        """Words are handed over as objects."""
        return True

    def generate_ocr(self, input_file: Path, options: Any, page_number: int = 0) -> tuple[OcrElement, str]:  # noqa: ARG002
        """The words of a page; OCRmyPDF counts these from 0."""
        self.taken.add(page_number + 1)
        return tree(self._readings[page_number + 1]), ""

    def generate_hocr(self, *args: Any) -> None:
        """Never asked for."""
        raise NotImplementedError

    def generate_pdf(self, *args: Any) -> None:
        """Never asked for."""
        raise NotImplementedError


class Hooks:
    """OCRmyPDF's public hooks: our engine, no pool of its own, no picture of the page."""

    def __init__(self, engine: Replay) -> None:
        self._engine = engine

    @ocrmypdf.hookimpl(tryfirst=True)
    def get_ocr_engine(self, options: Any) -> Replay:  # noqa: ARG002
        """See OCRmyPDF's plugin specification."""
        return self._engine

    @ocrmypdf.hookimpl(tryfirst=True)
    def get_executor(self, progressbar_class: Any) -> Any:
        """One page after the other: this process has one core."""
        return SerialExecutor(pbar_class=progressbar_class)

    @ocrmypdf.hookimpl(tryfirst=True)
    def rasterize_pdf_page(self, output_file: Path, raster_dpi: Any, pageno: int) -> Path:
        """One pixel: nobody looks at it; it comes just before the page's orientation is asked."""
        self._engine.at = pageno
        Image.new("1", (1, 1)).save(output_file, "PNG", dpi=(raster_dpi.x, raster_dpi.y))
        return output_file


def tree(page: PageReading) -> OcrElement:
    """The reading in OCRmyPDF's words; empty for pages that were not recognised."""
    root = OcrElement(
        OcrClass.PAGE, bbox=BoundingBox(0, 0, page.width, page.height), dpi=page.dpi, page_number=page.number - 1
    )
    words: dict[int, list[Word]] = {}
    for word in page.words if page.source == "ocr" else ():
        words.setdefault(word.line, []).append(word)
    for at, line in enumerate(page.lines, start=1):
        if line.begins_paragraph or not root.children:
            paragraph = OcrElement(OcrClass.PARAGRAPH, bbox=BoundingBox(*line.box), direction="ltr", language=LANGUAGE)
            root.children.append(paragraph)
        root.children[-1].children.append(_line(line, words.get(at, [])))
    return root


def _line(line: Line, words: list[Word]) -> OcrElement:
    return OcrElement(
        OcrClass.LINE,
        bbox=BoundingBox(*line.box),
        baseline=Baseline(*line.baseline) if line.baseline else None,
        direction="ltr",
        children=[
            OcrElement(OcrClass.WORD, bbox=BoundingBox(*word.box), text=word.text, confidence=word.confidence)
            for word in words
        ],
    )
