"""Subcommands that run the service."""

import os

import uvicorn

from eakte import wiring
from eakte.app import create_app
from eakte.settings import Settings
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
