"""Receiving: takes in a file that is uploaded on the page, without ever having the whole of it in memory."""

import hashlib
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

from bot.planning.media_file import digest_of, ending_of, examine, format_of
from bot.store import media
from bot.store.engine import Store
from bot.store.media import PIECE, Kept, MediaError, plain_name

LARGEST = 512_000_000  # bytes: the largest film that X takes; larger ones stand as files beside their post


def receive(store: Store, campaign: str, stream: BinaryIO, name: str, now: datetime) -> Kept:
    """Keep what a person uploads for a campaign; the name that posts call it by is in the answer.

    The ending of the name is that of what it really is.

    Raises:
        MediaError: it is too large, or no network takes such a file.
        StoreError: the database can not be written.
    """
    with TemporaryDirectory(prefix="bot-") as folder:
        path = Path(folder) / "upload"
        digest = _copy(stream, path, name)
        return take(store, campaign, path, digest, name, now)


def take(store: Store, campaign: str, path: Path, digest: str, name: str, now: datetime) -> Kept:
    """The same of what has come in already, as a file that is ours to rename.

    Raises:
        MediaError: no network takes such a file.
        StoreError: the database can not be written.
    """
    kind = format_of(path)
    wanted = PurePosixPath(plain_name(name))
    if kind is not None:
        wanted = wanted.with_suffix(ending_of(kind, wanted.suffix))
    path = path.rename(path.with_suffix(wanted.suffix))
    facts = examine(path)
    if isinstance(facts, str):
        raise MediaError(f"{wanted.name} {facts}")
    return keep(store, campaign, path, wanted.name, now, digest)


def keep(
    store: Store, campaign: str, path: Path, name: str, now: datetime, digest: str | None = None
) -> Kept:
    """The same of a file of this machine.

    Raises:
        MediaError: no network takes such a file.
        OSError: it can not be read.
    """
    facts = examine(path)
    if isinstance(facts, str):
        raise MediaError(f"{name} {facts}")
    known = digest or digest_of(path)
    media.keep(store, path, known, facts, now)
    with store.write() as connection:
        return Kept(media.name_it(connection, campaign, name, known, now), known, facts, now)


def _copy(stream: BinaryIO, path: Path, name: str) -> str:
    """Write down what comes, and give its digest."""
    found, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > LARGEST:
                raise MediaError(f"{name} is too large: {LARGEST // 1_000_000} MB are the most")
            found.update(piece)
            file.write(piece)
    return found.hexdigest()
