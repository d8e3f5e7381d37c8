"""The page: what a member does there to a post, in a process that may be killed at any statement."""

import io
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bot.planning.queueing import queue_post, withdraw_post
from bot.planning.receiving import receive
from bot.settings import load
from bot.store import posts
from bot.store.engine import Store, connect
from bot.store.posts import PagePost
from bot.store.shelf import Shelf

from .campaign import CAMPAIGN, Post
from .process import Process, fork

MEMBER = "anna"


def do(
    what: str, post: Post, environment: Mapping[str, str], folder: Path, now: datetime,
    prepare: Callable[[], None],
) -> Process:  # fmt: skip
    """Write, edit or delete a post there; doing it again ends what a killed one has begun."""

    def run() -> int:
        settings = load(environment, folder)
        store = connect(settings.database_url)
        prepare()
        found = _of(store, post)
        if what == "delete":
            if found is not None:
                withdraw_post(store, found.id, found.version, MEMBER, now, remove=True)
            return 0
        source = _with_files(store, post, 0 if what == "write" else 1, now)
        if found is None:
            found = posts.create(store, CAMPAIGN, str(post.number), source, MEMBER, now)
        else:
            found = posts.save(store, found.id, found.version, source, MEMBER, now)
        queue_post(store, settings, found.id, found.version, MEMBER, now)
        shutil.rmtree(Shelf(store).root, ignore_errors=True)  # as if the worker ran on another machine
        return 0

    return fork(run, folder / "page.log")


def _of(store: Store, post: Post) -> PagePost | None:
    with store.read() as connection:
        return posts.by_path(connection, post.path)


def _with_files(store: Store, post: Post, version: int, now: datetime) -> str:
    """What the post says, with its files uploaded, by the names that they have there."""
    source = post.file(version)
    for one in post.files:
        kept = receive(store, CAMPAIGN, io.BytesIO(one.content(version)), one.name, now)
        source = source.replace(f"file: {one.name},", f"file: {kept.name},")
    return source
