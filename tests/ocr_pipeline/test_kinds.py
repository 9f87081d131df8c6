from pathlib import Path

import pytest

from ocr_pipeline import Pipeline, kinds
from tests.ocr_pipeline import letters
from tests.ocr_pipeline.sheets import TEXT, drawn, encoded, scan

MAIL = b"Return-Path: <a@example.org>\r\nFrom: A <a@example.org>\r\nSubject: x\r\n\r\nHallo"
FILES: dict[str, bytes] = {
    kinds.PDF: drawn(TEXT),
    kinds.DOCX: letters.docx(),
    kinds.XLSX: letters.xlsx(),
    kinds.ODT: letters.odt(),
    kinds.ODS: letters.ods(),
    kinds.RTF: letters.rtf(),
    kinds.ZIP: letters.packed({"brief.docx": letters.docx(), "word/document.xml": "x"}, 0),
    kinds.EML: MAIL,
    kinds.HTML: b"\xef\xbb\xbf<!-- x --><!DOCTYPE html><html></html>",
    kinds.XML: letters.CII.encode(),
    kinds.TEXT: "Grüße aus Köln".encode("cp1252"),
    **{f"image/{kind}": encoded(scan(), {"heic": "HEIF"}.get(kind, kind.upper()))
       for kind in ("tiff", "jpeg", "png", "heic", "avif", "webp", "bmp", "gif")},
}  # fmt: skip
"""By what they are."""


@pytest.mark.parametrize("kind", FILES)
def test_a_kind_is_told_by_content_whatever_the_file_is_called(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "rechnung.pdf"
    path.write_bytes(FILES[kind])
    assert kinds.by_beginning(FILES[kind][: kinds.BEGINNING]) == kind
    assert pipeline.kind(path) == kind


@pytest.mark.parametrize("data", [bytes(range(256)), b"\0" * 100, b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c\0\x04"])
def test_what_nobody_knows_is_called_unknown_and_not_text(data: bytes) -> None:
    assert kinds.by_beginning(data) == kinds.UNKNOWN


def test_a_letter_inside_an_archive_does_not_make_the_archive_a_letter(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(letters.packed({"a.txt": "a", "mimetype": kinds.ODT + "x", "word/document.xml": "x"}))
    assert pipeline.kind(path) == kinds.ZIP


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_german_text_is_decoded_whichever_way_it_was_written(encoding: str) -> None:
    assert kinds.decoded("Grüße an Žofia, 5 €".encode(encoding)) == "Grüße an Žofia, 5 €"
    cut = "x" * 20 + "ß"
    assert kinds.decoded(cut.encode()[:-1]) == "x" * 20


def test_a_head_of_mail_needs_more_than_a_colon() -> None:
    assert kinds.by_beginning(b"Von: Frau A\nAn: Jobcenter\n\nHallo") == kinds.TEXT
    assert kinds.by_beginning(b"Betreff: x\n") == kinds.TEXT
    exchange = b"X-MS-Exchange-Organization-Network-Message-Id: 1\nReceived: x\nTo: a@b\n\n"
    assert kinds.by_beginning(exchange) == kinds.EML
    assert kinds.by_beginning(b"From a@b Mon Mar  2\nReceived: x\nTo: \xfc\n\n") == kinds.EML


def test_a_thousand_comments_are_no_riddle() -> None:
    head = (b"<!--a-->" * 1000 + b"x")[: kinds.BEGINNING]
    assert kinds.by_beginning(head) == kinds.TEXT
    assert kinds.by_beginning(b"<!--a-->" * 1000 + b"<html>") == kinds.HTML
