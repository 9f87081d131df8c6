"""A house that is watched in every way there is."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.homes import discard, new_home
from tests.journeys.conftest import office
from tests.operations.typing_along import ROOT, Operator
from tests.service import Service, free_port, running

__all__ = ["office"]


@dataclass
class Collector:
    """What an OTLP collector received, by service."""

    spans: list[tuple[str, Span]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {each.key: each.value.string_value for each in group.resource.attributes}
            self.spans += [(about["service.name"], span) for scope in group.scope_spans for span in scope.spans]


@dataclass
class Watched:
    """The service, where its spans arrive, and where its worker listens."""

    service: Service
    collector: Collector
    worker_url: str


@pytest.fixture(scope="session")
def watched() -> Iterator[Watched]:
    collector = Collector()

    class Receiving(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiving)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    bind = f"127.0.0.1:{free_port()}"
    endpoint = f"http://127.0.0.1:{server.server_port}"
    with running(LOG="json", OTLP_ENDPOINT=endpoint, WORKER_BIND=bind) as service:
        yield Watched(service, collector, f"http://{bind}")
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def service(watched: Watched) -> Service:
    return watched.service


@pytest.fixture
def operator() -> Iterator[Operator]:
    folder = new_home()
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "var").mkdir(mode=0o711)
    service = Service(folder / "var")
    try:
        service.start()
        yield Operator(folder, service)
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()
        (folder / ".venv").unlink()
        discard(folder / "var")
        discard(folder)
