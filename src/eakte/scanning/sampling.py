"""Which documents of a batch are drawn for the quality check. Pure: the same batch draws the same documents again."""

import hashlib
import math
from collections.abc import Iterable
from uuid import UUID


def size(documents: int, share: float) -> int:
    """How many of so many documents are drawn: the share, rounded up; at least one where there is one."""
    return min(documents, max(1, math.ceil(documents * share - 1e-9)))


def drawn(batch: UUID, documents: Iterable[UUID], share: float) -> list[UUID]:
    """The documents whose hash with the batch is smallest: nobody can choose them, and anybody can check the draw."""
    ranked = sorted(set(documents), key=lambda document: hashlib.sha256(batch.bytes + document.bytes).digest())
    return ranked[: size(len(ranked), share)]
