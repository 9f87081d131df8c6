"""What must hold for the service to work, part by part."""

from collections.abc import Callable
from functools import partial

from eakte import migrate
from eakte.errors import Problem
from eakte.wiring import House

NOT_VITAL = {"search"}
"""All else works without it."""


def checks(house: House) -> dict[str, Callable[[], None]]:
    """By part; each raises a problem."""
    return {
        "database": house.database.check,
        "migrations": partial(migrate.require_head, house.database),
        "blobs": house.vault.check,
        "search": house.indexes.check,
    }


def state(check: Callable[[], None]) -> str:
    """`ok`, or the code of what is wrong."""
    try:
        check()
    except Problem as problem:
        return problem.code
    except Exception:  # noqa: BLE001 (whatever is broken, the answer names the part)
        return "broken"
    return "ok"
