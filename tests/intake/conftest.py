from collections.abc import Iterator
from pathlib import Path

import pytest

from eakte.supervise.cluster import Urls
from ocr_pipeline import Limits, Pipeline
from tests.intake.desk import Desk

LIMITS = Limits(seconds=30, memory=1 << 30, file_size=256 << 20, pixels=30_000_000, pages=50)


@pytest.fixture(scope="session")
def reader() -> Iterator[Pipeline]:
    with Pipeline(2, LIMITS) as pipeline:
        yield pipeline


@pytest.fixture
def desk(database: Urls, tmp_path: Path, reader: Pipeline) -> Iterator[Desk]:
    found = Desk(database.app, tmp_path, reader)
    yield found
    found.close()
