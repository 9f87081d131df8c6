"""What every index promises, over the fake and tantivy."""

from datetime import date

import pytest

from search.errors import BuildSuperseded, InvalidCursor, InvalidQuery
from search.port import Access, Index, Query, Replacement, Word
from tests.search.samples import ALL, entry, found


def test_a_page_is_found_with_its_words_boxes_and_snippet(index: Index) -> None:
    index.replace("d", 1, [entry("Der Mietvertrag vom Mai", page=3, version=2)])
    (hit,) = index.search(Query("Miete", ALL)).hits
    assert (hit.document, hit.version, hit.page, hit.width, hit.height) == ("d", 2, 3, 100, 200)
    assert hit.words == (Word("Mietvertrag", (20, 5, 35, 9)),)
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Mietvertrag"]


def test_words_are_joined_by_and(index: Index) -> None:
    index.replace("d", 1, [entry("Miete Strom"), entry("Miete", page=2)])
    assert found(index, "Miete Strom") == ["d:1:1"]


def test_a_phrase_wants_its_stems_in_order_also_across_divided_words(index: Index) -> None:
    index.replace("a", 1, [entry("die neuen Mieten zahlen")])
    index.replace("b", 1, [entry("Miete der neuen Wohnung")])
    index.replace("c", 1, [entry("über die Betriebs- kosten abrechnen")])
    assert found(index, '"neue Miete"') == ["a:1:1"]
    assert found(index, '"die Betriebskosten"') == ["c:1:1"]


def test_a_phrase_does_not_reach_from_the_page_into_the_title(index: Index) -> None:
    index.replace("d", 1, [entry("Antrag auf Wohngeld", title="Frau Meier")])
    assert found(index, '"Wohngeld Frau"') == []
    assert found(index, '"Frau Meier"') == ["d:1:1"]


def test_the_title_finds_page_1_also_without_words(index: Index) -> None:
    index.replace("d", 1, [entry("", title="Kündigung"), entry("leer", page=2, title="Kündigung")])
    (hit,) = index.search(Query("Kündigung", ALL)).hits
    assert (hit.page, hit.words, hit.snippet, hit.marks) == (1, (), "Kündigung", ((0, 9),))


def test_rights_are_scopes_or_case_files_without_the_denied(index: Index) -> None:
    index.replace("a", 1, [entry("Miete", scope="team", case_file="k1")])
    index.replace("b", 1, [entry("Miete", scope="other", case_file="k2")])
    index.replace("c", 1, [entry("Miete", scope="other")])
    assert found(index, "Miete", Access()) == []
    assert found(index, "Miete", Access(frozenset({"team"}))) == ["a:1:1"]
    assert found(index, "Miete", Access(frozenset({"team"}), frozenset({"k2"}))) == ["a:1:1", "b:1:1"]
    assert found(index, "Miete", Access(frozenset({"team"}), frozenset({"k2"}), frozenset({"k1"}))) == ["b:1:1"]
    assert found(index, "Miete", Access(case_files=frozenset({"k2"}), denied_case_files=frozenset({"k2"}))) == []
    assert found(index, "Miete", Access(frozenset({"other"}))) == ["b:1:1", "c:1:1"]


def test_facets_count_pages_only_of_what_may_be_seen(index: Index) -> None:
    index.replace("a", 1, [entry("Miete", document_type="lease", case_file="k1"), entry("Miete", page=2)])
    index.replace("b", 1, [entry("Miete", scope="secret", document_type="hidden", case_file="k9")])
    facets = index.search(Query("Miete", ALL)).facets
    assert facets == {"document_type": {"lease": 1}, "case_file": {"k1": 1}, "state": {"filed": 2}}


def test_filters_narrow_and_dates_include_both_ends(index: Index) -> None:
    index.replace("a", 1, [entry("Miete", document_type="lease", case_file="k1", receipt_date=date(2024, 1, 1))])
    index.replace("b", 1, [entry("Miete", state="clearing", receipt_date=date(2024, 1, 31))])
    assert found(index, "Miete", document_type="lease") == ["a:1:1"]
    assert found(index, "Miete", case_file="k1") == ["a:1:1"]
    assert found(index, "Miete", state="clearing") == ["b:1:1"]
    assert found(index, "Miete", date_from=date(2024, 1, 1), date_to=date(2024, 1, 31)) == ["a:1:1", "b:1:1"]
    assert found(index, "Miete", date_from=date(2024, 1, 2)) == ["b:1:1"]
    assert found(index, "Miete", date_to=date(2024, 1, 30)) == ["a:1:1"]


def test_older_versions_are_found_only_when_asked_for(index: Index) -> None:
    index.replace("d", 1, [entry("Miete", version=1, current=False), entry("Miete", version=2)])
    assert found(index, "Miete") == ["d:2:1"]
    assert found(index, "Miete", all_versions=True) == ["d:1:1", "d:2:1"]


def test_replacing_leaves_nothing_of_the_older_entries(index: Index) -> None:
    index.replace("d", 1, [entry("Miete"), entry("Strom", page=2)])
    index.replace("d", 2, [entry("Wasser")])
    assert (found(index, "Miete"), found(index, "Strom"), found(index, "Wasser")) == ([], [], ["d:1:1"])


def test_an_older_stamp_never_wins_and_an_equal_one_is_written_again(index: Index) -> None:
    index.replace("d", 5, [entry("neu")])
    index.replace("d", 4, [entry("alt")])
    index.remove("d", 4)
    assert (found(index, "alt"), found(index, "neu")) == ([], ["d:1:1"])
    index.replace("d", 5, [entry("wieder")])
    assert found(index, "wieder") == ["d:1:1"]


def test_a_removed_document_is_not_brought_back_by_a_late_write(index: Index) -> None:
    index.replace("d", 1, [entry("Miete")])
    index.remove("d", 3)
    index.replace("d", 2, [entry("Miete")])
    assert found(index, "Miete", all_versions=True) == []
    index.replace("d", 4, [entry("Miete")])
    assert found(index, "Miete") == ["d:1:1"]


def test_of_one_document_twice_in_a_bulk_the_newer_stays(index: Index) -> None:
    index.replace_many([Replacement("d", 2, [entry("neu")]), Replacement("d", 1, [entry("alt")])])
    assert (found(index, "alt"), found(index, "neu")) == ([], ["d:1:1"])


def test_a_fresh_index_is_searched_only_after_the_swap(index: Index) -> None:
    index.replace("old", 1, [entry("Miete")])
    build = index.fresh()
    build.replace_many([Replacement("new", 1, [entry("Miete")])])
    assert found(index, "Miete") == ["old:1:1"]
    index.swap(build)
    assert found(index, "Miete") == ["new:1:1"]


def test_what_is_written_during_a_build_is_in_the_fresh_index_newest_stamp_first(index: Index) -> None:
    build = index.fresh()
    index.replace("d", 7, [entry("neu")])
    index.remove("gone", 7)
    build.replace_many([Replacement("d", 6, [entry("alt")]), Replacement("gone", 6, [entry("alt")])])
    assert found(index, "neu") == ["d:1:1"]
    index.swap(build)
    assert (found(index, "neu"), found(index, "alt")) == (["d:1:1"], [])


def test_a_build_that_another_one_followed_can_neither_be_written_nor_swapped_in(index: Index) -> None:
    first = index.fresh()
    index.swap(index.fresh())
    with pytest.raises(BuildSuperseded):
        first.replace_many([Replacement("d", 1, [entry("Miete")])])
    with pytest.raises(BuildSuperseded):
        index.swap(first)
    first.discard()
    index.replace("d", 1, [entry("Miete")])
    assert found(index, "Miete") == ["d:1:1"]


def test_a_discarded_build_leaves_the_index_as_it_was(index: Index) -> None:
    index.replace("d", 1, [entry("Miete")])
    build = index.fresh()
    build.discard()
    index.replace("e", 1, [entry("Miete")])
    assert found(index, "Miete") == ["d:1:1", "e:1:1"]


def test_a_cursor_of_another_query_or_of_nobody_is_refused(index: Index) -> None:
    index.replace_many([Replacement(str(number), 1, [entry("Miete")]) for number in range(3)])
    cursor = index.search(Query("Miete", ALL, limit=2)).next
    assert cursor is not None
    for text, after in (("Strom", cursor), ("Miete", "x"), ("Miete", "WzFd"), ("Miete", cursor[:-4]), ("Miete", "ä")):
        with pytest.raises(InvalidCursor):
            index.search(Query(text, ALL, after=after))


@pytest.mark.parametrize("text", ["", "  ", '"', '""', "–…!", "x" * 1001, " ".join(map(str, range(33)))])
def test_a_query_without_a_word_or_with_too_many_is_refused(index: Index, text: str) -> None:
    with pytest.raises(InvalidQuery):
        index.search(Query(text, ALL))


def test_hostile_text_is_indexed_and_shown_as_text(index: Index) -> None:
    index.replace("d", 1, [entry("<b>Miete</b> \ud800 \x00 «Strom» ¶ " + "x" * 5000, title="\ud800")])
    (hit,) = index.search(Query("Miete Strom", ALL)).hits
    assert "<b>Miete</b>" in hit.snippet
    assert len(hit.snippet) <= 310
