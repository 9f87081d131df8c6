"""One house with two API processes, and a client that says exactly what tus 1.0 says, or exactly something else."""

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.service import TLS, Service, answers, free_port, running, until

VERSION = {"Tus-Resumable": "1.0.0"}
BYTES = VERSION | {"Content-Type": "application/offset+octet-stream"}


def metadata(**said: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


@dataclass
class House:
    """A running service, the address of a second API process over the same home, and a tenant."""

    service: Service
    second: str
    tenant: str

    def sender(self, *roles: str) -> "Sender":
        name = f"key-{uuid.uuid4().hex[:8]}"
        return Sender(self, self.service.key(self.tenant, *(roles or ("scanner",)), name=name))

    def clerk(self) -> httpx.Client:
        return self.service.client(self.service.key(self.tenant, "clerk", name=f"clerk-{uuid.uuid4().hex[:8]}"))


@dataclass
class Sender:
    """A key's uploads, at the first API process unless another is named."""

    house: House
    key: str

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, at: str = "", **more: Any
    ) -> httpx.Response:
        own = {"Authorization": f"Bearer {self.key}"}
        url = (at or self.house.service.url) + path
        return httpx.request(method, url, headers=own | (headers or {}), timeout=60, verify=TLS, **more)

    def begin(self, data: bytes, **said: str) -> str:
        said = {"name": "scan.tif"} | said
        answer = self.ask(
            "POST", "/v1/uploads", VERSION | {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(**said)}
        )
        assert answer.status_code == 201, answer.text
        location: str = answer.headers["location"]
        return location

    def patch(self, location: str, offset: int, data: bytes, at: str = "", **more: str) -> httpx.Response:
        headers = (
            BYTES | {"Upload-Offset": str(offset)} | {name.replace("_", "-"): value for name, value in more.items()}
        )
        return self.ask("PATCH", location, headers, at, content=data)

    def offset(self, location: str, at: str = "") -> int:
        answer = self.ask("HEAD", location, VERSION, at)
        assert answer.status_code == 200, answer.headers
        return int(answer.headers["upload-offset"])

    def cut_after(
        self,
        location: str,
        offset: int,
        data: bytes,
        sent: int,
        at: str = "",
        pause: float = 0,
        leave_open: bool = False,
    ) -> socket.socket:
        """A PATCH that promises all of `data` and whose line breaks after `sent` bytes of it."""
        line = socket.create_connection(("127.0.0.1", urlsplit(at or self.house.service.url).port or 0))
        said = BYTES | {"Host": "eakte", "Authorization": f"Bearer {self.key}", "Upload-Offset": str(offset)}
        said["Content-Length"] = str(len(data))
        head = [f"PATCH {location} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        line.sendall("\r\n".join(head).encode() + data[:sent])
        time.sleep(pause)
        if not leave_open:
            line.close()
        return line


@contextmanager
def second_process(service: Service, **settings: str) -> Iterator[str]:
    """Another `eakte serve` over the same home."""
    port = free_port()
    environment = service.environment() | {"EAKTE_BIND": f"127.0.0.1:{port}"} | settings
    process = subprocess.Popen(
        [sys.executable, "-m", "eakte", "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with running() as service, second_process(service) as second:
        service.run("tenant", "create", "scanstadt", "--title", "Jobcenter Scanstadt")
        yield House(service, second, "scanstadt")


@pytest.fixture
def sender(house: House) -> Sender:
    return house.sender()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def scan(size: int = 3000) -> bytes:
    """Bytes that begin like a scan; what they are is for the reader to find out."""
    return b"II*\x00" + os.urandom(size - 4)
