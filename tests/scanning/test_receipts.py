"""Receipts of a batch: what they name, that they are signed, and that they can be checked and printed."""

import copy
import hashlib
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import text

from eakte.channels.result import of_batch
from eakte.commands.verify import verify
from eakte.demo.scans import tiny_pages
from eakte.scanning import delivered
from eakte.scanning.printed import content
from eakte.scanning.receipts import contradiction
from tests.scanning.centre import Centre
from tests.services import verapdf
from tests.services.frame import Failed

BAD = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def scan(tmp_path: Path) -> bytes:
    return tiny_pages(tmp_path, [], 1)[0].read_bytes()


@pytest.fixture
def settled(centre: Centre, scan: bytes) -> str:
    """A batch with a good file, one that nobody can read, and one refused."""
    batch = centre.announce(2, "duplex", "Wagen 7/漢字")
    centre.send(batch, "gut.tif", scan, dropped_blank="1")
    centre.send(batch, "schlecht.pdf", BAD, pages=2)
    centre.send(batch, "abgewiesen.tif", scan, sha256="0" * 64)
    centre.complete(batch)
    centre.work()
    return batch


def keys(centre: Centre, folder: Path) -> str:
    file = folder / "keys.json"
    file.write_text(centre.client.get("/v1/keys").text)
    return str(file)


def test_a_receipt_is_there_as_soon_as_it_can_be_said_and_not_before(centre: Centre, scan: bytes) -> None:
    batch = centre.announce(1)
    centre.send(batch, "a.tif", scan)
    early = centre.client.get(f"/v1/batches/{batch}/receipts/delivery")
    assert (early.status_code, early.json()["code"]) == (404, "receipt-not-made")
    centre.complete(batch)
    file = centre.receipt(batch, "delivery")["files"][0]
    assert (file["name"], file["sha256"], file["bytes"]) == ("a.tif", hashlib.sha256(scan).hexdigest(), len(scan))
    assert centre.client.get(f"/v1/batches/{batch}/receipts/reconciliation").status_code == 404


def test_the_reconciliation_names_every_page_and_where_it_is(centre: Centre, settled: str) -> None:
    receipt = centre.receipt(settled, "reconciliation")
    good, bad = receipt["files"]
    document = centre.items(settled)[0]["document"]
    assert [
        (page["number"], page["disposition"], page["document"], page["document_page"]) for page in good["pages"]
    ] == [(1, "stored", document, 1)]
    assert good["pages"][0]["type"] == centre.document(UUID(document)).type_code
    assert (bad["state"], bad["announced_pages"], bad["pages"]) == ("rejected", 2, [])
    assert bad["reason"]
    assert [(each["name"], each["code"]) for each in receipt["refusals"]] == [("abgewiesen.tif", "sha256-differs")]
    assert receipt["ledger"] == {
        "announced": 4, "stored": 1, "blank": 0, "dropped_blank": 1, "separator": 0, "rejected": 2, "difference": 0,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["delivery", "reconciliation"])
def test_a_receipt_verifies_offline_and_no_changed_one_does(
    centre: Centre, settled: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, known = tmp_path / "receipt.json", keys(centre, tmp_path)
    receipt = centre.receipt(settled, kind)
    file.write_text(json.dumps(receipt))
    assert verify(str(file), known) == 0
    told = capsys.readouterr().out
    assert "files: 2" in told
    assert f"Fingerabdruck {json.loads(Path(known).read_text())['items'][0]['fingerprint']}:" in told
    receipt["files"][0]["bytes"] += 1
    file.write_text(json.dumps(receipt))
    assert verify(str(file), known) == 1


def test_a_signed_receipt_whose_sums_are_not_those_of_its_pages_does_not_verify(
    centre: Centre, settled: str, tmp_path: Path
) -> None:
    honest = centre.receipt(settled, "reconciliation")
    assert contradiction(honest) is None
    for change in (_one_page_less, _another_sum, _another_difference, _more_sheets, _another_count_of_refusals):
        lying = copy.deepcopy(honest)
        change(lying)
        assert contradiction(lying) is not None, change
        lying["signature"] = centre.vault.sign(centre.tenant, {k: v for k, v in lying.items() if k != "signature"})
        file = tmp_path / "lying.json"
        file.write_text(json.dumps(lying))
        assert verify(str(file), keys(centre, tmp_path)) == 1


def test_more_refusals_than_are_listed_are_all_counted_open_ones_first_and_the_signed_receipt_says_so(
    centre: Centre, settled: str, scan: bytes, tmp_path: Path
) -> None:
    with centre.database.unit(centre.tenant) as unit:
        unit.run(text(_MORE_REFUSALS), {"more": 1199})
    centre.run("reconcile", UUID(settled))
    receipt = centre.receipt(settled, "reconciliation")
    assert (receipt["number"], receipt["refusals_count"]) == (2, {"all": 1200, "open": 1, "listed": 1000})
    assert len(receipt["refusals"]) == 1000
    assert (receipt["refusals"][0]["name"], receipt["refusals"][0]["settled_at"]) == ("abgewiesen.tif", None)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    assert verify(str(tmp_path / "receipt.json"), keys(centre, tmp_path)) == 0
    facts = dict(content(receipt)["facts"])
    assert facts["Abgewiesene Dateien"] == "1200, davon 1 nicht erledigt; nur 1000 davon aufgeführt"
    assert centre.batch(settled)["refusals_count"] == receipt["refusals_count"]
    with centre.database.look(centre.tenant) as unit:
        said = of_batch(unit, delivered.batch(unit, UUID(settled)))
    assert (said["failed"], said["refused"], len(said["refusals"])) == (True, 1, 1)
    centre.client.post(f"/v1/batches/{settled}/reopen")
    assert centre.send(settled, "abgewiesen.tif", scan).status_code == 201
    assert centre.complete(settled).status_code == 202
    centre.work()
    found = centre.receipt(settled, "reconciliation")
    assert found["refusals_count"] == {"all": 1200, "open": 0, "listed": 1000}


# All older than the one of `settled`, and settled.
_MORE_REFUSALS = """
    INSERT INTO batch_refusals (tenant, id, batch, name, code, reason, at, settled_at)
        SELECT tenant, CAST(lpad(to_hex(n), 32, '0') AS uuid), batch, n || '.tif', code, reason, at, at
        FROM batch_refusals, generate_series(1, :more) n"""


def _another_count_of_refusals(receipt: dict[str, Any]) -> None:
    receipt["refusals_count"]["listed"] += 1


def _one_page_less(receipt: dict[str, Any]) -> None:
    receipt["files"][0]["pages"] = []


def _another_sum(receipt: dict[str, Any]) -> None:
    receipt["ledger"]["rejected"] += 1


def _another_difference(receipt: dict[str, Any]) -> None:
    receipt["ledger"]["difference"] = 1


def _more_sheets(receipt: dict[str, Any]) -> None:
    receipt["expected_sheets"] += 1


@pytest.mark.parametrize("kind", ["delivery", "reconciliation"])
def test_a_receipt_is_printed_as_pdfa_with_every_file_in_it(
    centre: Centre, settled: str, kind: str, tmp_path: Path
) -> None:
    answer = centre.client.get(f"/v1/batches/{settled}/receipts/{kind}", headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    file = tmp_path / "receipt.pdf"
    file.write_bytes(answer.content)
    with pypdfium2.PdfDocument(file) as pdf:
        said = "".join(page.get_textpage().get_text_range() for page in pdf)
    named = ("gut.tif", "schlecht.pdf", "abgewiesen.tif", settled, "1, davon 1 nicht erledigt; alle aufgeführt")
    assert all(name in said for name in named)
    assert centre.receipt(settled, kind)["signature"]["value"] in "".join(said.split())
    try:
        (verdict,) = verapdf.validate([file])
    except Failed as missing:
        if "CI" in os.environ:
            raise
        pytest.skip(f"veraPDF cannot run here: {missing}")
    assert (verdict.valid, verdict.flavours) == (True, "2b"), str(verdict)


def test_json_is_what_whoever_wants_anything_gets(centre: Centre, settled: str) -> None:
    address = f"/v1/batches/{settled}/receipts/delivery"
    for accept in ("*/*", "application/json", "application/json, application/pdf", "text/html"):
        assert centre.client.get(address, headers={"Accept": accept}).json()["kind"] == "delivery"


def test_the_printed_form_says_every_page_of_the_receipt(centre: Centre, settled: str) -> None:
    drawn = content(centre.receipt(settled, "reconciliation"))
    pages = next(table for table in drawn["tables"] if table["title"] == "Seiten")
    assert [row[:3] for row in pages["rows"]] == [["gut.tif", "1", "gespeichert"], ["schlecht.pdf", "–", "unbrauchbar"]]
    assert all(len(row) == len(table["widths"]) for table in drawn["tables"] for row in table["rows"])
