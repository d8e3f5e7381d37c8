"""Lists of what was written on the page: the posts that match, the history of one, and its review links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select

from bot.model.stage import Stage
from bot.model.state import Hold, State
from bot.store.posts import Origin, PagePost, Version, of_row
from bot.store.tables import deliveries
from bot.store.written_tables import post_versions, posts

ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts; empty: all."""

    campaign: str = ""
    stages: Collection[Stage] = ()
    origin: Origin | None = None
    text: str = ""  # that occurs in them, or in their path
    before: int = 0  # the number of the last one on the page before


def matching(connection: Connection, wanted: Wanted, limit: int = ON_A_PAGE) -> Sequence[PagePost]:
    """Those that are not removed, the newest first."""
    column = posts.c
    where: list[ColumnElement[bool]] = [column.removed_at.is_(None)]
    if wanted.campaign:
        where.append(column.campaign == wanted.campaign)
    if wanted.stages:
        where.append(column.stage.in_(list(wanted.stages)))
    if wanted.origin is not None:
        where.append(column.origin == wanted.origin)
    if wanted.text:
        where.append(
            column.source.icontains(wanted.text, autoescape=True)
            | column.path.icontains(wanted.text, autoescape=True)
        )
    if wanted.before:
        where.append(column.id < wanted.before)
    rows = connection.execute(select(posts).where(*where).order_by(column.id.desc()).limit(limit))
    return [of_row(row) for row in rows.mappings()]


def history(connection: Connection, post: int, limit: int = ON_A_PAGE) -> Sequence[Version]:
    """What was done to a post, the newest first, without what it said then."""
    column = post_versions.c
    chosen = [one for one in column if one.name not in ("post_id", "source")]
    rows = connection.execute(
        select(*chosen).where(column.post_id == post).order_by(column.id.desc()).limit(limit)
    )
    return [Version(**row, source="") for row in rows.mappings()]


def entry(connection: Connection, post: int, number: int) -> Version | None:
    """One entry of a post's history, with what it said then."""
    same = (post_versions.c.post_id == post, post_versions.c.id == number)
    return _version(connection, *same)


def entry_before(connection: Connection, post: int, number: int) -> Version | None:
    """The entry before one; None: it was the first."""
    older = (post_versions.c.post_id == post, post_versions.c.id < number)
    return _version(connection, *older)


def of_version(connection: Connection, post: int, version: int) -> Version | None:
    """The latest entry that has a version of a post as it was."""
    same = (post_versions.c.post_id == post, post_versions.c.version == version)
    return _version(connection, *same)


def keep_version(connection: Connection, found: PagePost, what: str, actor: str, now: datetime) -> None:
    """Make an entry of a post as it is now, so that this very version can be read as long as the post."""
    connection.execute(
        insert(post_versions).values(
            post_id=found.id, version=found.version, at=now, began_at=now, actor=actor, what=what,
            comment="", source=found.source,
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits for approval."""

    id: int
    post: str
    campaign: str
    account: str
    network: str
    due_at: datetime  # UTC
    wall: str
    zone: str
    message: str  # the fingerprint of what it says


def waiting(connection: Connection, limit: int = ON_A_PAGE) -> Sequence[Waiting]:
    """What an approver has to read before it can go out, the next one first."""
    column = deliveries.c
    chosen = [column[name] for name in Waiting.__dataclass_fields__]
    held = (column.state == State.HELD, column.hold == Hold.APPROVAL)
    rows = connection.execute(select(*chosen).where(*held).order_by(column.due_at, column.id).limit(limit))
    return [Waiting(**row) for row in rows.mappings()]


def _version(connection: Connection, *where: ColumnElement[bool]) -> Version | None:
    column = post_versions.c
    chosen = [one for one in column if one.name != "post_id"]
    found = select(*chosen).where(*where).order_by(column.id.desc()).limit(1)
    row = connection.execute(found).mappings().first()
    return Version(**row) if row else None
