"""What becomes of requests that are too large or too many for OpenSearch, that it refuses, or that never reach it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opensearchpy.exceptions import TransportError

from search.errors import EngineDown
from search.german import Analyzer
from search.opensearch import OpenSearchIndex, Server, bulk, connected, look, writing
from search.port import Query, Replacement
from tests.homes import discard, new_home
from tests.search.clients import Late, Watching
from tests.search.samples import ALL, entry, filled, found
from tests.services import frame
from tests.services.opensearch import OpenSearch as Node

NARROW = Node(http__max_content_length="300kb", indexing_pressure__memory__limit="400kb")
"""A node that takes little at once."""


@pytest.fixture
def own_node(opensearch: str) -> Iterator[tuple[Path, str]]:
    """A node that a test may stop; begun only where one can run at all."""
    assert opensearch
    folder = new_home()
    yield folder, frame.start(NARROW, folder)["OPENSEARCH_URL"]
    frame.stop(NARROW, folder)
    discard(folder)


def test_requests_that_are_too_large_or_too_many_for_the_server_are_made_smaller_and_repeated(
    own_node: tuple[Path, str], analyzer: Analyzer
) -> None:
    server = Server.at(own_node[1])
    client = Watching([{"host": server.host, "port": server.port}])
    index = OpenSearchIndex(client, "narrow", analyzer=analyzer)
    index.create()
    text = " ".join(f"wort{number}" for number in range(300))
    made = [
        [Replacement(f"d{number}", 1, [entry(f"Miete {text}")]) for number in range(first, 120, 3)]
        for first in range(3)
    ]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(index.replace_many, made))
    assert len(found(index, "Miete")) == 120
    assert client.said[413] > 0
    assert client.said[429] > 0
    client.close()


def test_small_pages_go_so_many_in_a_request_and_no_more_and_all_arrive(
    opensearch: str, name: str, served: OpenSearchIndex, analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server.at(opensearch)
    client = Watching([{"host": server.host, "port": server.port}])
    monkeypatch.setattr(bulk, "_ITEMS", 50)
    pages = [entry("Miete", page=number) for number in range(1, 171)]
    OpenSearchIndex(client, name, analyzer=analyzer).replace("long", 1, pages)
    assert (len(found(served, "Miete")), client.largest) == (170, 50)
    client.close()


def test_nothing_is_written_behind_what_failed(
    opensearch: str, name: str, served: OpenSearchIndex, analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise TransportError(403, "cluster_block_exception")

    server = Server.at(opensearch)
    full = Late([{"host": server.host, "port": server.port}])
    full.meanwhile = fail
    monkeypatch.setattr(writing, "_SLICE_DOCUMENTS", 1)
    with pytest.raises(EngineDown, match="403"):
        OpenSearchIndex(full, name, analyzer=analyzer).replace_many(
            [Replacement(f"d{number}", 1, [entry("Miete")]) for number in range(4)]
        )
    assert full.bulks == 2
    assert served.stamps([f"d{number}" for number in range(4)]) == {}
    full.close()


def test_a_server_that_is_gone_is_said_to_be_out_of_reach_and_after_its_restart_all_is_there(
    own_node: tuple[Path, str], analyzer: Analyzer
) -> None:
    folder, url = own_node
    client = connected(Server.at(url))
    index = OpenSearchIndex(client, "test", analyzer=analyzer)
    index.create()
    whole = filled(index, 60)
    first = index.search(Query("Miete", ALL, limit=20))
    frame.stop(NARROW, folder, kill=True)
    for use in (lambda: found(index, "Miete"), lambda: index.replace("e", 1, [entry("Miete")]), lambda: look(client)):
        begun = time.monotonic()
        with pytest.raises(EngineDown):
            use()
        assert time.monotonic() - begun < 5
    frame.start(NARROW, folder)
    rest = index.search(Query("Miete", ALL, limit=200, after=first.next))
    assert [*first.hits, *rest.hits] == whole
    look(client)
    client.close()
