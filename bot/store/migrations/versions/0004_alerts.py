"""Alerts: what people are told once, the copies on their way, and what the networks said of the accounts."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Words = sqlmodel.sql.sqltypes.AutoString
Instant = sqlmodel.sql.sqltypes.UTCDateTime
WAITING = "sent_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", Words(), nullable=False),
        sa.Column("topic", Words(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_pkey")),
    )
    op.create_index("alert_key", "alert", ["key"], unique=True)
    op.create_index("alert_topic", "alert", ["topic", "at"])
    op.create_table(
        "alert_copy",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("target", Words(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("token", Words(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("given_up_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("alert_copy_alert_id_fkey")),
        sa.PrimaryKeyConstraint("alert_id", "target", name=op.f("alert_copy_pkey")),
    )
    op.create_index(
        "alert_copy_waiting", "alert_copy", ["target", "ready_at"],
        sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING),
    )  # fmt: skip
    op.create_index("alert_copy_sent", "alert_copy", ["target", "sent_at"])
    op.create_table(
        "account_check",
        sa.Column("account", Words(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("account_check_pkey")),
    )


def downgrade() -> None:
    for table in ("account_check", "alert_copy", "alert"):
        op.drop_table(table)
