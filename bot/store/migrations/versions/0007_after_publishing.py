"""What was taken away again, and how posts have done."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As for the first tables: that these indexes are small, SQLite can not know.
STATISTICS = {"delivery_removing": "3 1", "delivery_removed": "300 1", "delivery_figures": "3000 1000 1"}
LATELY = timedelta(days=30)  # what went out since then is still asked about


def upgrade() -> None:
    instant = sqlmodel.sql.sqltypes.UTCDateTime
    for table in ("part", "delivery"):
        op.add_column(table, sa.Column("removed_at", instant(), nullable=True))
        op.add_column(table, sa.Column("removed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("delivery", sa.Column("removing_since", instant(), nullable=True))
    op.add_column("delivery", sa.Column("figures_at", instant(), nullable=True))
    for index, columns, column in (
        ("delivery_removing", ["removing_since"], "removing_since"),
        ("delivery_removed", ["removed_at"], "removed_at"),
        ("delivery_figures", ["account", "figures_at"], "figures_at"),
    ):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(index, "delivery", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "figure",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("collected_at", instant(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("reactions", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("figure_delivery_id_fkey")),
        sa.PrimaryKeyConstraint("delivery_id", "part", "collected_at", name=op.f("figure_pkey")),
    )
    op.create_table(
        "collection",
        sa.Column("account", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("not_before", instant(), nullable=True),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("said_at", instant(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("collection_pkey")),
    )
    delivery = sa.table(
        "delivery",
        sa.column("state"),
        sa.column("published_at", instant()),
        sa.column("figures_at", instant()),
    )
    lately = delivery.c.published_at >= datetime.now(UTC) - LATELY
    op.execute(
        delivery.update()
        .where(delivery.c.state == "published", lately)
        .values(figures_at=delivery.c.published_at)
    )
    if op.get_bind().dialect.name == "sqlite":
        for index, counts in STATISTICS.items():
            op.execute(f"INSERT INTO sqlite_stat1 VALUES ('delivery', '{index}', '{counts}')")  # noqa: S608
        op.execute("ANALYZE sqlite_schema")


def downgrade() -> None:
    raise NotImplementedError("what is known to be taken away would be lost: restore a backup instead")
