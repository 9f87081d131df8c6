"""The images as they are used: two API and two worker containers share PostgreSQL, S3 and OpenSearch, and no disk."""

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from eakte.demo.scans import DemoScan, demo_batch
from tests.buckets import empty_bucket
from tests.image.hosts import House, build, healthy, no_base
from tests.service import until
from tests.services.image import missing
from tests.services.postgresql import TEST_ONLY_PASSWORD

CASES = ("35502//0012345", "35502//0067890", "35502//0024680")
SENT = 8
LOOK_INSIDE = """
import json, os, pathlib
def writable(folder):
    try:
        pathlib.Path(folder, "x").touch()
    except OSError as error:
        return error.strerror
    return "yes"
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "rights": status["CapBnd"].strip(),
    "writable": {folder: writable(folder) for folder in ("/", "/tmp", "/etc", "/opt/eakte", os.environ["EAKTE_HOME"])},
    "programs": [name for name in ("gcc", "cc", "make", "pip", "curl", "git") for folder in os.get_exec_path()
                 if pathlib.Path(folder, name).exists()],
}))
"""


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Future[list[DemoScan]]"]:
    """The demo batch; it is drawn while the images are built."""
    with ProcessPoolExecutor(1) as beside:
        yield beside.submit(demo_batch, tmp_path_factory.mktemp("mail"), list(CASES))


@pytest.fixture(scope="module")
def images(mail: "Future[list[DemoScan]]") -> None:
    """Both images."""
    why = missing() or no_base()
    if why is not None:
        assert "CI" not in os.environ, why
        pytest.skip(f"no image can be built here: {why}")
    for target in ("service", "worker"):
        build(target)


@pytest.fixture(scope="module")
def scans(mail: "Future[list[DemoScan]]") -> list[DemoScan]:
    """The shortest of the batch, of every form."""
    return sorted(mail.result(), key=lambda scan: scan.pages)[:SENT]


def without_password(url: str) -> str:
    """libpq finds it in the file that PGPASSFILE names."""
    return re.sub(r":[^:/@]+@", "@", url)


@pytest.fixture(scope="module")
def house(
    images: None,
    postgresql: dict[str, str],
    seaweedfs: dict[str, str],
    opensearch: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """The store's key may use its one bucket only, and makes none."""
    house = House(
        tmp_path_factory.mktemp("house"),
        {
            "DATABASE_URL": without_password(postgresql["EAKTE_DATABASE_URL"]),
            "BLOBS_URL": empty_bucket(seaweedfs, seaweedfs["S3_APP_BUCKET"]).url,
            "S3_ACCESS_KEY": seaweedfs["S3_APP_ACCESS_KEY"],
            "SEARCH_URL": opensearch,
        },
        {"S3_SECRET_KEY": seaweedfs["S3_APP_SECRET_KEY"], "PGPASS": f"*:*:*:eakte_app:{TEST_ONLY_PASSWORD}"},
    )
    house.command("migrate", DATABASE_OWNER_URL=postgresql["EAKTE_DATABASE_OWNER_URL"])
    house.command("tenant", "create", "amt", "--title", "Jobcenter Prüfstadt")
    try:
        for start in (house.start_api, house.start_api, house.start_worker, house.start_worker):
            start()
        house.await_all()
        yield house
    finally:
        house.end()


@pytest.fixture(scope="module")
def clerks(house: House) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """The same clerk at either API."""
    key = house.command("key", "create", "scanstelle", "--tenant", "amt", "--role", "clerk").strip()
    headers = {"Authorization": f"Bearer {key}"}
    one, other = (httpx.Client(base_url=api.url, headers=headers, timeout=60) for api in house.apis)
    with one, other:
        for reference in CASES:
            opened = one.post("/v1/casefiles", json={"reference": reference, "title": "Muster"})
            assert opened.status_code == 201, opened.text
        yield one, other


def hand_in(clerk: httpx.Client, file: Path) -> dict[str, Any]:
    answer = clerk.post("/v1/documents", files={"file": (file.name, file.read_bytes())})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def settled(clerk: httpx.Client, document: str, house: House) -> dict[str, Any]:
    def look() -> Any:
        found = clerk.get(f"/v1/documents/{document}").json()
        return found if found["reading"]["state"] in {"done", "failed"} and found["place"] != "none" else None

    found: dict[str, Any] = until(look, 120, house.log)
    return found


def test_inside_nobody_is_root_only_the_home_can_be_written_and_nothing_compiles(house: House) -> None:
    for name in ("eakte-service", "eakte-worker"):
        seen = json.loads(house.inside(name, "--entrypoint", "python3", "--", "-c", LOOK_INSIDE))
        assert (seen["uid"], seen["gid"], seen["groups"], int(seen["rights"], 16)) == (10001, 10001, [], 0)
        assert {folder for folder, answer in seen["writable"].items() if answer == "yes"} == {"/var/lib/eakte"}
        assert set(seen["writable"].values()) == {"yes", "Read-only file system"}
        assert seen["programs"] == []


def test_the_health_checks_of_the_images_tell_the_living_from_the_dead(house: House) -> None:
    assert healthy("eakte-service", BIND=f"0.0.0.0:{house.apis[0].port}")
    assert healthy("eakte-worker", WORKER_BIND=f"0.0.0.0:{house.workers[0].port}")
    assert not healthy("eakte-service", BIND="0.0.0.0:9")
    assert not healthy("eakte-worker", WORKER_BIND="0.0.0.0:9")


def test_each_host_finds_nothing_wrong(house: House) -> None:
    for api in house.apis:
        ready = httpx.get(f"{api.url}/health/ready")
        assert (ready.status_code, set(ready.json()["parts"].values())) == (200, {"ok"}), ready.text
    assert {line.split()[0] for line in house.command("doctor").splitlines()} == {"ok"}


def test_what_comes_in_at_either_api_is_read_filed_and_found_at_the_other(
    house: House, clerks: tuple[httpx.Client, httpx.Client], scans: list[DemoScan]
) -> None:
    sent = [(hand_in(clerks[place % 2], scan.path), clerks[1 - place % 2], scan) for place, scan in enumerate(scans)]
    filed = 0
    for taken, other, scan in sent:
        document = settled(other, taken["id"], house)
        assert (document["reading"]["state"], document["pages"]) == ("done", scan.pages), document
        filed += document["place"] == "filed"
        original = other.get(f"/v1/documents/{taken['id']}/renditions/original")
        assert original.content == scan.path.read_bytes()
        assert other.get(f"/v1/documents/{taken['id']}/pages/1/image?width=200").status_code == 200
    assert filed > 0
    for taken, other, _ in sent:
        await_found(other, taken["id"])


def await_found(clerk: httpx.Client, document: str) -> None:
    """By a word of its own text, the longest."""
    words = clerk.get(f"/v1/documents/{document}/renditions/text").text.split()
    word = max((each for each in words if each.isalpha()), key=len)

    def look() -> bool:
        answer = clerk.get("/v1/search", params={"q": word, "limit": 50})
        assert answer.status_code == 200, answer.text
        return document in {hit["document"] for hit in answer.json()["hits"]}

    until(look, 30, lambda: word)


def test_receipts_and_etags_of_one_api_hold_at_the_other(
    house: House, clerks: tuple[httpx.Client, httpx.Client], scans: list[DemoScan]
) -> None:
    one, other = clerks
    taken = hand_in(one, scans[0].path)
    assert one.get("/v1/keys").json() == other.get("/v1/keys").json()
    settled(other, taken["id"], house)
    address = f"/v1/documents/{taken['id']}"
    tag = one.get(address).headers["ETag"]
    changed = other.patch(address, json={"title": "Anders"}, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert one.patch(address, json={"title": "Noch anders"}, headers={"If-Match": tag}).status_code == 412
    assert one.get(address).headers["ETag"] == changed.headers["ETag"] != tag


def test_hosts_that_are_told_to_stop_end_cleanly_and_the_others_go_on(
    house: House, clerks: tuple[httpx.Client, httpx.Client], scans: list[DemoScan]
) -> None:
    one, other = clerks
    taken = [hand_in(one, scan.path) for scan in scans[-2:]]
    assert house.workers[0].ask_to_end() == 0, house.workers[0].said()
    assert house.apis[0].ask_to_end() == 0, house.apis[0].said()
    for each in taken:
        assert settled(other, each["id"], house)["reading"]["state"] == "done"
    assert (house.workers[1].ask_to_end(), house.apis[1].ask_to_end()) == (0, 0), house.log()
