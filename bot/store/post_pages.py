"""Post pages: posts of the page, the newest first, from where the reader stands."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from bot.store.posts import PagePost, of_row
from bot.store.written_tables import posts


def page(
    connection: Connection, campaign: str | None, stage: str | None, before: int | None, size: int
) -> tuple[Sequence[PagePost], bool]:
    """Those that are not removed and match, with a number below one; whether there are more."""
    statement = select(posts).where(posts.c.removed_at.is_(None)).order_by(posts.c.id.desc())
    for column, value in ((posts.c.campaign, campaign), (posts.c.stage, stage)):
        if value is not None:
            statement = statement.where(column == value)
    if before is not None:
        statement = statement.where(posts.c.id < before)
    found = [of_row(row) for row in connection.execute(statement.limit(size + 1)).mappings()]
    return found[:size], len(found) > size
