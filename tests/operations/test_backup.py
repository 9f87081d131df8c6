"""What docs/how-to/back-up-and-restore.md tells operators to type brings a lost house back."""

import hashlib
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eakte.demo.scans import tiny_pages
from tests.homes import discard, new_home
from tests.journeys.conftest import Office
from tests.service import Service, until

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "back-up-and-restore.md"


def blocks(section: str) -> list[str]:
    """The commands below a heading of the page, a text a block."""
    text = PAGE.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


class Operator:
    """Types commands in a folder like a checkout, whose home is `var`, as the page assumes."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder, self.service = folder, service

    def type(self, commands: str) -> str:
        done = subprocess.run(
            ["sh", "-euc", commands], cwd=self.folder, env=self._environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def leaving_open(self, command: str, ready: str) -> Iterator[None]:
        """A command that stays in the foreground of a first shell, until Ctrl-C."""
        log = self.folder / "first-shell.log"
        with log.open("w") as out:
            shell = subprocess.Popen(
                ["sh", "-c", f"exec {command.strip()}"],
                cwd=self.folder,
                env=self._environment(),
                stdout=out,
                stderr=out,
            )
        try:
            until(lambda: ready in log.read_text(), 90, log.read_text)
            yield
        finally:
            shell.send_signal(signal.SIGINT)
            assert shell.wait(60) == 0, log.read_text()

    def _environment(self) -> dict[str, str]:
        return {name: value for name, value in self.service.environment().items() if name != "EAKTE_HOME"}


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


def test_a_house_that_was_lost_comes_back_with_every_byte_and_keeps_what_the_dump_does_not_know(
    operator: Operator, tmp_path: Path
) -> None:
    service = operator.service
    service.run("tenant", "create", "musterkreis", "--title", "Jobcenter Musterkreis")
    key = service.key("musterkreis", "clerk")
    scan = tiny_pages(tmp_path, [], 1)[0].read_bytes()
    with service.client(key) as clerk:
        office = Office(service, "musterkreis", clerk)
        before = [office.settled(office.hand_in(scan + bytes([n]), f"scan{n}.pdf")["id"]) for n in range(2)]
        dump, rest = blocks("Private cluster")[0].split("tar -C", 1)
        operator.type(dump)
        later = office.hand_in(b"nach dem Dump", "spaet.txt")
        operator.type(f"tar -C{rest}")
    service.stop()
    (operator.folder / "var").rename(operator.folder / "lost")

    fresh, only_database, refill, serve, look = blocks("Restore")
    operator.type(fresh)
    with operator.leaving_open(only_database, "the database is ready"):
        told = operator.type(refill)
    assert " 0 not as noted; 1 originals that the database does not know" in told
    with operator.leaving_open(serve, "eakte is ready"), service.client(key) as clerk:
        assert "FEHLER" not in operator.type(look)
        for n, document in enumerate(before):
            again = clerk.get(f"/v1/documents/{document['id']}")
            assert again.json() == document
            original = clerk.get(f"/v1/documents/{document['id']}/renditions/original").content
            assert hashlib.sha256(original).digest() == hashlib.sha256(scan + bytes([n])).digest()
        assert len(clerk.get("/v1/search", params={"q": "Miete"}).json()["hits"]) == 2
        assert clerk.get(f"/v1/documents/{later['id']}").status_code == 404
    discard(operator.folder / "lost")
