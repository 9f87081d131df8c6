"""The real clamd, asked by our client: what it finds, what it does not look at, and when it does not answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eakte.gate.clamd import Clamd, verdict
from eakte.gate.model import ScannerDown, State, Verdict
from tests.gate.files import infected_pdf
from tests.intake.desk import mail
from tests.ocr_pipeline.letters import docx, packed
from tests.ocr_pipeline.sheets import TEXT, drawn
from tests.services.clamd import EICAR, MARKER

INFECTED = {
    "the test string itself": EICAR,
    "a deflated stream of a PDF": infected_pdf(),
    "a zip in a zip": packed({"a.zip": packed({"b.txt": b"x" + MARKER})}),
    "an attachment of a mail": mail(("brief.pdf", b"%PDF-1.4 " + MARKER)),
}


def scanned(scanner: Clamd, folder: Path, data: bytes) -> Verdict:
    file = folder / "plain"
    file.write_bytes(data)
    return scanner.scan(file)


@pytest.mark.parametrize("place", INFECTED)
def test_malware_is_found_and_named_wherever_it_hides(scanner: Clamd, tmp_path: Path, place: str) -> None:
    found = scanned(scanner, tmp_path, INFECTED[place])
    assert (found.state, found.reason) == (State.INFECTED, None)
    assert str(found.signature).startswith(("Eicar-Test-Signature", "Eakte-Test-Only-Marker"))


def test_what_is_harmless_is_clean(scanner: Clamd, tmp_path: Path) -> None:
    for data in (drawn(TEXT), docx(), b"", b"x" * (3 << 20)):
        assert scanned(scanner, tmp_path, data) == Verdict(State.CLEAN)


def test_a_local_socket_serves_as_well_as_a_port(clamd: dict[str, str], tmp_path: Path) -> None:
    by_socket = Clamd(f"unix://{clamd['CLAMD_SOCKET']}")
    by_socket.check()
    assert by_socket.version().startswith("ClamAV ")
    assert scanned(by_socket, tmp_path, MARKER).state == State.INFECTED


def test_what_is_larger_than_the_scanner_takes_is_not_called_clean(clamd: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as out:
        out.truncate(101 << 20)
    for address in (clamd["CLAMD"], f"unix://{clamd['CLAMD_SOCKET']}"):
        found = Clamd(address).scan(file)
        assert found.state == State.NOT_SCANNED
        assert "StreamMaxLength" in str(found.reason)


def test_what_is_packed_too_deep_is_not_called_clean(scanner: Clamd, tmp_path: Path) -> None:
    data = b"x" + MARKER
    for _ in range(25):
        data = packed({"a.zip": data})
    found = scanned(scanner, tmp_path, data)
    assert (found.state, found.signature) == (State.NOT_SCANNED, None)
    assert "Limits.Exceeded" in str(found.reason)


def test_an_error_that_says_nothing_about_the_file_is_no_verdict() -> None:
    for reply in ("Can't allocate memory ERROR", "", "stream: Can't create temporary directory ERROR"):
        with pytest.raises(ScannerDown):
            verdict(reply)


def test_who_does_not_answer_in_time_or_at_all_is_down(tmp_path: Path) -> None:
    with mute() as address, pytest.raises(ScannerDown):
        scanned(Clamd(address, patience=0.3), tmp_path, b"x")
    with mute() as address, pytest.raises(ScannerDown):
        Clamd(address).check(patience=0.3)
    for address in ("127.0.0.1:1", f"unix://{tmp_path}/none"):
        with pytest.raises(ScannerDown):
            Clamd(address).check()


@contextmanager
def mute() -> Iterator[str]:
    """Somebody who listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []
        thread = threading.Thread(target=lambda: taken.append(listening.accept()[0]))
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()
        for each in taken:
            each.close()
