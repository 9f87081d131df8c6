"""One ZIP is one batch: taken whole, taken once, and whatever is wrong in it named."""

import asyncio
import hashlib
import io
import json
import struct
import time
import warnings
import zipfile
from typing import Any

import httpx
import pytest

from eakte.demo.scans import tiny_pages
from eakte.scanning import delivery_api
from eakte.scanning.archive import DeliveryInvalid
from tests.scanning.centre import Centre


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("scans")
    return {path.name: path.read_bytes() for path in tiny_pages(folder, [], 2)}


def manifest(files: dict[str, bytes], **changed: Any) -> dict[str, Any]:
    listed = [{"name": n, "sha256": hashlib.sha256(data).hexdigest(), "pages": 1} for n, data in files.items()]
    head = {"reference": "S-1", "profile": "simplex", "operator": "m", "expected_sheets": len(files)}
    return head | {"files": listed} | changed


def zipped(said: dict[str, Any] | None, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        if said is not None:
            archive.writestr(zipfile.ZipInfo("manifest.json"), json.dumps(said), method)
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return made.getvalue()


def deliver(centre: Centre, data: bytes, **headers: str) -> httpx.Response:
    return centre.client.post("/v1/batches/deliveries", files={"file": ("lieferung.zip", data)}, headers=headers)


def test_a_delivery_is_a_complete_batch_that_reconciles_and_the_same_again_makes_nothing_twice(
    centre: Centre, scans: dict[str, bytes]
) -> None:
    data = zipped(manifest(scans), scans)
    before = centre.objects()
    first = deliver(centre, data)
    assert first.status_code == 201, first.text
    kept = centre.objects()
    assert kept == before + 2 * len(scans)  # bytes and key of each file, nothing of the ZIP
    again = deliver(centre, data)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert (centre.objects(), centre.count("received_files")) == (kept, len(scans))
    centre.work()
    found = centre.batch(first.json()["id"])
    assert (found["state"], found["differences"], found["refusals"]) == ("reconciled", [], [])
    assert {item["name"] for item in centre.items(found["id"])} == set(scans)
    assert deliver(centre, data).json()["state"] == "reconciled"


def test_a_delivery_goes_on_where_it_was_cut(centre: Centre, scans: dict[str, bytes]) -> None:
    said = manifest(scans)
    batch = centre.announce(len(scans), operator="m")
    (name, data), *_ = scans.items()
    centre.send(batch, name, data)
    answer = deliver(centre, zipped(said, scans))
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (200, batch, "complete")
    assert (len(centre.items(batch)), centre.count("received_files")) == (len(scans), len(scans))


def test_the_same_key_with_another_delivery_is_refused_before_anything_is_taken(
    centre: Centre, scans: dict[str, bytes]
) -> None:
    headers = {"Idempotency-Key": "lieferung-1"}
    first = deliver(centre, zipped(manifest(scans), scans), **headers)
    again = deliver(centre, zipped(manifest(scans), scans), **headers)
    other = deliver(centre, zipped(manifest(scans, reference="S-2"), scans), **headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (other.json()["code"], centre.count("batches")) == ("idempotency-key-reused", 1)


def test_a_manifest_that_lies_is_answered_in_the_ledger_and_what_is_right_is_taken(
    centre: Centre, scans: dict[str, bytes]
) -> None:
    said = manifest(scans)
    lied, honest = said["files"]
    lied["sha256"] = "0" * 64
    said["files"].append({"name": "fehlt.tif", "sha256": "1" * 64, "pages": 1})
    answer = deliver(centre, zipped(said, scans | {"zu viel.tif": b"II*\0 niemand nennt es"}))
    assert answer.status_code == 201, answer.text
    centre.work()
    found = centre.batch(answer.json()["id"])
    assert [item["name"] for item in centre.items(found["id"])] == [honest["name"]]
    assert (found["state"], found["ledger"]["stored"], found["ledger"]["difference"]) == ("differs", 1, 1)
    assert found["differences"] == [
        "Es fehlt 1 Seite: angekündigt 2, gezählt 1.",
        f"„{lied['name']}“ steht im Verzeichnis, liegt aber nicht im Stapel.",
        "„fehlt.tif“ steht im Verzeichnis, liegt aber nicht im Stapel.",
        "„zu viel.tif“ liegt in der Lieferung, steht aber nicht im Verzeichnis.",
    ]
    refused = {each["name"]: each["code"] for each in found["refusals"]}
    assert refused == {lied["name"]: "sha256-differs", "zu viel.tif": "not-in-manifest"}


def test_a_damaged_entry_is_refused_and_the_others_are_taken(centre: Centre, scans: dict[str, bytes]) -> None:
    data = bytearray(zipped(manifest(scans), scans, zipfile.ZIP_STORED))
    (name, content), *_ = scans.items()
    data[data.index(content) + len(content) // 2] ^= 1
    answer = deliver(centre, bytes(data))
    assert [(each["name"], each["code"]) for each in answer.json()["refusals"]] == [(name, "delivery-invalid")]
    assert answer.json()["items"] == len(scans) - 1


def _twice() -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w") as archive:
        warnings.simplefilter("ignore")
        for _ in range(2):
            archive.writestr("manifest.json", json.dumps(manifest({})))
    return made.getvalue()


def _encrypted() -> bytes:
    data = bytearray(zipped(manifest({"a.tif": b"x"}), {"a.tif": b"x"}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 8] |= 1
    return bytes(data)


def _bomb() -> bytes:
    return zipped(manifest({}), {"a.tif": bytes(20 << 20)})


def _directory_of_gigabytes() -> bytes:
    data = bytearray(zipped(manifest({}), {"a.tif": b"x"}))
    end = data.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, end + 12)
    struct.pack_into("<LL", data, end + 12, size + (1 << 31), offset)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"kein ZIP", 422, "delivery-invalid"),
        (zipped(manifest({}), {"a.tif": b"x"})[:-30], 422, "delivery-invalid"),
        (zipped(None, {"a.tif": b"x"}), 422, "delivery-invalid"),
        (zipped(manifest({}), {"manifest.csv": b"name"}), 422, "delivery-invalid"),
        (zipped(manifest({}), {"../a.tif": b"x"}), 422, "delivery-invalid"),
        (zipped(manifest({}), {"ordner/a.tif": b"x"}), 422, "delivery-invalid"),
        (zipped(manifest({}), {"ordner\\a.tif": b"x"}), 422, "delivery-invalid"),
        (zipped(manifest({}), {"a.tif": b"x"}, zipfile.ZIP_LZMA), 422, "delivery-invalid"),
        (_twice(), 422, "delivery-invalid"),
        (_encrypted(), 422, "delivery-invalid"),
        (_bomb(), 413, "delivery-too-large"),
        (_directory_of_gigabytes(), 422, "delivery-invalid"),
        (zipped({"reference": "S-1"}, {}), 422, "manifest-invalid"),
        (zipped(manifest({}, expected_sheets=1, profile="quer"), {}), 422, "unknown-profile"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_delivery_is_refused_as_a_whole_and_leaves_nothing(
    centre: Centre, data: bytes, status: int, code: str
) -> None:
    before = centre.objects()
    answer = deliver(centre, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (centre.objects(), centre.count("batches")) == (before, 0)


def test_a_reader_may_not_deliver(centre: Centre, scans: dict[str, bytes]) -> None:
    reader = centre.as_key(centre.key("reader"))
    answer = reader.post("/v1/batches/deliveries", files={"file": ("a.zip", zipped(manifest(scans), scans))})
    assert answer.status_code == 403


def test_no_more_deliveries_are_opened_at_once_than_memory_allows(
    centre: Centre, scans: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    most: list[int] = []

    def counted(*_said: object) -> None:
        opened.append(1)
        most.append(len(opened))
        time.sleep(0.3)
        opened.pop()
        raise DeliveryInvalid

    monkeypatch.setattr(delivery_api, "opened", counted)
    data = zipped(manifest(scans), scans)

    async def all_at_once() -> list[int]:
        transport = httpx.ASGITransport(centre.app())
        headers = {"Authorization": f"Bearer {centre.scanner}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            sent = [client.post("/v1/batches/deliveries", files={"file": ("a.zip", data)}) for _ in range(6)]
            return [each.status_code for each in await asyncio.gather(*sent)]

    assert asyncio.run(all_at_once()) == [422] * 6
    assert max(most) == 2
