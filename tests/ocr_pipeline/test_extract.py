"""Pages cut out of a PDF: as they are, and nothing of the others."""

import io
from pathlib import Path

import pikepdf
import pytest

from ocr_pipeline import Pipeline, Unreadable
from tests.ocr_pipeline.sheets import saved, scan, scanned


def three() -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(scanned(*[scan([f"Seite {number}"], dpi=72) for number in (1, 2, 3)])))


def pictures(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        return [each.read_raw_bytes() for each in pdf.objects
                if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"]  # fmt: skip


def test_a_link_to_another_page_does_not_bring_it_along(pipeline: Pipeline, tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "part.pdf"
    with three() as pdf:
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
            Dest=[pdf.pages[2].obj, pikepdf.Name.Fit],
        )  # fmt: skip
        pdf.pages[0].obj.Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(link)]))
        source.write_bytes(saved(pdf))
    assert pipeline.extract(source, 1, 2, target)
    assert pictures(target) == pictures(source)[:2]
    with pikepdf.open(target) as part:
        assert len(part.pages) == 2
        assert not part.get_warnings()


def test_the_same_pages_cut_twice_are_the_same_bytes(pipeline: Pipeline, tmp_path: Path) -> None:
    source = tmp_path / "source.pdf"
    with three() as pdf:
        pdf.pages[1].rotate(90, relative=True)
        source.write_bytes(saved(pdf))
    for name in ("one.pdf", "two.pdf"):
        assert pipeline.extract(source, 2, 3, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    with pikepdf.open(tmp_path / "one.pdf") as part:
        assert [int(page.obj.get("/Rotate", 0)) for page in part.pages] == [90, 0]


def test_a_signed_file_is_not_cut_and_pages_must_be_there(pipeline: Pipeline, tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "part.pdf"
    with three() as pdf:
        source.write_bytes(saved(pdf))
        with pytest.raises(Unreadable) as refused:
            pipeline.extract(source, 2, 4, target)
        assert refused.value.code == "no-page"
        pdf.Root.AcroForm = pikepdf.Dictionary(SigFlags=1, Fields=pikepdf.Array())
        source.write_bytes(saved(pdf))
    assert not pipeline.extract(source, 1, 2, target)
    assert not target.exists()
