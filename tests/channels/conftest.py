"""Sources of a Jobcenter's real database, vault and reader; looks and jobs are run by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eakte.demo.scans import tiny_pages
from eakte.supervise.cluster import Urls
from ocr_pipeline import Limits, Pipeline
from tests.channels.house import House
from tests.scanning.centre import Centre

LIMITS = Limits(seconds=20, memory=1 << 30, file_size=256 << 20, pixels=30_000_000, pages=50)


@pytest.fixture(scope="session")
def reader() -> Iterator[Pipeline]:
    """One warm child with the engine that is shipped."""
    with Pipeline(1, LIMITS) as pipeline:
        yield pipeline


@pytest.fixture
def house(database: Urls, tmp_path: Path, reader: Pipeline) -> Iterator[House]:
    centre = Centre(database.app, tmp_path, reader)
    yield House(centre, tmp_path / "incoming", database.app)
    centre.close()


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three small scans of a page each, by name."""
    folder = tmp_path_factory.mktemp("scans")
    return {path.name: path.read_bytes() for path in tiny_pages(folder, [], 3)}
