"""A full disk and back, the short form."""

from pathlib import Path

import pytest

from tests.faults.disk import full_disk


@pytest.mark.slow
def test_a_full_disk_stops_nothing_for_good_and_parks_no_document(tmp_path: Path) -> None:
    assert full_disk(tmp_path / "scans", 12, "", print) == []
