"""What every answer has in common: ranges, cursors, matching, problems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.web.content import RangeNotSatisfiable, asked_range
from eakte.web.matching import Changed, MatchRequired, etag, need_match
from eakte.web.paging import InvalidCursor, decode_cursor, encode_cursor

SIZES = st.integers(1, 10_000)


@given(SIZES, st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_range_lies_within_the_whole_or_is_refused(size: int, first: int, last: int) -> None:
    try:
        found = asked_range(f"bytes={first}-{last}", size)
    except RangeNotSatisfiable:
        assert first >= size
        return
    if last < first:
        assert found is None
    else:
        assert found == (first, min(size, last + 1))


@given(SIZES, st.integers(1, 20_000))
def test_a_suffix_range_is_the_end(size: int, length: int) -> None:
    assert asked_range(f"bytes=-{length}", size) == (max(0, size - length), size)


@given(st.text(max_size=40), SIZES)
def test_any_other_range_header_asks_for_the_whole_or_for_nothing_there_is(header: str, size: int) -> None:
    try:
        found = asked_range(header, size)
    except RangeNotSatisfiable:
        return
    assert found is None or 0 <= found[0] < found[1] <= size


@given(st.lists(st.one_of(st.text(max_size=50), st.integers(), st.floats(allow_nan=False)), max_size=4))
def test_a_cursor_gives_back_what_was_put_in(values: list[str | int | float]) -> None:
    assert decode_cursor("list", encode_cursor("list", *values), [type(value) for value in values]) == values


@given(st.text(max_size=100))
def test_a_foreign_cursor_is_refused_whatever_it_is(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor("list", text, [str])


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor("documents", encode_cursor("casefiles", "x"), [str])


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_only_the_present_revision_matches(sent: int, present: int) -> None:
    if sent == present:
        need_match(etag(sent), present)
    else:
        with pytest.raises(Changed):
            need_match(etag(sent), present)


def test_a_change_without_a_revision_is_refused() -> None:
    with pytest.raises(MatchRequired):
        need_match(None, 1)
    need_match("*", 7)
    need_match('"3", W/"7"', 7)
