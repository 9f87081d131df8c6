"""How foreign programs are started for tests: on ports that somebody else may take first."""

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.frame import LOOPBACK, Failed, Launch, Service, kept_ports, start, stop

LISTEN = """
import pathlib, socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    pathlib.Path("listens").touch()
    time.sleep(60)
"""


class Unlucky(Service):
    """Listens on an inner port, which somebody else takes before its first starts, so many times."""

    name, version = "unlucky", "1"

    def __init__(self, times: int, others: ExitStack) -> None:
        self.times, self._others = times, others

    def build(self, target: Path) -> None:
        pass

    def launch(self, home: Path, data: Path, port: int) -> Launch:  # noqa: ARG002
        (data / "listens").unlink(missing_ok=True)
        inner = kept_ports(data, "inner")["inner"]
        if self.times:
            self.times -= 1
            self._others.enter_context(socket.create_server((LOOPBACK, inner)))
        return Launch([sys.executable, "-c", LISTEN, str(inner)], (data / "listens").exists, {"INNER": str(inner)})


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    monkeypatch.setenv("EAKTE_SERVICES_CACHE", str(tmp_path / "cache"))
    with ExitStack() as taken:
        yield taken


def test_a_fresh_service_whose_port_was_taken_takes_another(tmp_path: Path, others: ExitStack) -> None:
    service = Unlucky(2, others)
    try:
        assert start(service, tmp_path / "data")["INNER"] == str(kept_ports(tmp_path / "data")["inner"])
        assert service.times == 0
    finally:
        assert stop(service, tmp_path / "data", kill=True)


def test_a_service_with_data_keeps_its_ports_and_its_data(tmp_path: Path, others: ExitStack) -> None:
    service, data = Unlucky(0, others), tmp_path / "data"
    before = start(service, data)
    stop(service, data, kill=True)
    (data / "kept").touch()
    service.times = 1
    with pytest.raises(Failed, match="ended at once"):
        start(service, data)
    assert (data / "kept").exists()
    others.close()
    assert start(service, data) == before
    stop(service, data, kill=True)
