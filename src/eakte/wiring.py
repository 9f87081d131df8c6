"""Settings in, connected adapters out: the only place that chooses them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from uuid_utils.compat import uuid7

from eakte import flow
from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobStore
from eakte.blobs.watched import WatchedBlobs
from eakte.database import Database
from eakte.errors import Problem
from eakte.finding.indexes import Indexes
from eakte.finding.watched import WatchedIndexes
from eakte.jobs import Queue
from eakte.recognition.plaintext import clear_left, private_folder
from eakte.settings import Settings
from eakte.vault import Vault
from ocr_pipeline import Limits, Pipeline

OUTPUT_LIMIT = 4 << 30
"""Bytes that a child may write into one file."""


class NoDatabase(Problem):
    """There is no database to connect to."""

    code, title = "no-database", "Es läuft keine Datenbank"
    remedy = "eakte up starten oder EAKTE_DATABASE_URL setzen."


@dataclass(frozen=True)
class House:
    """The connected parts of one installation."""

    settings: Settings
    database_url: str
    database: Database
    blobs: BlobStore
    vault: Vault
    indexes: Indexes
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]

    def close(self) -> None:
        """Close connections and indexes."""
        self.indexes.close()
        self.database.close()


def furnish(settings: Settings, pool: int = 8) -> House:
    """Connect everything; nothing is started or written. `pool`: database connections kept open."""
    url = database_url(settings)
    blobs = WatchedBlobs(FilesystemBlobs(settings.blobs_folder))
    database = Database(url, partial(flow.enqueue, Queue()), pool)
    vault = Vault(blobs, settings.master_key)
    return House(settings, url, database, blobs, vault, WatchedIndexes(settings.index_folder), now, uuid7)


@contextmanager
def pipeline(settings: Settings, children: int) -> Iterator[Pipeline]:
    """Contained children that parse foreign bytes, killed at the end; what killed processes left of them goes first."""
    limits = Limits(
        seconds=settings.page_seconds, memory=settings.child_memory, file_size=OUTPUT_LIMIT,
        pixels=settings.pixel_limit, pages=settings.page_limit,
    )  # fmt: skip
    clear_left(settings.work_folder)
    with private_folder(settings.work_folder / "children") as scratch:
        made = Pipeline(children, limits, settings.ocr_engine, scratch)
        try:
            yield made
        finally:
            made.close(kill=True)


def now() -> datetime:
    """The service's clock, UTC."""
    return datetime.now(UTC)


def database_url(settings: Settings) -> str:
    """Of the service's role: the setting, or what the private cluster noted under the home."""
    return sqlalchemy_url(settings.database_url.get_secret_value() or _noted(settings.home / "database.url"))


def owner_url(settings: Settings) -> str:
    """Of the tables' owner; only for migrations. A database of one's own needs its owner named."""
    given = settings.database_owner_url.get_secret_value()
    if not given and settings.database_url.get_secret_value():
        raise NoDatabase(
            "EAKTE_DATABASE_URL ist gesetzt, EAKTE_DATABASE_OWNER_URL nicht.",
            remedy="EAKTE_DATABASE_OWNER_URL auf die Rolle setzen, der die Tabellen gehören.",
        )
    return sqlalchemy_url(given or _noted(settings.home / "database-owner.url"))


def libpq_url(url: str) -> str:
    """The same address for psycopg itself."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def sqlalchemy_url(url: str) -> str:
    """With the driver named, however the operator wrote it."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url


def _noted(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        raise NoDatabase from None
