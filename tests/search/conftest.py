from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from opensearchpy import OpenSearch

from search.embedded import EmbeddedIndex
from search.german import Analyzer, default_analyzer
from search.opensearch import OpenSearchIndex, Server, connected
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


@pytest.fixture
def client(opensearch: str) -> Iterator[OpenSearch]:
    made = connected(Server.at(opensearch))
    yield made
    made.close()


@pytest.fixture
def name(client: OpenSearch) -> Iterator[str]:
    made = f"test-{uuid4()}"
    yield made
    client.indices.delete(index=f"{made}-*")


@pytest.fixture
def served(client: OpenSearch, name: str, analyzer: Analyzer) -> Iterator[OpenSearchIndex]:
    index = OpenSearchIndex(client, name, analyzer=analyzer)
    index.create()
    yield index
    index.close()


@pytest.fixture(params=["fake", "tantivy", "opensearch"])
def index(request: pytest.FixtureRequest, analyzer: Analyzer) -> Index:
    if request.param == "fake":
        return FakeIndex(analyzer)
    made: Index = request.getfixturevalue("embedded" if request.param == "tantivy" else "served")
    return made
