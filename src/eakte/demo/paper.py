"""One sheet drawn as vectors, with the truth about every line of text on it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from eakte.demo.invented import Invention

A4 = (210.0, 297.0)
A6 = (105.0, 148.0)
_MM = 72 / 25.4  # points
_POINT = 1 / _MM
_FOLDER = Path("/usr/share/fonts/truetype")
_FONTS = {
    "lsans": "liberation/LiberationSans",
    "lserif": "liberation/LiberationSerif",
    "lmono": "liberation/LiberationMono",
    "lnarrow": "liberation/LiberationSansNarrow",
    "carlito": "crosextra/Carlito",
    "caladea": "crosextra/Caladea",
    "noto": "noto/NotoSans",
    "notoserif": "noto/NotoSerif",
    "opensans": "open-sans/OpenSans",
}
_HAND = _FOLDER / "breip/breipfont.ttf"


class MissingFont(Exception):
    """A font package is not installed; the message names the packages."""


class Face(NamedTuple):
    """A registered font in a size in points."""

    font: str
    size: float

    @property
    def bold(self) -> "Face":
        """The same size, heavier."""
        return Face(self.font if self.font == "hand" else f"{self.font}-b", self.size)

    def sized(self, size: float) -> "Face":
        """The same font in another size in points."""
        return Face(self.font, size)

    def width(self, text: str) -> float:
        """Length of the text in millimetres."""
        return float(pdfmetrics.stringWidth(text, self.font, self.size)) * _POINT


@dataclass(frozen=True)
class Segment:
    """One drawn line of text: left end and baseline in mm from the top left corner, width in mm."""

    text: str
    x: float
    y: float
    w: float
    size: float
    font: str
    hand: bool


class Order(NamedTuple):
    """What a template is asked for: which of its variants, for which case, which sheet of how many."""

    variant: int = 0
    reference: str | None = None
    sheet: int = 1
    sheets: int = 1
    hand: bool = False


@dataclass
class Paper:
    """A sheet being written; positions in mm from the top left corner, text by its baseline."""

    target: Path
    size: tuple[float, float] = A4
    type: str = "UNB"
    references: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def __post_init__(self) -> None:
        register_fonts()
        self._canvas = Canvas(str(self.target), pagesize=tuple(side * _MM for side in self.size), invariant=1)

    def text(self, x: float, y: float, text: str, face: Face, *, right: bool = False) -> None:
        """Draw one line; `right`: x is its right end."""
        width = face.width(text)
        left = x - width if right else x
        self._canvas.setFont(face.font, face.size)
        self._canvas.drawString(left * _MM, self._up(y), text)
        if text.strip():
            self.segments.append(
                Segment(text, round(left, 2), round(y, 2), round(width, 2), face.size, face.font, face.font == "hand")
            )

    def lines(self, x: float, y: float, step: float, texts: Iterable[str], face: Face) -> None:
        """Draw texts below each other, `step` mm apart."""
        for place, text in enumerate(texts):
            self.text(x, y + step * place, text, face)

    def paragraph(self, x: float, y: float, width: float, text: str, face: Face) -> float:
        """Draw broken to the width in mm; the baseline after it."""
        for line in _broken(text, width, face):
            self.text(x, y, line, face)
            y += face.size * 1.25 * _POINT
        return y

    def box(self, x: float, y: float, width: float, height: float, *, line: float = 0.6, grey: float = 1) -> None:
        """Draw a frame, filled with a grey from 0 (black) to 1 (white); line width in points."""
        self._canvas.setLineWidth(line)
        self._canvas.setFillGray(grey)
        self._canvas.rect(x * _MM, self._up(y + height), width * _MM, height * _MM, fill=1)
        self._canvas.setFillGray(0)

    def rule(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.5) -> None:
        """Draw a straight line, width in points."""
        self._canvas.setLineWidth(width)
        self._canvas.line(x1 * _MM, self._up(y1), x2 * _MM, self._up(y2))

    def emblem(self, x: float, y: float, side: float) -> None:
        """Draw a red square, as offices have in their letterhead."""
        self._canvas.setFillColorRGB(0.75, 0.05, 0.1)
        self._canvas.rect(x * _MM, self._up(y), side * _MM, side * _MM, fill=1, stroke=0)
        self._canvas.setFillGray(0)

    def names(self, reference: str) -> str:
        """Note that this reference stands on the sheet; gives it back for drawing."""
        if reference not in self.references:
            self.references.append(reference)
        return reference

    def finish(self) -> None:
        """Write the PDF of one page."""
        self._canvas.showPage()
        self._canvas.save()

    def truth(self) -> list[dict[str, Any]]:
        """The segments as JSON values, in the order drawn."""
        return [asdict(segment) for segment in self.segments]

    def _up(self, y: float) -> float:
        return (self.size[1] - y) * _MM


Template = Callable[[Paper, Invention, Order], None]


@cache
def register_fonts() -> None:
    """Make all faces known to ReportLab. Raises MissingFont."""
    for name, stem in _FONTS.items():
        for suffix, style in (("", "Regular"), ("-b", "Bold")):
            _register(name + suffix, _FOLDER / f"{stem}-{style}.ttf")
    _register("dejavu", _FOLDER / "dejavu/DejaVuSans.ttf")
    _register("dejavu-b", _FOLDER / "dejavu/DejaVuSans-Bold.ttf")
    if can_write_by_hand():
        _register("hand", _HAND)


def can_write_by_hand() -> bool:
    """Whether the optional handwriting font (package fonts-breip) is there; without it forms are filled in print."""
    return _HAND.exists()


def _register(name: str, path: Path) -> None:
    if not path.exists():
        raise MissingFont(
            f"{path} is missing; install fonts-liberation fonts-dejavu-core fonts-crosextra-carlito "
            "fonts-crosextra-caladea fonts-noto-core fonts-open-sans"
        )
    pdfmetrics.registerFont(TTFont(name, str(path)))


def _broken(text: str, width: float, face: Face) -> Iterable[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and face.width(longer) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line
