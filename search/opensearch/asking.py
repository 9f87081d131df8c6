"""A query put to OpenSearch: hits with words and snippet, facets, and the way to the next page."""

from collections.abc import Sequence
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, RequestError

from search.cursors import DEEPEST, SLACK, Position, access_digest, encode
from search.errors import IndexUnusable
from search.excerpt import Matcher
from search.fields import FACET_VALUES, FACETS, entry_key
from search.german import Analyzer
from search.opensearch.generations import Generations
from search.opensearch.moments import KEPT, Moments
from search.opensearch.schema import Body, opened, wanted
from search.packing import Packed
from search.port import LIMIT, Hit, Query, Results
from search.queries import Clause

_COUNTED = {name: {"terms": {"field": name, "size": FACET_VALUES}} for name in FACETS}
_BEST_FIRST = [{"_score": "desc"}, {"key": "asc"}]

_Found = dict[str, Any]


def question(clauses: Sequence[Clause], query: Query) -> Body:
    """The first page of a query as it is sent: hits with their stored pages, one more than shown, and facets."""
    body = _question(clauses, query, _limit(query) + 1)
    return {**body, "aggs": _COUNTED} if query.facets else body


def _question(clauses: Sequence[Clause], query: Query, size: int) -> Body:
    return {
        "query": wanted(clauses, query), "size": size, "sort": _BEST_FIRST, "track_total_hits": False,
        "_source": ["packed"],
    }  # fmt: skip


def _limit(query: Query) -> int:
    return max(1, min(query.limit, LIMIT))


class Asker:
    """Asks for one tenant. First pages are of this moment, later ones of that of the second, which the server keeps."""

    def __init__(self, client: OpenSearch, generations: Generations, analyzer: Analyzer) -> None:
        self._client = client
        self._generations = generations
        self._analyzer = analyzer
        self._moments = Moments(client, generations.alias)

    def ask(self, query: Query, clauses: Sequence[Clause], position: Position | None) -> Results:
        """One page of results; IndexUnusable if there is no index."""
        try:
            return self._first(query, clauses) if position is None else self._later(query, clauses, position)
        except NotFoundError as error:
            raise self._generations.missing() from error

    def changed(self) -> None:
        """This process has written: what is kept from now on must know it."""
        self._moments.changed()

    def close(self) -> None:
        """Let the server forget what it keeps for us."""
        self._moments.close()

    def _first(self, query: Query, clauses: Sequence[Clause]) -> Results:
        answer = self._search(question(clauses, query))
        facets = _facets(answer) if query.facets else {}
        return self._results(query, clauses, answer["hits"]["hits"], 0, "", facets)

    def _later(self, query: Query, clauses: Sequence[Clause], position: Position) -> Results:
        rights = access_digest(query.access)
        moment = position.snapshot.removesuffix(rights) if position.snapshot.endswith(rights) else ""
        if moment:
            try:
                return self._page(query, clauses, position, moment)
            except (NotFoundError, RequestError):  # kept for its time, lost with the node, or none of ours
                self._moments.changed()
        return self._page(query, clauses, position, self._moments.newest())

    def _page(self, query: Query, clauses: Sequence[Clause], position: Position, moment: str) -> Results:
        """Behind the cursor's last hit, which is looked for by its key wherever it may have moved."""
        body = _question(clauses, query, _limit(query) + 1)
        offset = position.offset
        if offset > LIMIT and position.snapshot.startswith(moment):
            body["search_after"] = [position.score, position.key]
        else:
            offset = body["from"] = self._behind(clauses, query, position, moment)
        return self._results(query, clauses, self._search(body, moment)["hits"]["hits"], offset, moment, {})

    def _behind(self, clauses: Sequence[Clause], query: Query, position: Position, moment: str) -> int:
        """How many hits lie before the next one: if the last one shown is gone, those with no lower score."""
        size = position.offset + _limit(query) + SLACK
        body = _question(clauses, query, size) | {"_source": False}
        found = [hit["sort"] for hit in self._search(body, moment)["hits"]["hits"]]
        keys = [key for _, key in found]
        if position.key in keys:
            return keys.index(position.key) + 1
        return next((place for place, (score, _) in enumerate(found) if score < position.score), len(found))

    def _search(self, body: Body, moment: str = "") -> Any:
        whole = {"allow_partial_search_results": "false"}
        if moment:
            pit = {"id": moment, "keep_alive": KEPT}
            return self._client.search(body={**body, "pit": pit}, params=whole)
        return self._client.search(body=body, index=self._generations.alias, params=whole)

    def _results(
        self, query: Query, clauses: Sequence[Clause], found: Sequence[_Found], offset: int, moment: str, facets: Any
    ) -> Results:
        limit, matcher = _limit(query), Matcher(clauses, self._analyzer)
        hits = tuple([_hit(each, matcher) for each in found[:limit]])
        if len(found) <= limit or offset + limit >= DEEPEST:
            return Results(hits, facets)
        last = hits[-1]
        key = entry_key(last.document, last.version, last.page)
        snapshot = moment + access_digest(query.access)
        return Results(hits, facets, encode(Position(snapshot, offset + limit, key, last.score), query))


def _hit(found: _Found, matcher: Matcher) -> Hit:
    try:
        page = Packed(opened(found["_source"]["packed"]))
    except ValueError as error:
        raise IndexUnusable(f"Was der Suchindex von {found['_id']} aufbewahrt, ist nicht lesbar: {error}") from error
    places, text, marks = matcher.shown(page.texts, page.title, page.keys)
    words = page.words(places)
    score = found["sort"][0]
    return Hit(page.document, page.version, page.page, score, text, marks, page.width, page.height, words)


def _facets(answer: Any) -> dict[str, dict[str, int]]:
    counted = answer["aggregations"]
    return {name: {each["key"]: each["doc_count"] for each in counted[name]["buckets"]} for name in FACETS}
