from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eakte.supervise.cluster import Urls
from ocr_pipeline import Limits, Pipeline
from tests.recognition.office import Office

LIMITS = Limits(seconds=20, memory=1 << 30, file_size=256 << 20, pixels=30_000_000, pages=50)


@pytest.fixture(scope="session")
def reader() -> Iterator[Pipeline]:
    """One warm pool with the engine that is shipped; nobody closes it."""
    with Pipeline(2, LIMITS) as pipeline:
        yield pipeline


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    """Pools with another engine (`module:Class` below tests), limited to some seconds."""
    made: list[Pipeline] = []

    def make(engine: str, seconds: float = 20) -> Pipeline:
        scratch = tmp_path / f"children-{len(made)}"
        scratch.mkdir()
        made.append(Pipeline(1, Limits(seconds, LIMITS.memory, LIMITS.file_size, LIMITS.pixels, 50), engine, scratch))
        return made[-1]

    yield make
    for pipeline in made:
        pipeline.close(kill=True)


@pytest.fixture
def office(database: Urls, tmp_path: Path, reader: Pipeline) -> Iterator[Office]:
    found = Office(database.app, tmp_path, reader)
    yield found
    found.close()
