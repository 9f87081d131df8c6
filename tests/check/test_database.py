"""What the models say is what the database has, and tenants are apart in every table."""

import psycopg

from eakte.migrate import drift
from tests.conftest import plain

_APART = """
    SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND n.nspname = 'public' AND NOT (relrowsecurity AND relforcerowsecurity)
"""
_ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


def test_the_migrations_make_what_the_models_say(database):
    assert drift(database.owner) == []


def test_row_level_security_is_forced_on_every_table_but_the_list_of_entries_waiting_for_a_number(database):
    with psycopg.connect(plain(database.app)) as connection:
        open_to_all = {row[0] for row in connection.execute(_APART)}
    assert open_to_all == {"journal_unsealed", "alembic_version"}


def test_the_services_role_cannot_bypass_row_level_security(database):
    with psycopg.connect(plain(database.app)) as connection:
        assert connection.execute(_ROLE).fetchone() == (False,)
