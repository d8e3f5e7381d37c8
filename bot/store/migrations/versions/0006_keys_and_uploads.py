"""A key for each delivery, and the files that networks have for parts that are not out yet."""

import secrets
import time

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "delivery",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""),
    )
    connection = op.get_bind()
    now = int(time.time() * 1000)
    known = connection.execute(sa.text("SELECT id FROM delivery")).scalars().all()
    if known:
        statement = sa.text("UPDATE delivery SET key = :key WHERE id = :id")
        keys = [{"id": one, "key": f"{now:012x}{secrets.token_hex(8)}"} for one in known]
        connection.execute(statement, keys)
    op.create_table(
        "upload",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("content", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ready_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("upload_delivery_id_fkey")),
        sa.PrimaryKeyConstraint("delivery_id", "part", "place", name=op.f("upload_pkey")),
    )


def downgrade() -> None:
    op.drop_table("upload")
    op.drop_column("delivery", "key")
