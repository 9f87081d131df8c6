"""A query put to a generation: hits with words and snippet, facets, and the way to the next page."""

from collections import Counter
from collections.abc import Sequence

import tantivy

from search.cursors import DEEPEST, Position, access_digest, encode
from search.embedded.generation import Generation
from search.embedded.schema import FACETS, facet_key, value_key
from search.excerpt import Matcher
from search.german import Analyzer
from search.packing import unpack
from search.port import LIMIT, Hit, Query, Results
from search.queries import Clause

_FACET_VALUES = 20
# Facet counts are exact up to this many values in one segment of the index.
_FACET_SEGMENT_VALUES = 1_000
# Up to so many hits are counted here, out of the one search that finds the best; above that the engine counts anew.
_COUNTED = 20_000
# How many places a cursor's last hit may have moved down while others wrote.
_SLACK = 50

_Found = tuple[float, tantivy.DocAddress]


def ask(
    generation: Generation, query: Query, clauses: Sequence[Clause], analyzer: Analyzer, position: Position | None
) -> Results:
    """One page of results. Later pages come from the snapshot of the first while it is kept (the last 8 commits)."""
    rights = access_digest(query.access)
    limit = max(1, min(query.limit, LIMIT))
    snapshot, pinned = generation.newest(), position is None
    if position is not None and position.snapshot.endswith(rights):
        kept = generation.kept(position.snapshot.removesuffix(rights))
        snapshot, pinned = kept or snapshot, kept is not None
    searcher = snapshot.searcher
    wanted = generation.queries.build(clauses, query)
    if position is None or pinned:
        offset = position.offset if position else 0
        most = _COUNTED if query.facets and not offset else limit + 1
        found: list[_Found] = searcher.search(wanted, most, count=False, offset=offset).hits
    else:
        offset, found = _resumed(searcher, wanted, position, limit)
    matcher = Matcher(clauses, analyzer)
    hits = tuple([_hit(searcher, each, matcher) for each in found[:limit]])
    following = None
    if len(found) > limit and offset + limit < DEEPEST:
        score, address = found[limit - 1]
        key = searcher.fast_field_values("key", [address])[0]
        following = encode(Position(snapshot.name + rights, offset + limit, key, score), query)
    if not query.facets:
        return Results(hits, {}, following)
    if offset == 0 and len(found) < _COUNTED:
        return Results(hits, _counted(generation, searcher, found), following)
    return Results(hits, _aggregated(searcher, wanted), following)


def _resumed(
    searcher: tantivy.Searcher, wanted: tantivy.Query, position: Position, limit: int
) -> tuple[int, list[_Found]]:
    """Where the snapshot is gone: behind the last hit shown, or if that is gone too, at the first lower score."""
    found: list[_Found] = searcher.search(wanted, position.offset + limit + 1 + _SLACK, count=False).hits
    keys = searcher.fast_field_values("key", [address for _, address in found])
    if position.key in keys:
        start = keys.index(position.key) + 1
    else:
        start = next((place for place, (score, _) in enumerate(found) if score < position.score), len(found))
    return start, found[start:]


def _hit(searcher: tantivy.Searcher, found: _Found, matcher: Matcher) -> Hit:
    score, address = found
    page = unpack(searcher.doc(address).get_first("packed"))
    places, text, marks = matcher.shown(page.texts, page.title, page.keys)
    words = tuple([page.word(place) for place in places])
    return Hit(page.document, page.version, page.page, score, text, marks, page.width, page.height, words)


def _counted(generation: Generation, searcher: tantivy.Searcher, found: list[_Found]) -> dict[str, dict[str, int]]:
    """Facets of all hits, by the numbers that stand for their values."""
    addresses = [address for _, address in found]
    return {name: _named(generation.names, searcher, name, addresses) for name in FACETS}


def _named(
    names: dict[int, str], searcher: tantivy.Searcher, facet: str, addresses: list[tantivy.DocAddress]
) -> dict[str, int]:
    """The most frequent values; a number not met before is named by a page that has it."""
    keys: list[int] = searcher.fast_field_values(facet_key(facet), addresses)
    counts = Counter(keys)
    counts.pop(value_key(None), None)
    frequent = counts.most_common(_FACET_VALUES)
    for key, _ in frequent:
        if key not in names:
            page = unpack(searcher.doc(addresses[keys.index(key)]).get_first("packed"))
            names[key] = page.values[FACETS.index(facet)] or ""
    return {names[key]: count for key, count in frequent}


def _aggregated(searcher: tantivy.Searcher, wanted: tantivy.Query) -> dict[str, dict[str, int]]:
    terms = {"size": _FACET_VALUES, "segment_size": _FACET_SEGMENT_VALUES}
    counted = searcher.aggregate(wanted, {name: {"terms": {"field": name, **terms}} for name in FACETS})
    return {name: {each["key"]: each["doc_count"] for each in counted[name]["buckets"]} for name in FACETS}
