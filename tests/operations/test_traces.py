"""One upload is one trace, through all processes."""

import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

from eakte.demo.scans import tiny_pages
from tests.journeys.conftest import Office
from tests.operations.conftest import Watched
from tests.service import until

EXPECTED = {
    ("eakte-api", "POST /v1/documents"),
    ("eakte-api", "receive"),
    ("eakte-api", "store"),
    ("eakte-api", "blob commit"),
    ("eakte-api", "act"),
    ("eakte-worker", "job file_as_asked"),
    ("eakte-worker", "job read"),
    ("eakte-worker", "normalise"),
    ("eakte-worker", "recognise"),
    ("eakte-worker", "join"),
    ("eakte-worker", "job decide"),
    ("eakte-worker", "job index"),
    ("eakte-worker", "index write"),
}


def test_an_upload_and_all_that_follows_from_it_hang_in_the_trace_of_the_caller(
    watched: Watched, office: Office, tmp_path: Path
) -> None:
    trace, parent = secrets.token_hex(16), secrets.token_hex(8)
    office.clerk.headers["traceparent"] = f"00-{trace}-{parent}-01"
    file = tiny_pages(tmp_path, [], 1)[0]
    document = office.hand_in(file, title="Mietvertrag Musterfrau", case_reference="12345//0000001")["id"]
    del office.clerk.headers["traceparent"]
    office.settled(document)

    def arrived() -> bool:
        found = {(where, span.name) for where, span in watched.collector.spans if span.trace_id.hex() == trace}
        return found >= EXPECTED

    until(arrived, 30, lambda: str({(where, span.name) for where, span in watched.collector.spans}))
    mine = {span.span_id.hex(): span for _, span in watched.collector.spans if span.trace_id.hex() == trace}
    for span in mine.values():
        above = span.parent_span_id.hex()
        assert above in mine or (span.name, above) == ("POST /v1/documents", parent), span
    assert "Musterfrau" not in str(mine)
    assert office.tenant not in str(mine)
    assert document in str(mine)


SPEAKING = """
import sys
from eakte.watch import spans
from eakte.watch.otlp import OtlpTracer
spans.use(OtlpTracer(sys.argv[1], "eakte-test"))
for _ in range(2000):
    with spans.span("work"):
        pass
print("worked", flush=True)
"""


def test_a_collector_that_takes_and_never_answers_holds_up_no_end() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with subprocess.Popen([sys.executable, "-c", SPEAKING, endpoint], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "worked\n"
            begun = time.monotonic()
            assert process.wait(30) == 0
            assert time.monotonic() - begun < 5
