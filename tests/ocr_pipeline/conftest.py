from collections.abc import Iterator

import pytest

from ocr_pipeline import Limits, Pipeline

LIMITS = Limits(seconds=30, memory=1 << 30, file_size=256 << 20, pixels=30_000_000, pages=50)


@pytest.fixture(scope="session")
def pipeline() -> Iterator[Pipeline]:
    """One pool for all tests of this room: what one does to it, the next must not feel."""
    with Pipeline(2, LIMITS) as pipeline:
        yield pipeline
