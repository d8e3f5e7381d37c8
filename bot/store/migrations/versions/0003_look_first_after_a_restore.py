"""What a restored database may not know, and why a worker waits."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UNSURE = "state = 'scheduled' AND look_since IS NOT NULL"


def upgrade() -> None:
    op.add_column("worker", sa.Column("waits_for", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("look_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_index(
        "delivery_unsure",
        "delivery",
        ["look_since"],
        unique=False,
        sqlite_where=sa.text(UNSURE),
        postgresql_where=sa.text(UNSURE),
    )


def downgrade() -> None:
    op.drop_index("delivery_unsure", "delivery")
    op.drop_column("delivery", "look_since")
    op.drop_column("worker", "waits_for")
