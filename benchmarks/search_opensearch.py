"""Indexing and search at the port over OpenSearch against the same server asked without the port.

`python -m benchmarks.search_opensearch [--pages 100000]` starts a node of its own; exit status 1 if a bound is missed.

Indexing, pages a second, in turns of 20,000 pages, the sides in another order for each. Ours: into a fresh build,
analysis in Python, stored pages and heads included (live writes, which look at heads first, are not measured). Against
it a bare bulk load: the very lines that the port sends, made beforehand, by the library's own helper into an index of
the same settings; what the port adds is the analysis, heads and order. Beside it, without a bound, a bulk load of the
same pages' text into a plain index whose field has OpenSearch's own `german` analyser, which knows no compounds and
stores no boxes. Three words of a hundred are misread, so that nobody has seen them before; none is doubtful. The
garbage collector passes over the pages of a turn, which no service would hold all at once.

Searching: the whole call at the port against the very body that it sends, by the same client, the raw answer let be.
Beside it, without a bound, a plainer question to the plain index: all words by `match`, the rights by `terms`, the best
ten with their text, no facets, no compounds, no boxes, no snippet. Each question goes to all sides, in another order.
"""

import argparse
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch, helpers

from benchmarks.figures import Figure, bars, conclude
from benchmarks.search import PAGES_A_DOCUMENT, Generator, queries, rights
from search.german import Analyzer, default_analyzer
from search.opensearch import OpenSearchIndex, Server, connected
from search.opensearch.asking import question
from search.opensearch.schema import FORMAT, Action, index_body, prepared
from search.port import Access, PageEntry, Query, Replacement, Words
from search.queries import parse
from tests.services import frame
from tests.services import opensearch as service

SEARCH_BOUND, INDEXING_BOUND = 1.3, 0.7
HEAP = "2g"
_NAME = "bench"
_MISREAD = 0.03
_TURN = 20_000
_INDEXING = "indexing over OpenSearch"
_PORT = "search over OpenSearch at the port, "


def timed(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


def bare_loads(client: OpenSearch) -> None:
    """A plain index, and one as the port makes it."""
    term = {"type": "keyword"}
    fields = {"text": {"type": "text", "analyzer": "german"}, "scope": term, "case_file": term}
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"}
    client.indices.create(index="plain", body={"settings": settings, "mappings": {"properties": fields}})
    body = index_body([], {})
    body["settings"] |= settings | {"auto_expand_replicas": "false"}
    client.indices.create(index="prepared", body=body)


def plain(replacements: list[Replacement]) -> Iterator[dict[str, Any]]:
    for each in replacements:
        for page in each.pages:
            text = " ".join([page.title, *page.words.texts])
            rights = {"scope": page.scope, "case_file": page.case_file}
            yield {"_index": "plain", "_id": f"{each.document}:{page.page}", "text": text, **rights}


def analysed(replacements: list[Replacement], analyzer: Analyzer) -> list[Action]:
    ready = prepared(replacements, analyzer)
    return [Action.of("index", f"{each.document}:{page}", write.body)
            for each in ready for page, write in each.pages.items()]  # fmt: skip


def load_prepared(client: OpenSearch, ready: list[Action]) -> None:
    for _ in helpers.streaming_bulk(client, ready, expand_action_callback=tuple, index="prepared"):
        pass


def misread(replacements: list[Replacement], chance: random.Random) -> list[Replacement]:
    """With some words that occur nowhere else, as readings have them."""

    def read(word: str) -> str:
        if chance.random() >= _MISREAD:
            return word
        return f"{word[: chance.randrange(len(word) + 1)]}{chance.choice('rnmliIt1')}{chance.randrange(10**4)}"

    def page_read(page: PageEntry) -> PageEntry:
        return replace(page, words=Words([read(text) for text in page.words.texts], page.words.boxes))

    return [replace(each, pages=[page_read(page) for page in each.pages]) for each in replacements]


def index(client: OpenSearch, port: OpenSearchIndex, generator: Generator, pages: int) -> list[Figure]:
    """Fill the port's index and the bare ones, of which the plain one is kept."""
    bare_loads(client)
    build, chance = port.fresh(), random.Random(7)
    beforehand = Analyzer()  # the port's own shall not know the words of a turn beforehand
    spent: dict[str, list[float]] = {"port": [], "plain": [], "prepared": []}
    documents, done = generator.documents(pages), 0
    while turn := misread(list(islice(documents, _TURN // PAGES_A_DOCUMENT)), chance):
        ready = analysed(turn, beforehand)
        gc.collect()
        gc.freeze()
        sides: dict[str, Callable[[], object]] = {
            "port": partial(build.replace_many, turn), "plain": partial(helpers.bulk, client, plain(turn)),
            "prepared": partial(load_prepared, client, ready),
        }  # fmt: skip
        for side in chance.sample(list(sides), len(sides)):
            spent[side].append(timed(sides[side]))
        gc.unfreeze()
        done += len(ready)
        print(f"indexed {done} pages", flush=True)
    port.swap(build)
    rate = {side: pages / sum(times) * 1000 for side, times in spent.items()}
    print(", ".join(f"{side} {value:.0f} pages/s" for side, value in rate.items()), flush=True)
    client.indices.delete(index="prepared")
    client.indices.refresh(index="plain", request_timeout=120)
    return [
        Figure(f"{_INDEXING}, against a bare bulk load", rate["port"] / rate["prepared"], bound=INDEXING_BOUND),
        Figure(f"{_INDEXING}, against OpenSearch's own german analyser", rate["port"] / rate["plain"]),
        Figure(_INDEXING, rate["port"], "pages/s"),
    ]  # fmt: skip


def plainer(text: str, access: Access) -> dict[str, Any]:
    """As anyone would ask for the same people."""
    allowed = [{"terms": {"scope": sorted(access.scopes)}}, {"terms": {"case_file": sorted(access.case_files)}}]
    return {
        "query": {
            "bool": {
                "must": {"match": {"text": {"query": text, "operator": "and"}}},
                "filter": {"bool": {"should": allowed}},
                "must_not": {"terms": {"case_file": sorted(access.denied_case_files)}},
            }
        },
        "size": 10,
    }


def compare(client: OpenSearch, port: OpenSearchIndex, texts: list[str], name: str, access: Access) -> list[Figure]:
    """Medians of the port's time, with facets and without, and of the bare and the plainer question's."""
    spent: dict[str, list[float]] = {"port": [], "bare": [], "port only": [], "bare only": [], "plainer": []}
    chance, bare = random.Random(7), partial(client.search, index=f"{_NAME}-{FORMAT}")
    for text in texts:
        clauses = parse(text, default_analyzer())
        whole, hits = Query(text, access, limit=10), Query(text, access, limit=10, facets=False)
        sides: dict[str, Callable[[], object]] = {
            "port": partial(port.search, whole), "bare": partial(bare, body=question(clauses, whole)),
            "port only": partial(port.search, hits), "bare only": partial(bare, body=question(clauses, hits)),
            "plainer": partial(client.search, body=plainer(text, access), index="plain"),
        }  # fmt: skip
        for side in chance.sample(list(sides), len(sides)):
            spent[side].append(timed(sides[side]))
    p50 = {side: statistics.median(times) for side, times in spent.items()}
    print(f"{name}: p50 " + ", ".join(f"{side} {value:.2f} ms" for side, value in p50.items()), flush=True)
    return [
        Figure(f"{_PORT}{name}", p50["port"] / p50["bare"], bound=SEARCH_BOUND, most=True),
        Figure(f"{_PORT}{name}, without facets", p50["port only"] / p50["bare only"], bound=SEARCH_BOUND, most=True),
        Figure(f"{_PORT}{name}, without facets, against a plainer index", p50["port only"] / p50["plainer"]),
    ]


def measure(pages: int, count: int) -> list[Figure]:
    """On a node of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="eakte-bench-opensearch-") as folder:
        node = service.OpenSearch(HEAP)
        try:
            return _measured(frame.start(node, Path(folder))["OPENSEARCH_URL"], pages, count)
        finally:
            frame.stop(node, Path(folder))


def _measured(url: str, pages: int, count: int) -> list[Figure]:
    client, generator = connected(Server.at(url)), Generator(7)
    port = OpenSearchIndex(client, _NAME)
    figures = index(client, port, generator, pages)
    texts = queries(generator, count)
    for text in texts:
        port.search(Query(text, rights()["20 scopes"], limit=10))
        client.search(body=plainer(text, rights()["20 scopes"]), index="plain")
    for name, access in rights().items():
        figures += compare(client, port, texts, name, access)
    port.close()
    client.close()
    return figures


def draw(figures: list[Figure]) -> None:
    values = {figure.name.removeprefix(_PORT): figure.value for figure in figures if figure.name.startswith(_PORT)}
    bars("search_opensearch", "search with rights over OpenSearch, port against bare query, p50", values, SEARCH_BOUND)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.search_opensearch", description=__doc__)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    given = parser.parse_args()
    figures = measure(given.pages, given.queries)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
