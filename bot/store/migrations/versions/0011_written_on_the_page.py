"""Posts and campaigns that are written on the page, and the files that were uploaded there."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Words = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", Words(), nullable=False),
        sa.Column("campaign", Words(), nullable=False),
        sa.Column("origin", Words(), nullable=False),
        sa.Column("base", Words(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", Words(), nullable=False),
        sa.Column("approved_version", sa.Integer(), nullable=True),
        sa.Column("approved_by", Words(), nullable=True),
        sa.Column("approved_at", Time(), nullable=True),
        sa.Column("live_source", sa.Text(), nullable=True),
        sa.Column("live_version", sa.Integer(), nullable=True),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("created_by", Words(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.Column("updated_by", Words(), nullable=False),
        sa.Column("removed_at", Time(), nullable=True),
        sa.Column("removed_by", Words(), nullable=True),
        sa.CheckConstraint("(live_source IS NULL) = (live_version IS NULL)", name=op.f("post_live_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("post_pkey")),
    )
    _index("post_path", ["path"], "removed_at IS NULL", unique=True)
    op.create_index("post_campaign", "post", ["campaign", "id"])
    _index("post_live", ["campaign", "path"], "live_version IS NOT NULL")
    op.create_table(
        "post_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("began_at", Time(), nullable=False),
        sa.Column("actor", Words(), nullable=False),
        sa.Column("what", Words(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("post_version_post_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("post_version_pkey")),
    )
    op.create_index("post_version_post", "post_version", ["post_id", "id"])
    op.create_table(
        "post_presence",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("member", Words(), nullable=False),
        sa.Column("seen_at", Time(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("post_presence_post_id_fkey")),
        sa.PrimaryKeyConstraint("post_id", "member", name=op.f("post_presence_pkey")),
    )
    op.create_table(
        "media_file",
        sa.Column("digest", Words(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("format", Words(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=True),
        sa.Column("begun_at", Time(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("media_file_pkey")),
    )
    op.create_table(
        "media_piece",
        sa.Column("digest", Words(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["media_file.digest"], name=op.f("media_piece_digest_fkey")),
        sa.PrimaryKeyConstraint("digest", "number", name=op.f("media_piece_pkey")),
    )
    op.create_table(
        "media_name",
        sa.Column("campaign", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("digest", Words(), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["media_file.digest"], name=op.f("media_name_digest_fkey")),
        sa.PrimaryKeyConstraint("campaign", "name", name=op.f("media_name_pkey")),
    )
    op.create_index("media_name_digest", "media_name", ["digest"])
    op.create_table(
        "campaign_source",
        sa.Column("name", Words(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("copied_from", Words(), nullable=True),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("created_by", Words(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.Column("updated_by", Words(), nullable=False),
        sa.Column("removed_at", Time(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("campaign_source_pkey")),
    )


def _index(name: str, columns: list[str], where: str, unique: bool = False) -> None:
    only = sa.text(where)
    op.create_index(name, "post", columns, unique=unique, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name in (
        "campaign_source", "media_name", "media_piece", "media_file", "post_presence", "post_version", "post",
    ):  # fmt: skip
        op.drop_table(name)
