"""The short form of the outages of `make faults`: each kind once during one import, and what a clerk sees meanwhile."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from eakte.demo.scans import tiny_pages
from tests.faults.inside import Inside
from tests.faults.outages import OUTAGES, Wires, cut, faulty, proxied_house, suffer
from tests.faults.storm import Blow, Course, Storm, prepare, tiny_scans
from tests.service import Service, until

SECONDS = 3.0
BLOWS = [Blow(0.05 + 0.12 * place, kind, 0.1) for place, kind in enumerate(OUTAGES)]


@pytest.fixture(scope="module")
def house(
    postgresql: dict[str, str], seaweedfs: dict[str, str], opensearch: str, toxiproxy: str
) -> Iterator[tuple[Service, Wires, str]]:
    with proxied_house(postgresql, seaweedfs, opensearch, toxiproxy) as (service, wires):
        yield service, wires, prepare(service)


def upload(clerk: httpx.Client, scan: Path, key: str) -> httpx.Response:
    files = {"file": (scan.name, scan.read_bytes())}
    return clerk.post("/v1/documents", files=files, headers={"Idempotency-Key": key})


@pytest.mark.slow
def test_no_outage_of_a_server_loses_doubles_stops_or_parks_a_document(
    house: tuple[Service, Wires, str], tmp_path: Path
) -> None:
    service, wires, key = house
    scans = tiny_scans(tmp_path / "scans", 16, seed=2)
    storm = Storm(service, key, scans, Course(), print, strike=lambda kind: suffer(wires, kind, SECONDS))
    storm.rage(BLOWS, seed=2)
    print(f"at rest after {storm.calm():.1f} s")
    assert storm.complaints() == []


@pytest.mark.slow
def test_an_upload_to_a_silent_store_is_a_503_after_ten_seconds_and_leaves_nothing_half_done(
    house: tuple[Service, Wires, str], tmp_path: Path
) -> None:
    service, wires, key = house
    (scan,) = tiny_pages(tmp_path, [], 1, seed=3)
    inside = Inside(service)
    before = inside.rows("SELECT (SELECT count(*) FROM received_files), (SELECT count(*) FROM documents)")
    with service.client(key) as clerk:
        with faulty((wires.s3, "timeout", {"timeout": 0})):
            begun = time.monotonic()
            refused = upload(clerk, scan, "silent")
            seconds = time.monotonic() - begun
            assert clerk.get("/v1/search", params={"q": "Miete"}).status_code == 200
        assert (refused.status_code, refused.json()["code"]) == (503, "store-unavailable"), refused.text
        assert int(refused.headers["Retry-After"]) > 0
        assert 9 < seconds < 14
        assert inside.rows("SELECT (SELECT count(*) FROM received_files), (SELECT count(*) FROM documents)") == before
        assert upload(clerk, scan, "silent").status_code == 201


@pytest.mark.slow
def test_many_uploads_to_a_silent_store_wait_beside_each_other(
    house: tuple[Service, Wires, str], tmp_path: Path
) -> None:
    service, wires, key = house
    scans = tiny_pages(tmp_path, [], 8, seed=5)
    with service.client(key) as clerk, ThreadPoolExecutor(len(scans)) as pool:
        with faulty((wires.s3, "timeout", {"timeout": 0})):
            begun = time.monotonic()
            refused = list(pool.map(lambda scan: upload(clerk, scan, f"silent {scan.name}"), scans))
            seconds = time.monotonic() - begun
        assert {answer.status_code for answer in refused} == {503}
        assert 9 < seconds < 12.5
        assert {upload(clerk, scan, f"silent {scan.name}").status_code for scan in scans} == {201}


@pytest.mark.slow
def test_without_the_search_server_search_says_so_all_else_works_and_the_index_catches_up_by_itself(
    house: tuple[Service, Wires, str], tmp_path: Path
) -> None:
    service, wires, key = house
    (scan,) = tiny_pages(tmp_path, [], 1, seed=4)
    with service.client(key) as clerk:
        with cut(wires.search):
            handed = upload(clerk, scan, "unsearched").json()["id"]
            refused = clerk.get("/v1/search", params={"q": "Miete"})
            assert (refused.status_code, refused.json()["code"]) == (503, "search-down"), refused.text
            assert service.get("/health/ready").json()["parts"]["search"] != "ok"

            def settled() -> bool:
                return bool(clerk.get(f"/v1/documents/{handed}").json()["place"] == "clearing")

            until(settled, 60, service.log)

        def found() -> bool:
            hits = clerk.get("/v1/search", params={"q": "Miete", "limit": 200}).json()["hits"]
            return handed in {hit["document"] for hit in hits}

        until(found, 60, service.log)
