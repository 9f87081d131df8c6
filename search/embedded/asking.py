"""A query put to a generation: hits with words and snippet, facets, and the way to the next page."""

from collections.abc import Callable, Sequence
from typing import Any

import tantivy

from search.cursors import DEEPEST, SLACK, Position, access_digest, encode
from search.embedded.generation import Generation
from search.embedded.schema import FACET_SEGMENT_VALUES, FACETS, Near, counting, entry_key, facet_key, near_keys
from search.excerpt import Matcher
from search.fields import FACET_VALUES
from search.german import Analyzer
from search.packing import Packed
from search.port import LIMIT, Hit, Query, Results
from search.queries import Clause

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
    near = near_keys(searcher, clauses)
    wanted = generation.queries.build(clauses, query, near)
    if position is None or pinned:
        offset = position.offset if position else 0
        found: list[_Found] = searcher.search(wanted, limit + 1, count=False, offset=offset).hits
    else:
        offset, found = _resumed(searcher, wanted, position, limit)
    matcher = Matcher(clauses, analyzer)
    hits = tuple([_hit(searcher, each, matcher) for each in found[:limit]])
    following = None
    if len(found) > limit and offset + limit < DEEPEST:
        last = hits[-1]
        key = entry_key(last.document, last.version, last.page)
        following = encode(Position(snapshot.name + rights, offset + limit, key, last.score), query)
    facets = _facets(generation, searcher, clauses, query, near) if query.facets else {}
    return Results(hits, facets, following)


def _resumed(
    searcher: tantivy.Searcher, wanted: tantivy.Query, position: Position, limit: int
) -> tuple[int, list[_Found]]:
    """Where the snapshot is gone: behind the last hit shown, or if that is gone too, at the first lower score."""
    found: list[_Found] = searcher.search(wanted, position.offset + limit + 1 + SLACK, count=False).hits
    keys = searcher.fast_field_values("key", [address for _, address in found])
    if position.key in keys:
        start = keys.index(position.key) + 1
    else:
        start = next((place for place, (score, _) in enumerate(found) if score < position.score), len(found))
    return start, found[start:]


def _hit(searcher: tantivy.Searcher, found: _Found, matcher: Matcher) -> Hit:
    score, address = found
    page = Packed(searcher.doc(address).get_first("packed"))
    places, text, marks = matcher.shown(page.texts, page.title, page.keys)
    words = page.words(places)
    return Hit(page.document, page.version, page.page, score, text, marks, page.width, page.height, words)


def _facets(
    generation: Generation, searcher: tantivy.Searcher, clauses: Sequence[Clause], query: Query, near: Near
) -> dict[str, dict[str, int]]:
    """Counted by the numbers that stand for the values: counting their texts, for names not met yet, takes longer."""
    names, wanted = generation.names, generation.queries.build(clauses, query, near, ranked=False)
    counted = _buckets(searcher, wanted, facet_key, FACET_VALUES + 1)  # pages without a value are among them
    try:
        told = {name: {names[key]: count for key, count in counted[name] if key} for name in FACETS}
    except KeyError:
        texts = _buckets(searcher, wanted, str, FACET_SEGMENT_VALUES)
        names.learn(text for each in texts.values() for text, _ in each)
        return {name: dict(texts[name][:FACET_VALUES]) for name in FACETS}
    for values in told.values():
        if len(values) > FACET_VALUES:
            values.popitem()
    return told


def _buckets(
    searcher: tantivy.Searcher, wanted: tantivy.Query, field: Callable[[str], str], size: int
) -> dict[str, list[tuple[Any, int]]]:
    counted = searcher.aggregate(wanted, counting(field, size))
    return {name: [(each["key"], each["doc_count"]) for each in counted[name]["buckets"]] for name in FACETS}
