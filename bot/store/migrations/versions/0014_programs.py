"""Programs: the tokens with which they ask, and the webhooks by which they are told."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WAITING = sa.text("sent_at IS NULL AND given_up_at IS NULL")


def upgrade() -> None:
    word, instant = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", word, nullable=False),
        sa.Column("fingerprint", word, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=True),
        sa.Column("last_used_at", instant, nullable=True),
        sa.Column("revoked_at", instant, nullable=True),
        sa.Column("revoked_by", word, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("api_token_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("api_token_pkey")),
    )
    op.create_index("api_token_fingerprint", "api_token", ["fingerprint"], unique=True)
    op.create_index("api_token_member", "api_token", ["member_id"])
    op.create_table(
        "api_answer",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", word, nullable=False),
        sa.Column("request", word, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("api_answer_token_id_fkey")),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("api_answer_pkey")),
    )
    op.create_index("api_answer_at", "api_answer", ["at"])
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", word, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_until", instant, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("off_why", sa.Text(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("made_by", word, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("ready_at", instant, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failing_since", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_pkey")),
    )
    op.create_table(
        "webhook_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("message", word, nullable=False),
        sa.Column("type", word, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("token", word, nullable=True),
        sa.Column("lease_until", instant, nullable=True),
        sa.Column("tried_at", instant, nullable=True),
        sa.Column("sent_at", instant, nullable=True),
        sa.Column("given_up_at", instant, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("webhook_copy_webhook_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_copy_pkey")),
    )
    op.create_index("webhook_copy_entry", "webhook_copy", ["webhook_id", "entry_id"], unique=True)
    op.create_index(
        "webhook_copy_waiting", "webhook_copy", ["webhook_id", "id"],
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip
    op.create_index("webhook_copy_made", "webhook_copy", ["webhook_id", "made_at"])


def downgrade() -> None:
    for name in ("webhook_copy", "webhook", "api_answer", "api_token"):
        op.drop_table(name)
