"""Subcommands that run or prepare the service."""

import os
import sys

import uvicorn

from eakte import wiring
from eakte.access.acts import all_tenants
from eakte.app import create_app
from eakte.database import Database, role_of
from eakte.finding.jobs import FindingJobs
from eakte.migrate import migrate
from eakte.settings import Settings
from eakte.vault.keys import create_master_key
from eakte.web.watched import Watched
from eakte.worker import work as run_worker

PATIENCE = 20
"""Seconds a stopping API process gives its open requests."""


def serve(settings: Settings) -> int:
    """One API process, until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        Watched(create_app(wiring.furnish(settings))), settings.host, settings.port, log_config=None, access_log=False,
        timeout_graceful_shutdown=PATIENCE, server_header=False, loop="uvloop", http="httptools",
    )  # fmt: skip
    uvicorn.Server(config).run()
    return 0


def work(settings: Settings, jobs: int | None) -> int:
    """One worker process, until SIGINT or SIGTERM; `jobs` reading processes, by default one a core."""
    count = jobs or len(os.sched_getaffinity(0))
    run_worker(wiring.furnish(settings, pool=count + 3), count)
    return 0


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


def reindex(settings: Settings) -> int:
    """A fresh index for every tenant, built beside the old one and swapped in."""
    house = wiring.furnish(settings)
    for tenant, name in all_tenants(house.database):
        count = FindingJobs(house.database, house.vault, house.indexes).reindex(tenant)
        print(f"{name}: {count} documents")
    house.close()
    return 0
