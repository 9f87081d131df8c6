import io
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from ocr_pipeline import Pipeline
from tests.ocr_pipeline.sheets import SIZE, TEXT, drawn, scan, scanned


@pytest.mark.parametrize(("asked", "given"), [(-5, 32), (600, 600), (10**9, 2500)])
def test_a_page_is_shown_as_wide_as_asked_within_bounds(
    asked: int, given: int, pipeline: Pipeline, tmp_path: Path
) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(scanned(scan()))
    data, media_type = pipeline.image(path, 1, asked)
    image = Image.open(io.BytesIO(data))
    assert media_type == "image/webp"
    assert image.width == pytest.approx(given, abs=1)
    assert image.height / image.width == pytest.approx(SIZE[1] / SIZE[0], abs=0.05)


def test_the_picture_shows_the_page(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "pages.pdf"
    path.write_bytes(drawn([], TEXT))
    white, written = (Image.open(io.BytesIO(pipeline.image(path, number, 400)[0])).convert("L") for number in (1, 2))
    assert ImageStat.Stat(white).mean[0] > 254
    assert ImageStat.Stat(written).mean[0] < 252


def test_a_page_of_strange_shape_stays_within_bounds(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "strip.pdf"
    path.write_bytes(drawn(TEXT, size=(10, 14_400)))
    image = Image.open(io.BytesIO(pipeline.image(path, 1, 2500)[0]))
    assert image.width * image.height <= 20_000_000
    assert max(image.size) <= 16_383
