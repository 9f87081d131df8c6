"""The searched engines behind one question: which pages, best first."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.helpers import bulk

from benchmarks.relevance.corpus import Corpus
from benchmarks.relevance.questions import Question
from benchmarks.relevance.scores import LOOKED_AT
from search.errors import InvalidQuery
from search.port import Access, Index, Query

Ask = Callable[[Question], list[str]]

BASELINE = Path(__file__).with_name("baseline.json")
_NAME = "relevance-baseline"
_QUOTED = re.compile('"([^"]*)"')


def filled(index: Index, corpus: Corpus) -> Ask:
    """Any index of the port with the whole corpus in it, asked by somebody who may see all."""
    index.replace_many(corpus.replacements())
    access = Access(frozenset(page.household.scope for page in corpus.pages))

    def ask(question: Question) -> list[str]:
        query = Query(question.text, access, case_file=question.case_file, limit=LOOKED_AT, facets=False)
        try:
            return [f"{hit.document}:{hit.page}" for hit in index.search(query).hits]
        except InvalidQuery:
            return []

    return ask


def baseline(client: OpenSearch, corpus: Corpus) -> Callable[[str], Ask]:
    """OpenSearch's own `german` analyser over the same pages (`baseline.json`), by the operator `and` or `or`.

    The words go into one plain `match`; what is quoted into a `match_phrase`, since a `match` knows no quotes.
    """
    client.indices.delete(index=_NAME, ignore_unavailable=True)
    client.indices.create(index=_NAME, body=json.loads(BASELINE.read_text()))
    bulk(client, _documents(corpus), refresh=True)
    return lambda operator: lambda question: _matched(client, question, operator)


def _documents(corpus: Corpus) -> Iterator[dict[str, Any]]:
    for page, words in zip(corpus.pages, corpus.read, strict=True):
        said = {"text": " ".join(word.text for word in words), "case_file": page.household.case_file}
        yield {"_index": _NAME, "_id": page.key, **said}


def _matched(client: OpenSearch, question: Question, operator: str) -> list[str]:
    wanted: list[dict[str, Any]] = [{"match_phrase": {"text": row}} for row in _QUOTED.findall(question.text)]
    if rest := _QUOTED.sub(" ", question.text).strip():
        wanted.append({"match": {"text": {"query": rest, "operator": operator}}})
    within = [{"term": {"case_file": question.case_file}}] if question.case_file else []
    body = {"query": {"bool": {"must": wanted, "filter": within}}, "size": LOOKED_AT, "_source": False}
    return [hit["_id"] for hit in client.search(index=_NAME, body=body)["hits"]["hits"]]
