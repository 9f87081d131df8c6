"""An installation to measure: database and API as `eakte up` starts them, without a worker that would compete."""

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from eakte import wiring
from eakte.access import acts
from eakte.blobs.port import BlobClass
from eakte.commands.administration import found_tenant, moment
from eakte.settings import Settings
from eakte.supervise.children import eakte_programs, mortal
from eakte.supervise.cluster import Cluster
from eakte.wiring import House
from tests.homes import discard, new_home
from tests.service import Service

BOUNDARY = "----------------------------eakte"


@dataclass
class Bench:
    """A running API with one tenant; `house` reaches the same database, bytes and index past HTTP."""

    service: Service
    house: House
    tenant: UUID
    cluster: Cluster

    def analyze(self) -> None:
        """What the database does by itself within a minute; before that it plans for empty tables."""
        address = self.cluster.urls().superuser.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def key(self, name: str = "clerk", org_units: Sequence[str] = ()) -> str:
        with self.house.database.unit(self.tenant) as unit:
            return str(acts.create_key(unit, moment(self.house), name, ["clerk"], org_units))

    def drop_originals(self) -> None:
        """Give the disk back its blocks and the kernel its page cache; the rows stay."""
        for listed in self.house.blobs.keys(f"{self.tenant}/{BlobClass.ORIGINAL.value}/"):
            self.house.blobs.delete(listed.key)


@contextmanager
def api_alone(**settings: str) -> Iterator[Bench]:
    """A fresh installation with fsync on, gone afterwards. Call it from the main thread.

    `settings`: further `EAKTE_` variables without prefix.
    """
    service = Service(new_home(), settings=settings)
    cluster = Cluster(service.home)
    try:
        cluster.start()
        service.run("migrate")
        _serve(service)
        own = Settings(home=service.home, **{name.lower(): value for name, value in settings.items()})
        house = wiring.furnish(own, pool=2)
        yield Bench(service, house, found_tenant(house, "bench", "Jobcenter Messlatte"), cluster)
        house.close()
    finally:
        if service.process is not None:
            service.stop()
        cluster.stop()
        discard(service.home)


def _serve(service: Service) -> None:
    (program,) = (program for program in eakte_programs() if program.name == "API")
    with (service.home / "up.log").open("ab") as log:
        service.process = subprocess.Popen(
            mortal(program.command),
            env=service.environment() | dict(program.environment),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    service.await_ready()


@dataclass(frozen=True)
class Wire:
    """Where to connect and as whom."""

    port: int
    key: str

    @contextmanager
    def connected(self) -> "Iterator[Connection]":
        """The API closes a connection that was idle for five seconds."""
        with socket.create_connection(("127.0.0.1", self.port)) as opened:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Connection(self, opened)


@dataclass(frozen=True)
class Connection:
    """One kept-alive connection without an HTTP library, which would take as long as what is measured."""

    wire: Wire
    opened: socket.socket

    def get(self, path: str) -> bytes:
        """The answer's body."""
        self.opened.sendall(request(self.wire, f"GET {path}"))
        return self._answer(b"200")

    def post(self, path: str, form: bytes) -> bytes:
        """Sends a form made by `form`; the answer's body."""
        kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(form)}\r\n"
        self.opened.sendall(request(self.wire, f"POST {path}", kind))
        self.opened.sendall(form)
        return self._answer(b"201")

    def _answer(self, wanted: bytes) -> bytes:
        received = b""
        while (length := whole(received)) is None or len(received) < length:
            piece = self.opened.recv(1 << 20)
            if not piece:
                raise ConnectionError(f"ended after {received[:500]!r}")
            received += piece
        if received[9:12] != wanted:
            raise RuntimeError(received.decode())
        return received.partition(b"\r\n\r\n")[2]


def request(wire: Wire, line: str, more: str = "") -> bytes:
    """The head of a request."""
    return f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{wire.port}\r\nAuthorization: Bearer {wire.key}\r\n{more}\r\n".encode()


def whole(received: bytes) -> int | None:
    """Bytes of the whole answer, None while its head is incomplete; our answers all have a Content-Length."""
    head, end, _ = received.partition(b"\r\n\r\n")
    if not end:
        return None
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(head) + 4 + int(lengths[0])


def form(data: bytes) -> bytes:
    """A file as browsers send it."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\n'
    return head.encode() + b"Content-Type: application/pdf\r\n\r\n" + data + f"\r\n--{BOUNDARY}--\r\n".encode()
