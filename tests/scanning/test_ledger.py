"""The ledger's arithmetic: every side is counted once, whatever becomes of the items."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from eakte.scanning.ledger import Ledger, Tally, count, differences, is_waiting, shown_state

STATES = ("received", "reading", "stored", "rejected", "replaced")
sides = st.integers(0, 40)


@st.composite
def one_item(draw: st.DrawFn) -> Tally:
    """An item whose file had the pages announced, once it was read."""
    state = draw(st.sampled_from(STATES))
    parts = (draw(sides), draw(sides), draw(sides)) if state == "stored" else (0, 0, 0)
    pages = sum(parts) if state == "stored" else draw(st.integers(1, 40))
    return Tally(state, 1, pages, draw(sides), *parts)


def announced(items: Sequence[Tally]) -> int:
    return sum(item.pages + item.dropped_blank for item in items if item.state != "replaced")


@given(st.lists(one_item(), max_size=30))
def test_what_is_not_settled_yet_is_the_whole_difference(items: list[Tally]) -> None:
    open_ = sum(item.pages for item in items if item.state in {"received", "reading"})
    assert count(announced(items), items).difference == open_


@given(st.lists(one_item(), max_size=30), st.integers(-50, 50))
def test_a_settled_batch_agrees_exactly_when_as_many_sides_came_as_were_announced(
    items: list[Tally], missing: int
) -> None:
    settled = [item for item in items if item.state not in {"received", "reading"}]
    ledger = count(announced(settled) + missing, settled)
    assert ledger.difference == missing
    assert (differences(ledger, settled, [], []) == []) == (missing == 0)


@given(st.lists(one_item(), max_size=30), st.integers(0, 5000))
def test_sums_by_state_count_like_the_items_one_by_one(items: list[Tally], number: int) -> None:
    grouped = []
    for state in STATES:
        of_it = [item for item in items if item.state == state]
        if of_it:
            sums = [sum(getattr(item, name) for item in of_it)
                    for name in ("items", "pages", "dropped_blank", "stored", "blank", "separator")]  # fmt: skip
            grouped.append(Tally(state, *sums))
    assert count(number, grouped) == count(number, items)
    assert is_waiting(grouped) == is_waiting(items)


@given(st.lists(one_item(), max_size=30), one_item())
def test_what_was_replaced_counts_nothing(items: list[Tally], other: Tally) -> None:
    gone = Tally("replaced", 1, other.pages, other.dropped_blank, other.stored, other.blank, other.separator)
    assert count(100, [*items, gone]) == count(100, items)


def test_a_missing_and_a_surplus_side_are_said_differently() -> None:
    assert differences(Ledger(3, stored=2), [], [], []) == ["Es fehlt 1 Seite: angekündigt 3, gezählt 2."]
    assert differences(Ledger(1, stored=3), [], [], []) == ["Es sind 2 Seiten zu viel: angekündigt 1, gezählt 3."]


def test_a_batch_is_reading_from_the_first_item_begun_to_the_last_one_settled() -> None:
    waits, read = Tally("received", 1, 1, 0, 0, 0, 0), Tally("stored", 1, 1, 0, 1, 0, 0)
    assert [shown_state("complete", each) for each in ([waits], [waits, read], [read])] == [
        "complete", "reading", "reading",
    ]  # fmt: skip
    assert shown_state("differs", [waits]) == "reading"
    assert [shown_state(each, [waits]) for each in ("open", "abandoned")] == ["open", "abandoned"]
    assert shown_state("reconciled", [read]) == "reconciled"
