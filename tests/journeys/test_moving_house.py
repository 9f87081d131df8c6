"""A house that began on one machine grows: its bytes and its index move while mail keeps coming in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.storm import Blow, Course, Storm, prepare, tiny_scans
from tests.service import Service, running

MOVING = ("BLOBS_URL", "SEARCH_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY")


class Move:
    """The steps of the how-tos, each by its name."""

    def __init__(self, service: Service, new: dict[str, str]) -> None:
        self._service, self._new = service, new
        self.steps: dict[str, Callable[[], object]] = {
            "blobs are copied ahead": self._copy_ahead,
            "the new index is filled": lambda: service.run("reindex", "--to", new["SEARCH_URL"]),
            "the settings change": self._switch,
            "what came meanwhile is copied": self._copy_all,
            "the old store goes": self._let_go,
        }

    def _copy(self) -> str:
        return self._service.run("blobs", "copy", "--to", self._new["BLOBS_URL"])

    def _copy_ahead(self) -> None:
        assert "aber noch keine Schlüssel" in self._copy()

    def _copy_all(self) -> None:
        assert "EAKTE_BLOBS_FALLBACK_URL kann nun entfallen" in self._copy()

    def _switch(self) -> None:
        self._service.stop()
        old = f"file://{self._service.home / 'blobs'}"
        self._service.settings |= {**self._new, "BLOBS_FALLBACK_URL": old}
        self._service.start()

    def _let_go(self) -> None:
        self._service.stop()
        del self._service.settings["BLOBS_FALLBACK_URL"]
        for name in ("blobs", "index"):
            shutil.rmtree(self._service.home / name)
        self._service.start()


@pytest.mark.slow
def test_a_house_moves_to_s3_and_opensearch_under_a_running_upload_and_nothing_is_lost(
    many: dict[str, str], tmp_path: Path
) -> None:
    new = {name: many[name] for name in MOVING}
    keys = {name: value for name, value in new.items() if name.startswith("S3_")}
    scans = tiny_scans(tmp_path / "scans", 16, seed=6)
    with running(**keys) as service:
        key, move = prepare(service), Move(service, new)
        storm = Storm(service, key, scans, Course(), print, strike=lambda step: move.steps[step]())
        storm.rage([Blow(0.1 + 0.15 * place, step, 0) for place, step in enumerate(move.steps)], seed=6)
        print(f"at rest after {storm.calm():.1f} s")
        assert storm.complaints() == []
        assert service.run("blobs", "verify")
