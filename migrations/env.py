"""Alembic's entry: runs on the connection that `eakte.migrate` hands over, as the owner of the tables."""

from alembic import context

from eakte.tables import metadata

connection = context.config.attributes["connection"]

context.configure(connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
