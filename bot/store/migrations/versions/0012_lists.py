"""The indexes of the lists on the pages, and the words that deliveries are found by."""

import sqlalchemy as sa
from alembic import op

from bot.model.message import Part
from bot.store.words import of_parts

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STANDING = "state IN ('failed', 'missed', 'held', 'uncertain')"
CANCELLED = "state = 'cancelled'"
SELDOM = "to_state IN ('failed', 'missed', 'held', 'uncertain', 'cancelled')"
INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("delivery_due", "delivery", ["due_at", "id"], None),
    ("delivery_campaign_due", "delivery", ["campaign", "due_at", "id"], None),
    ("delivery_account_due", "delivery", ["account", "due_at", "id"], None),
    ("delivery_standing", "delivery", ["due_at", "id"], STANDING),
    ("delivery_cancelled", "delivery", ["due_at", "id"], CANCELLED),
    ("post_log_at", "post_log", ["at", "id"], None),
    ("post_log_campaign", "post_log", ["campaign", "at", "id"], None),
    ("post_log_account", "post_log", ["account", "at", "id"], None),
    ("post_log_seldom", "post_log", ["to_state", "at", "id"], SELDOM),
)
# As for the first tables: SQLite would take the small ones for large, and the large ones for small.
STATISTICS = {
    "delivery_due": "1000000 3 1",
    "delivery_campaign_due": "1000000 1000 3 1",
    "delivery_account_due": "1000000 100000 2 1",
    "delivery_standing": "300 3 1",
    "delivery_cancelled": "30000 3 1",
    "post_log_at": "1000000 3 1",
    "post_log_campaign": "1000000 3000 3 1",
    "post_log_account": "1000000 100000 2 1",
    "post_log_seldom": "30000 10000 3 1",
}
BATCH = 1_000

part = sa.table("part", sa.column("delivery_id"), sa.column("number"), sa.column("content", sa.JSON()))
delivery = sa.table("delivery", sa.column("id"), sa.column("post"))
words = sa.table("delivery_words", sa.column("delivery_id"), sa.column("words"))


def upgrade() -> None:
    op.create_table(
        "delivery_words",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("delivery_words_delivery_id_fkey")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("delivery_words_pkey")),
    )
    op.drop_index("post_log_at", "post_log")
    for name, table, columns, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    _write_words(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DELETE FROM sqlite_stat1 WHERE idx = 'post_log_at'")
        for name, table, _, _ in INDEXES:
            counts = STATISTICS[name]
            op.execute(f"INSERT INTO sqlite_stat1 VALUES ('{table}', '{name}', '{counts}')")  # noqa: S608
        op.execute("ANALYZE sqlite_schema")


def _write_words(connection: sa.Connection) -> None:
    """The words of what is there already, some deliveries at a time."""
    after = 0
    while rows := connection.execute(
        sa.select(delivery).where(delivery.c.id > after).order_by(delivery.c.id).limit(BATCH)
    ).all():
        said: dict[int, list[Part]] = {row.id: [] for row in rows}
        found = sa.select(part).where(part.c.delivery_id > after, part.c.delivery_id <= rows[-1].id)
        for one in connection.execute(found.order_by(part.c.delivery_id, part.c.number)):
            said[one.delivery_id].append(Part.from_json(one.content))
        connection.execute(
            sa.insert(words),
            [{"delivery_id": row.id, "words": of_parts(row.post, said[row.id])} for row in rows],
        )
        after = rows[-1].id


def downgrade() -> None:
    raise NotImplementedError("there is no way back to an earlier revision: restore a backup instead")
