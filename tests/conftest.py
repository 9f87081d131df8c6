"""Fixtures of all rooms: one private database server for the run, a fresh migrated database for each test that asks."""

import gc
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from eakte.migrate import migrate
from eakte.supervise.cluster import APP, DATABASE, OWNER, Cluster, Urls
from eakte.supervise.places import ClusterError
from tests.homes import discard, new_home
from tests.services import frame
from tests.services.clamd import Clamd
from tests.services.frame import Failed, Service
from tests.services.imap import Imap
from tests.services.minio import MinIO
from tests.services.opensearch import OpenSearch
from tests.services.postgresql import PostgreSQL
from tests.services.seaweedfs import SeaweedFS
from tests.services.sftp import Sftp
from tests.services.toxiproxy import Toxiproxy
from tests.sharing import Sharing, place

COPY = sql.SQL("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} STRATEGY FILE_COPY")
"""By copying its files: through the log, as is the default, it takes seven times as long in memory."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    """Two processes, as `make test` has them, share the tests by groups."""
    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Processes tell tests apart by their ids; what schemathesis makes has but one for all operations."""
    for item in items:
        if "[" in item.name and "[" not in item.nodeid:
            item._id = item.id.with_params(item.name.partition("[")[2].removesuffix("]"))
    if doubled := [test for test, times in Counter(item.nodeid for item in items).items() if times > 1]:
        raise pytest.UsageError(f"only one of the tests with the same id would run: {doubled}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: to go through it again and again took 8 % of the time of a room."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tests tell figures by `record_property("figure", …)`: what a process of several prints is seen by nobody."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(value)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes hold the time in which they were made, and tests are shared among processes by their names."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running server with an empty database; nothing of it is flushed to disk."""
    folder = new_home(in_memory=True)
    server = _started(folder)
    yield server
    server.stop()
    discard(folder)


def _started(folder: Path) -> Cluster:
    try:
        server = Cluster(folder, durable=False)
        server.start()
    except ClusterError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(f"PostgreSQL cannot run here: {error}")
    return server


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """Name of a migrated database without rows, to be copied."""
    migrate(cluster.urls().owner, APP)
    return DATABASE


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[Urls]:
    """Addresses of a fresh migrated database of the test's own: `app`, `owner`, `superuser`."""
    name = f"test_{uuid.uuid4().hex}"
    urls = cluster.urls()
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template), "owner": sql.Identifier(OWNER)}
    with psycopg.connect(plain(urls.superuser), dbname="postgres", autocommit=True) as connection:
        connection.execute(COPY.format(**names))
        yield Urls(*(url.replace(f"/{DATABASE}?", f"/{name}?") for url in urls))
        connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))


def plain(url: str) -> str:
    """The address as psycopg itself takes it."""
    return url.replace("+psycopg", "")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[dict[str, str]]:
    """A server on TCP as operators have one, empty: `EAKTE_DATABASE_URL`, `EAKTE_DATABASE_OWNER_URL`."""
    yield from _served(PostgreSQL())


@pytest.fixture(scope="session")
def opensearch() -> Iterator[str]:
    """Address of a running node; whoever makes indexes there gives them names of their own."""
    for connect in _served(OpenSearch()):
        yield connect["OPENSEARCH_URL"]


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[dict[str, str]]:
    """An S3 server; how to connect: `S3_ADDRESS`, `S3_ACCESS_KEY`, …"""
    yield from _served(SeaweedFS())


@pytest.fixture(scope="session")
def minio() -> Iterator[dict[str, str]]:
    """A second S3 server. Building it takes minutes, so only where it is built already, or in CI."""
    service = MinIO()
    if "CI" not in os.environ and not frame.installed(service.name, service.version):
        pytest.skip("MinIO is not built here: make services, or python -m tests.services.minio install")
    yield from _served(service)


@pytest.fixture(scope="session")
def clamd() -> Iterator[dict[str, str]]:
    """A virus scanner that knows two test signatures: `CLAMD` (host:port), `CLAMD_SOCKET`."""
    yield from _served(Clamd())


@pytest.fixture(scope="session")
def toxiproxy() -> Iterator[str]:
    """The control address of the fault proxy, for `Proxy`."""
    for connect in _served(Toxiproxy()):
        yield connect["TOXIPROXY_URL"]


@pytest.fixture(scope="session")
def imap() -> Iterator[dict[str, str]]:
    """A mail server with one account: `IMAP_HOST`, `IMAPS_PORT`, `IMAP_USER`, …; needs root."""
    yield from _served(Imap())


@pytest.fixture(scope="session")
def sftp() -> Iterator[dict[str, str]]:
    """An SFTP server whose one account sees `SFTP_WATCHED_FOLDER` only; needs root."""
    yield from _served(Sftp())


def _served(service: Service) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        try:
            connect = stack.enter_context(frame.serving(service))
        except Failed as error:
            if "CI" in os.environ:
                raise
            pytest.skip(f"{service.name} cannot run here: {error}")
        yield connect
