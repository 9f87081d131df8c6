"""A scanning centre at work on a Jobcenter's real database, vault, queue and reader; jobs are run by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eakte.demo.scans import tiny_pages
from eakte.supervise.cluster import Urls
from ocr_pipeline import Limits, Pipeline
from tests.scanning.centre import Centre
from tests.scanning.proof import House

LIMITS = Limits(seconds=20, memory=1 << 30, file_size=256 << 20, pixels=30_000_000, pages=50)


@pytest.fixture(scope="session")
def reader() -> Iterator[Pipeline]:
    """One warm child with the engine that is shipped."""
    with Pipeline(1, LIMITS) as pipeline:
        yield pipeline


@pytest.fixture
def centre(database: Urls, tmp_path: Path, reader: Pipeline) -> Iterator[Centre]:
    found = Centre(database.app, tmp_path, reader)
    yield found
    found.close()


@pytest.fixture
def house(database: Urls, tmp_path: Path, reader: Pipeline) -> Iterator[House]:
    found = House(database.app, tmp_path, reader)
    yield found
    found.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Six small scans of a page each, all different."""
    folder = tmp_path_factory.mktemp("pages")
    return [path.read_bytes() for path in tiny_pages(folder, [], 6)]
