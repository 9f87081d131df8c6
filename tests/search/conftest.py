from collections.abc import Iterator
from pathlib import Path

import pytest

from search.embedded import EmbeddedIndex
from search.german import Analyzer, default_analyzer
from search.port import Index
from tests.search.fake import FakeIndex


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return default_analyzer()


@pytest.fixture
def embedded(tmp_path: Path, analyzer: Analyzer) -> Iterator[EmbeddedIndex]:
    index = EmbeddedIndex(tmp_path / "index", analyzer=analyzer)
    index.create()
    yield index
    index.close()


@pytest.fixture(params=["fake", "tantivy"])
def index(request: pytest.FixtureRequest, analyzer: Analyzer) -> Index:
    if request.param == "fake":
        return FakeIndex(analyzer)
    made: Index = request.getfixturevalue("embedded")
    return made
