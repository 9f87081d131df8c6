import io
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from ocr_pipeline import Limits, Pipeline, Unreadable
from tests.ocr_pipeline.sheets import encoded, scan

WAYS_UP = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""How a camera holds what is to be turned by this EXIF orientation."""


def prepared(pipeline: Pipeline, data: bytes, folder: Path) -> tuple[int, Path]:
    source, target = folder / "bild.pdf", folder / "prepared.pdf"
    source.write_bytes(data)
    return pipeline.prepare(source, target).pages, target


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "WEBP", "BMP", "GIF"])
def test_pictures_of_phones_and_programs_are_read(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    pages, pdf = prepared(pipeline, encoded(scan(), kind), tmp_path)
    assert pages == 1
    assert "Mietvertrag" in pipeline.read(pdf, [1])[0].text


@pytest.mark.parametrize("orientation", WAYS_UP)
def test_a_phone_held_askew_still_gives_an_upright_page(orientation: int, pipeline: Pipeline, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    _, pdf = prepared(pipeline, encoded(scan().transpose(WAYS_UP[orientation]), exif=exif), tmp_path)
    with pypdfium2.PdfDocument(pdf) as shown:
        width, height = shown[0].get_size()
    assert width > height
    assert "Mietvertrag" in pipeline.read(pdf, [1])[0].text


@pytest.mark.parametrize("kind", ["HEIF", "WEBP"])
def test_a_photograph_without_a_resolution_is_taken_for_a_sheet(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    out = io.BytesIO()
    scan().save(out, kind)
    _, pdf = prepared(pipeline, out.getvalue(), tmp_path)
    with pypdfium2.PdfDocument(pdf) as shown:
        assert max(shown[0].get_size()) == pytest.approx(842, abs=2)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "MPO"])
def test_of_what_moves_or_has_layers_the_first_frame_is_the_page(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    out = io.BytesIO()
    scan().convert("RGB").save(out, kind, save_all=True, append_images=[Image.new("RGB", scan().size, "white")])
    pages, pdf = prepared(pipeline, out.getvalue(), tmp_path)
    with pypdfium2.PdfDocument(pdf) as shown:
        assert (pages, len(shown)) == (1, 1)
    assert "Mietvertrag" in pipeline.read(pdf, [1])[0].text


def test_a_heic_of_several_photographs_has_a_page_for_each(pipeline: Pipeline, tmp_path: Path) -> None:
    out = io.BytesIO()
    scan().convert("RGB").save(out, "HEIF", save_all=True, append_images=[scan().convert("RGB")])
    assert prepared(pipeline, out.getvalue(), tmp_path)[0] == 2


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "WEBP", "BMP", "GIF"])
def test_too_many_pixels_are_refused_before_they_are_decoded(kind: str, tmp_path: Path) -> None:
    with Pipeline(1, Limits(seconds=30, memory=1 << 30, pixels=10_000)) as small, pytest.raises(Unreadable) as refused:
        prepared(small, encoded(scan(), kind), tmp_path)
    assert refused.value.code == "too-many-pixels"


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "WEBP", "BMP"])
def test_half_a_picture_is_damaged(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    data = encoded(scan(), kind)
    with pytest.raises(Unreadable) as refused:
        prepared(pipeline, data[: len(data) // 2], tmp_path)
    assert refused.value.code == "damaged"
