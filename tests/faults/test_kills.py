"""The short form of `make faults`: each kind of kill once during one import."""

from pathlib import Path

import pytest

from tests.faults.kills import KINDS
from tests.faults.storm import Blow, Course, Storm, prepare, tiny_scans
from tests.service import running

KILLS = [Blow(0.08 + 0.15 * place, kind, 0.2) for place, kind in enumerate(KINDS)]


@pytest.mark.slow
def test_no_kill_of_any_process_loses_doubles_stops_or_parks_a_document(tmp_path: Path) -> None:
    scans = tiny_scans(tmp_path / "scans", 12, seed=1)
    with running() as service:
        storm = Storm(service, prepare(service), scans, Course(), print)
        storm.rage(KILLS, seed=1)
        print(f"at rest after {storm.calm():.1f} s")
        assert storm.complaints() == []
