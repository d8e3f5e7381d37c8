"""Posts that are written on the page: what is worked on, its stage, its history, and what is in the queue."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import SpokenError
from bot.model.live import FOLDER, Live
from bot.model.stage import DONE, Stage, Step, following
from bot.store.approvals import approve_all_of, goes_unasked, take_back_all_of
from bot.store.engine import Store
from bot.store.tables import begins_with, deliveries
from bot.store.written_tables import post_presences, post_versions, posts

LONGEST = 256 * 1024  # bytes, as of a file
TOGETHER = timedelta(minutes=10)  # what one person saves within them is one entry of the history
PRESENT = timedelta(seconds=60)  # who was not seen for so long has left
_LONGEST_NAME = 60


class Origin(StrEnum):
    """Where a post has its home."""

    PAGE = "page"
    FILE = "file"  # the row is only a copy that is being edited: it ends as a file, and is never queued


@dataclass(frozen=True, slots=True)
class PagePost:
    """A post as the page has it; times are UTC."""

    id: int
    path: str
    campaign: str
    origin: Origin
    base: str  # of a file: the digest of what it said when it was opened
    source: str
    version: int
    stage: Stage
    approved_version: int | None
    approved_by: str | None
    approved_at: datetime | None
    live_source: str | None  # what the queue goes by; None: not in it
    live_version: int | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None
    removed_by: str | None

    @property
    def is_live_as_written(self) -> bool:
        """Whether the queue goes by what is being worked on."""
        return self.live_source == self.source


@dataclass(frozen=True, slots=True)
class Version:
    """One entry in the history of a post; times are UTC."""

    id: int
    version: int
    at: datetime
    began_at: datetime  # of the first of the saves that it stands for
    actor: str
    what: str
    comment: str
    source: str


class PostError(SpokenError):
    """What was asked can not be done to the post."""


class ConflictError(PostError):
    """Somebody else has saved the post meanwhile; nothing was changed."""

    def __init__(self, current: PagePost) -> None:
        self.current = current  # with what it says now, its version, who saved it and when
        when = f"{current.updated_at:%H:%M:%S} UTC"
        super().__init__(f"{current.updated_by} has saved this post at {when}, after you opened it")


def get(connection: Connection, post: int) -> PagePost:
    """A post by its number, removed or not.

    Raises:
        PostError: there is none.
    """
    row = connection.execute(select(posts).where(posts.c.id == post)).mappings().first()
    if row is None:
        raise PostError("there is no such post")
    return of_row(row)


def by_path(connection: Connection, path: str) -> PagePost | None:
    """The post of a path that is not removed."""
    same = (posts.c.path == path, posts.c.removed_at.is_(None))
    row = connection.execute(select(posts).where(*same)).mappings().first()
    return of_row(row) if row else None


def all_posts(
    connection: Connection,
    campaign: str | None = None,
    stages: Collection[Stage] = (),
    origin: Origin | None = None,
    limit: int = 500,
) -> Sequence[PagePost]:
    """Those that are not removed, what was changed last first."""
    where: list[ColumnElement[bool]] = [posts.c.removed_at.is_(None)]
    if campaign is not None:
        where.append(posts.c.campaign == campaign)
    if stages:
        where.append(posts.c.stage.in_(list(stages)))
    if origin is not None:
        where.append(posts.c.origin == origin)
    newest = (posts.c.updated_at.desc(), posts.c.id.desc())
    rows = connection.execute(select(posts).where(*where).order_by(*newest).limit(limit)).mappings()
    return [of_row(row) for row in rows]


def versions(connection: Connection, post: int) -> Sequence[Version]:
    """The history of a post, the newest first."""
    column = post_versions.c
    chosen = [one for one in post_versions.c if one.name != "post_id"]
    rows = connection.execute(select(*chosen).where(column.post_id == post).order_by(column.id.desc()))
    return [Version(**row) for row in rows.mappings()]


def live(connection: Connection, campaign: str | None = None) -> Sequence[Live]:
    """The posts that are in the queue, by path: what they say there, not what is being typed."""
    column = posts.c
    where = [column.live_version.is_not(None), column.removed_at.is_(None), column.origin == Origin.PAGE]
    if campaign is not None:
        where.append(column.campaign == campaign)
    rows = connection.execute(
        select(column.path, column.campaign, column.live_version, column.live_source)
        .where(*where)
        .order_by(column.path)
    )
    return [Live(*row) for row in rows]


def create(store: Store, campaign: str, title: str, source: str, actor: str, now: datetime) -> PagePost:
    """Begin a post; its name is made of a title, or of whatever words there are."""
    with store.write() as connection:
        return add(connection, campaign, title, source, actor, now)


def add(
    connection: Connection, campaign: str, title: str, source: str, actor: str, now: datetime
) -> PagePost:
    """Begin a post within a transaction."""
    path = _free_path(connection, campaign, title)
    return _insert(connection, path, campaign, Origin.PAGE, "", source, actor, now)


def open_file(
    store: Store, path: str, source: str, base: str, actor: str, now: datetime
) -> tuple[PagePost, bool]:
    """The copy of a file (by its path) to edit on the page, and whether it is a new one.

    `base` is the digest of what the file says: a copy that was begun from something else shows so by its own.
    """
    with store.write() as connection:
        found = by_path(connection, path)
        if found is not None:
            return found, False
        campaign = path.split("/")[0]
        return _insert(connection, path, campaign, Origin.FILE, base, source, actor, now), True


def save(store: Store, post: int, version: int, source: str, actor: str, now: datetime) -> PagePost:
    """Keep what a post says now; `version` is the one that was edited.

    Whatever it was before, it is a draft then. One that says the same is left as it is.

    Raises:
        ConflictError: somebody else has saved it meanwhile.
        PostError: it is removed, or too long.
    """
    with store.write() as connection:
        found = _open(connection, post, version)
        source = _clean(source)
        if source == found.source:
            return found
        values = {
            "source": source, "version": found.version + 1, "stage": following(found.stage, Step.EDIT),
            "updated_at": now, "updated_by": actor, **_NOT_APPROVED,
        }  # fmt: skip
        changed = _set(connection, post, values)
        _note_save(connection, changed, actor, now)
        return changed


def step(
    store: Store, post: int, taken: Step, version: int, actor: str, now: datetime, comment: str = ""
) -> PagePost:
    """Submit a post, approve it or send it back; `version` is the one that the person has seen.

    What is approved while it is in the queue with the same words may go out from there, and what is sent
    back then waits there.

    Raises:
        ConflictError: it was changed since.
        ForbiddenStepError: its stage does not allow it.
        PostError: it is removed, it is a file's, a comment is missing, or it would go out all the same.
    """
    if taken is Step.RETURN and not comment.strip():
        raise PostError("say in a comment what is to be changed")
    with store.write() as connection:
        found = _open(connection, post, version)
        if found.origin is Origin.FILE:
            words = "take the edited file, or the patch, to where it is kept"
            raise PostError(f"this post comes from a file: {words}")
        if taken is Step.WITHDRAW and found.live_version is not None:
            raise PostError("the post is in the queue: it is withdrawn from there")
        if taken is Step.RETURN and found.is_live_as_written and goes_unasked(connection, found.path):
            raise PostError("the post is in the queue and would go out from there: withdraw it first")
        return record_step(connection, found, taken, actor, now, comment)


def record_step(
    connection: Connection, found: PagePost, taken: Step, actor: str, now: datetime, comment: str = ""
) -> PagePost:
    """The same within a transaction that has looked at the post."""
    values: dict[str, Any] = {"stage": following(found.stage, taken), **_NOT_APPROVED}
    if taken is Step.APPROVE:
        values |= {"approved_version": found.version, "approved_by": actor, "approved_at": now}
    changed = _set(connection, found.id, values)
    _note(connection, changed, DONE[taken], actor, now, comment.strip())
    if taken is Step.APPROVE and changed.is_live_as_written:
        approve_all_of(connection, changed.path, actor, now)
    if taken is Step.RETURN and changed.is_live_as_written:
        take_back_all_of(connection, changed.path, "its post was sent back", actor, now)
    return changed


def set_live(
    connection: Connection,
    found: PagePost,
    source: str | None,
    version: int | None,
    actor: str,
    now: datetime,
) -> PagePost:
    """What the queue is to go by from now on; None: it is withdrawn from it."""
    changed = _set(connection, found.id, {"live_source": source, "live_version": version})
    if source is not None:
        _note(connection, changed, "queued", actor, now, "")
    return changed


def put_away(connection: Connection, found: PagePost, actor: str, now: datetime) -> PagePost:
    """Remove a post from what is worked on; its history stays.

    Raises:
        PostError: it is in the queue.
    """
    if found.live_version is not None:
        raise PostError("the post is in the queue: withdraw it first")
    changed = _set(connection, found.id, {"removed_at": now, "removed_by": actor})
    _note(connection, changed, "removed", actor, now, "")
    return changed


def opened(connection: Connection, post: int, version: int) -> PagePost:
    """A post that is about to be changed by somebody who has seen a version of it.

    Raises:
        ConflictError: it was changed since.
        PostError: it is removed.
    """
    return _open(connection, post, version)


def present(store: Store, post: int, member: str, now: datetime) -> Sequence[str]:
    """Say that a member has a post open (real time, UTC); the others who have."""
    column = post_presences.c
    mine = {"post_id": post, "member": member, "seen_at": now}
    dialect = sqlite if store.is_sqlite else postgresql
    with store.write(beside_others=True) as connection:
        new = dialect.insert(post_presences).values(**mine)
        again = new.on_conflict_do_update(index_elements=["post_id", "member"], set_={"seen_at": now})
        connection.execute(again)
        connection.execute(delete(post_presences).where(column.seen_at < now - timedelta(days=1)))
        others = select(column.member).where(
            column.post_id == post, column.member != member, column.seen_at > now - PRESENT
        )
        return list(connection.execute(others.order_by(column.member)).scalars())


def leave(store: Store, post: int, member: str) -> None:
    """Say that a member has closed a post."""
    column = post_presences.c
    with store.write(beside_others=True) as connection:
        connection.execute(delete(post_presences).where(column.post_id == post, column.member == member))


_NOT_APPROVED = {"approved_version": None, "approved_by": None, "approved_at": None}


def _open(connection: Connection, post: int, version: int) -> PagePost:
    found = get(connection, post)
    if found.removed_at is not None:
        raise PostError(f"{found.removed_by} has removed this post")
    if found.version != version:
        raise ConflictError(found)
    return found


def _clean(source: str) -> str:
    """As it can be stored: of one kind of line ends, and without what no text has.

    Raises:
        PostError: it is too long.
    """
    plain = source.replace("\0", "").encode("utf-8", "replace").decode()
    if len(plain.encode()) > LONGEST:
        raise PostError(f"the post is too long: {LONGEST // 1024} KiB are the most, as of a file")
    return plain


def _insert(
    connection: Connection,
    path: str,
    campaign: str,
    origin: Origin,
    base: str,
    source: str,
    actor: str,
    now: datetime,
) -> PagePost:
    values = {
        "path": path, "campaign": campaign, "origin": origin, "base": base, "source": _clean(source),
        "version": 1, "stage": Stage.DRAFT, "created_at": now, "created_by": actor, "updated_at": now,
        "updated_by": actor,
    }  # fmt: skip
    row = connection.execute(insert(posts).values(**values).returning(*posts.c)).mappings().one()
    made = of_row(row)
    _note(connection, made, DONE[Step.EDIT], actor, now, "")
    return made


def _set(connection: Connection, post: int, values: dict[str, Any]) -> PagePost:
    changed = update(posts).where(posts.c.id == post).values(**values).returning(*posts.c)
    return of_row(connection.execute(changed).mappings().one())


def _note(
    connection: Connection, found: PagePost, what: str, actor: str, now: datetime, comment: str
) -> None:
    connection.execute(
        insert(post_versions).values(
            post_id=found.id, version=found.version, at=now, began_at=now, actor=actor, what=what,
            comment=comment, source=found.source,
        )
    )  # fmt: skip


def _note_save(connection: Connection, found: PagePost, actor: str, now: datetime) -> None:
    column = post_versions.c
    newest = select(column.id, column.what, column.actor, column.began_at).where(column.post_id == found.id)
    last = connection.execute(newest.order_by(column.id.desc()).limit(1)).one()
    saved = DONE[Step.EDIT]
    if (last.what, last.actor) == (saved, actor) and timedelta() <= now - last.began_at < TOGETHER:
        values = {"version": found.version, "at": now, "source": found.source}
        connection.execute(update(post_versions).where(column.id == last.id).values(**values))
    else:
        _note(connection, found, saved, actor, now, "")


def _free_path(connection: Connection, campaign: str, title: str) -> str:
    """A path that no post has or ever had: what was queued under it would be taken for this one."""
    beginning = f"{campaign}/{FOLDER}/"
    taken = {
        path
        for column in (posts.c.path, deliveries.c.post)
        for path in connection.execute(
            select(column).where(begins_with(column, beginning)).distinct()
        ).scalars()
    }
    name = slug(title)
    number = 1
    path = f"{beginning}{name}.md"
    while path in taken:
        number += 1
        path = f"{beginning}{name}-{number}.md"
    return path


def slug(title: str) -> str:
    """A title as the name of a file: few letters, and those that every system has."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[: _LONGEST_NAME + 1]
    if len(words) > _LONGEST_NAME:
        words = words.rpartition("-")[0] or words[:_LONGEST_NAME]
    return words.strip("-") or "post"


def of_row(row: Any) -> PagePost:
    """A post's row."""
    return PagePost(**{**row, "origin": Origin(row["origin"]), "stage": Stage(row["stage"])})
