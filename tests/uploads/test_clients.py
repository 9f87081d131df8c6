"""The protocol as others understand it: tuspy and tus-js-client, over lines that break."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from tusclient.client import TusClient

from tests.services import tus_js_client
from tests.services.frame import Failed
from tests.services.toxiproxy import Proxy
from tests.uploads.conftest import House, Sender, scan, sha256

SIZE, A_LINE_CARRIES = 1_500_000, 400_000


@pytest.fixture
def line(house: House, toxiproxy: str) -> Iterator[Proxy]:
    """A line to the first API process that can be cut."""
    proxy = Proxy(toxiproxy, f"uploads-{uuid4()}", urlsplit(house.service.url).netloc)
    yield proxy
    proxy.close()


@pytest.fixture
def javascript() -> None:
    """tus-js-client, or a reason to skip."""
    try:
        tus_js_client.program()
    except Failed as error:
        if "CI" in os.environ:
            raise
        pytest.skip(f"tus-js-client cannot be had here: {error}")


def result_of(sender: Sender, url: str) -> str:
    found: str = sender.ask("GET", urlsplit(url).path).json()["result"]["sha256"]
    return found


def python(sender: Sender, at: str) -> TusClient:
    return TusClient(f"{at}/v1/uploads", headers={"Authorization": f"Bearer {sender.key}"})


def test_tuspy_uploads_whole_in_chunks_and_with_checksums(house: House, sender: Sender) -> None:
    for options in ({}, {"chunk_size": 100_000}, {"chunk_size": 100_000, "upload_checksum": True}):
        data = scan(SIZE)
        uploader = python(sender, house.service.url).uploader(
            file_stream=io.BytesIO(data), metadata={"name": "März.tif", "sha256": sha256(data)}, **options
        )
        uploader.upload()
        assert result_of(sender, uploader.url) == sha256(data)


def test_tuspy_goes_on_over_lines_that_break(house: House, sender: Sender, line: Proxy) -> None:
    data = scan(SIZE)
    line.fault("limit_data", "upstream", bytes=A_LINE_CARRIES)
    uploader = python(sender, f"http://{line.address}").uploader(
        file_stream=io.BytesIO(data), metadata={"name": "a.tif", "sha256": sha256(data)}, retries=20, retry_delay=0
    )
    uploader.upload()
    assert result_of(sender, uploader.url) == sha256(data)


def test_tuspy_goes_on_at_another_process_with_what_the_first_has(house: House, sender: Sender) -> None:
    data = scan(SIZE)
    first = python(sender, house.service.url).uploader(file_stream=io.BytesIO(data), chunk_size=100_000)
    first.upload(stop_at=300_000)
    path = urlsplit(first.url).path
    second = python(sender, house.second).uploader(file_stream=io.BytesIO(data), url=house.second + path)
    assert second.offset == 300_000
    second.upload()
    assert result_of(sender, path) == sha256(data)


@pytest.mark.usefixtures("javascript")
@pytest.mark.parametrize("options", [{}, {"chunkSize": 200_000}, {"uploadDataDuringCreation": True}])
def test_tus_js_client_uploads(sender: Sender, house: House, tmp_path: Path, options: dict[str, object]) -> None:
    url = javascript_upload(sender, house.service.url, tmp_path, **options)
    assert result_of(sender, url) == sha256((tmp_path / "scan.tif").read_bytes())


@pytest.mark.usefixtures("javascript")
def test_tus_js_client_goes_on_over_lines_that_break_and_at_another_process(
    house: House, sender: Sender, line: Proxy, tmp_path: Path
) -> None:
    line.fault("limit_data", "upstream", bytes=A_LINE_CARRIES)
    url = javascript_upload(sender, f"http://{line.address}", tmp_path, retries=20)
    assert result_of(sender, url) == sha256((tmp_path / "scan.tif").read_bytes())
    data = (tmp_path / "scan.tif").read_bytes()
    begun = sender.begin(data)
    assert sender.patch(begun, 0, data[:500_000]).status_code == 204
    url = javascript_upload(sender, house.second, tmp_path, uploadUrl=house.second + begun)
    assert result_of(sender, url) == sha256(data)


def javascript_upload(sender: Sender, at: str, folder: Path, **options: object) -> str:
    file = folder / "scan.tif"
    if not file.exists():
        file.write_bytes(scan(SIZE))
    said = {"name": "scan.tif", "sha256": sha256(file.read_bytes())}
    headers = {"Authorization": f"Bearer {sender.key}"}
    return tus_js_client.upload(file=str(file), endpoint=f"{at}/v1/uploads", headers=headers, metadata=said, **options)
