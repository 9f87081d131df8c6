"""Tesseract's command line by pytesseract: slower, but runs wherever the program does.

The image goes over by path: an image object would be written as PNG, which costs more than it saves.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytesseract
from PIL import Image

from ocr_pipeline.engine import LANGUAGE, FoundLine, FoundWord, data_folder
from ocr_pipeline.reading import Box, Line

SURE_TURN = 2.0
OTSU, SAUVOLA = 0, 2
AUTO, SINGLE_LINE = 3, 7  # page segmentation
WORD = 5  # level in Tesseract's table


class Pytesseract:
    """The portable second engine; each call is a process."""

    name = "pytesseract"
    languages = LANGUAGE

    def __init__(self) -> None:
        self.version = str(pytesseract.get_tesseract_version())
        self._data = f'--tessdata-dir "{data_folder()}"'

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        """See `Engine`; this one knows no baselines."""
        return self._recognised(image, dpi, AUTO, SAUVOLA if uneven else OTSU)

    def recognise_line(self, image: Image.Image, dpi: float) -> list[FoundWord]:
        """See `Engine`."""
        return [word for line in self._recognised(image, dpi, SINGLE_LINE, OTSU) for word in line.words]

    def _recognised(self, image: Image.Image, dpi: float, layout: int, threshold: int) -> list[FoundLine]:
        given = f"--dpi {round(dpi)} --oem 1 --psm {layout}"
        config = f"{self._data} {given} -c thresholding_method={threshold} -c tessedit_do_invert=0"
        with _file(image) as path:
            table = pytesseract.image_to_data(path, LANGUAGE, config, output_type=pytesseract.Output.DICT)
        return _lines(table)

    def quarter_turns(self, image: Image.Image, dpi: float) -> int:
        """See `Engine`."""
        try:
            with _file(image) as path:
                found = pytesseract.image_to_osd(
                    path, config=f"{self._data} --dpi {round(dpi)}", output_type=pytesseract.Output.DICT
                )
        except pytesseract.TesseractError:
            return 0  # "too few characters" is an error there
        return int(found["orientation"]) if found["orientation_conf"] >= SURE_TURN else 0


@contextmanager
def _file(image: Image.Image) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.tif")
        image.save(path)
        yield str(path)


def _lines(table: dict[str, list[Any]]) -> list[FoundLine]:
    lines: dict[tuple[int, int, int], list[FoundWord]] = {}
    for at, text in enumerate(table["text"]):
        if table["level"][at] == WORD and text.strip():
            key = (table["block_num"][at], table["par_num"][at], table["line_num"][at])
            lines.setdefault(key, []).append(FoundWord(text.strip(), _box(table, at), float(table["conf"][at])))
    begun: set[tuple[int, int]] = set()
    found = []
    for key, words in lines.items():
        found.append(FoundLine(Line(_around(words), None, key[:2] not in begun), tuple(words)))
        begun.add(key[:2])
    return found


def _box(table: dict[str, list[Any]], at: int) -> Box:
    left, top = table["left"][at], table["top"][at]
    return left, top, left + table["width"][at], top + table["height"][at]


def _around(words: list[FoundWord]) -> Box:
    left, top, right, bottom = zip(*(word.box for word in words), strict=True)
    return min(left), min(top), max(right), max(bottom)
