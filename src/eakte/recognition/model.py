"""Acts of reading, its states, and how a long document is divided."""

from enum import StrEnum
from itertools import pairwise

from eakte.journal import act

BEGUN = act("recognition:reading:begun", "Reading of a version began.")
DIVIDED = act("recognition:reading:divided", "A long version was divided into page ranges.")
RANGES_READ = act("recognition:reading:ranges-read", "The last page range of a version was read.")
READ = act("recognition:document:read", "A version was read: words, archival copy, type.")
SEPARATED = act("recognition:document:separated", "A scan was cut into documents at its separator sheets.")
FAILED = act("recognition:document:failed", "A version could not be read; the document is parked.")
HOLDS_FILES = act(
    "recognition:document:holds-files", "A version proved to hold other files, which are to be taken out."
)
ALIKE = act("recognition:document:alike", "A document proved to be like an older one; it may be a duplicate.")
RETRIED = act("recognition:document:retried", "A person asked for another try.")

SHORT = 5
"""Pages up to which a document is read and joined in one job."""
SPAN = 4
"""Pages of a range, about: more spread a document over the workers worse, fewer cost more per page."""


class State(StrEnum):
    """How far the reading of a document's newest version is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def spans(pages: int) -> list[tuple[int, int]]:
    """First and last page of each range: about `SPAN` pages, none longer than another by more than one."""
    count = max(1, round(pages / SPAN))
    cuts = [pages * place // count for place in range(count + 1)]
    return [(before + 1, after) for before, after in pairwise(cuts)]
