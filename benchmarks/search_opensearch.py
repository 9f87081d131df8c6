"""Indexing and search at the port over OpenSearch against the same server asked without the port.

`python -m benchmarks.search_opensearch [--pages 100000]` starts a node of its own; exit status 1 if a bound is missed.

Indexing, pages a second, chunks of 2,000 pages taking turns. Ours: into a fresh build, analysis in Python, stored pages
and the comparison of stamps included. Against it a bare bulk load: the same pages' text by `helpers.bulk` into a plain
index whose field has OpenSearch's own `german` analyser. Beside it, without a bound, a bulk load of the very bodies
that the port sends, analysed beforehand.

Searching: the whole call at the port against the very body that it sends, by the same client, the raw answer let be.
Questions take turns.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch, helpers

from benchmarks.figures import Figure, bars, conclude
from benchmarks.search import Generator, chunks, queries, rights
from search.german import default_analyzer
from search.opensearch import OpenSearchIndex, Server, connected
from search.opensearch.asking import question
from search.opensearch.schema import FORMAT, index_body, prepared
from search.port import Access, Query, Replacement
from search.queries import parse
from tests.services import frame
from tests.services import opensearch as service

SEARCH_BOUND, INDEXING_BOUND = 1.3, 0.7
_NAME = "bench"
_INDEXING = "indexing over OpenSearch"
_PORT = "search over OpenSearch at the port, "


def timed(function: Callable[..., object], *arguments: object, **more: object) -> float:
    start = time.perf_counter()
    function(*arguments, **more)
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
            text = " ".join([page.title, *(word.text for word in page.words)])
            rights = {"scope": page.scope, "case_file": page.case_file}
            yield {"_index": "plain", "_id": f"{each.document}:{page.page}", "text": text, **rights}


def analysed(replacements: list[Replacement]) -> list[dict[str, Any]]:
    ready = [prepared(each, default_analyzer()) for each in replacements]
    return [
        {"_index": "prepared", "_id": f"{each.document}:{page}", **json.loads(body)}
        for each in ready
        for page, body in each.pages.items()
    ]


def index(client: OpenSearch, port: OpenSearchIndex, generator: Generator, pages: int) -> list[Figure]:
    """Fill the port's index and, in turns, the bare ones."""
    bare_loads(client)
    build = port.fresh()
    spent: dict[str, list[float]] = {"port": [], "plain": [], "prepared": []}
    for number, chunk in enumerate(chunks(generator, pages), 1):
        spent["port"].append(timed(build.replace_many, chunk))
        spent["plain"].append(timed(helpers.bulk, client, plain(chunk)))
        spent["prepared"].append(timed(helpers.bulk, client, analysed(chunk)))
        if number % 10 == 0:
            print(f"indexed {number * 2000} pages", flush=True)
    port.swap(build)
    rate = {side: pages / sum(times) * 1000 for side, times in spent.items()}
    print(", ".join(f"{side} {value:.0f} pages/s" for side, value in rate.items()), flush=True)
    client.indices.delete(index="plain,prepared")
    return [
        Figure(f"{_INDEXING}, against a bare bulk load", rate["port"] / rate["plain"], bound=INDEXING_BOUND),
        Figure(f"{_INDEXING}, against a load of what is ready", rate["port"] / rate["prepared"]),
        Figure(_INDEXING, rate["port"], "pages/s"),
    ]  # fmt: skip


def compare(client: OpenSearch, port: OpenSearchIndex, texts: list[str], name: str, access: Access) -> list[Figure]:
    """Medians of the port's time and of the bare query's, with facets and without."""
    spent: dict[str, list[float]] = {"port": [], "bare": [], "port only": [], "bare only": []}
    for text in texts:
        clauses = parse(text, default_analyzer())
        whole, hits = Query(text, access, limit=10), Query(text, access, limit=10, facets=False)
        for suffix, query in (("", whole), (" only", hits)):
            body = question(clauses, query)
            spent[f"bare{suffix}"].append(timed(client.search, body=body, index=f"{_NAME}-{FORMAT}"))
            spent[f"port{suffix}"].append(timed(port.search, query))
    p50 = {side: statistics.median(times) for side, times in spent.items()}
    print(f"{name}: p50 " + ", ".join(f"{side} {value:.2f} ms" for side, value in p50.items()), flush=True)
    return [
        Figure(f"{_PORT}{name}", p50["port"] / p50["bare"], bound=SEARCH_BOUND, most=True),
        Figure(f"{_PORT}{name}, without facets", p50["port only"] / p50["bare only"], bound=SEARCH_BOUND, most=True),
    ]


def measure(pages: int, count: int) -> list[Figure]:
    """On a node of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="eakte-bench-opensearch-") as folder:
        node = service.OpenSearch()
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
