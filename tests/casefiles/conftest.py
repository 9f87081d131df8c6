"""One database for all offices of a room: tenants are apart."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from psycopg import sql

from eakte import flow
from eakte.database import Database
from eakte.jobs import Queue
from eakte.supervise.cluster import DATABASE, OWNER, Cluster
from tests.casefiles.office import Office
from tests.conftest import COPY

_DROP = "DROP DATABASE IF EXISTS offices WITH (FORCE)"


@pytest.fixture(scope="module")
def house(cluster: Cluster, template: str) -> Iterator[Database]:
    urls = cluster.urls()
    names = {"name": sql.Identifier("offices"), "template": sql.Identifier(template), "owner": sql.Identifier(OWNER)}
    with psycopg.connect(urls.superuser.replace("+psycopg", ""), dbname="postgres", autocommit=True) as connection:
        connection.execute(_DROP)
        connection.execute(COPY.format(**names))
        database = Database(urls.app.replace(f"/{DATABASE}?", "/offices?"), partial(flow.enqueue, Queue()), pool=4)
        yield database
        database.close()
        connection.execute(_DROP)


@pytest.fixture
def office(house: Database) -> Office:
    return Office(house).founded()
