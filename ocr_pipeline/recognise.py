"""Reads one page: keeps the text it has, else puts the picture upright and level and recognises it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import pypdfium2
from PIL import Image

from ocr_pipeline import barcodes, digital
from ocr_pipeline.engine import Engine, FoundLine
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.ink import Ink, judge
from ocr_pipeline.page import Picture, check_images, drawn, lone_image, picture
from ocr_pipeline.reading import PageReading, Word
from ocr_pipeline.second_look import mean_sure, second_look
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
        return _read(place, place.open(path, number), number).to_json()
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
        return _reading(page, number, "blank", 0, 0.0, Found([]))
    if not straighten:
        return _reading(page, number, "ocr", 0, 0.0, _found(engine, page, ink, 0.0))
    if ink.sideways:
        return _turned(engine, page, number, engine.quarter_turns(page.image, page.dpi))
    found = _found(engine, page, ink, ink.skew)
    upright = _reading(page, number, "ocr", 0, ink.skew, found)
    if found.convincing:
        return upright
    if found.sure < UPSIDE_DOWN:  # trying costs less than asking
        turned = _turned(engine, page, number, 180)
        if turned.confidence is not None and 100 * turned.confidence >= SURE:
            return turned
    turn = engine.quarter_turns(page.image, page.dpi)
    return _turned(engine, page, number, turn) if turn else upright


def _turned(engine: Engine, page: Picture, number: int, turn: int) -> PageReading:
    page = page.turned(turn)
    ink = judge(page.image)
    return _reading(page, number, "ocr", -turn % 360, ink.skew, _found(engine, page, ink, ink.skew))


def _found(engine: Engine, page: Picture, ink: Ink, skew: float) -> Found:
    upright = page.deskewed(skew)
    found = Found(engine.recognise(upright, page.dpi, uneven=ink.uneven))
    if found.sure < UPSIDE_DOWN:
        return found  # nothing here is worth a second look
    return Found(second_look(engine, upright, page.dpi, found.lines))


def _reading(page: Picture, number: int, source: Any, rotation: int, skew: float, found: Found) -> PageReading:
    words = tuple(
        Word(word.text, word.box, at, round(word.sure / 100, 3))
        for at, line in enumerate(found.lines, start=1)
        for word in line.words
    )
    confidence = round(found.sure / 100, 3) if source == "ocr" else None
    width, height = page.image.size
    lines = tuple(line.line for line in found.lines)
    dpi = math.floor(page.dpi * 10 + 0.5) / 10
    return PageReading(number, width, height, dpi, rotation, source, confidence, words, skew, lines)
