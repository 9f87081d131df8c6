"""Counting pages of what came without a manifest: the one place before reading where foreign bytes are parsed."""

import hashlib
from collections import Counter
from pathlib import Path

from eakte.channels.loose import CountPages
from eakte.gate.clamd import Clamd
from eakte.gate.model import ScanFailed, State

TRIES = 2


class Counting:
    """Asks the scanner, where there is one, before `pages`; what it does not let in is one page until it is read."""

    def __init__(self, scanner: Clamd | None, pages: CountPages) -> None:
        self._scanner, self._pages = scanner, pages
        self._failed: Counter[bytes] = Counter()

    def __call__(self, path: Path) -> int:
        """Pages of a file. Raises ScannerDown, also for a file over which the scanner fails, but not for ever."""
        return self._pages(path) if self._scanner is None or self._lets_in(self._scanner, path) else 1

    def _lets_in(self, scanner: Clamd, path: Path) -> bool:
        with path.open("rb") as file:
            known_by = hashlib.file_digest(file, "sha256").digest()
        if self._failed[known_by] >= TRIES:
            return False
        if self._failed[known_by]:
            scanner.check()
        try:
            return scanner.scan(path).state != State.INFECTED
        except ScanFailed:
            self._failed[known_by] += 1
            raise
