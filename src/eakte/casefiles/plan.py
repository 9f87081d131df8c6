"""The file plan that a new tenant begins with; data in `file_plan.toml`."""

import tomllib
from functools import cache
from importlib.resources import files

from eakte.casefiles.model import PlanEntry


@cache
def shipped_plan() -> tuple[PlanEntry, ...]:
    """Its entries in their order; read once in a process."""
    data = tomllib.loads(files(__package__).joinpath("file_plan.toml").read_text(encoding="utf-8"))
    return tuple(PlanEntry(**entry) for entry in data["entries"])
