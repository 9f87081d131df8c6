from collections.abc import Iterator

import pytest

from eakte.gate.clamd import Clamd
from tests.intake.conftest import desk, reader
from tests.intake.desk import Desk

__all__ = ["desk", "reader"]


@pytest.fixture
def scanner(clamd: dict[str, str]) -> Clamd:
    """Our client before the real daemon."""
    return Clamd(clamd["CLAMD"])


@pytest.fixture
def guarded(desk: Desk, clamd: dict[str, str]) -> Iterator[Desk]:
    """A reading desk behind the gate."""
    desk.settings = desk.settings.model_copy(update={"clamd": clamd["CLAMD"]})
    yield desk
