"""On the page: reads from the store what was made there, with its files put on this machine's disk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from bot.errors import SpokenError
from bot.planning.made import NOTHING_MADE, Made
from bot.store import campaign_sources, media, posts
from bot.store.engine import Store
from bot.store.shelf import Shelf


class ChangedMeanwhileError(SpokenError):
    """Something was queued on the page between the reading and the plan."""


def made_on_page(store: Store, only: str | None = None) -> Made:
    """What the page has made, or of it what belongs to one campaign, with the files on this machine's disk.

    Raises:
        StoreError: the database can not be read.
        ShelfError: the disk does not take the files.
        MediaError: one of them is not in the database any more.
    """
    with store.read() as connection:
        found = _read(connection, only)
    shelf = Shelf(store)
    for campaign in dict.fromkeys(one.campaign for one in found.posts):
        put_named(store, shelf, campaign, [one.source for one in found.posts_of(campaign)])
    return replace(found, root=shelf.root)


def put_named(store: Store, shelf: Shelf, campaign: str, sources: Sequence[str]) -> Path:
    """Put the files on the shelf that these posts of a campaign name."""
    with store.read() as connection:
        names = [one.name for one in media.named(connection, campaign)]
    return shelf.put(campaign, [name for name in names if any(name in source for source in sources)])


def refuse_changed(connection: Connection, made: Made, only: str | None = None) -> None:
    """Make sure, within a transaction, that nothing was queued or withdrawn on the page since.

    A plan without what was queued meanwhile would cancel it.

    Raises:
        ChangedMeanwhileError: something was.
    """
    now = _read(connection, only)
    before = {one.path: one.version for one in made.posts_of(only)}
    if before != {one.path: one.version for one in now.posts} or now.campaigns != _of(made.campaigns, only):
        raise ChangedMeanwhileError("something was queued on the page at this moment: do it again")


def _read(connection: Connection, only: str | None) -> Made:
    return Made(
        _of(campaign_sources.sources(connection), only), posts.live(connection, only), NOTHING_MADE.root
    )


def _of(campaigns: Mapping[str, str], only: str | None) -> Mapping[str, str]:
    return {name: source for name, source in campaigns.items() if only is None or name == only}
