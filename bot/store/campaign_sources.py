"""Campaigns that were made on the page: what the file of each would say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.errors import SpokenError
from bot.store import audit
from bot.store.engine import Store
from bot.store.posts import live
from bot.store.written_tables import campaign_sources


@dataclass(frozen=True, slots=True)
class CampaignSource:
    """A campaign of the page; times are UTC."""

    name: str
    source: str
    version: int
    copied_from: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None


class CampaignError(SpokenError):
    """What was asked can not be done to the campaign."""


class CampaignConflictError(CampaignError):
    """Somebody else has saved the campaign meanwhile; nothing was changed."""

    def __init__(self, current: CampaignSource) -> None:
        self.current = current
        when = f"{current.updated_at:%H:%M:%S} UTC"
        super().__init__(f"{current.updated_by} has saved this campaign at {when}, after you opened it")


def sources(connection: Connection) -> Mapping[str, str]:
    """What each of them says, by name; without those that are removed."""
    return {one.name: one.source for one in all_campaigns(connection)}


def all_campaigns(connection: Connection) -> Sequence[CampaignSource]:
    """Those that are not removed, by name."""
    column = campaign_sources.c
    statement = select(campaign_sources).where(column.removed_at.is_(None)).order_by(column.name)
    return [CampaignSource(**row) for row in connection.execute(statement).mappings()]


def find(connection: Connection, name: str) -> CampaignSource | None:
    """A campaign of the page by its name, removed or not."""
    statement = select(campaign_sources).where(campaign_sources.c.name == name)
    row = connection.execute(statement).mappings().first()
    return CampaignSource(**row) if row else None


def add(
    connection: Connection,
    name: str,
    source: str,
    actor: str,
    now: datetime,
    copied_from: str | None = None,
) -> CampaignSource:
    """Make a campaign.

    Raises:
        CampaignError: there is one of that name, or was.
    """
    if (found := find(connection, name)) is not None:
        gone = " (it was removed)" if found.removed_at else ""
        raise CampaignError(f"there is a campaign '{name}' already{gone}: take another name")
    values = {
        "name": name, "source": source, "version": 1, "copied_from": copied_from, "created_at": now,
        "created_by": actor, "updated_at": now, "updated_by": actor,
    }  # fmt: skip
    detail = f"a copy of {copied_from}" if copied_from else ""
    audit.record(connection, at=now, actor=actor, what="made the campaign", about=name, detail=detail)
    made = insert(campaign_sources).values(**values).returning(*campaign_sources.c)
    return CampaignSource(**connection.execute(made).mappings().one())


def save(store: Store, name: str, version: int, source: str, actor: str, now: datetime) -> CampaignSource:
    """Keep what a campaign says now; `version` is the one that was edited.

    Raises:
        CampaignConflictError: somebody else has saved it meanwhile.
        CampaignError: there is none of that name.
    """
    with store.write() as connection:
        found = _opened(connection, name, version)
        if found.source == source:
            return found
        audit.record(connection, at=now, actor=actor, what="changed the campaign", about=name)
        return _set(connection, name, {
            "source": source, "version": version + 1, "updated_at": now, "updated_by": actor,
        })  # fmt: skip


def remove(store: Store, name: str, version: int, actor: str, now: datetime) -> None:
    """Put a campaign away; its name is not given again.

    Raises:
        CampaignConflictError: somebody else has saved it meanwhile.
        CampaignError: posts of it are in the queue, or there is none of that name.
    """
    with store.write() as connection:
        _opened(connection, name, version)
        if live(connection, name):
            raise CampaignError(f"posts of '{name}' are in the queue: withdraw them first")
        audit.record(connection, at=now, actor=actor, what="removed the campaign", about=name)
        _set(connection, name, {"removed_at": now, "updated_at": now, "updated_by": actor})


def _opened(connection: Connection, name: str, version: int) -> CampaignSource:
    found = find(connection, name)
    if found is None or found.removed_at is not None:
        raise CampaignError(f"there is no campaign '{name}' that was made on the page")
    if found.version != version:
        raise CampaignConflictError(found)
    return found


def _set(connection: Connection, name: str, values: dict[str, object]) -> CampaignSource:
    changed = update(campaign_sources).where(campaign_sources.c.name == name).values(**values)
    row = connection.execute(changed.returning(*campaign_sources.c)).mappings().one()
    return CampaignSource(**row)
