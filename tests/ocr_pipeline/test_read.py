import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from ocr_pipeline import PageReading, Pipeline, Unreadable
from tests.ocr_pipeline.sheets import DPI, SIZE, TEXT, drawn, encoded, scan, scanned, stamped, tilted, together

Read = Callable[[bytes], list[PageReading]]


@pytest.fixture
def read(pipeline: Pipeline, tmp_path: Path) -> Read:
    """All pages of a file of any kind."""

    def go(data: bytes) -> list[PageReading]:
        source, prepared = tmp_path / "source", tmp_path / "prepared.pdf"
        source.write_bytes(data)
        return pipeline.read(prepared, range(1, pipeline.prepare(source, prepared).pages + 1))

    return go


def test_a_scan_is_read_line_by_line_with_boxes_and_confidence(read: Read) -> None:
    page = read(scanned(scan()))[0]
    assert (page.source, page.rotation, page.skew) == ("ocr", 0, 0.0)
    assert page.text.split("\n") == list(TEXT)
    assert (page.width, page.height, round(page.dpi)) == (*scan().size, DPI)
    assert page.confidence is not None
    assert 0.8 < page.confidence <= 1
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in page.words)


@pytest.mark.parametrize(("clockwise", "put_right"), [(90, 270), (180, 180), (270, 90)])
def test_a_turned_page_is_read_upright_and_says_how_it_was_turned(clockwise: int, put_right: int, read: Read) -> None:
    page = read(scanned(scan(dpi=300).rotate(-clockwise, expand=True)))[0]
    assert page.rotation == put_right
    assert page.width > page.height
    assert "Mietvertrag" in page.text


@pytest.mark.parametrize("degrees", [-2.5, 1.5])
def test_a_skewed_page_is_read_level(degrees: float, read: Read) -> None:
    page = read(scanned(tilted(scan(), degrees)))[0]
    assert page.skew == pytest.approx(degrees, abs=0.3)
    assert "Bitte legen Sie den Mietvertrag" in page.text


@pytest.mark.parametrize("shade", [255, 230])
def test_an_empty_page_is_blank(shade: int, read: Read) -> None:
    page = read(scanned(Image.new("L", (1600, 1200), shade)))[0]
    assert (page.source, page.words, page.confidence) == ("blank", (), None)


def test_born_digital_text_is_kept_with_boxes_at_300_dpi(read: Read) -> None:
    page = read(drawn(TEXT))[0]
    assert (page.source, page.confidence, page.dpi) == ("text", None, 300)
    assert (page.width, page.height) == (round(SIZE[0] / 72 * 300), round(SIZE[1] / 72 * 300))
    assert page.text.split("\n") == list(TEXT)
    first = page.words[0]
    assert first.text == "Sehr"
    assert first.confidence is None
    assert first.box[0] == pytest.approx(36 / 72 * 300, abs=6)
    assert first.box[3] == pytest.approx(50 / 72 * 300, abs=12)


def test_mixed_files_are_taken_page_by_page(read: Read) -> None:
    pages = read(together(drawn(TEXT), scanned(scan()), drawn([]), drawn(TEXT[:2])))
    assert [page.source for page in pages] == ["text", "ocr", "blank", "text"]
    assert [page.number for page in pages] == [1, 2, 3, 4]


def test_a_stamp_over_a_scan_does_not_hide_the_scan(read: Read) -> None:
    page = read(stamped(scan(), "Fax 0201 12345  S. 1/3"))[0]
    assert page.source == "ocr"
    assert "Mietvertrag" in page.text


def test_an_earlier_recognition_is_kept(read: Read) -> None:
    page = read(stamped(scan(), "Worte von frueher", invisible=True))[0]
    assert (page.source, page.text) == ("text", "Worte von frueher")


def test_ranges_read_apart_equal_the_whole(pipeline: Pipeline, tmp_path: Path) -> None:
    source, prepared = tmp_path / "source.pdf", tmp_path / "prepared.pdf"
    pages = [scan(), tilted(scan(TEXT[:3]), 1.2), scan(TEXT[1:]), scan([])]
    source.write_bytes(together(scanned(*pages), drawn(TEXT)))
    pipeline.prepare(source, prepared)
    whole = pipeline.read(prepared, [1, 2, 3, 4, 5])
    apart = [page for numbers in ([4, 5], [2, 3], [1]) for page in pipeline.read(prepared, numbers)]
    assert sorted(apart, key=lambda page: page.number) == whole


def test_every_page_of_a_tiff_is_read(read: Read) -> None:
    first, *others = [scan([f"Seite {number} des Mietvertrags"] * 5) for number in (1, 2, 3)]
    pages = read(encoded(first, "TIFF", save_all=True, append_images=others, compression="tiff_lzw"))
    assert [page.text.split()[1] for page in pages] == ["1", "2", "3"]


@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_a_photo_is_read_as_its_camera_was_held(orientation: int, read: Read) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    page = read(encoded(scan().transpose(undo[orientation]), exif=exif))[0]
    assert "Mietvertrag" in page.text
    assert page.rotation == 0


def test_a_page_that_is_not_there_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "one.pdf"
    path.write_bytes(scanned(scan()))
    for number in (0, 2):
        with pytest.raises(Unreadable) as refused:
            pipeline.read(path, [number])
        assert (refused.value.code, refused.value.page) == ("no-page", number)


def test_another_file_under_the_same_path_is_noticed(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    for text in (TEXT[:3], TEXT[2:]):
        path.write_bytes(drawn(text))
        assert pipeline.read(path, [1])[0].text == "\n".join(text)
        time.sleep(0.01)
