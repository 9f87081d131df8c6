"""How two processes share the tests (pytest-xdist): what belongs together stays in one, what is long begins first."""

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

FIRST = ("image", "journeys", "faults", "recognition", "operations", "search", "scanning", "uploads", "channels")
"""Rooms that take a minute and more, so that the two end within seconds of each other; the others follow by name."""


def together(test: str) -> str:
    """The name of its group: the tests of a file, or of all files that have one running service in common."""
    file = test.partition("::")[0]
    world = re.search(r"[\[-](embedded|many)[]-]", test)
    if file.startswith("tests/journeys/") and world:
        return f"tests/journeys {world[1]}"
    if file in {"tests/operations/test_logs.py", "tests/operations/test_metrics.py", "tests/operations/test_traces.py"}:
        return "tests/operations watched"
    return "tests/search" if file.startswith("tests/search/") else file


def place(test: str) -> int:
    """Smaller for what begins earlier."""
    return next((place for place, room in enumerate(FIRST) if test.startswith(f"tests/{room}/")), len(FIRST))


class Sharing(LoadScopeScheduling):
    """Gives a process its next group when it has almost done the last."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
