"""PostgreSQL: the post log can not be emptied either, and workers are told of what concerns them."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A change concerns other workers when something may have to be done sooner or by somebody else. What they
# write all the time does not: signs of life, leases, and that one of them has taken a delivery.
TOLD = {
    "delivery_added": (
        "INSERT ON delivery",
        None,
    ),
    "delivery_changed": (
        "UPDATE ON delivery",
        "(OLD.state <> NEW.state AND NEW.state <> 'publishing') OR OLD.ready_at <> NEW.ready_at "
        "OR OLD.expires_at <> NEW.expires_at OR OLD.look_at IS DISTINCT FROM NEW.look_at",
    ),
    "switch_turned": ("INSERT OR DELETE ON switch", None),
    "lane_changed": (
        "UPDATE ON lane",
        "OLD.blocked_until IS DISTINCT FROM NEW.blocked_until",
    ),
    "worker_came_or_left": ("INSERT OR DELETE ON worker", None),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(  # with the code of a violated constraint, as on SQLite
        "CREATE OR REPLACE FUNCTION post_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the post log is append-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER post_log_not_emptied BEFORE TRUNCATE ON post_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION post_log_is_append_only()"
    )
    op.execute(
        "CREATE FUNCTION tell_of_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_notify('bot_changes', ''); RETURN NULL; END $$"
    )
    for name, (change, condition) in TOLD.items():
        when = f"WHEN ({condition}) " if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} AFTER {change} FOR EACH ROW {when}EXECUTE FUNCTION tell_of_change()"
        )


def downgrade() -> None:
    raise NotImplementedError("there is no way back to an earlier revision: restore a backup instead")
