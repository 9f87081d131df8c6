"""Reads one page: keeps the text it has, else puts the picture upright and level and recognises it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pypdfium2
from PIL import Image

from ocr_pipeline import barcodes, digital
from ocr_pipeline.engine import Engine, FoundLine, mean_sure
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.ink import Ink, judge
from ocr_pipeline.jbig2 import symbol_images
from ocr_pipeline.look import look
from ocr_pipeline.page import Picture, check_images, drawn, lone_image, picture
from ocr_pipeline.reading import PageReading, Source, Word
from ocr_pipeline.runs import Boxes, runs
from ocr_pipeline.second_look import second_look
from ocr_pipeline.standing import Way, way_up
from ocr_pipeline.workplace import Opened, Workplace

SURE = 65.0  # mean confidence below which orientation is asked
UPSIDE_DOWN = 40.0  # below this a page with level lines stands on its head: those scored 17 to 26
CODES_DPI = 200  # at which a page with text is drawn to look for codes
FEW = 60  # characters; fewer say nothing about orientation

cv2.setNumThreads(1)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


@dataclass(frozen=True)
class Found:
    """Lines with their mean confidence (0 to 100, weighted by length) and number of characters."""

    lines: list[FoundLine]

    @property
    def characters(self) -> int:
        """Letters and signs, blanks not counted."""
        return sum(len(word.text) for line in self.lines for word in line.words)

    @property
    def sure(self) -> float:
        """Mean confidence by character; 0 where nothing was found."""
        return mean_sure(word for line in self.lines for word in line.words)

    @property
    def convincing(self) -> bool:
        """Whether enough was read surely enough that the page must be the right way up."""
        return self.sure >= SURE and self.characters >= FEW


def about(place: Workplace) -> dict[str, str]:
    """Name, version and languages of the engine."""
    engine = place.engine
    return {"name": engine.name, "version": engine.version, "languages": engine.languages}


def read(place: Workplace, path: str, number: int) -> dict[str, Any]:
    """The reading of page `number` of the PDF as JSON; what goes wrong names the page."""
    try:
        opened = place.open(path, number)
        symbols = bool(symbol_images(opened.pdf.pages[number - 1]))
        return replace(_read(place, opened, number), symbol_coded=symbols).to_json()
    except Unreadable as error:
        raise Unreadable(error.code, error.detail, number) from error


def _read(place: Workplace, opened: Opened, number: int) -> PageReading:
    Image.MAX_IMAGE_PIXELS = place.limits.pixels
    lone = lone_image(opened.pdf.pages[number - 1]) is not None
    shown = opened.shown[number - 1]
    if not lone and digital.has_text(shown):
        return _with_codes_drawn(digital.words(shown, number), shown)
    straighten = not opened.signed  # a signed page cannot be turned in the archive, so it is read as it stands
    page = picture(opened, number, place.limits.pixels)
    reading = recognised(place.engine, page, number, straighten=straighten)
    if reading.source == "blank" and not lone:
        check_images(opened.pdf.pages[number - 1], place.limits.pixels)
    return reading


@dataclass(frozen=True)
class Sheet:
    """A page turned by `turn` degrees anticlockwise and then levelled by `skew`, with the runs of ink on it."""

    page: Picture
    turn: int
    skew: float
    uneven: bool
    image: Image.Image
    runs: Boxes

    @classmethod
    def laid(cls, page: Picture, turn: int = 0) -> Sheet:
        """As it lies when it was turned so."""
        turned = page.turned(turn)
        return cls.of(turned, judge(turned.image), turn)

    @classmethod
    def of(cls, page: Picture, ink: Ink, turn: int = 0, *, level: bool = True) -> Sheet:
        """Of a page that was turned and judged."""
        skew = ink.skew if level else 0.0
        image = page.deskewed(skew)
        return cls(page, turn, skew, ink.uneven, image, runs(np.asarray(image), page.dpi))


def recognised(engine: Engine, page: Picture, number: int, *, straighten: bool) -> PageReading:
    """The reading of a page's picture; its frame is the picture after turning and levelling."""
    codes = barcodes.find(page.image)
    reading = _recognised(engine, page, number, straighten=straighten)
    if not codes:
        return reading
    return replace(reading, barcodes=barcodes.placed(codes, page.image.size, reading.rotation, reading.skew))


def _with_codes_drawn(reading: PageReading, shown: pypdfium2.PdfPage) -> PageReading:
    """A page with text is looked at only if it draws what may be a code: an image (a scan read before), or bars."""
    if not digital.may_show_codes(shown):
        return reading
    image = drawn(shown, CODES_DPI).image
    codes = barcodes.scaled(barcodes.find(image), image.size, (reading.width, reading.height))
    return replace(reading, barcodes=codes)


def _recognised(engine: Engine, page: Picture, number: int, *, straighten: bool) -> PageReading:
    ink = judge(page.image)
    if ink.blank:
        return _reading(Sheet.of(page, ink, level=False), number, "blank", Found([]))
    if not straighten:
        return _read_sheet(engine, Sheet.of(page, ink, level=False), number)[0]
    if ink.sideways:
        return _read_sheet(engine, _quarter_turned(engine, page), number)[0]
    return _read_level(engine, Sheet.of(page, ink), number)


def _quarter_turned(engine: Engine, page: Picture) -> Sheet:
    """A page whose lines ran up or down; where no line tells which, Tesseract is asked for the orientation."""
    sheet = Sheet.laid(page, 90)
    way = _way(engine, sheet)
    if way is Way.UPRIGHT:
        return sheet
    if way is Way.ON_ITS_HEAD:
        return Sheet.laid(page, 270)
    return Sheet.laid(page, engine.quarter_turns(page.image, page.dpi))


def _read_level(engine: Engine, sheet: Sheet, number: int) -> PageReading:
    """A page with level lines that may stand on its head, or only seem to have lines."""
    way = _way(engine, sheet)
    if way is Way.ON_ITS_HEAD:
        turned, found = _read_sheet(engine, Sheet.laid(sheet.page, 180), number)
        if found.sure >= SURE:
            return turned
    upright, found = _read_sheet(engine, sheet, number)
    if found.convincing or way is Way.UPRIGHT:
        return upright
    if found.sure < UPSIDE_DOWN and way is Way.UNKNOWN:  # trying costs less than asking
        turned, again = _read_sheet(engine, Sheet.laid(sheet.page, 180), number)
        if again.sure >= SURE:
            return turned
    turn = engine.quarter_turns(sheet.page.image, sheet.page.dpi)
    return _read_sheet(engine, Sheet.laid(sheet.page, turn), number)[0] if turn else upright


def _way(engine: Engine, sheet: Sheet) -> Way:
    return way_up(engine, sheet.image, sheet.page.dpi, sheet.runs)


def _read_sheet(engine: Engine, sheet: Sheet, number: int) -> tuple[PageReading, Found]:
    found = Found(engine.recognise(sheet.image, sheet.page.dpi, uneven=sheet.uneven))
    if found.sure >= UPSIDE_DOWN:  # below, nothing is worth a second look
        found = Found(second_look(engine, sheet.image, sheet.page.dpi, sheet.runs, found.lines))
    return _reading(sheet, number, "ocr", found), found


def _reading(sheet: Sheet, number: int, source: Source, found: Found) -> PageReading:
    words = tuple(
        Word(word.text, word.box, at, round(word.sure / 100, 3))
        for at, line in enumerate(found.lines, start=1)
        for word in line.words
    )
    confidence = round(found.sure / 100, 3) if source == "ocr" else None
    width, height = sheet.image.size
    lines = tuple(line.line for line in found.lines)
    dpi = math.floor(sheet.page.dpi * 10 + 0.5) / 10
    rotation, scanned = -sheet.turn % 360, _tenths(sheet.page.scanned_dpi)
    seen = look(sheet.image) if source == "ocr" else None
    return PageReading(
        number, width, height, dpi, rotation, source, confidence, words, sheet.skew, lines, scanned, look=seen
    )  # fmt: skip


def _tenths(dpi: float | None) -> float | None:
    return None if dpi is None else round(dpi, 1)
