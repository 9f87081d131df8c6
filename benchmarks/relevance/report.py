"""How well the engines find what caseworkers mean: nDCG@10 and recall@50 by kind of question, and a list of misses.

`python -m benchmarks relevance` asks the embedded engine, OpenSearch behind the port, and as a baseline OpenSearch's
own `german` analyser, by `and` and by `or`. Bounds hold for the half of the questions that nothing was tuned by; they
compare with the better of the two baselines. Misses are written to `out/relevance-misses.txt`, of the other half alone.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.figures import OUT, Figure
from benchmarks.relevance.corpus import Corpus, corpus
from benchmarks.relevance.engines import Ask, baseline, filled
from benchmarks.relevance.misses import Miss, misses
from benchmarks.relevance.questions import KINDS, Question, questions
from benchmarks.relevance.scores import ndcg, recall
from search.embedded import EmbeddedIndex
from search.opensearch import OpenSearchIndex, Server, connected
from tests.services.frame import start, stop
from tests.services.opensearch import OpenSearch

NDCG_MARGIN, RECALL = 0.15, 0.95
EMBEDDED, SERVED, AND, OR = "embedded", "opensearch", "german, and", "german, or"
_MISSES = OUT / "relevance-misses.txt"


@dataclass(frozen=True)
class Answers:
    """What an engine found for each question, beside what the facts say."""

    judged: Mapping[Question, Mapping[str, int]]
    found: Mapping[Question, list[str]]

    def scores(self, asked: Sequence[Question]) -> tuple[float, float]:
        """Means of nDCG@10 and recall@50 over these questions."""
        pairs = [(self.found[question], self.judged[question]) for question in asked]
        return mean(ndcg(*pair) for pair in pairs), mean(recall(*pair) for pair in pairs)


def answers(pages: Corpus, engines: Mapping[str, Ask], asked: Sequence[Question]) -> dict[str, Answers]:
    """Every question put to every engine."""
    judged = {question: question.judged(pages.pages) for question in asked}
    return {name: Answers(judged, {question: ask(question) for question in asked}) for name, ask in engines.items()}


def measure() -> list[Figure]:
    """Tables, misses and figures of all four; starts an OpenSearch node and stops it."""
    pages, asked = corpus(), questions()
    print(f"{len(pages.pages)} pages, {len(asked)} questions", flush=True)
    with ExitStack() as stack:
        engines = _engines(pages, stack)
        given = answers(pages, engines, asked)
    for half in ("tuning", "held out"):
        print_table(half, given, [question for question in asked if question.held_out == (half == "held out")])
    _write_misses([miss for question in asked if not question.held_out
                   for miss in misses(question, pages, given[EMBEDDED].found[question])])  # fmt: skip
    return figures(given, [question for question in asked if question.held_out])


def _engines(pages: Corpus, stack: ExitStack) -> dict[str, Ask]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eakte-bench-relevance-")))
    embedded = EmbeddedIndex(folder / "embedded")
    embedded.create()
    stack.callback(embedded.close)
    node = OpenSearch()
    url = start(node, folder / "node")["OPENSEARCH_URL"]
    stack.callback(stop, node, folder / "node")
    client = connected(Server.at(url))
    stack.callback(client.close)
    served = OpenSearchIndex(client, "relevance")
    served.create()
    plain = baseline(client, pages)
    return {EMBEDDED: filled(embedded, pages), SERVED: filled(served, pages), AND: plain("and"), OR: plain("or")}


def print_table(title: str, given: Mapping[str, Answers], asked: Sequence[Question]) -> None:
    """A row a kind of question; nDCG@10 and recall@50 of each engine."""
    print(f"\n{title:24}{'':4}" + "".join(f"{name:>14}" for name in given))
    for kind in (*KINDS, "all"):
        chosen = [question for question in asked if kind in (question.kind, "all")]
        cells = ["{:7.3f}{:7.3f}".format(*each.scores(chosen)) for each in given.values()]
        print(f"{kind:24}{len(chosen):4}" + "".join(cells))


def figures(given: Mapping[str, Answers], asked: Sequence[Question]) -> list[Figure]:
    """With bounds for the engines behind the port."""
    scores = {name: each.scores(asked) for name, each in given.items()}
    best = max(scores[AND][0], scores[OR][0])
    made = []
    for name in (EMBEDDED, SERVED):
        made.append(Figure(f"nDCG@10, {name}, more than the plain analyser", scores[name][0] - best, "", NDCG_MARGIN))
        made.append(Figure(f"recall@50, {name}", scores[name][1], "", RECALL))
    for name in (AND, OR):
        made.append(Figure(f"  nDCG@10, {name}", scores[name][0], ""))
        made.append(Figure(f"  recall@50, {name}", scores[name][1], ""))
    return made


def _write_misses(missed: Sequence[Miss]) -> None:
    OUT.mkdir(exist_ok=True)
    lines = [f"{miss.why} | {miss.question.kind} | {miss.question.text} | {miss.word} | {miss.page}" for miss in missed]
    _MISSES.write_text("\n".join([*sorted(lines), ""]), encoding="utf-8")
    counted = ", ".join(f"{count} {why}" for why, count in Counter(miss.why for miss in missed).most_common())
    print(f"\nwords that failed in the tuning half: {counted}; see {_MISSES}")
