"""What was recognised on a page: the form that leaves this package (format `eakte-reading`, version 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the page's frame, origin top left."""

Source = Literal["ocr", "text", "blank"]


@dataclass(frozen=True)
class Word:
    """A word with its box, its line (from 1 through the page) and how surely it was recognised (0 to 1)."""

    text: str
    box: Box
    line: int
    confidence: float | None = None


@dataclass(frozen=True)
class Line:
    """Where a recognised line lies; `baseline` is slope and offset from the box's lower left, None if unknown."""

    box: Box
    baseline: tuple[float, float] | None
    begins_paragraph: bool


@dataclass(frozen=True)
class Barcode:
    """A code on the page with its box; `text` is None where a symbol was found that is too damaged to be read."""

    format: str
    text: str | None
    box: Box


@dataclass(frozen=True)
class PageReading:
    """One page's words in a frame `width` × `height` over the archival page: upright and deskewed.

    `rotation` is the degrees clockwise by which the page was turned; `skew` the degrees anticlockwise after that.
    `scanned_dpi` is of the picture as it came, before it was reduced; `symbol_coded`: an image of the page is JBIG2
    with symbols, which may show one character for another (BSI TR-03138 A.SC.12). `look`: see `ocr_pipeline.look`.
    """

    number: int
    width: int
    height: int
    dpi: float
    rotation: int
    source: Source
    confidence: float | None
    words: tuple[Word, ...]
    skew: float = 0.0
    lines: tuple[Line, ...] = ()
    scanned_dpi: float | None = None
    symbol_coded: bool = False
    barcodes: tuple[Barcode, ...] = ()
    look: str | None = None

    @property
    def text(self) -> str:
        """The words, a line of text for each line of the page."""
        lines = groupby(self.words, key=lambda word: word.line)
        return "\n".join(" ".join(word.text for word in words) for _, words in lines)

    def to_json(self) -> dict[str, Any]:
        """The page as in the format; `skew`, `lines` and what is known of the scan stand beside what it names."""
        return {
            "number": self.number,
            "width": self.width,
            "height": self.height,
            "dpi": self.dpi,
            "rotation": self.rotation,
            "source": self.source,
            "confidence": self.confidence,
            "words": [
                {"text": word.text, "box": list(word.box), "confidence": word.confidence, "line": word.line}
                for word in self.words
            ],
            "skew": self.skew,
            "lines": [
                {"box": list(line.box), "baseline": line.baseline, "begins_paragraph": line.begins_paragraph}
                for line in self.lines
            ],
            "scanned_dpi": self.scanned_dpi,
            "symbol_coded": self.symbol_coded,
            "barcodes": [{"format": code.format, "text": code.text, "box": list(code.box)} for code in self.barcodes],
            "look": self.look,
        }

    @classmethod
    def from_json(cls, page: Mapping[str, Any]) -> PageReading:
        """The inverse of `to_json`; unknown fields are passed over, those behind `words` may be absent.

        KeyError, TypeError or ValueError where it is no reading, such as a word outside of its page.
        """
        words = (
            Word(w["text"], _within(w["box"], page["width"], page["height"]), w["line"], w["confidence"])
            for w in page["words"]
        )
        lines = (Line(tuple(n["box"]), _pair(n["baseline"]), n["begins_paragraph"]) for n in page.get("lines", ()))
        size = page["width"], page["height"]
        codes = (
            Barcode(code["format"], code["text"], _within(code["box"], *size)) for code in page.get("barcodes", ())
        )
        return cls(
            page["number"],
            page["width"],
            page["height"],
            page["dpi"],
            page["rotation"],
            page["source"],
            page["confidence"],
            tuple(words),
            page.get("skew", 0.0),
            tuple(lines),
            page.get("scanned_dpi"),
            page.get("symbol_coded", False),
            tuple(codes),
            page.get("look"),
        )


def reading_document(engine: Mapping[str, str], pages: Iterable[PageReading]) -> dict[str, Any]:
    """The JSON of a whole document; `engine` has name, version and languages."""
    return {
        "format": "eakte-reading",
        "version": 1,
        "engine": dict(engine),
        "pages": [page.to_json() for page in pages],
    }


def _within(box: Sequence[int], width: int, height: int) -> Box:
    left, top, right, bottom = box
    if not (0 <= left <= right <= width and 0 <= top <= bottom <= height):
        raise ValueError(f"box {box} on a page of {width} x {height}")
    return left, top, right, bottom


def _pair(baseline: Sequence[float] | None) -> tuple[float, float] | None:
    return None if baseline is None else (baseline[0], baseline[1])
