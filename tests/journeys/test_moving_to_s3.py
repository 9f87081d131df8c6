"""A house on one machine moves its bytes to S3 while it takes uploads."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eakte.blobs.filesystem import FilesystemBlobs
from tests.buckets import empty_bucket
from tests.homes import discard, new_home
from tests.service import Service


@pytest.fixture
def house() -> Iterator[Service]:
    """Files under its home; not yet started."""
    service = Service(new_home())
    yield service
    if service.process is not None and service.process.poll() is None:
        service.stop()
    discard(service.home)


class Sender:
    """Hands in one file after another; `sent` holds the SHA-256 by document."""

    def __init__(self, service: Service, key: str) -> None:
        self.service, self.key, self.sent = service, key, dict[str, str]()
        self.errors: list[str] = []
        self.stopping = threading.Event()

    def send(self, number: int) -> None:
        data = f"Beleg {number}\n".encode() * 20_000
        with self.service.client(self.key) as client:
            answer = client.post("/v1/documents", files={"file": (f"{number}.txt", data)})
        if answer.status_code != 201:
            self.errors.append(answer.text)
            return
        self.sent[answer.json()["id"]] = hashlib.sha256(data).hexdigest()

    @contextmanager
    def sending(self) -> Iterator[None]:
        def run() -> None:
            number = 1000
            while not self.stopping.wait(0.1):
                self.send(number := number + 1)

        self.stopping.clear()
        thread = threading.Thread(target=run)
        thread.start()
        yield
        self.stopping.set()
        thread.join()

    def require_all_there(self) -> None:
        with self.service.client(self.key) as client:
            for document, sha256 in self.sent.items():
                answer = client.get(f"/v1/documents/{document}/renditions/original")
                assert answer.status_code == 200, answer.text
                assert hashlib.sha256(answer.content).hexdigest() == sha256


def test_a_house_moves_to_s3_under_uploads_and_nothing_is_lost(house: Service, seaweedfs: dict[str, str]) -> None:
    bucket = empty_bucket(seaweedfs, "moving")
    house.start()
    house.run("tenant", "create", "moving", "--title", "Umzug")
    sender = Sender(house, house.key("moving", "clerk"))
    for number in range(5):
        sender.send(number)
    house.stop()

    old = f"file://{house.home / 'blobs'}"
    house.settings |= bucket.settings | {"BLOBS_FALLBACK_URL": old}
    house.start()
    sender.require_all_there()
    with sender.sending():
        told = house.run("blobs", "copy", "--to", bucket.url)
    assert "EAKTE_BLOBS_FALLBACK_URL kann nun entfallen" in told
    house.stop()
    assert (sender.errors, len(sender.sent) > 5) == ([], True)

    _lose(house.home / "blobs")
    del house.settings["BLOBS_FALLBACK_URL"]
    house.start()
    sender.send(9999)
    sender.require_all_there()
    house.run("blobs", "verify")


def _lose(folder: Path) -> None:
    old = FilesystemBlobs(folder)
    for listed in list(old.keys("")):
        old.delete(listed.key)
