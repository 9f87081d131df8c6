"""Acts and the moment in which they are done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

SERVICE = UUID(int=0)
"""The actor of what the service does by itself."""


class Act(str):
    """The name of an act: `source:subject:action`."""

    __slots__ = ()


ACTS: dict[Act, str] = {}
"""Every act that can stand in the journal, with one sentence about it; docs/reference/acts.md is checked against it."""


def act(name: str, meaning: str) -> Act:
    """Declare an act; ValueError when the name is taken or not of three parts."""
    declared = Act(name)
    if declared in ACTS or name.count(":") != 2:
        raise ValueError(f"{name} is declared twice or not source:subject:action")
    ACTS[declared] = meaning
    return declared


@dataclass(frozen=True)
class Moment:
    """Who acts, when, and where new ids (UUIDv7) come from; made at the edge, passed in everywhere else."""

    actor: UUID
    at: datetime
    new_id: Callable[[], UUID]
