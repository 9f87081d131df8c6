"""`eakte upload` as a scanning centre starts it: over HTTP alone, over lines that break, as often as it likes."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from eakte.demo.scans import tiny_pages
from tests.services.toxiproxy import Proxy
from tests.uploads.conftest import House, Sender, scan, sha256


class Centre:
    """A scanning centre's machine: a folder and a key; no database, no settings."""

    def __init__(self, house: House, sender: Sender, folder: Path) -> None:
        self.house, self.sender, self.folder = house, sender, folder
        self.delivery = folder / "lieferung"
        self.delivery.mkdir()
        (folder / "key").write_text(sender.key + "\n")
        self.reference = f"S-{uuid4()}"

    def upload(
        self, *options: str, sheets: int = 2, url: str = "", path: Path | None = None,
        announced: bool = True, **more: str,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        said = {"key-file": str(self.folder / "key"), "url": url or self.house.service.url, **more}
        if announced:
            said |= {"profile": "simplex", "operator": "m.muster", "sheets": str(sheets), "reference": self.reference}
        command = [sys.executable, "-m", "eakte", "upload", str(path or self.delivery), *options]
        command += [part for name, value in said.items() for part in (f"--{name}", value)]
        environment = {"PATH": "/usr/bin:/bin", "EAKTE_HOME": str(self.folder / "nothing-here")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    def batch(self) -> dict[str, Any]:
        for found in self.sender.ask("GET", "/v1/batches").json()["items"]:
            if found["reference"] == self.reference:
                whole: dict[str, Any] = self.sender.ask("GET", f"/v1/batches/{found['id']}").json()
                return whole
        raise AssertionError(self.reference)

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sender.ask("GET", f"/v1/batches/{self.batch()['id']}/items").json()["items"]
        return found


@pytest.fixture
def centre(house: House, sender: Sender, tmp_path: Path) -> Centre:
    return Centre(house, sender, tmp_path)


@pytest.fixture
def pages(centre: Centre) -> list[Path]:
    return tiny_pages(centre.delivery, ["12345//1234567"], 2)


@pytest.fixture
def line(house: House, toxiproxy: str) -> Iterator[Proxy]:
    proxy = Proxy(toxiproxy, f"upload-{uuid4()}", urlsplit(house.service.url).netloc)
    yield proxy
    proxy.close()


def manifest(centre: Centre, files: list[Path], **wrong: str) -> str:
    said = [{"name": path.name, "sha256": sha256(path.read_bytes()), "pages": 1} | wrong for path in files]
    head = {"reference": centre.reference, "profile": "simplex", "operator": "m.muster", "expected_sheets": len(files)}
    return json.dumps(head | {"files": said})


@pytest.mark.slow
def test_a_folder_is_delivered_reconciled_and_its_receipts_hold(centre: Centre, pages: list[Path]) -> None:
    receipts = centre.folder / "belege"
    done = centre.upload("--receipts", str(receipts))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stimmt" in done.stdout
    assert "2/2 Dateien" in done.stderr
    assert [item["pages"] for item in centre.items()] == [1, 1]
    for kind in ("delivery", "reconciliation"):
        assert "gültig" in centre.house.service.run("verify", str(receipts / f"{centre.reference}.{kind}.json"))
    again = centre.upload()
    assert (again.returncode, len(centre.items())) == (0, 2)


@pytest.mark.slow
def test_a_manifest_that_lies_is_sent_as_it_stands_and_answered_by_the_ledger(
    centre: Centre, pages: list[Path]
) -> None:
    (centre.delivery / "manifest.json").write_text(manifest(centre, pages, sha256="0" * 64))
    done = centre.upload()
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("sha256-differs") == 2
    assert {each["code"] for each in centre.batch()["refusals"]} == {"sha256-differs"}
    (centre.delivery / "manifest.json").write_text(manifest(centre, pages))
    mended = centre.upload()
    assert mended.returncode == 0, mended.stdout + mended.stderr


def test_a_zip_with_a_manifest_is_sent_without_waiting(centre: Centre, pages: list[Path]) -> None:
    packed = centre.folder / "lieferung.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for page in pages:
            archive.write(page, page.name)
        archive.writestr("manifest.json", manifest(centre, pages))
    done = centre.upload("--no-wait", path=packed, announced=False)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert {item["name"] for item in centre.items()} == {page.name for page in pages}


def test_a_delivery_over_lines_that_break_arrives_whole_and_once(centre: Centre, line: Proxy) -> None:
    files = [centre.delivery / f"{number}.tif" for number in range(4)]
    for number, file in enumerate(files):
        file.write_bytes(scan(9_000_000 if number == 0 else 300_000))
    (centre.delivery / "manifest.json").write_text(manifest(centre, files))
    line.fault("limit_data", "upstream", bytes=2_000_000)
    done = centre.upload("--no-wait", url=f"http://{line.address}", sheets=4)
    assert done.returncode == 3, done.stdout + done.stderr
    assert sorted(item["sha256"] for item in centre.items()) == sorted(sha256(file.read_bytes()) for file in files)
    assert centre.batch()["refusals"] == []


def test_a_service_that_cannot_be_reached_ends_it_with_a_sentence(centre: Centre, pages: list[Path]) -> None:
    (centre.delivery / "manifest.json").write_text(manifest(centre, pages))
    done = centre.upload("--patience", "1", url="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "nicht erreichbar" in done.stderr


def test_what_cannot_be_sent_is_said_before_anything_is_announced(centre: Centre) -> None:
    assert "keine Datei" in centre.upload().stderr
    (centre.delivery / "a.tif").write_bytes(scan())
    (centre.delivery / "manifest.csv").write_text("name;pages\na.tif;1\n")
    assert centre.upload().returncode == 1
    assert all(
        each["reference"] != centre.reference for each in centre.sender.ask("GET", "/v1/batches").json()["items"]
    )
