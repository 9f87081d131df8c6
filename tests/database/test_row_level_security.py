"""A forgotten filter leaks nothing: what the service's role sees of tables when no query names a tenant."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from eakte.supervise.cluster import OWNER, Urls
from eakte.tables import metadata
from tests.conftest import COPY, plain

OPEN_TO_ALL = {"journal_unsealed"}  # ids alone, by decision
TABLES = sorted(set(metadata.tables) - OPEN_TO_ALL - {"tenants"})
JOURNAL = ["journal_entries", "journal_subjects", "journal_seals", "journal_details"]
MINE, OTHER = uuid.uuid4(), uuid.uuid4()

# A value for each column type that has no default; checks and foreign keys are not asked (see `filled`).
_VALUES: dict[str, Any] = {
    "uuid": MINE, "text": "x", "int4": 1, "int8": 1, "bool": False, "float8": 0.5, "bytea": b"x", "jsonb": "{}",
    "json": "{}",
    "timestamptz": "2026-01-01T00:00:00Z", "date": "2026-01-01", "_text": ["x"], "_uuid": [MINE], "_int8": [1],
    "_int4": [1],
}  # fmt: skip
_COLUMNS = """
    SELECT column_name, udt_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' AND is_identity = 'NO'
"""
_CHOSEN = {"kind": "user", "state": "open", "place": "none", "reading_state": "waiting", "disposition": "stored",
           "sides": 1, "result": "passed", "outcome": "item", "decision": "refused", "released_by": OTHER,
           "malware_scans.state": "clean", "cause": "macros"}  # fmt: skip


def row_of(connection: psycopg.Connection, table: str, tenant: uuid.UUID) -> tuple[sql.Composed, list[Any]]:
    """A statement that inserts one row of that tenant, and its values."""
    columns = connection.execute(_COLUMNS, [table]).fetchall()
    key = "id" if table == "tenants" else "tenant"
    known = {name: _CHOSEN.get(f"{table}.{name}", _CHOSEN.get(name, _VALUES[kind])) for name, kind in columns}
    chosen = {name: _VALUES[kind] if kind == "jsonb" else known[name] for name, kind in columns}
    values = [tenant if name == key else chosen[name] for name, _ in columns]
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    marks = sql.SQL(", ").join(sql.Placeholder() * len(columns))
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, marks), values


@pytest.fixture(scope="module")
def filled(cluster: Any, template: str) -> Iterator[Urls]:
    """A database with one row of tenant MINE in every table; foreign keys are not looked at."""
    name = f"rows_{uuid.uuid4().hex}"
    urls = cluster.urls()
    made = Urls(*(url.replace(f"/{template}?", f"/{name}?") for url in urls))
    with psycopg.connect(plain(urls.superuser), dbname="postgres", autocommit=True) as connection:
        names = {"name": sql.Identifier(name), "template": sql.Identifier(template), "owner": sql.Identifier(OWNER)}
        connection.execute(COPY.format(**names))
        with psycopg.connect(plain(made.superuser)) as inside:
            inside.execute("SET session_replication_role = replica")
            for table in [*TABLES, "tenants"]:
                inside.execute(*row_of(inside, table, MINE))
        yield made
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def seen(connection: psycopg.Connection, tenant: uuid.UUID | None) -> dict[str, int]:
    """Rows of each table without any filter, as the service's role, with this tenant set."""
    if tenant is not None:
        connection.execute("SELECT set_config('eakte.tenant', %s, true)", [str(tenant)])
    count = sql.SQL("SELECT count(*) FROM {}")
    return {
        table: connection.execute(count.format(sql.Identifier(table))).fetchone()[0] for table in [*TABLES, "tenants"]
    }


def test_a_forgotten_filter_leaks_nothing(filled: Urls) -> None:
    with psycopg.connect(plain(filled.app)) as connection:
        assert set(seen(connection, None).values()) == {0}
        assert set(seen(connection, OTHER).values()) == {0}
        assert set(seen(connection, MINE).values()) == {1}
        connection.rollback()
        assert set(seen(connection, None).values()) == {0}, "the pool gives connections on without a tenant"


def test_owners_rights_do_not_pass_it_either(filled: Urls) -> None:
    with psycopg.connect(plain(filled.owner)) as connection:
        assert set(seen(connection, None).values()) == {0}


@pytest.mark.parametrize("tenant", [None, OTHER], ids=["no tenant", "another tenant"])
def test_a_row_of_another_tenant_is_refused_by_every_table(filled: Urls, tenant: uuid.UUID | None) -> None:
    accepted = []
    with psycopg.connect(plain(filled.app), autocommit=True) as connection:
        for table in [*TABLES, "tenants"]:
            try:
                with connection.transaction():
                    if tenant is not None:
                        connection.execute("SELECT set_config('eakte.tenant', %s, true)", [str(tenant)])
                    connection.execute(*row_of(connection, table, MINE))
                accepted.append(table)
            except errors.InsufficientPrivilege as refused:
                assert "row-level security" in str(refused)
    assert accepted == []


def test_no_row_can_be_given_to_another_tenant(filled: Urls) -> None:
    with psycopg.connect(plain(filled.app), autocommit=True) as connection:
        for table in ("documents", "principals", "case_files"):
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute("SELECT set_config('eakte.tenant', %s, true)", [str(MINE)])
                connection.execute(sql.SQL("UPDATE {} SET tenant = %s").format(sql.Identifier(table)), [OTHER])


@pytest.mark.parametrize("change", ["UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("role", ["app", "owner", "superuser"])
def test_the_journal_refuses_every_change_of_everybody(filled: Urls, role: str, change: str) -> None:
    tables = JOURNAL if "DELETE" not in change else JOURNAL[:3]  # details are erased by disposal
    with psycopg.connect(plain(getattr(filled, role)), autocommit=True) as connection:
        for table in tables:
            with pytest.raises((errors.RestrictViolation, errors.InsufficientPrivilege)):
                connection.execute(sql.SQL(change).format(sql.Identifier(table)))


def test_the_journal_refuses_changes_where_triggers_are_said_to_rest(filled: Urls) -> None:
    with psycopg.connect(plain(filled.superuser), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(errors.RestrictViolation):
            connection.execute("DELETE FROM journal_entries")


def test_the_service_cannot_erase_details_nor_change_what_never_changes(filled: Urls) -> None:
    kept = ["journal_details", "received_files", "versions", "version_sources", "renditions", "readings", "relations",
            "case_file_revisions", "batch_receipts", "transfer_notes", "page_findings",
            "malware_scans", "quarantined_originals",
            "batch_captures", "quality_samples", "quality_checks", "scan_procedures"]  # fmt: skip
    with psycopg.connect(plain(filled.app), autocommit=True) as connection:
        for table in kept:
            for change in ("DELETE FROM {}", "UPDATE {} SET tenant = tenant", "TRUNCATE {}"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(sql.SQL(change).format(sql.Identifier(table)))
