"""The team: its members, how they are signed in, and what they have changed."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the record of changes is append-only'); END"
        for verb in ("update", "delete")
    ]
    + [
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the record of changes is append-only'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record of changes is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    ],
}
ROLES = ("viewer", "editor", "approver", "operator", "administrator")


def upgrade() -> None:
    word, instant = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", word, nullable=False),
        sa.Column("key", word, nullable=False),
        sa.Column("role", word, nullable=False),
        sa.Column("password", word, nullable=True),
        sa.Column("issuer", word, nullable=True),
        sa.Column("subject", word, nullable=True),
        sa.Column("language", word, nullable=True),
        sa.Column("timezone", word, nullable=True),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("disabled_at", instant, nullable=True),
        sa.CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name=op.f("member_role_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("member_pkey")),
    )
    op.create_index("member_key", "member", ["key"], unique=True)
    op.create_index("member_identity", "member", ["issuer", "subject"], unique=True)
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", word, nullable=False),
        sa.Column("csrf", word, nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("seen_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("address", word, nullable=False),
        sa.Column("timezone", word, nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("session_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("session_pkey")),
    )
    op.create_index("session_token", "session", ["token"], unique=True)
    op.create_index("session_member", "session", ["member_id"])
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", word, nullable=False),
        sa.Column("purpose", word, nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("made_by", word, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("used_at", instant, nullable=True),
        sa.Column("revoked_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("ticket_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("ticket_pkey")),
    )
    op.create_index("ticket_token", "ticket", ["token"], unique=True)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("actor", word, nullable=False),
        sa.Column("what", word, nullable=False),
        sa.Column("about", word, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_pkey")),
    )
    op.create_index("audit_at", "audit", ["at"])
    op.create_index("audit_about", "audit", ["about", "id"])
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", word, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("sign_in_try_pkey")),
    )
    op.create_index("sign_in_try_key", "sign_in_try", ["key", "at"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for name in ("session", "ticket", "audit", "sign_in_try", "member"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
