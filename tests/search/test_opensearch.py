"""What the index in OpenSearch promises beyond the port: late writers, builds, a lost index, turning pages."""

import threading
import time
from collections.abc import Callable

import pytest
from opensearchpy import OpenSearch

from search.errors import BuildSuperseded, EngineDown, IndexUnusable
from search.german import Analyzer
from search.opensearch import OpenSearchIndex, Server
from search.opensearch.generations import Generations, Standing, write_alias
from search.opensearch.schema import FORMAT, prepared, shut
from search.port import Access, Hit, Query, Replacement
from tests.search.clients import Late, Watching
from tests.search.samples import ALL, entry, filled, found


@pytest.fixture
def index(served: OpenSearchIndex) -> OpenSearchIndex:
    return served


def indexes(client: OpenSearch, name: str) -> list[str]:
    return sorted(client.indices.get(index=f"{name}-*"))


class Held(Generations):
    """Something happens behind each look at how things stand, before anything is done about it."""

    def __init__(self, client: OpenSearch, name: str, *meanwhile: Callable[[], object]) -> None:
        super().__init__(client, name)
        self._meanwhile = iter(meanwhile)

    def standing(self) -> Standing:
        found = super().standing()
        next(self._meanwhile, lambda: None)()
        return found


def test_a_writer_held_up_between_its_head_and_its_pages_brings_back_no_page_that_the_newer_state_lacks(
    opensearch: str, name: str, index: OpenSearchIndex, analyzer: Analyzer
) -> None:
    server = Server.at(opensearch)
    late = Late([{"host": server.host, "port": server.port}])
    late.meanwhile = lambda: index.replace("d", 6, [entry("neu")])
    OpenSearchIndex(late, name, analyzer=analyzer).replace("d", 5, [entry("alt"), entry("alt", page=2)])
    assert late.bulks == 2
    assert (found(index, "alt"), found(index, "neu")) == ([], ["d:1:1"])
    assert index.stamps(["d"]) == {"d": 6}
    late.close()


def test_pages_of_a_writer_that_died_behind_its_head_are_not_whole_and_give_way(
    client: OpenSearch, name: str, index: OpenSearchIndex, analyzer: Analyzer
) -> None:
    (cut_off,) = prepared([Replacement("d", 5, [entry("alt"), entry("alt", page=2)])], analyzer)
    target = write_alias(indexes(client, name)[0])
    head = {"stamp": 5, "pages": ["1:1", "1:2"]}
    client.index(index=target, id="d", body={"head": head}, params={"op_type": "create"})
    assert index.stamps(["d"]) == {}
    index.replace("d", 6, [entry("neu")])
    stale = {"version": 5, "version_type": "external_gte"}
    with pytest.raises(Exception, match="version_conflict"):
        client.index(index=target, id="d:1:2", body=cut_off.pages["1:2"].body, params=stale)
    index.replace("e", 1, [entry("etwas")])
    assert (found(index, "alt"), found(index, "neu"), index.stamps(["d"])) == ([], ["d:1:1"], {"d": 6})


def test_writers_of_all_states_at_once_leave_the_newest(index: OpenSearchIndex) -> None:
    states = [[entry(f"stand{stamp}", page=page) for page in range(1, 8 - stamp)] for stamp in range(7)]
    threads = [threading.Thread(target=index.replace, args=("d", stamp, pages)) for stamp, pages in enumerate(states)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found(index, "stand6") == ["d:1:1"]
    assert [found(index, f"stand{stamp}") for stamp in range(6)] == [[]] * 6


def test_writes_go_on_while_the_index_is_built_anew_and_swapped_again_and_again(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    written: dict[str, int] = {}
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            written[f"d{number % 20}"] = number  # as with the database, what is to be found is known before
            index.replace(f"d{number % 20}", number, [entry(f"Miete nummer{number}")])

    thread = threading.Thread(target=write)
    thread.start()
    for _ in range(2):
        build = index.fresh()
        for document, stamp in dict(written).items():
            build.replace_many([Replacement(document, stamp, [entry(f"Miete nummer{stamp}")])])
        index.swap(build)
    stop.set()
    thread.join()
    assert found(index, "Miete") == sorted(f"{document}:1:1" for document in written)
    assert all(found(index, f"nummer{stamp}") == [f"{document}:1:1"] for document, stamp in written.items())
    assert len(indexes(client, name)) == 1


def test_a_build_looks_only_at_heads_that_are_there_already_and_the_same_batch_again_changes_nothing(
    opensearch: str, name: str, index: OpenSearchIndex, analyzer: Analyzer
) -> None:
    server = Server.at(opensearch)
    client = Watching([{"host": server.host, "port": server.port}])
    other = OpenSearchIndex(client, name, analyzer=analyzer)
    build = other.fresh()
    batch = [Replacement(f"d{number}", 1, [entry("Miete"), entry("Strom", page=2)]) for number in range(3)]
    build.replace_many(batch)
    assert client.looks == 0
    build.replace_many(batch)
    assert client.looks == 1
    other.swap(build)
    assert found(index, "Miete") == ["d0:1:1", "d1:1:1", "d2:1:1"]
    assert found(index, "Strom") == ["d0:1:2", "d1:1:2", "d2:1:2"]
    assert index.stamps(["d0", "d1", "d2"]) == {"d0": 1, "d1": 1, "d2": 1}
    client.close()


def test_a_build_that_brings_a_newer_state_than_a_live_write_leaves_none_of_the_older_pages(
    index: OpenSearchIndex,
) -> None:
    build = index.fresh()
    index.replace("d", 1, [entry("alt"), entry("alt", page=2)])
    build.replace_many([Replacement("d", 2, [entry("neu")])])
    index.swap(build)
    assert (found(index, "alt"), found(index, "neu"), index.stamps(["d"])) == ([], ["d:1:1"], {"d": 2})


def test_a_live_write_between_head_and_pages_of_a_build_stays(
    opensearch: str, name: str, index: OpenSearchIndex, analyzer: Analyzer
) -> None:
    server = Server.at(opensearch)
    late = Late([{"host": server.host, "port": server.port}])
    late.meanwhile = lambda: index.replace("d", 6, [entry("neu")])
    builder = OpenSearchIndex(late, name, analyzer=analyzer)
    build = builder.fresh()
    build.replace_many([Replacement("d", 5, [entry("alt"), entry("alt", page=2)])])
    builder.swap(build)
    assert late.bulks == 2
    assert (found(index, "alt"), found(index, "neu"), index.stamps(["d"])) == ([], ["d:1:1"], {"d": 6})
    late.close()


def test_a_stored_page_that_nobody_can_read_is_said_to_be_unusable(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    index.replace("d", 1, [entry("Miete")])
    (target,) = indexes(client, name)
    for broken in (shut(b"zu kurz"), "AAAA", "A"):
        body = {"doc": {"packed": broken}}
        client.update(index=write_alias(target), id="d:1:1", body=body, params={"refresh": "true"})
        with pytest.raises(IndexUnusable):
            found(index, "Miete")


def test_builds_whose_process_died_are_deleted_by_the_next_build_or_after_an_hour(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    for _ in range(3):
        index.fresh()
    assert len(indexes(client, name)) == 2
    (build,) = client.indices.get_alias(name=f"{name}-{FORMAT}-build")
    client.indices.put_mapping(index=build, body={"_meta": {"touched": int(time.time()) - 7200}})
    index.replace("d", 1, [entry("Miete")])
    assert len(indexes(client, name)) == 1
    assert found(index, "Miete") == ["d:1:1"]


def test_a_build_of_which_another_process_took_the_place_is_told_so(
    client: OpenSearch, name: str, index: OpenSearchIndex, analyzer: Analyzer
) -> None:
    build = index.fresh()
    OpenSearchIndex(client, name, analyzer=analyzer).fresh()
    with pytest.raises(BuildSuperseded):
        build.replace_many([Replacement("d", 1, [entry("Miete")])])
    with pytest.raises(BuildSuperseded):
        index.swap(build)


def test_a_build_that_begins_while_an_older_one_is_swapped_in_deletes_nothing_that_is_searched(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    older = index.fresh()
    older.replace_many([Replacement("d", 1, [entry("Miete")])])
    Held(client, name, lambda: index.swap(older)).begin_build()
    assert found(index, "Miete") == ["d:1:1"]


def test_of_builds_that_begin_together_each_knows_all_live_writes_or_cannot_be_swapped_in(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    builds: list[str] = []
    other = Generations(client, name)
    late = Held(client, name, lambda: builds.append(other.begin_build()))
    builds.append(late.begin_build())
    index.replace("d", 1, [entry("Miete")])
    superseded = 0
    for build in builds:
        try:
            other.swap(build)
        except BuildSuperseded:
            superseded += 1
        assert found(index, "Miete") == ["d:1:1"]
    assert superseded < 2
    assert len(indexes(client, name)) == 1


def test_a_leftover_that_another_process_deletes_just_then_does_not_keep_a_build_from_being_swapped_in(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    build, leftover = index.fresh(), f"{name}-{FORMAT}-{'0' * 32}"
    build.replace_many([Replacement("d", 1, [entry("Miete")])])
    client.indices.create(index=leftover)

    def looked() -> None:
        if Generations(client, name).current() != build.name and client.indices.exists(index=leftover):
            client.indices.delete(index=leftover)

    Held(client, name, lambda: None, looked).swap(build.name)
    assert found(index, "Miete") == ["d:1:1"]


def test_swapping_in_what_was_swapped_in_already_is_harmless(index: OpenSearchIndex) -> None:
    build = index.fresh()
    index.swap(build)
    index.replace("d", 1, [entry("Miete")])
    index.swap(build)
    build.discard()
    assert found(index, "Miete") == ["d:1:1"]


def test_an_index_that_is_closed_is_not_taken_for_lost(client: OpenSearch, name: str, index: OpenSearchIndex) -> None:
    index.replace("d", 1, [entry("Miete")])
    client.indices.close(index=f"{name}-*")
    for use in (lambda: index.stamps(["d"]), lambda: index.replace("d", 2, [entry("Miete")])):
        with pytest.raises(EngineDown, match="index_closed"):
            use()
    client.indices.open(index=f"{name}-*")
    index.replace("d", 3, [entry("Miete")])
    assert index.stamps(["d"]) == {"d": 3}


def test_a_lost_index_is_said_to_be_lost_and_no_write_begins_an_empty_one(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    index.replace("d", 1, [entry("Miete")])
    client.indices.delete(index=f"{name}-*")
    for use in (
        lambda: found(index, "Miete"),
        lambda: index.replace("d", 2, [entry("Miete")]),
        lambda: index.stamps(["d"]),
    ):
        with pytest.raises(IndexUnusable, match="kein Suchindex"):
            use()
    assert indexes(client, name) == []
    build = index.fresh()
    index.replace("d", 2, [entry("Strom")])
    index.swap(build)
    assert found(index, "Strom") == ["d:1:1"]


def test_an_index_of_another_format_is_said_to_be_that_and_a_fresh_one_takes_its_place(
    client: OpenSearch, name: str, index: OpenSearchIndex
) -> None:
    client.indices.delete(index=f"{name}-*")
    client.indices.create(index=f"{name}-{FORMAT + 1}-first", body={"aliases": {f"{name}-{FORMAT + 1}": {}}})
    index.create()
    with pytest.raises(IndexUnusable, match="anderes Format"):
        found(index, "Miete")
    with pytest.raises(IndexUnusable, match="anderes Format"):
        index.replace("d", 1, [entry("Miete")])
    index.swap(index.fresh())
    index.replace("d", 1, [entry("Miete")])
    assert found(index, "Miete") == ["d:1:1"]
    assert len(indexes(client, name)) == 1


def pages(index: OpenSearchIndex, limit: int, between: Callable[[], object] = lambda: None) -> list[Hit]:
    hits: list[Hit] = []
    after = None
    while True:
        results = index.search(Query("Miete", ALL, limit=limit, after=after))
        hits.extend(results.hits)
        after = results.next
        if after is None:
            return hits
        between()


def places(hits: list[Hit]) -> list[tuple[str, int]]:
    """Without scores, which change with what others write."""
    return [(hit.document, hit.page) for hit in hits]


@pytest.mark.parametrize("limit", [7, 90])
def test_paging_neither_repeats_nor_misses_what_was_there_before(index: OpenSearchIndex, limit: int) -> None:
    whole = filled(index, 200)
    stamps = iter(range(1000))
    other = [entry("Miete Miete")]
    paged = pages(index, limit, lambda: index.replace(f"other-{next(stamps)}", 1, other))
    assert [place for place in places(paged) if not place[0].startswith("other")] == places(whole)


def test_the_server_keeps_a_moment_only_for_those_who_turn_the_page(
    opensearch: str, name: str, index: OpenSearchIndex, analyzer: Analyzer
) -> None:
    filled(index, 60)
    server = Server.at(opensearch)
    client = Watching([{"host": server.host, "port": server.port}])
    reader = OpenSearchIndex(client, name, analyzer=analyzer)
    first = reader.search(Query("Miete", ALL, limit=20))
    assert (client.opened, first.next is None) == (0, False)
    second = reader.search(Query("Miete", ALL, limit=20, after=first.next))
    third = reader.search(Query("Miete", ALL, limit=20, after=second.next))
    assert (client.opened, third.next) == (1, None)
    assert len({hit.document for page in (first, second, third) for hit in page.hits}) == 60
    reader.close()
    client.close()


def test_paging_goes_on_behind_the_last_hit_when_the_server_has_forgotten_the_moment(
    client: OpenSearch, index: OpenSearchIndex
) -> None:
    whole = filled(index, 200)
    assert pages(index, 30, lambda: client.delete_all_pits()) == whole


def test_rights_that_shrink_between_pages_count_at_once(index: OpenSearchIndex) -> None:
    index.replace_many(Replacement(f"d{number}", 1, [entry("Miete", case_file=f"k{number}")]) for number in range(9))
    first = index.search(Query("Miete", ALL, limit=3))
    left = {f"k{number}" for number in range(9)} - {f"k{hit.document[1:]}" for hit in first.hits}
    access = Access(ALL.scopes, denied_case_files=frozenset({min(left)}))
    rest = index.search(Query("Miete", access, limit=50, after=first.next))
    assert {f"k{hit.document[1:]}" for hit in rest.hits} == left - {min(left)}


def test_an_address_is_taken_apart() -> None:
    server = Server.at("https://clerk:p%40ss@search.example/haus-a")
    assert (server.user, server.password, server.port, server.prefix) == ("clerk", "p@ss", 443, "haus-a")
    with pytest.raises(ValueError, match="address"):
        Server.at("ftp://search.example")
