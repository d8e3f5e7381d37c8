"""What a provider knows the invited by, when each member was last seen, and whose changes are whose."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("email", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("member", sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_index("member_email", "member", ["email"], unique=True)
    op.create_index("audit_actor", "audit", ["actor", "id"])


def downgrade() -> None:
    op.drop_index("audit_actor", table_name="audit")
    op.drop_index("member_email", table_name="member")
    op.drop_column("member", "seen_at")
    op.drop_column("member", "email")
