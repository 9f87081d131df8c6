"""How entries and queries look to OpenSearch; terms, gates and weights are those of `search.fields`.

A page is `<document>:<version>:<page>`, written with the document's stamp as its external version; a page that is gone
stays as an empty one of that version. Beside the pages each document has a head, called by its name alone: its stamp
and all pages that were ever written, by which a later writer knows what to empty.
"""

import json
import threading
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from search.cursors import DEEPEST, SLACK
from search.fields import (
    BREAK,
    COMPOUND,
    EXACT,
    FACETS,
    NEAR,
    PART,
    STEM,
    Analysed,
    analysed,
    entry_key,
    gates,
    open_gates,
)
from search.german import Analyzer
from search.near import rows, sought
from search.near import wanted as near_keys
from search.port import LIMIT, PageEntry, Query, Replacement
from search.queries import Clause
from search.vocabulary import Form

FORMAT = 5
"""Raised when mapping, analysis or the stored page change: an index of another format must be built anew."""

Body = dict[str, Any]


class Action(NamedTuple):
    """One write of a bulk as JSON: what is to be done to which document on what condition, and what it shall be."""

    line: str
    body: str

    @classmethod
    def of(cls, kind: str, name: str, body: str, **condition: Any) -> "Action":
        """`index` or `create`; one line of JSON, made once."""
        return cls(json.dumps({kind: {"_id": name, **condition}}), body)


_WORDS = ("exact", "stem", "part")
# What a phrase with a hole is asked by; no token has this sign.
_HOLE, _HOLES = "_", "holes"


def index_body(aliases: Iterable[str], meta: Body) -> Body:
    """Settings and mapping of a new index."""

    def words(options: str) -> Body:
        return {"type": "text", "analyzer": "whitespace", "index_options": options}

    def term(**more: Any) -> Body:
        return {"type": "keyword", "ignore_above": 8191, **more}

    return {
        "settings": {
            "number_of_shards": 1, "auto_expand_replicas": "0-1", "max_result_window": DEEPEST + LIMIT + SLACK + 1,
            "similarity": {"default": {"type": "BM25", "k1": 1.2, "b": 0.75}},
            "analysis": {
                "filter": {_HOLES: {"type": "stop", "stopwords": [_HOLE]}},
                "analyzer": {_HOLES: {"type": "custom", "tokenizer": "whitespace", "filter": [_HOLES]}},
            },
        },
        "mappings": {
            "dynamic": "strict", "_meta": meta,
            "properties": {
                "exact": words("freqs"), "stem": words("positions"), "part": words("freqs"),
                "near": {**words("docs"), "norms": False}, "row": {**words("positions"), "norms": False},
                "gate": term(doc_values=False), **{name: term() for name in FACETS},
                "day": {"type": "integer"}, "key": {"type": "long", "index": False},
                "packed": {"type": "binary"}, "head": {"type": "object", "enabled": False},
            },
        },
        "aliases": {alias: {} for alias in aliases},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A replacement analysed: the writes of its pages by `<version>:<page>`; `size` in characters."""

    document: str
    stamp: int
    pages: dict[str, Action]
    size: int

    def gone(self, page: str) -> Action:
        """The write that empties a page which the document has no more."""
        return _write(self.document, self.stamp, page, "{}")


@dataclass(frozen=True, slots=True)
class Head:
    """What the index knows of a document: its stamp, and `<version>:<page>` of all pages ever written."""

    stamp: int = -1
    pages: frozenset[str] = frozenset()
    place: tuple[int, int] | None = None
    """By what the server sees that it still is as it was read; none if it was not there."""

    @classmethod
    def read(cls, found: Body) -> "Head":
        """From the server's answer about one document."""
        if not found["found"]:
            return cls()
        head = found["_source"]["head"]
        return cls(head["stamp"], frozenset(head["pages"]), (found["_seq_no"], found["_primary_term"]))

    def taken_by(self, document: Prepared) -> Action:
        """The write that makes this the document's head, refused if the head is another one by then.

        Alone it counts as one page without words, as in the embedded engine, so that both find a word equally rare.
        """
        head = {"stamp": document.stamp, "pages": sorted(self.pages | document.pages.keys())}
        counted = {} if document.pages else dict.fromkeys(_WORDS, BREAK)
        unchanged = {} if self.place is None else dict(zip(("if_seq_no", "if_primary_term"), self.place, strict=True))
        kind = "create" if self.place is None else "index"
        return Action.of(kind, document.document, json.dumps({"head": head, **counted}), **unchanged)


def prepared(replacements: Iterable[Replacement], analyzer: Analyzer) -> Iterator[Prepared]:
    """All writes of each, whole: what sends them shall not have to take turns with the analysis."""
    for replacement, pages in analysed(replacements, analyzer):
        name, stamp = replacement.document, replacement.stamp
        writes = dict[str, Action]()
        for entry, page in zip(replacement.pages, pages, strict=True):
            called = f"{entry.version}:{entry.page}"
            writes[called] = _write(name, stamp, called, _body(name, entry, page))
        yield Prepared(name, stamp, writes, sum([len(each.body) for each in writes.values()]))


def _write(document: str, stamp: int, page: str, body: str) -> Action:
    return Action.of("index", f"{document}:{page}", body, version=stamp, version_type="external_gte")


def _body(document: str, entry: PageEntry, page: Analysed) -> str:
    terms = page.terms
    # a field without a term would leave the page out when the engine counts how rare a word is
    body: Body = {"exact": terms.exact or BREAK, "stem": terms.stem or BREAK, "part": terms.part or BREAK}
    body |= {name: text for name, text in (("near", terms.near), ("row", terms.row)) if text}
    body |= {"gate": gates(entry), "day": entry.receipt_date.toordinal()}
    body |= {name: value for name in FACETS if (value := getattr(entry, name)) is not None}
    body["key"] = entry_key(document, entry.version, entry.page)
    # the page has no letter that JSON would write otherwise
    return f'{json.dumps(body)[:-1]}, "packed": "{shut(page.packed)}"}}'


class _Zstandard(threading.local):
    """The library's objects serve one thread each."""

    def __init__(self) -> None:
        self.compress = ZstdCompressor(level=1).compress
        self.decompress = ZstdDecompressor().decompress


_zstandard = _Zstandard()


def shut(packed: bytes) -> str:
    """A page as JSON can carry it; small, since it is sent, kept and sent back as it is."""
    return b2a_base64(_zstandard.compress(packed), newline=False).decode("ascii")


def opened(packed: str) -> bytes:
    """The reverse of `shut`; ValueError if it is none."""
    try:
        return _zstandard.decompress(a2b_base64(packed))
    except ZstdError as error:
        raise ValueError("no compressed page") from error


def wanted(clauses: Iterable[Clause], query: Query) -> Body:
    """All clauses must be found; rights and filters only let pass; the very words rank higher."""
    allowed, denied = open_gates(query.access, all_versions=query.all_versions)
    musts, shoulds = [], []
    for clause in clauses:
        musts.append(_clause(clause))
        if (asked := clause.single) is not None:
            shoulds.append(_term("exact", asked.exact, EXACT))
    body: Body = {"must": musts, "should": shoulds, "filter": [{"terms": {"gate": allowed}}, *_filters(query)]}
    if denied:
        body["must_not"] = [{"terms": {"gate": denied}}]
    return {"bool": body}


def _clause(clause: Clause) -> Body:
    misread = _near(sought(clause))
    if (asked := clause.single) is not None:
        return {"bool": {"should": [*_word(asked), *misread]}}
    ways = [*_phrase(clause), *misread]
    if clause.mark is not None:
        ways.append(_term("exact", clause.mark, EXACT))
    return {"dis_max": {"queries": ways}}


def _word(form: Form) -> Iterator[Body]:
    yield _term("stem", form.stem, STEM)
    yield _term("part", form.stem, COMPOUND)
    for part in form.parts:
        yield _term("stem", part, PART)
    if form.exact[-1].isdigit():
        yield _term("exact", form.exact, STEM)


def _near(asked: Iterable[str]) -> list[Body]:
    keys = [key for text in asked for key in near_keys(text)]
    return [{"constant_score": {"filter": {"terms": {"near": keys}}, "boost": NEAR}}] if keys else []


def _phrase(clause: Clause) -> Iterator[Body]:
    """As it stands there for sure; a quoted one also as it may."""
    stems = [form.stem for form in clause.forms]
    if len(stems) == 1:
        yield _term("stem", stems[0], STEM)
        return
    yield _row("stem", stems, STEM)
    if clause.quoted:
        yield _row("row", stems, NEAR)
    for row in rows(clause):
        found = _row("stem", row.stems, NEAR)
        yield found if row.near is None else {"bool": {"must": found, "filter": _near([row.near])}}


def _row(field: str, stems: Iterable[str | None], boost: float) -> Body:
    said = " ".join(_HOLE if stem is None else stem for stem in stems)
    return {"match_phrase": {field: {"query": said, "analyzer": _HOLES, "boost": boost}}}


def _term(field: str, value: str, boost: float) -> Body:
    return {"term": {field: {"value": value, "boost": boost}}}


def _filters(query: Query) -> Iterator[Body]:
    for field in FACETS:
        value = getattr(query, field)
        if value is not None:
            yield {"term": {field: value}}
    if query.date_from or query.date_to:
        ends = {"gte": query.date_from, "lte": query.date_to}
        yield {"range": {"day": {end: day.toordinal() for end, day in ends.items() if day}}}
