"""The journal: entered with the act, refusing changes, numbered without gap."""

import hashlib
import threading
from collections.abc import Iterator

import psycopg
import pytest
import rfc8785
from sqlalchemy.exc import InternalError
from uuid_utils.compat import uuid7

from eakte.database import Database
from eakte.journal import Act, number, record, record_read
from eakte.supervise.cluster import Urls
from tests.conftest import plain
from tests.rooms import Tenant, found, open_database

TRIED = Act("test:thing:tried")


@pytest.fixture
def tenant(database: Urls) -> Iterator[Tenant]:
    opened = open_database(database, lambda _unit: None)
    yield found(opened, database)
    opened.close()


def rows(tenant: Tenant, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(plain(tenant.urls.superuser)) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def enter(tenant: Tenant, **details: object) -> int:
    with tenant.database.unit(tenant.id) as unit:
        return record(unit, tenant.moment(), TRIED, uuid7(), details)


def test_an_entry_goes_with_its_transaction(tenant: Tenant) -> None:
    before = rows(tenant, "SELECT count(*) FROM journal_entries")
    with pytest.raises(ZeroDivisionError), tenant.database.unit(tenant.id) as unit:
        record(unit, tenant.moment(), TRIED, uuid7())
        1 / 0  # noqa: B018
    assert rows(tenant, "SELECT count(*) FROM journal_entries") == before


def test_the_digest_is_over_salt_and_canonical_details(tenant: Tenant) -> None:
    no = enter(tenant, zahl=1, name="Müller", liste=[1, {"b": 2, "a": 1}])
    (digest, salt, details), = rows(
        tenant,
        f"SELECT e.details_digest, d.salt, d.details FROM journal_entries e JOIN journal_details d"
        f" ON d.entry = e.no WHERE e.no = {no}",
    )  # fmt: skip
    assert hashlib.sha256(salt + rfc8785.dumps(details)).digest() == digest  # type: ignore[operator,arg-type]


@pytest.mark.parametrize("role", ["app", "owner", "superuser"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal_entries SET act = 'x:y:z'",
        "DELETE FROM journal_entries",
        "TRUNCATE journal_entries CASCADE",
        "DELETE FROM journal_subjects",
        "UPDATE journal_seals SET seq = 7",
        "TRUNCATE journal_seals",
        "UPDATE journal_details SET salt = ''",
    ],
)
def test_nobody_changes_the_journal_not_even_its_owner(tenant: Tenant, role: str, change: str) -> None:
    enter(tenant)
    before = rows(tenant, "SELECT count(*), min(act) FROM journal_entries")
    with psycopg.connect(plain(getattr(tenant.urls, role))) as connection:
        connection.execute("SELECT set_config('eakte.tenant', %s, false)", [str(tenant.id)])
        with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)):
            connection.execute(change)  # type: ignore[arg-type]
    assert rows(tenant, "SELECT count(*), min(act) FROM journal_entries") == before


def test_numbers_have_no_gap_and_no_double_while_many_write_and_two_number(tenant: Tenant) -> None:
    def write() -> None:
        for _ in range(40):
            enter(tenant)

    def count() -> None:
        while not done.is_set():
            with tenant.database.unit(tenant.id) as unit:
                number(unit)

    done = threading.Event()
    writers = [threading.Thread(target=write) for _ in range(4)]
    numberers = [threading.Thread(target=count) for _ in range(2)]
    for thread in [*writers, *numberers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in numberers:
        thread.join()
    with tenant.database.unit(tenant.id) as unit:
        number(unit)
    seqs = [row[0] for row in rows(tenant, "SELECT seq FROM journal_seals ORDER BY seq")]
    (entries,), = rows(tenant, "SELECT count(*) FROM journal_entries")  # fmt: skip
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) == entries
    assert rows(tenant, "SELECT count(*) FROM journal_unsealed") == [(0,)]


def test_an_entry_that_commits_late_is_numbered_after_ones_that_began_later(tenant: Tenant) -> None:
    with tenant.database.unit(tenant.id) as late:
        early = record(late, tenant.moment(), TRIED, uuid7())
        after = enter(tenant)
        with tenant.database.unit(tenant.id) as unit:
            number(unit)
    with tenant.database.unit(tenant.id) as unit:
        number(unit)
    seq = dict(rows(tenant, "SELECT entry, seq FROM journal_seals"))  # type: ignore[arg-type,var-annotated]
    assert early < after
    assert seq[early] > seq[after]


def test_a_read_is_entered_once_in_ten_minutes_per_actor_and_kind(tenant: Tenant) -> None:
    subject = uuid7()

    def read(kind: str) -> None:
        with tenant.database.unit(tenant.id) as unit:
            record_read(unit, tenant.moment(), TRIED, subject, {"kind": kind})

    def entered() -> int:
        (found,), = rows(tenant, f"SELECT count(*) FROM journal_entries WHERE subject = '{subject}'")  # fmt: skip
        return int(str(found))

    read("original")
    read("original")
    assert entered() == 1
    read("archival")
    assert entered() == 2
    tenant.clock.pass_by(minutes=11)
    read("original")
    assert entered() == 3


def test_without_a_tenant_nothing_of_the_journal_is_seen(tenant: Tenant, database: Urls) -> None:
    enter(tenant)
    with psycopg.connect(plain(database.app)) as connection:
        assert connection.execute("SELECT count(*) FROM journal_entries").fetchone() == (0,)


def test_look_is_read_only(tenant: Tenant) -> None:

    opened: Database = tenant.database
    with pytest.raises(InternalError, match="read-only"), opened.look(tenant.id) as unit:
        record(unit, tenant.moment(), TRIED, uuid7())
