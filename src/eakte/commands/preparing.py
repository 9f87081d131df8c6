"""Subcommands that prepare what the service needs, the tables and the index; without loading what they do not need."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from eakte import wiring
from eakte.access.acts import all_tenants
from eakte.database import Database, role_of
from eakte.finding.indexes import may_pass
from eakte.finding.jobs import FindingJobs
from eakte.finding.model import IndexBeingBuilt, SearchDown
from eakte.migrate import migrate
from eakte.settings import Settings
from eakte.vault.keys import create_master_key

PROGRESS_EVERY = 5.0


def bring_to_head(settings: Settings) -> int:
    """Migrate; make the master key of a new installation, never that of one which has tenants."""
    role = role_of(wiring.database_url(settings)) or "eakte_app"
    settings.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    migrate(wiring.owner_url(settings), role)
    database = Database(wiring.database_url(settings), lambda _unit: None, pool=1)
    if not all_tenants(database) and create_master_key(settings.master_key):
        print(f"master key made: {settings.master_key} (keep a copy apart from the data)", file=sys.stderr)
    database.close()
    return 0


def reindex(settings: Settings, to: str | None) -> int:
    """A fresh index for every tenant, built beside the old one and swapped in; `to`: in another engine.

    While the service runs on the old engine, the other one is only filled; the service moves when its setting does.
    Status 1 if another process was building one of them, which is left to it.
    """
    house = wiring.furnish(settings)
    indexes = house.indexes if to is None else wiring.indexes_at(settings, to)
    jobs, status = FindingJobs(house.database, house.vault, indexes), 0
    with closing(house), closing(indexes), _reason_told():
        indexes.check()
        for tenant, name in all_tenants(house.database):
            try:
                print(f"{name}: {jobs.reindex(tenant, _Progress(name))} documents")
            except IndexBeingBuilt as problem:
                print(f"{name}: {problem.detail}. {problem.remedy}", file=sys.stderr)
                status = 1
    return status


@contextmanager
def _reason_told() -> Iterator[None]:
    """Who searches is told to reindex; who reindexes must know what is in the way."""
    try:
        yield
    except SearchDown as down:
        look = "Läuft die Suchmaschine, stimmen Adresse (--to, sonst EAKTE_SEARCH_URL), Anmeldung und freier Platz?"
        again = "Den Aufbau mit eakte reindex wiederholen."
        raise SearchDown(str(down.__cause__ or down.detail), remedy=look if may_pass(down) else again) from down


class _Progress:
    """Tells every few seconds how far it is."""

    def __init__(self, name: str) -> None:
        self._name, self._told = name, time.monotonic()

    def __call__(self, count: int) -> None:
        if time.monotonic() - self._told > PROGRESS_EVERY:
            self._told = time.monotonic()
            print(f"{self._name}: {count} documents so far", file=sys.stderr, flush=True)
