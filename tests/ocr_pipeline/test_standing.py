"""Which way up a page stands is told by a line or two, and never guessed."""

import numpy as np
import pytest
from PIL import Image

from ocr_pipeline.engine import SHIPPED, Engine, FoundWord, load
from ocr_pipeline.engine_tesserocr import Tesserocr
from ocr_pipeline.runs import runs
from ocr_pipeline.standing import LINES, Way, way_up
from tests.ocr_pipeline.sheets import DPI, scan


class Counting(Tesserocr):
    """Counts the lines that it is asked to read."""

    asked = 0

    def recognise_line(self, image: Image.Image, dpi: float) -> list[FoundWord]:
        self.asked += 1
        return super().recognise_line(image, dpi)


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def engine(request: pytest.FixtureRequest) -> Engine:
    return load(request.param)


def way(engine: Engine, page: Image.Image, dpi: float = DPI) -> Way:
    return way_up(engine, page, dpi, runs(np.asarray(page), dpi))


def test_an_upright_page_is_known_by_one_line() -> None:
    engine = Counting()
    assert way(engine, scan()) is Way.UPRIGHT
    assert engine.asked == 1


def test_a_page_on_its_head_is_known_as_such(engine: Engine) -> None:
    assert way(engine, scan().rotate(180)) is Way.ON_ITS_HEAD


def test_white_paper_is_not_asked_at_all() -> None:
    engine = Counting()
    assert way(engine, Image.new("L", (900, 1200), 255)) is Way.UNKNOWN
    assert engine.asked == 0


def test_figures_that_read_alike_from_both_sides_tell_nothing() -> None:
    engine = Counting()
    page = scan(["0690 6809 9608 6906"] * 6)
    assert way(engine, page) is way(engine, page.rotate(180)) is Way.UNKNOWN
    assert engine.asked <= 4 * LINES


def test_noise_tells_nothing() -> None:
    dice = np.random.default_rng(3)
    page = np.full((1200, 900), 255, np.uint8)
    for top in range(100, 1100, 60):
        page[top : top + 24, 100:400] = dice.integers(0, 2, (24, 300), np.uint8) * 255
    assert way(Counting(), Image.fromarray(page)) is Way.UNKNOWN
