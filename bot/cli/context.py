"""What every command needs: settings, the store, who is asking, and errors of one line."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bot.clock import Clock, SystemClock
from bot.errors import SpokenError

if TYPE_CHECKING:
    from bot.planning.made import Made
    from bot.settings import Settings
    from bot.store import Store


class CommandError(SpokenError):
    """A command can not do what was asked."""


def settings() -> "Settings":
    """The environment and config/, read now."""
    from bot.settings import load

    return load()


@contextmanager
def opened_store(known: "Settings | None" = None) -> Iterator["Store"]:
    """The store that `DATABASE_URL` names, brought up to date and closed in the end."""
    from bot.store import open_store

    store = open_store(database_url(known))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def store_if_there() -> Iterator["Store | None"]:
    """The store as it is, or None where there is none yet, it is out of reach, or older than this program.

    For what only reads, and makes do with the files.
    """
    from pathlib import Path

    url = settings().database_url
    beginning, _, path = url.partition(":///")
    if beginning.startswith("sqlite") and not (path and Path(path).exists()):
        yield None  # and nothing of the store is loaded
        return
    from bot.store.engine import StoreError, connect
    from bot.store.migrate import HEAD, current

    store = connect(url)
    try:
        try:
            with store.read() as connection:
                is_there = current(connection) == HEAD
        except StoreError:
            is_there = False
        yield store if is_there else None
    finally:
        store.close()


def made(store: "Store | None", only: str | None = None) -> "Made":
    """What was made on the page, of one campaign or of all."""
    from bot.planning.made import NOTHING_MADE

    if store is None:
        return NOTHING_MADE
    from bot.planning.on_page import made_on_page

    return made_on_page(store, only)


def database_url(known: "Settings | None" = None) -> str:
    """What `DATABASE_URL` says, if the database can last there."""
    from bot.hosting import refuse_vanishing_file

    known = known or settings()
    if not rehearsing():  # whose database need not outlive it
        refuse_vanishing_file(known)
    return known.database_url


def rehearsing() -> bool:
    """Whether this process plays in a rehearsal, whose clock travels."""
    return bool(os.environ.get(JOURNEY))


def clock() -> Clock:
    """The clock of this process: the system's, or a rehearsal's journey."""
    from pathlib import Path

    from bot.clock import JourneyClock

    journey = os.environ.get(JOURNEY)
    return JourneyClock(Path(journey)) if journey else SystemClock()


JOURNEY = "BOT_REHEARSAL_CLOCK"  # set by a rehearsal for the processes that it starts


def with_connected(store: "Store") -> "Settings":
    """The environment and config/, with the credentials that the store keeps for the accounts."""
    from bot.networks import connected

    return connected.with_connected(settings(), connected.read(store))


def keep_secret(value: str) -> None:
    """Let a value that a person has typed, or a network has given, show nowhere."""
    from bot.networks import is_distinctive

    if is_distinctive(value):
        typed.append(value)


typed: list[str] = []  # secrets that stand in no environment


def actor() -> str:
    """Who is asking, for the post log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in a container
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "somebody"


def usage(message: str) -> typer.BadParameter:
    """Wrong usage: the command ends with 2 and this sentence."""
    return typer.BadParameter(message)
