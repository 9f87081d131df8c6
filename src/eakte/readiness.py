"""What must hold for the service to work, part by part."""

from collections.abc import Callable
from functools import partial

from eakte import migrate
from eakte.access.acts import all_tenants
from eakte.channels.acts import UNKNOWN, states
from eakte.channels.model import ChannelFailing
from eakte.channels.sources import read_sources
from eakte.errors import Problem
from eakte.gate.clamd import Clamd
from eakte.intake.upload import DiskNearlyFull
from eakte.wiring import House

NOT_VITAL = {"search", "space", "channels", "malware scanner"}
"""All else works without them."""


def checks(house: House) -> dict[str, Callable[[], None]]:
    """By part; each raises a problem."""
    scanner = {"malware scanner": Clamd(house.settings.clamd).check} if house.settings.clamd else {}
    return {
        "database": house.database.check,
        "migrations": partial(migrate.require_head, house.database),
        "blobs": house.vault.check,
        "space": partial(require_room, house),
        "keys": partial(open_a_key, house),
        "search": house.indexes.check,
        "channels": partial(require_sources, house),
        **scanner,
    }


def require_room(house: House) -> None:
    """DiskNearlyFull while uploads are refused for want of room in the store."""
    free, least = house.blobs.free_bytes(), house.settings.free_space_min
    if free is not None and free < least:
        few = f"{house.blobs.describe()}: nur noch {free >> 20} MiB frei, weniger als EAKTE_FREE_SPACE_MIN"
        raise DiskNearlyFull(few, remedy="Platz schaffen.")


def require_sources(house: House) -> None:
    """ChannelFailing while a watched folder or mailbox could not be looked into; ChannelsFileInvalid."""
    sources = read_sources(house.settings.channels_file)
    failing = [name for name, code in states(house.database, sources).items() if code not in {None, UNKNOWN}]
    if failing:
        raise ChannelFailing(f"Gestört: {', '.join(failing)}")


def open_a_key(house: House) -> None:
    """TenantKeyUnusable on a host whose master key is not this house's: it would open nothing. Any tenant shows it."""
    for tenant, _name in all_tenants(house.database)[:1]:
        house.vault.public_keys(tenant)


def state(check: Callable[[], None]) -> str:
    """`ok`, or the code of what is wrong."""
    try:
        check()
    except Problem as problem:
        return problem.code
    except Exception:  # noqa: BLE001 (whatever is broken, the answer names the part)
        return "broken"
    return "ok"
