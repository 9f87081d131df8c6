"""The second world a house can live in: records, bytes and index on servers of their own, as a Kreis has them."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from minio import Minio
from psycopg import sql

from eakte.supervise.cluster import OWNER
from tests.services.postgresql import TEST_ONLY_PASSWORD

EMBEDDED: Mapping[str, str] = {}
"""One machine: nothing is set."""


@dataclass(frozen=True)
class Servers:
    """Where PostgreSQL, the S3 store and OpenSearch listen (`host:port`); proxies may stand before them."""

    postgresql: str
    s3: str
    opensearch: str


@contextmanager
def many_machines(servers: Servers, s3: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Settings without their prefix, for an installation with a database and a bucket of its own; `s3`: its keys."""
    name = f"eakte-{uuid.uuid4().hex[:12]}"
    client = Minio(servers.s3, s3["S3_ACCESS_KEY"], s3["S3_SECRET_KEY"], secure=False)
    client.make_bucket(name)
    with _database(servers.postgresql, name):
        yield {
            "DATABASE_URL": f"postgresql://eakte_app:{TEST_ONLY_PASSWORD}@{servers.postgresql}/{name}",
            "DATABASE_OWNER_URL": f"postgresql://{OWNER}:{TEST_ONLY_PASSWORD}@{servers.postgresql}/{name}",
            "BLOBS_URL": f"s3+http://{servers.s3}/{name}",
            "S3_ACCESS_KEY": s3["S3_ACCESS_KEY"],
            "S3_SECRET_KEY": s3["S3_SECRET_KEY"],
            "SEARCH_URL": f"http://{servers.opensearch}",
        }


def superuser_url(address: str, database: str) -> str:
    """For looking into a database of the server at `address`, past row-level security."""
    return f"postgresql://postgres:{TEST_ONLY_PASSWORD}@{address}/{database}"


@contextmanager
def _database(address: str, name: str) -> Iterator[None]:
    names = {"name": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
    with psycopg.connect(superuser_url(address, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {name} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0").format(**names)
        )
    yield
    with psycopg.connect(superuser_url(address, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))
