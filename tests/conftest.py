"""Fixtures of all rooms: one private database server for the run, a fresh migrated database for each test that asks."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from eakte.migrate import migrate
from eakte.supervise.cluster import APP, DATABASE, OWNER, Cluster, Urls
from eakte.supervise.places import ClusterError
from tests.homes import discard, new_home


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running server with an empty database; nothing of it is flushed to disk."""
    folder = new_home()
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
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}").format(**names))
        yield Urls(*(url.replace(f"/{DATABASE}?", f"/{name}?") for url in urls))
        connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))


def plain(url: str) -> str:
    """The address as psycopg itself takes it."""
    return url.replace("+psycopg", "")
