"""Settings in, connected adapters out: the only place that chooses them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from uuid_utils.compat import uuid7

from eakte import flow
from eakte.blobs.fallback import WithFallback
from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobStore, StoreFull
from eakte.blobs.watched import WatchedBlobs
from eakte.database import Database
from eakte.errors import Problem
from eakte.finding.indexes import Indexes
from eakte.finding.watched import WatchedIndexes
from eakte.intake.model import CONTAINERS, DEEPEST
from eakte.jobs import Queue
from eakte.recognition.kinds import ZIP
from eakte.recognition.plaintext import clear_left, private_folder
from eakte.scanning.seal import Seal, TenantSeal
from eakte.settings import Settings
from eakte.vault import Vault
from ocr_pipeline import Limits, Pipeline, Unreadable

OUTPUT_LIMIT = 4 << 30
"""Bytes that a child may write into one file."""


class NoDatabase(Problem):
    """There is no database to connect to."""

    code, title = "no-database", "Es läuft keine Datenbank"
    remedy = "eakte up starten oder EAKTE_DATABASE_URL setzen."


class StoreKeysMissing(Problem):
    """The blobs lie in S3, and a key for it is neither given nor to be read from its file."""

    code, title = "store-keys-missing", "Die Zugangsdaten der Ablage fehlen"
    remedy = "EAKTE_S3_ACCESS_KEY und EAKTE_S3_SECRET_KEY setzen, oder die Dateien dazu (…_FILE)."


class NothingToMove(Problem):
    """The store that is to be copied into is the only one there is."""

    code, status, title = "nothing-to-move", 409, "Quelle und Ziel sind dieselbe Ablage"
    remedy = "EAKTE_BLOBS_FALLBACK_URL auf die alte Ablage setzen, oder als Ziel eine andere nennen."


class PagesUncounted(Problem):
    """The child that counts pages was killed from outside; another try may succeed."""

    code, title = "pages-uncounted", "Die Seiten einer Datei ließen sich nicht zählen"


@dataclass(frozen=True)
class House:
    """The connected parts of one installation."""

    settings: Settings
    database_url: str
    database: Database
    blobs: BlobStore
    vault: Vault
    seal: Seal
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
    blobs = WatchedBlobs(_blobs(settings))
    database = Database(url, partial(flow.enqueue, Queue()), pool)
    vault = Vault(blobs, settings.master_key)
    indexes = indexes_at(settings, settings.search_url.get_secret_value())
    return House(settings, url, database, blobs, vault, TenantSeal(vault), indexes, now, uuid7)


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


def pages_in(pipeline: Pipeline, file: Path, work: Path, around: int = 0) -> int:
    """Pages of a file, with those of what lies in a ZIP or mail, as the service will count them; of no such file 1.

    `around`: containers around it. The folder `work` is left as it was.
    """
    with TemporaryDirectory(dir=work) as folder:
        try:
            kind, parts, inside = pipeline.kind(file), Path(folder, "parts"), list[Path]()
            if kind in CONTAINERS:
                if around >= DEEPEST:
                    return 1
                parts.mkdir()
                inside = [piece.path for piece in pipeline.take_apart(file, parts).pieces]
            own = 0 if kind == ZIP else pipeline.prepare(file, Path(folder, "counted.pdf")).pages
        except Unreadable as error:
            _need_counted(error)
            return 1
        return own + sum(pages_in(pipeline, each, work, around + 1) for each in inside)


def _need_counted(error: Unreadable) -> None:
    """Of a file that cannot be read there is a page; where the machine is to blame, nobody knows."""
    if error.code == "no-space":
        raise StoreFull("Unter EAKTE_HOME ist kein Platz, um Seiten zu zählen.") from error
    if error.passing:
        raise PagesUncounted from error


def _blobs(settings: Settings) -> BlobStore:
    store = blob_store(settings, settings.blobs_url)
    fallback = settings.blobs_fallback_url
    return WithFallback(store, blob_store(settings, fallback)) if fallback else store


def blob_store(settings: Settings, url: str) -> BlobStore:
    """The store at this address of the form of `EAKTE_BLOBS_URL`."""
    if url.startswith("s3+"):
        from eakte.blobs.s3 import S3Blobs  # a house without a server starts without its library

        access, secret = settings.s3_access_key, settings.s3_secret_key.get_secret_value()
        keys = _key(access, settings.s3_access_key_file), _key(secret, settings.s3_secret_key_file)
        return S3Blobs(url, keys, settings.s3_region, settings.s3_retention_days, now)
    return FilesystemBlobs(Path(url.removeprefix("file://")) if url else settings.blobs_folder)


def indexes_at(settings: Settings, url: str) -> Indexes:
    """The indexes at this address of the form of `EAKTE_SEARCH_URL`."""
    return WatchedIndexes(settings.index_folder, url)


def own_store(settings: Settings) -> str:
    """Address of the store that the service writes to."""
    return settings.blobs_url or f"file://{settings.blobs_folder}"


def stores_of_a_move(settings: Settings, to: str) -> tuple[BlobStore, BlobStore]:
    """From where and to where: from the service's store, or, where that is the target, from its fallback."""
    own = own_store(settings)
    source = settings.blobs_fallback_url if to == own else own
    if source in ("", to):
        raise NothingToMove
    return blob_store(settings, source), blob_store(settings, to)


def _key(given: str, file: Path | None) -> str:
    try:
        key = given or (file.read_text().strip() if file else "")
    except OSError as error:
        raise StoreKeysMissing(f"Die Datei {file} ist nicht lesbar") from error
    if not key:
        raise StoreKeysMissing
    return key


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
