"""What comes without a manifest is scanned before its pages are counted, as everything is that a program opens."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eakte.channels.counting import Counting
from eakte.gate.clamd import Clamd
from eakte.gate.model import ScanFailed, ScannerDown
from tests.gate.files import infected_pdf
from tests.services.toxiproxy import Proxy


def counting(asked: list[Path]) -> Callable[[Path], int]:
    def pages(path: Path) -> int:
        asked.append(path)
        return 7

    return pages


def test_an_infected_file_is_a_page_and_no_program_opens_it(clamd: dict[str, str], tmp_path: Path) -> None:
    asked: list[Path] = []
    count = Counting(Clamd(clamd["CLAMD"]), counting(asked))
    bad, good = tmp_path / "bad.pdf", tmp_path / "good.pdf"
    bad.write_bytes(infected_pdf())
    good.write_bytes(b"%PDF-1.4")
    assert (count(bad), count(good), asked) == (1, 7, [good])
    assert Counting(None, counting(asked))(bad) == 7, "where no scanner is set"


def test_a_file_over_which_the_scanner_fails_is_a_page_at_the_third_try(
    clamd: dict[str, str], toxiproxy: str, tmp_path: Path
) -> None:
    proxy, asked, file = Proxy(toxiproxy, "clamd-counting", clamd["CLAMD"]), list[Path](), tmp_path / "large"
    file.write_bytes(bytes(1 << 20))
    count = Counting(Clamd(proxy.address), counting(asked))
    try:
        proxy.fault("limit_data", "upstream", bytes=1 << 19)
        for _ in range(2):
            with pytest.raises(ScanFailed):
                count(file)
        assert (count(file), asked) == (1, [])
    finally:
        proxy.close()


def test_without_its_scanner_nothing_is_counted(tmp_path: Path) -> None:
    asked: list[Path] = []
    with pytest.raises(ScannerDown):
        Counting(Clamd("127.0.0.1:1"), counting(asked))(Path(__file__))
    assert asked == []
