"""A stack of sheets scanned in one go, as clients see it."""

from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from eakte.demo.scans import tiny_pages
from tests.journeys.conftest import Office
from tests.journeys.test_way_of_a_document import open_case
from tests.ocr_pipeline.coded import photographed
from tests.service import until

BY_SHEET, BY_TEXT = "12345//1234567", "12345//7654321"


def stack(office: Office, tmp_path: Path) -> Path:
    """A TIFF of three documents: named on the printed sheet before it, in its text, and not at all."""
    letters = [Image.open(path).convert("1") for path in tiny_pages(tmp_path / "letters", [], 3)]
    named = Image.open(tiny_pages(tmp_path / "named", [BY_TEXT], 1, seed=11)[0]).convert("1")
    sheets = []
    for name, options in (("akte", ("--reference", BY_SHEET)), ("leer", ())):
        printed = tmp_path / f"{name}.pdf"
        office.service.run("separator-sheet", "-o", str(printed), *options)
        sheets.append(photographed(printed.read_bytes()).convert("1", dither=Image.Dither.NONE))
    file = tmp_path / "stapel.tif"
    first, *rest = [sheets[0], letters[0], letters[1], sheets[1], named, sheets[1], letters[2]]
    first.save(file, compression="group4", save_all=True, append_images=rest, dpi=(150, 150))
    return file


def test_a_scanned_stack_becomes_three_documents_filed_by_sheet_and_text_and_found(
    office: Office, tmp_path: Path
) -> None:
    by_sheet, by_text = open_case(office, BY_SHEET), open_case(office, BY_TEXT)
    handed = office.hand_in(stack(office, tmp_path), "Stapel.tif", title="Post vom Montag")
    asked = {"received_file": handed["received_file"]}

    def there() -> Any:
        items = office.clerk.get("/v1/documents", params=asked).json()["items"]
        return items if len(items) == 3 and all(item["place"] != "none" for item in items) else None

    items = sorted(until(there, 120, office.service.log), key=lambda item: item["title"])
    assert [item["title"] for item in items] == [f"Post vom Montag{more}" for more in ("", " (Teil 2)", " (Teil 3)")]
    assert [(item["state"], item["case_file"], item["pages"]) for item in items] == [
        ("filed", by_sheet["id"], 2), ("filed", by_text["id"], 1), ("clearing", None, 1),
    ]  # fmt: skip
    assert items[0]["id"] == handed["id"]
    whole = [office.clerk.get(f"/v1/documents/{item['id']}").json() for item in items]
    pages = [
        [(s["first_page"], s["last_page"]) for s in version["sources"]] for d in whole for version in d["versions"]
    ]
    assert pages == [[(None, None)], [(2, 3)], [(5, 5)], [(7, 7)]]
    for item, count in zip(items, (2, 1, 1), strict=True):
        for kind in ("original", "archival"):
            file = tmp_path / "part.pdf"
            file.write_bytes(office.clerk.get(f"/v1/documents/{item['id']}/renditions/{kind}").content)
            with pikepdf.open(file) as pdf:
                assert len(pdf.pages) == count
        kinds = {made["kind"]: made for made in whole[items.index(item)]["versions"][-1]["renditions"]}
        assert kinds["archival"]["conformance"] == "PDF/A-2b", kinds["archival"]

    def hits() -> Any:
        found = office.clerk.get("/v1/search", params={"q": "kurze Mitteilung Nummer"}).json()["hits"]
        return found if {hit["document"] for hit in found} == {item["id"] for item in items} else None

    assert until(hits, 20, office.service.log)
    original = office.clerk.get(f"/v1/documents/{handed['id']}/versions/1/renditions/original")
    assert original.content == (tmp_path / "stapel.tif").read_bytes(), "who sees the mail may see the whole of it"
    codes = office.clerk.get(f"/v1/documents/{handed['id']}/pages/1").json()["barcodes"]
    assert codes == []
    lines = office.clerk.get(f"/v1/casefiles/{by_sheet['id']}/documents").json()["items"]
    assert [line["id"] for line in lines] == [handed["id"]]
