import pytest

from ocr_pipeline import Pipeline, Unreadable
from ocr_pipeline.engine import SHIPPED, Engine, load
from tests.ocr_pipeline.sheets import DPI, TEXT, scan


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def engine(request: pytest.FixtureRequest) -> Engine:
    return load(request.param)


def test_every_engine_says_what_it_is(engine: Engine) -> None:
    assert engine.name in SHIPPED
    assert engine.version[0].isdigit()
    assert "deu" in engine.languages.split("+")


def test_every_engine_finds_the_words_line_by_line(engine: Engine) -> None:
    lines = engine.recognise(scan(), DPI, uneven=False)
    assert [" ".join(word.text for word in line.words) for line in lines] == list(TEXT)


def test_every_engine_says_where_words_lie_and_how_sure_it_is(engine: Engine) -> None:
    image = scan()
    for line in engine.recognise(image, DPI, uneven=True):
        for word in line.words:
            left, top, right, bottom = word.box
            assert 0 <= left < right <= image.width
            assert 0 <= top < bottom <= image.height
            assert 0 <= word.sure <= 100
            ink = image.crop(word.box).getextrema()
            assert ink[0] < 100, f"{word.text} lies on white"


def test_every_engine_finds_nothing_on_white(engine: Engine) -> None:
    assert engine.recognise(scan([]), DPI, uneven=False) == []


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_every_engine_tells_the_turn_that_makes_a_page_upright(engine: Engine, turn: int) -> None:
    long = scan(TEXT * 1, dpi=300)
    turned = long.rotate(turn, expand=True)
    assert (turn + engine.quarter_turns(turned, 300)) % 360 == 0


def test_an_unknown_engine_is_an_error_of_the_first_request(tmp_path) -> None:
    with Pipeline(1, engine="no.such:Engine") as pipeline, pytest.raises(Unreadable) as failed:
        pipeline.engine()
    assert failed.value.code == "failed"
    assert "no" in failed.value.detail
