"""Tesseract inside this process by tesserocr: models are loaded once, pixels are handed over without a file."""

from __future__ import annotations

from typing import Any

import tesserocr
from PIL import Image

from ocr_pipeline.engine import LANGUAGE, FoundLine, FoundWord, data_folder
from ocr_pipeline.reading import Line

SURE_TURN = 2.0  # orientation confidence; OCRmyPDF's 14 leaves a third of turned pages lying
OTSU, SAUVOLA = "0", "2"


class Tesserocr:
    """The default engine; not for use by two threads at once."""

    name = "tesserocr"
    languages = LANGUAGE

    def __init__(self) -> None:
        self.version = tesserocr.tesseract_version().split()[1]
        self._text = tesserocr.PyTessBaseAPI(path=f"{data_folder()}/", lang=LANGUAGE, oem=tesserocr.OEM.LSTM_ONLY)
        self._text.SetVariable("tessedit_do_invert", "0")
        self._turns: Any = None

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        """See `Engine`."""
        return self._recognised(image, dpi, tesserocr.PSM.AUTO, SAUVOLA if uneven else OTSU)

    def recognise_line(self, image: Image.Image, dpi: float) -> list[FoundWord]:
        """See `Engine`."""
        lines = self._recognised(image, dpi, tesserocr.PSM.SINGLE_LINE, OTSU)
        return [word for line in lines for word in line.words]

    def _recognised(self, image: Image.Image, dpi: float, layout: int, threshold: str) -> list[FoundLine]:
        self._text.SetPageSegMode(layout)
        self._text.SetVariable("thresholding_method", threshold)
        _hand_over(self._text, image, dpi)
        self._text.Recognize(0)
        lines = _lines(self._text.GetIterator())
        self._text.Clear()
        return lines

    def quarter_turns(self, image: Image.Image, dpi: float) -> int:
        """See `Engine`."""
        if self._turns is None:
            self._turns = tesserocr.PyTessBaseAPI(path=f"{data_folder()}/", lang="osd", psm=tesserocr.PSM.OSD_ONLY)
        _hand_over(self._turns, image, dpi)
        found = self._turns.DetectOrientationScript()
        self._turns.Clear()
        return int(found["orient_deg"]) if found and found["orient_conf"] >= SURE_TURN else 0


def _hand_over(api: Any, image: Image.Image, dpi: float) -> None:
    api.SetImageBytes(image.tobytes(), image.width, image.height, 1, image.width)
    api.SetSourceResolution(round(dpi))


def _lines(start: Any) -> list[FoundLine]:
    level = tesserocr.RIL
    found: list[tuple[Line, list[FoundWord]]] = []
    for at in tesserocr.iterate_level(start, level.WORD) if start else ():
        text = "" if at.Empty(level.WORD) else at.GetUTF8Text(level.WORD).strip()
        if not text:
            continue  # words of a single blank are common
        if at.IsAtBeginningOf(level.TEXTLINE) or not found:
            found.append((_line(at), []))
        found[-1][1].append(FoundWord(text, at.BoundingBox(level.WORD), at.Confidence(level.WORD)))
    return [FoundLine(line, tuple(words)) for line, words in found]


def _line(at: Any) -> Line:
    box, base = at.BoundingBox(tesserocr.RIL.TEXTLINE), at.Baseline(tesserocr.RIL.TEXTLINE)
    baseline = None
    if base and base[0][0] != base[1][0]:
        (x1, y1), (x2, y2) = base
        slope = (y2 - y1) / (x2 - x1)
        baseline = (round(slope, 5), round(y1 + slope * (box[0] - x1) - box[3], 2))
    return Line(box, baseline, bool(at.IsAtBeginningOf(tesserocr.RIL.PARA)))
