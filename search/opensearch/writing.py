"""Documents written page by page such that of two writers, wherever and however late, the newer state stays.

First the head is changed, by comparing: it takes the stamp and names all pages ever written. Only then the pages
follow, each with the stamp as its version. A writer with an older stamp finds the newer head and stops; one that had
passed the head before finds its pages emptied or refused by version. A writer that dies between leaves a stamp whose
pages are not all there; nobody was told that they are, so the write is repeated.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from search.errors import EngineDown, IndexBusy
from search.german import Analyzer
from search.opensearch.bulk import SECONDS, IndexGone, send
from search.opensearch.generations import Generations, superseded, write_alias
from search.opensearch.schema import Action, Body, Head, Prepared, prepared
from search.port import Replacement

_SLICE_CHARACTERS = 8_000_000
_SLICE_DOCUMENTS = 500
_WAITING_SLICES = 1
_ROUNDS = 20
_SWAP_WAITS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_PAGES_AT_ONCE = 5_000


class _ShardAway(EngineDown):
    """The index is being made or deleted this moment, or its node is away."""


_WRONG = {"index_not_found_exception": IndexGone, "no_shard_available_action_exception": _ShardAway}


class Writer:
    """Writes what replacements say into the indexes of one tenant."""

    def __init__(self, client: OpenSearch, generations: Generations, analyzer: Analyzer) -> None:
        self._client = client
        self._generations = generations
        self._analyzer = analyzer

    def write_live(self, replacements: Iterable[Replacement]) -> None:
        """To what is searched and what is being built; found on return."""
        self._write(replacements, self._live)

    def write_build(self, build: str, replacements: Iterable[Replacement]) -> None:
        """To this build alone; BuildSuperseded if it is none any more."""

        def write(documents: Sequence[Prepared]) -> None:
            self._generations.demand(build)
            try:
                self._put(build, documents, fresh=True)
            except IndexGone as gone:
                raise superseded() from gone

        self._write(replacements, write)

    def stamps(self, documents: Sequence[str]) -> dict[str, int]:
        """Of those documents whose last write was not cut off: each page has the head's stamp as its version."""
        current = self._generations.current()
        try:
            heads = self._heads(current, documents)
            pages = [f"{name}:{page}" for name, head in heads.items() for page in head.pages]
            versions = self._versions(current, pages)
        except IndexGone as gone:
            raise self._generations.missing() from gone
        return {
            name: head.stamp
            for name, head in heads.items()
            if head.stamp >= 0 and all(versions.get(f"{name}:{page}") == head.stamp for page in head.pages)
        }

    def _live(self, documents: Sequence[Prepared]) -> None:
        """A swap between looking and writing deletes a target; then the new one is looked for.

        The server closes an index some moments before it says that another is searched: hence the pauses.
        """
        for wait in _SWAP_WAITS:
            try:
                for target in self._generations.targets():
                    self._put(target, documents)
                self._generations.refresh()
            except (IndexGone, _ShardAway, NotFoundError):
                time.sleep(wait)
            else:
                return
        raise IndexBusy("Der Suchindex in OpenSearch wird schneller ausgetauscht als geschrieben.")

    def _write(self, replacements: Iterable[Replacement], write: Callable[[Sequence[Prepared]], None]) -> None:
        """Slices are analysed while those before them are on their way, one by one.

        One may wait for its way: analysis and server take about as long, but hardly ever both for the same slice.
        """

        def go(before: Future[None] | None, documents: Sequence[Prepared]) -> None:
            if before is not None:
                before.result()  # nothing is written behind what failed
            write(documents)

        with ThreadPoolExecutor(1, "opensearch") as pool:
            sent = deque[Future[None]]()
            for documents in _slices(prepared(replacements, self._analyzer)):
                sent.append(pool.submit(go, sent[-1] if sent else None, documents))
                if len(sent) > _WAITING_SLICES + 1:
                    sent.popleft().result()
            for each in sent:
                each.result()

    def _put(self, index: str, documents: Sequence[Prepared], *, fresh: bool = False) -> None:
        """`fresh`: hardly any of them will be there, so only those that are refused are looked at."""
        waiting = {each.document: each for each in documents}
        for turn in range(_ROUNDS):
            heads = dict.fromkeys(waiting, Head()) if fresh and not turn else self._heads(index, waiting)
            fitting = [each for each in waiting.values() if heads[each.document].stamp <= each.stamp]
            refused = send(self._client, index, [heads[each.document].taken_by(each) for each in fitting])
            taken = [each for each in fitting if each.document not in refused]
            send(self._client, index, [page for each in taken for page in _pages(each, heads[each.document])])
            waiting = {name: waiting[name] for name in refused}
            if not waiting:
                return
        raise IndexBusy("Der Suchindex wird von anderen Prozessen geschrieben.")

    def _heads(self, index: str, names: Iterable[str]) -> dict[str, Head]:
        return {each["_id"]: Head.read(each) for each in self._got(index, list(names), whole=True)}

    def _versions(self, index: str, pages: Sequence[str]) -> dict[str, int]:
        found = (
            each
            for start in range(0, len(pages), _PAGES_AT_ONCE)
            for each in self._got(index, pages[start : start + _PAGES_AT_ONCE], whole=False)
        )
        return {each["_id"]: each["_version"] for each in found if each["found"]}

    def _got(self, index: str, ids: Sequence[str], *, whole: bool) -> list[Body]:
        if not ids:
            return []
        asked = {"ids": ids}
        answer = self._client.mget(body=asked, index=write_alias(index), _source=whole, request_timeout=SECONDS)
        found: list[Body] = answer["docs"]
        wrong = next((each["error"]["type"] for each in found if "error" in each), None)
        if wrong is not None:
            raise _WRONG.get(wrong, EngineDown)(f"OpenSearch liest nicht: {wrong}")
        return found


def _pages(document: Prepared, head: Head) -> Iterator[Action]:
    """The pages that the document has, and empty ones for those that it had."""
    yield from document.pages.values()
    yield from (document.gone(page) for page in head.pages - document.pages.keys())


def _slices(documents: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Such that a slice keeps a request busy; of one document twice in a slice the newer stays."""
    filled: dict[str, Prepared] = {}
    size = 0
    for each in documents:
        known = filled.get(each.document)
        if known is None or known.stamp <= each.stamp:
            filled[each.document] = each
        size += each.size
        if size >= _SLICE_CHARACTERS or len(filled) >= _SLICE_DOCUMENTS:
            yield list(filled.values())
            filled, size = {}, 0
    if filled:
        yield list(filled.values())
