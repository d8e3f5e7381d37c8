"""Alembic's entry: runs the revisions in the transaction that it is given."""

from alembic import context
from sqlmodel import SQLModel

import bot.store.program_tables
import bot.store.team_tables
import bot.store.written_tables  # noqa: F401  (with the tables that they build on, fill the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite can not alter a table in place
)
context.run_migrations()
