from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr_pipeline.engine import SHIPPED, Engine, FoundLine, FoundWord, load
from ocr_pipeline.engine_tesserocr import Tesserocr
from ocr_pipeline.runs import runs
from ocr_pipeline.second_look import MOST, second_look
from tests.ocr_pipeline.sheets import DPI, TEXT, scan

ADDRESS = ("Nadiia Kovalenko", "Am Mühlbach 122", "45127 Essen")
TABLE = ("Kontonummer 1878770", "Kontoart Girokonto", "Währung Euro")


class Counting(Tesserocr):
    """Counts the lines that it is asked to read."""

    asked = 0

    def recognise_line(self, image: Image.Image, dpi: float) -> list[FoundWord]:
        self.asked += 1
        return super().recognise_line(image, dpi)


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def engine(request: pytest.FixtureRequest) -> Engine:
    return load(request.param)


@pytest.fixture
def counting() -> Counting:
    return Counting()


def side_by_side() -> Image.Image:
    """An address beside a table whose lines stand a little lower, and text below both."""
    left, right, below = (np.asarray(scan(lines)) for lines in (ADDRESS, TABLE, TEXT))
    page = np.full((left.shape[0] + below.shape[0], 2 * left.shape[1]), 255, np.uint8)
    page[: left.shape[0], : left.shape[1]] = left
    page[30 : left.shape[0] + 30, left.shape[1] :] = right
    page[left.shape[0] + 30 :, : below.shape[1]] = below[:-30]
    return Image.fromarray(page)


def looked(engine: Engine, page: Image.Image, dpi: float, lines: list[FoundLine]) -> list[FoundLine]:
    return second_look(engine, page, dpi, runs(np.asarray(page), dpi), lines)


def texts(lines: list[FoundLine]) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in lines]


def without(lines: list[FoundLine], text: tuple[str, ...]) -> list[FoundLine]:
    return [line for line, words in zip(lines, texts(lines), strict=True) if words not in text]


def apart(engine: Engine, page: Image.Image) -> list[FoundLine]:
    """All lines of `side_by_side`, the address before the table."""
    lines = engine.recognise(page, DPI, uneven=False)
    assert sorted(texts(lines)) == sorted((*ADDRESS, *TABLE, *TEXT))
    return lines


def test_a_block_that_the_layout_left_out_is_read_and_stands_before_what_is_below(engine: Engine) -> None:
    page = side_by_side()
    lines = apart(engine, page)
    seen = texts(looked(engine, page, DPI, without(lines, ADDRESS)))
    assert sorted(seen) == sorted(texts(lines))
    assert [text for text in seen if text not in TABLE] == [*ADDRESS, *TEXT]


def test_two_lines_taken_for_one_are_read_apart(engine: Engine) -> None:
    page = side_by_side()
    lines = apart(engine, page)
    first, other = (next(n for n in lines if texts([n]) == [text]) for text in (ADDRESS[0], TABLE[0]))
    nonsense = tuple(FoundWord("ee", word.box, 20.0) for word in (*first.words, *other.words))
    box = (first.line.box[0], first.line.box[1], other.line.box[2], other.line.box[3])
    merged = [FoundLine(replace(first.line, box=box), nonsense), *without(lines, (ADDRESS[0], TABLE[0]))]
    assert texts(looked(engine, page, DPI, merged))[:2] == [ADDRESS[0], TABLE[0]]


def test_words_read_again_lie_where_they_stand(counting: Counting) -> None:
    page = side_by_side()
    lines = apart(counting, page)
    before = {word.text: word.box for line in lines for word in line.words}
    for line in looked(counting, page, DPI, without(lines, ADDRESS)):
        for word in line.words:
            assert word.box == pytest.approx(before[word.text], abs=3)


def test_a_page_that_was_read_surely_costs_no_second_reading(counting: Counting) -> None:
    page = scan()
    lines = counting.recognise(page, DPI, uneven=False)
    assert looked(counting, page, DPI, lines) is lines
    assert counting.asked == 0


def test_drawings_holes_rules_and_dirt_add_no_words(counting: Counting) -> None:
    page = np.asarray(scan()).copy()
    lines = counting.recognise(Image.fromarray(page), DPI, uneven=False)
    height, width = page.shape
    dice = np.random.default_rng(7)
    for x, y in dice.integers((0, 0), (width, height), (150, 2)).tolist():
        cv2.circle(page, (x, y), 1, 0, -1)
    for y in (300, 600):
        cv2.circle(page, (25, y), 20, 60, -1)
    wave = np.stack([np.arange(700, 1000), 700 + 25 * np.sin(np.arange(300) / 9)], axis=1).astype(np.int32)
    cv2.polylines(page, [wave], isClosed=False, color=40, thickness=3)
    cv2.ellipse(page, (950, 550), (120, 60), 15, 0, 360, 90, 4)
    cv2.rectangle(page, (100, 660), (600, 760), 0, 2)
    for x in range(100, 600, 50):
        cv2.line(page, (x, 660), (x, 760), 0, 2)
        cv2.line(page, (x, 710), (x + 25, 685), 0, 2)
    assert texts(looked(counting, Image.fromarray(page), DPI, lines)) == texts(lines)


def test_a_page_of_doubts_is_read_again_only_in_part(counting: Counting) -> None:
    page = scan(TEXT * 1, dpi=300)
    tall = Image.fromarray(np.concatenate([np.asarray(page)] * 5))
    assert looked(counting, tall, 300, [])
    assert counting.asked == MOST


def test_white_paper_has_nothing_to_look_at(counting: Counting) -> None:
    paper = Image.new("L", (900, 1200), 255)
    assert looked(counting, paper, 200, []) == []
    assert counting.asked == 0


def test_a_resolution_that_lies_harms_no_page(counting: Counting) -> None:
    page = scan(TEXT, dpi=200)
    assert looked(counting, page, 100_800, counting.recognise(page, 200, uneven=False))
