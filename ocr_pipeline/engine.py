"""The port behind which recognition happens: one page image in, lines of words out."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from PIL import Image

from ocr_pipeline.reading import Box, Line

LANGUAGE = "deu"
SHIPPED = {
    "tesserocr": "ocr_pipeline.engine_tesserocr:Tesserocr",
    "pytesseract": "ocr_pipeline.engine_pytesseract:Pytesseract",
}
DATA = (Path("/usr/share/tesseract-ocr/5/tessdata"), Path("/usr/share/tessdata"))


@dataclass(frozen=True)
class FoundWord:
    """A recognised word in pixels of the image; `sure` from 0 to 100."""

    text: str
    box: Box
    sure: float


@dataclass(frozen=True)
class FoundLine:
    """A recognised line with its words in reading order; never without words."""

    line: Line
    words: tuple[FoundWord, ...]


def mean_sure(words: Iterable[FoundWord]) -> float:
    """Mean confidence (0 to 100) by character; 0 of no words."""
    found = [(word.sure, len(word.text)) for word in words]
    return sum(sure * length for sure, length in found) / max(1, sum(length for _, length in found))


class Engine(Protocol):
    """Recognition of German text; made once in a child, without arguments."""

    name: str
    version: str
    languages: str

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        """Lines of an upright 8-bit grey image in reading order; `uneven`: the light differs over the page."""

    def recognise_line(self, image: Image.Image, dpi: float) -> list[FoundWord]:
        """Words of an 8-bit grey image that shows a single line and some paper around it."""

    def quarter_turns(self, image: Image.Image, dpi: float) -> int:
        """Degrees anticlockwise (0, 90, 180, 270) that would make the page upright; 0 when not sure."""


def load(name: str) -> Engine:
    """The engine by a shipped name or as `package.module:Class`; ImportError or AttributeError if there is none."""
    module, _, cls = SHIPPED.get(name, name).partition(":")
    return cast("Engine", getattr(importlib.import_module(module), cls)())


def data_folder() -> Path:
    """Folder of Tesseract's models: `TESSDATA_PREFIX` or where distributions put them."""
    named = os.environ.get("TESSDATA_PREFIX")
    return Path(named) if named else next((path for path in DATA if path.is_dir()), DATA[0])
