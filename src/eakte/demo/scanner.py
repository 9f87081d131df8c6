"""What scanners, fax machines and telephones do to a sheet of paper, by named profiles."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Profile:
    """One way of scanning. Blur and noise in grey levels of 255, skew in degrees, `turned` clockwise."""

    dpi: int = 300
    noise: float = 2.5
    specks: int = 0
    skew: tuple[float, float] | None = None
    paper: float | None = None
    show_through: float = 0
    jpeg: int | None = None
    bilevel: bool = False
    turned: int = 0
    photo: bool = False


PROFILES = {
    "clean300": Profile(),
    "clean200": Profile(dpi=200),
    "noise": Profile(noise=22, specks=900),
    "skew": Profile(noise=3, skew=(0.8, 2)),
    "jpeg": Profile(noise=4, jpeg=28),
    "greybg": Profile(noise=5, paper=195),
    "showthrough": Profile(noise=3, show_through=0.22),
    "g4_300": Profile(noise=12, bilevel=True, specks=250),
    "g4_200": Profile(dpi=200, noise=8, bilevel=True, specks=250, skew=(0, 0.7)),
    "upside": Profile(turned=180),
    "rot90": Profile(turned=90),
    "rot270": Profile(turned=270),
    "mixed": Profile(noise=9, specks=300, paper=215, show_through=0.13, skew=(0, 2), jpeg=28),
    "photo": Profile(noise=5, photo=True, jpeg=85),
}


@dataclass(frozen=True)
class Scan:
    """A scanned side: pixels 0 (black) to 255, and how a file of it is to be written."""

    pixels: Pixels
    dpi: int = 300
    bilevel: bool = False
    jpeg: int | None = None
    turned: int = 0
    skew: float = 0

    @property
    def suffix(self) -> str:
        """File name ending of its own form."""
        return ".tif" if self.bilevel else ".jpg" if self.jpeg else ".png"

    def image(self) -> Image.Image:
        """As Pillow sees it; one bit a pixel when bilevel."""
        grey = Image.fromarray(self.pixels)
        return grey.convert("1", dither=Image.Dither.NONE) if self.bilevel else grey

    def encoded(self) -> bytes:
        """Bytes of its own form: TIFF with G4, JPEG, or PNG (least compression, it is quick)."""
        options: dict[str, Any] = {"format": "PNG", "compress_level": 1}
        if self.jpeg:
            options = {"format": "JPEG", "quality": self.jpeg}
        if self.bilevel:
            options = {"format": "TIFF", "compression": "group4"}
        return _saved(self.image(), self.dpi, options)

    def embeddable(self, quality: int = 75) -> bytes:
        """Bytes for a PDF page: G4 as it is, all else as grey JPEG."""
        if self.bilevel or self.jpeg:
            return self.encoded()
        return _saved(self.image(), self.dpi, {"format": "JPEG", "quality": quality})


def scan(sheet: Path, profile: Profile, seed: int, *, behind: Path | None = None, dpi: int | None = None) -> Scan:
    """Scan the PDF of one page; `behind`: the sheet whose back shines through; `dpi` overrides the profile's."""
    dice = np.random.default_rng(seed)
    dpi = dpi or profile.dpi
    grey = _softened(rendered(sheet, dpi), 0.6 if dpi < 250 else 0.8)
    if profile.show_through and behind is not None:
        grey = grey - shine(rendered(behind, dpi)) * profile.show_through
    grey, skew = _skewed(grey, profile, dice)
    if profile.paper is not None:
        grey = on_paper(grey, dice, profile.paper)
    if profile.photo:
        grey = _photographed(grey, dice)
    pixels = whole(noisy(grey, dice, profile.noise))
    if profile.bilevel:
        pixels = np.where(pixels < 150, 0, 255).astype(np.uint8)
    pixels = specked(pixels, dice, profile.specks, 0 if profile.bilevel else 30)
    pixels = np.ascontiguousarray(np.rot90(pixels, -(profile.turned // 90)))
    return Scan(pixels, dpi, profile.bilevel, profile.jpeg, profile.turned, round(skew, 3))


def rendered(sheet: Path, dpi: int) -> Pixels:
    """The first page of a PDF in grey."""
    with pypdfium2.PdfDocument(sheet) as document:
        pixels = document[0].render(scale=dpi / 72, grayscale=True).to_numpy()
    return np.ascontiguousarray(pixels.reshape(pixels.shape[:2]))


def _softened(pixels: Pixels, blur: float) -> Grey:
    # every scanner blurs a little and reaches neither full black nor full white
    soft = cv2.GaussianBlur(pixels, (0, 0), blur).astype(np.float32)
    return np.asarray(20 + soft * (225 / 255), np.float32)


def shine(pixels: Pixels) -> Grey:
    """How dark the other side of the sheet shines through, mirrored and blurred, 0 to 255."""
    return np.asarray(255 - cv2.GaussianBlur(cv2.flip(pixels, 1), (0, 0), 2.4).astype(np.float32), np.float32)


def _skewed(grey: Grey, profile: Profile, dice: np.random.Generator) -> tuple[Grey, float]:
    if profile.skew is None:
        return grey, 0.0
    degrees = float(dice.choice([-1, 1]) * dice.uniform(*profile.skew))
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(grey, turn, (width, height), borderValue=245.0), np.float32), degrees


def on_paper(grey: Grey, dice: np.random.Generator, base: float) -> Grey:
    """The same on grey paper of this brightness, lighter to one side and a little rough."""
    height, width = grey.shape
    slope_x, slope_y = dice.uniform(-0.06, 0.06, 2)
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light = base / 255 * (1 + slope_x * x + slope_y * y)
    rough = cv2.resize(dice.standard_normal((height // 16, width // 16), dtype=np.float32), (width, height)) * 4
    return np.asarray(grey * light + rough, np.float32)


def _photographed(grey: Grey, dice: np.random.Generator) -> Grey:
    height, width = grey.shape
    side = np.array([width, height], np.float32)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    inner = np.array([[0.05, 0.04], [0.95, 0.04], [0.95, 0.96], [0.05, 0.96]], np.float32)
    seen = (inner + dice.uniform(-0.025, 0.025, (4, 2)).astype(np.float32)) * side
    view = cv2.getPerspectiveTransform(corners * side, seen.astype(np.float32))
    grey = cv2.warpPerspective(grey, view, (width, height), borderValue=90.0)
    light_x, light_y = dice.uniform(0.3, 0.7, 2)
    x = np.linspace(0, 1, width, dtype=np.float32) - light_x
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None] - light_y
    lit = grey * (1 - 0.35 * np.sqrt(x**2 + y**2))
    return np.asarray(cv2.GaussianBlur(lit, (0, 0), 0.8), np.float32)


def noisy(grey: Grey, dice: np.random.Generator, strength: float) -> Grey:
    """With the sensor's noise, its strength a standard deviation in grey levels."""
    return np.asarray(grey + dice.standard_normal(grey.shape, dtype=np.float32) * strength, np.float32)


def specked(pixels: Pixels, dice: np.random.Generator, count: int, grey: int) -> Pixels:
    """With specks of dust of one or two pixels radius, drawn in place."""
    height, width = pixels.shape
    for _ in range(count):
        spot = (int(dice.integers(width)), int(dice.integers(height)))
        cv2.circle(pixels, spot, int(dice.integers(1, 3)), float(grey), -1)
    return pixels


def whole(grey: Grey) -> Pixels:
    """Rounded down into 0 to 255."""
    return np.clip(grey, 0, 255).astype(np.uint8)


def _saved(image: Image.Image, dpi: int, options: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    image.save(target, dpi=(dpi, dpi), **options)
    return target.getvalue()


_BLANK_SHAPE = (3508, 2480)


def blank(kind: str, seed: int, behind: Path | None = None) -> Scan:
    """An empty A4 side at 300 dpi of one of BLANKS; `showthrough` needs the sheet behind. Raises KeyError."""
    dice = np.random.default_rng(seed)
    if kind == "showthrough" and behind is not None:
        shadow = np.asarray(245 - shine(rendered(behind, 300)) * 0.15, np.float32)
        return Scan(whole(noisy(shadow, dice, 3)))
    if kind == "g4speckle":
        return Scan(specked(np.full(_BLANK_SHAPE, 255, np.uint8), dice, 350, 0), bilevel=True)
    return Scan(BLANKS[kind](np.full(_BLANK_SHAPE, 245, np.float32), dice))


def _white(grey: Grey, dice: np.random.Generator) -> Pixels:
    return whole(noisy(grey, dice, 2))


def _grey(grey: Grey, dice: np.random.Generator) -> Pixels:
    return whole(noisy(on_paper(grey, dice, 205), dice, 6))


def _dusty(grey: Grey, dice: np.random.Generator) -> Pixels:
    return specked(whole(noisy(grey, dice, 5)), dice, 400, 30)


def _punched(grey: Grey, dice: np.random.Generator) -> Pixels:
    pixels = whole(noisy(grey, dice, 4))
    pixels[:, :14] = 40
    pixels[:30, :] = 60
    for y in (1000, 2500):
        cv2.circle(pixels, (150, y), 34, 60.0, -1)
    return specked(pixels, dice, 60, 30)


BLANKS: dict[str, Callable[[Grey, np.random.Generator], Pixels]] = {
    "white": _white,
    "grey": _grey,
    "speckle": _dusty,
    "edge": _punched,
}
