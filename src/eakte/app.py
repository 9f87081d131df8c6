"""HTTP in: the application of one API process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from eakte import __version__, wiring
from eakte.access import api as access
from eakte.audit import api as audit
from eakte.casefiles import api as casefiles
from eakte.casefiles import versions_api as versions
from eakte.documents import api as documents
from eakte.figures import gauges
from eakte.finding import api as finding
from eakte.intake import api as intake
from eakte.intake.upload import Uploads
from eakte.readiness import NOT_VITAL, checks, state
from eakte.recognition import api as recognition
from eakte.scanning import api as scanning
from eakte.scanning import delivery_api as deliveries
from eakte.scanning import items_api as items
from eakte.scanning import notes_api as notes
from eakte.scanning import originals_api as originals
from eakte.scanning import profiles_api as profiles
from eakte.scanning import quality_api as quality
from eakte.scanning.standing import received_files_of
from eakte.settings import Settings
from eakte.uploads import api as uploads
from eakte.watch import measures
from eakte.watch.spans import CarryingPool
from eakte.web.problems import answer_with_problems
from eakte.wiring import House
from eakte.work import api as work

THREADS = 4
"""Requests worked on at a time; measured: 4 are faster than the default 40 (sync psycopg, 2 cores)."""
UPLOAD_THREADS = 4
UPLOAD_THREADS_TO_S3 = 64
"""They only wait: two for each upload that may be open, so that none waits out a silent store behind others."""
IMAGE_CHILDREN = 1

DESCRIPTION = "Elektronische Akte für Jobcenter: Eingang, Texterkennung, Akte, Suche, Journal."


def create_app(house: House | None) -> FastAPI:
    """The application; without a house only its description can be had."""
    app = FastAPI(
        title="eakte", version=__version__, description=DESCRIPTION, lifespan=_life(house) if house else None,
        docs_url=None, redoc_url=None, openapi_url="/openapi.json",
    )  # fmt: skip
    answer_with_problems(app)
    batches = (deliveries, scanning, items, uploads)
    for room in (access, intake, documents, recognition, casefiles, versions, work, finding, audit, *batches):
        app.include_router(room.router)
    for of_proof in (notes, profiles, quality, originals):
        app.include_router(of_proof.router)
    if house is not None:
        _health(app, house)
    return app


def _life(house: House) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        settings = house.settings
        with (
            CarryingPool(_upload_threads(settings), "upload") as pool,
            wiring.pipeline(settings, IMAGE_CHILDREN) as pipeline,
        ):
            app.state.clock, app.state.new_id = house.clock, house.new_id
            app.state.database, app.state.vault, app.state.indexes = house.database, house.vault, house.indexes
            app.state.settings, app.state.pipeline, app.state.seal = settings, pipeline, house.seal
            app.state.files_of_batch = received_files_of
            app.state.uploads = Uploads(house.vault, house.blobs, pool, settings.upload_limit, settings.free_space_min)
            app.state.locks = house.database.locks()
            yield
            app.state.locks.close()
        house.close()

    return life


def _upload_threads(settings: Settings) -> int:
    return UPLOAD_THREADS_TO_S3 if settings.blobs_url.startswith("s3+") else UPLOAD_THREADS


def _health(app: FastAPI, house: House) -> None:
    @app.get("/", include_in_schema=False)
    async def welcome() -> dict[str, str]:
        """What a person sees who opens the printed address."""
        return {"service": "eakte", "version": __version__, "description": "/openapi.json", "health": "/health/ready"}

    @app.get("/metrics", include_in_schema=False)
    def prometheus() -> Response:
        return Response(measures.page(gauges(house)), media_type=measures.CONTENT_TYPE)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready", include_in_schema=False)
    def ready() -> JSONResponse:
        parts = {name: state(check) for name, check in checks(house).items()}
        broken = [name for name, found in parts.items() if found != "ok" and name not in NOT_VITAL]
        return JSONResponse({"status": "not ready" if broken else "ready", "parts": parts}, 503 if broken else 200)
