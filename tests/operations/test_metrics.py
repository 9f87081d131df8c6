"""What Prometheus is told, and by whom."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from eakte import wiring
from eakte.demo.scans import tiny_pages
from eakte.figures import gauges
from eakte.settings import Settings
from eakte.watch.measures import page
from tests.check.pages import measures
from tests.journeys.conftest import Office
from tests.operations.conftest import Watched


def told(url: str) -> dict[str, float]:
    """Samples by name and labels, as written."""
    text = httpx.get(f"{url}/metrics").raise_for_status().text
    return {
        f"{sample.name}{json.dumps(sample.labels, sort_keys=True)}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def names(found: dict[str, float]) -> set[str]:
    return {re.sub(r"(_bucket|_sum|_count)?\{.*", "", sample) for sample in found}


def test_the_api_tells_what_all_processes_of_the_home_measured(
    watched: Watched, office: Office, tmp_path: Path
) -> None:
    url = watched.service.url
    before = told(url)
    office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])
    httpx.get(f"{url}/v1/search", params={"q": "Geheim"})
    after = told(url)
    for sample in (
        "eakte_pages_read_total{}",
        'eakte_http_request_seconds_count{"method": "POST", "route": "/v1/documents", "status": "201"}',
        'eakte_http_request_seconds_count{"method": "GET", "route": "/v1/search", "status": "401"}',
        'eakte_job_seconds_count{"outcome": "done", "task": "read"}',
        'eakte_stage_seconds_count{"stage": "recognise"}',
        'eakte_blob_seconds_count{"operation": "commit"}',
    ):
        assert after[sample] > before.get(sample, 0), sample
    assert after['eakte_documents_oldest_seconds{"state": "clearing"}'] > 0
    assert office.tenant not in str(after)


def test_every_metric_stands_in_the_reference_and_no_other_is_told(
    watched: Watched, office: Office, tmp_path: Path
) -> None:
    office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])
    documented = set(re.findall(r"^\| `(\w+)` \|", measures(), re.MULTILINE))
    found = watched.service.get("/metrics").text
    assert set(re.findall(r"^# TYPE (\w+)", found, re.MULTILINE)) <= documented
    seldom = {"eakte_blob_errors_total", "eakte_search_errors_total", "eakte_channel_set_aside_total"}
    assert documented - seldom <= set(re.findall(r"^# TYPE (\w+)", found, re.MULTILINE))


def test_a_worker_on_a_host_of_its_own_tells_what_it_measured_and_that_it_is_alive(
    watched: Watched, office: Office, tmp_path: Path
) -> None:
    office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])
    alive = httpx.get(f"{watched.worker_url}/health/live")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok", "parts": {"loop": "ok", "database": "ok"}})
    assert "eakte_job_seconds" in names(told(watched.worker_url))
    assert httpx.get(f"{watched.worker_url}/v1/documents").status_code == 404


def test_a_worker_that_stands_still_does_not_count_as_alive() -> None:
    from eakte.watch.listener import Listener

    parts = {"loop": "stuck", "database": "ok"}
    listener = Listener("127.0.0.1", 0, lambda: parts, frozenset({"loop"}))
    try:
        assert httpx.get(f"http://127.0.0.1:{listener.port}/health/live").status_code == 503
        parts.update(loop="ok", database="database-down")
        assert httpx.get(f"http://127.0.0.1:{listener.port}/health/live").status_code == 200
    finally:
        listener.close()


def test_without_its_database_the_api_still_tells_what_it_measured(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr("postgresql://eakte_app@127.0.0.1:1/eakte"))
    house = wiring.furnish(settings)
    answer = page(gauges(house)).decode()
    house.close()
    assert "eakte_database_up 0.0" in answer
    assert "eakte_blob_seconds" in answer
    assert "eakte_documents" not in answer


MEASURING = """
import sys
from pathlib import Path
from eakte.watch import shared
assert shared.share(Path(sys.argv[1]))
from eakte.watch import measures
if sys.argv[2] == "read":
    measures.PAGES.inc(3)
    measures.REQUESTS.labels("GET", "/", "200").observe(0.2)
else:
    print(measures.page().decode())
"""


def measuring(folder: Path, what: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", MEASURING, folder, what], check=True, capture_output=True, text=True
    ).stdout


def test_what_dead_processes_measured_still_counts_and_leaves_no_files(tmp_path: Path) -> None:
    for _ in range(3):
        measuring(tmp_path, "read")
    for _ in range(2):
        page = measuring(tmp_path, "tell")
        assert "eakte_pages_read_total 9.0" in page
        assert 'eakte_http_request_seconds_count{method="GET",route="/",status="200"} 3.0' in page
    assert len(list(tmp_path.glob("*.db"))) <= 4


def dead_processes_file(folder: Path) -> Path:
    """What a process that ended measured, not folded yet."""
    measuring(folder, "read")
    return next(file for file in folder.glob("counter_*.db") if file.stem != "counter_0")


def test_a_file_that_was_half_taken_in_by_a_killed_process_is_not_counted_again(tmp_path: Path) -> None:
    copy = dead_processes_file(tmp_path).read_bytes()
    assert "eakte_pages_read_total 3.0" in measuring(tmp_path, "tell")
    (tmp_path / "counter_4000001.folding").write_bytes(copy)
    assert "eakte_pages_read_total 3.0" in measuring(tmp_path, "tell")
    assert list(tmp_path.glob("*.folding")) == []


@pytest.mark.parametrize("written", [0, 3, 20])
def test_a_file_that_its_process_left_half_written_is_passed_over_once_and_for_all(
    tmp_path: Path, written: int
) -> None:
    whole = dead_processes_file(tmp_path)
    (tmp_path / "counter_4000001.db").write_bytes(whole.read_bytes()[:written])
    (tmp_path / "counter_4000002.db").write_bytes(whole.read_bytes()[:8] + b"\xff" * 500)
    assert "eakte_pages_read_total 3.0" in measuring(tmp_path, "tell")
    assert list(tmp_path.glob("counter_400000*")) == []


HANGING_UP = """
import socket
from eakte.watch import logs
from eakte.watch.listener import Listener
logs.begin("text")
listener = Listener("127.0.0.1", 0, dict, frozenset({"loop"}))
with socket.create_connection(("127.0.0.1", listener.port)) as caller:
    caller.sendall(b"GET /health/live HTTP/1.0\\r\\n\\r\\n")  # a part that nobody names breaks the answer
    assert caller.recv(100) == b""
listener.close()
"""


def test_a_caller_that_hangs_up_is_told_by_no_address() -> None:
    told = subprocess.run([sys.executable, "-c", HANGING_UP], capture_output=True, text=True, check=True).stderr
    assert told.strip().endswith("a question was left without an answer: KeyError"), told
    assert (len(told.splitlines()), "127.0.0.1" in told) == (1, False)


def test_without_room_a_process_measures_for_itself(tmp_path: Path) -> None:
    from eakte.watch import shared

    (tmp_path / "file").touch()
    assert shared.share(tmp_path / "file") is False
    assert shared.folder() is None
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
