"""Counting a batch, in sides: every side announced is stored, blank, dropped, separator or rejected, or it differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eakte.scanning.model import (
    COMPLETE,
    READING,
    READING_ITEM,
    REJECTED_ITEM,
    REPLACED_ITEM,
    SETTLED_STATES,
    STORED_ITEM,
    WAITING_ITEM,
    Item,
)

MOST_NAMED = 100
"""Differences that are named one by one."""
WAITING = {WAITING_ITEM, READING_ITEM}


@dataclass(frozen=True)
class Tally:
    """So many items in one state, and their sums; `pages` as announced, `differing`: items with other pages."""

    state: str
    items: int
    pages: int
    dropped_blank: int
    stored: int
    blank: int
    separator: int
    differing: int = 0


@dataclass(frozen=True)
class Ledger:
    """Sides of a batch."""

    announced: int
    stored: int = 0
    blank: int = 0
    dropped_blank: int = 0
    separator: int = 0
    rejected: int = 0

    @property
    def difference(self) -> int:
        """Sides announced that are nowhere; negative when more came than were announced."""
        return self.announced - self.stored - self.blank - self.dropped_blank - self.separator - self.rejected

    def to_json(self) -> dict[str, int]:
        """As answers and receipts show it."""
        return {
            "announced": self.announced, "stored": self.stored, "blank": self.blank,
            "dropped_blank": self.dropped_blank, "separator": self.separator, "rejected": self.rejected,
            "difference": self.difference,
        }  # fmt: skip


def count(announced: int, tallies: Iterable[Tally]) -> Ledger:
    """The ledger of a batch of so many sides. What was replaced counts nothing; what was rejected, as announced."""
    counting = [tally for tally in tallies if tally.state != REPLACED_ITEM]
    kept = [tally for tally in counting if tally.state == STORED_ITEM]
    return Ledger(
        announced=announced,
        stored=sum(tally.stored for tally in kept),
        blank=sum(tally.blank for tally in kept),
        dropped_blank=sum(tally.dropped_blank for tally in counting),
        separator=sum(tally.separator for tally in kept),
        rejected=sum(tally.pages for tally in counting if tally.state == REJECTED_ITEM),
    )


def is_waiting(tallies: Iterable[Tally]) -> bool:
    """Whether an item is not settled yet."""
    return any(tally.state in WAITING for tally in tallies)


def shown_state(stored: str, tallies: Sequence[Tally]) -> str:
    """`reading` from the first item that is read or begun to the last, also when a settled batch is read anew."""
    if stored not in {COMPLETE, *SETTLED_STATES} or not (is_waiting(tallies) or stored == COMPLETE):
        return stored
    begun = any(tally.state not in {WAITING_ITEM, REPLACED_ITEM} for tally in tallies)
    return READING if begun or stored != COMPLETE else COMPLETE


def differences(
    ledger: Ledger, tallies: Sequence[Tally], differing: Sequence[Item], manifest: Sequence[str]
) -> list[str]:
    """What does not agree, a German sentence each; of `differing` items the first suffice. The sum once all is read."""
    named = [f"„{item.name}“: angekündigt {_pages(item.pages)}, gefunden {item.found}." for item in differing]
    more = sum(tally.differing for tally in tallies) - len(named)
    rest = [f"Bei {more} weiteren Dateien weicht die Seitenzahl ab."] if more > 0 else []
    return [*([] if is_waiting(tallies) else _of_the_sum(ledger)), *manifest, *named, *rest]


def _of_the_sum(ledger: Ledger) -> list[str]:
    if ledger.difference == 0:
        return []
    number = abs(ledger.difference)
    missing = f"{'Es fehlt' if number == 1 else 'Es fehlen'} {_pages(number)}"
    surplus = f"{'Es ist' if number == 1 else 'Es sind'} {_pages(number)} zu viel"
    counted = ledger.announced - ledger.difference
    return [f"{missing if ledger.difference > 0 else surplus}: angekündigt {ledger.announced}, gezählt {counted}."]


def _pages(number: int) -> str:
    return f"{number} Seite{'' if number == 1 else 'n'}"
