"""Changes: a mark that is another one after everything that pages show by themselves."""

from sqlalchemy import Connection

from bot.store import post_log, switches


def mark(connection: Connection) -> str:
    """Where the post log and the pause stand."""
    pause = switches.current_pause(connection)
    return f"{post_log.newest(connection)}-{pause.at.timestamp() if pause else 0:.0f}"
