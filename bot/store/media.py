"""Media: files that were uploaded on the page, kept in pieces, by what is in them."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import SpokenError
from bot.model.format import Format
from bot.model.media import Facts
from bot.store.engine import Store
from bot.store.written_tables import media_files, media_names, media_pieces, post_versions, posts

PIECE = 1 << 20  # bytes
_AT_ONCE = 4  # pieces in one transaction: nobody who publishes waits for longer than these take
UNUSED = timedelta(days=1)  # for so long a file may be named by no post
_LONGEST_NAME = 80


class MediaError(SpokenError):
    """A file can not be kept, or is not there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept, under its name in a campaign."""

    name: str
    digest: str
    facts: Facts
    at: datetime  # UTC: when it got the name


def keep(store: Store, path: Path, digest: str, facts: Facts, now: datetime) -> None:
    """Keep a file's content; what is kept already is not written again.

    Several transactions, so that no large file makes others wait: what a crash leaves is not complete, and
    is gone on with, or cleared away after a day.
    """
    begin = {"digest": digest, "begun_at": now, "complete": False, **asdict(facts)}
    dialect = sqlite if store.is_sqlite else postgresql
    same = media_files.c.digest == digest
    with store.write(beside_others=True) as connection:
        connection.execute(dialect.insert(media_files).values(**begin).on_conflict_do_nothing())
        connection.execute(update(media_files).where(same).values(begun_at=now))  # not to be cleared away now
        done = connection.execute(select(media_files.c.complete).where(same)).scalar_one()
    if done:
        return
    with path.open("rb") as file:
        number = 0
        while pieces := [piece for _ in range(_AT_ONCE) if (piece := file.read(PIECE))]:
            rows = [
                {"digest": digest, "number": number + place, "content": piece}
                for place, piece in enumerate(pieces)
            ]
            with store.write(beside_others=True) as connection:
                connection.execute(dialect.insert(media_pieces).on_conflict_do_nothing(), rows)
            number += len(pieces)
    with store.write(beside_others=True) as connection:
        connection.execute(update(media_files).where(same).values(complete=True))


def name_it(connection: Connection, campaign: str, wanted: str, digest: str, now: datetime) -> str:
    """What a file is called in a campaign from now on: as wanted, unless another has the name.

    Raises:
        MediaError: the file is not kept.
    """
    complete = select(media_files.c.digest).where(media_files.c.digest == digest, media_files.c.complete)
    if connection.execute(complete).first() is None:
        raise MediaError("the file was not uploaded to its end: upload it again")
    taken: Mapping[str, str] = {
        row.name.lower(): row.digest
        for row in connection.execute(
            select(media_names.c.name, media_names.c.digest).where(media_names.c.campaign == campaign)
        )
    }
    plain = PurePosixPath(plain_name(wanted))
    name, number = plain.name, 1
    while taken.get(name, digest) != digest:
        number += 1
        name = f"{plain.stem}-{number}{plain.suffix}"
    same = {"campaign": campaign, "name": name}
    where = [media_names.c[key] == value for key, value in same.items()]
    if not connection.execute(update(media_names).where(*where).values(at=now)).rowcount:
        connection.execute(insert(media_names).values(**same, digest=digest, at=now))
    return name


def plain_name(wanted: str) -> str:
    """A file's name as every system has it, in small letters, so that no two differ by those alone."""
    plain = unicodedata.normalize("NFKD", wanted.replace("\\", "/").rpartition("/")[2])
    stem, _, ending = plain.encode("ascii", "ignore").decode().lower().rpartition(".")
    ending = re.sub(r"[^a-z0-9]", "", ending)[:8]
    stem = re.sub(r"[^a-z0-9_]+", "-", stem)[:_LONGEST_NAME].strip("-")
    return f"{stem or 'file'}.{ending}"


def named(connection: Connection, campaign: str) -> Sequence[Kept]:
    """The files of a campaign, by name."""
    joined = media_names.join(media_files, media_names.c.digest == media_files.c.digest)
    file = media_files.c
    rows = connection.execute(
        select(
            media_names.c.name, media_names.c.digest, media_names.c.at, file.format, file.size, file.width,
            file.height, file.frames,
        )
        .select_from(joined)
        .where(media_names.c.campaign == campaign)
        .order_by(media_names.c.name)
    )  # fmt: skip
    return [
        Kept(
            row.name,
            row.digest,
            Facts(Format(row.format), row.size, row.width, row.height, row.frames),
            row.at,
        )
        for row in rows
    ]


def find(connection: Connection, campaign: str, name: str) -> Kept | None:
    """One file of a campaign."""
    return next((one for one in named(connection, campaign) if one.name == name), None)


def pieces(store: Store, digest: str) -> Iterator[bytes]:
    """A file's content, piece by piece, each read when it is asked for.

    Raises:
        MediaError: it is not there, or not the whole of it.
    """
    file = select(media_files.c.size).where(media_files.c.digest == digest, media_files.c.complete)
    with store.read() as connection:
        size = connection.execute(file).scalar()
    if size is None:
        raise MediaError("the file is not there any more")
    for number in range(-(-size // PIECE)):
        column = media_pieces.c
        same = (column.digest == digest, column.number == number)
        with store.read() as connection:
            piece = connection.execute(select(column.content).where(*same)).scalar()
        if piece is None:
            raise MediaError("the file is not there any more")
        yield piece


def clear_away(store: Store, now: datetime) -> int:
    """Drop, after a day, the names that no version of any post has, and the files without a name.

    How many files went.
    """
    old = now - UNUSED
    with store.read() as connection:
        names = connection.execute(
            select(media_names.c.campaign, media_names.c.name).where(media_names.c.at < old)
        ).all()
    for campaign, name in names:
        column = post_versions.c
        uses = (
            select(column.id)
            .join(posts, posts.c.id == column.post_id)
            .where(posts.c.campaign == campaign, column.source.contains(name, autoescape=True))
            .limit(1)
        )
        with store.read() as connection:
            if connection.execute(uses).first() is not None:
                continue
        with store.write() as connection:  # alone: nobody begins to use it meanwhile
            if connection.execute(uses).first() is None:
                same = (
                    media_names.c.campaign == campaign,
                    media_names.c.name == name,
                    media_names.c.at < old,
                )
                connection.execute(delete(media_names).where(*same))
    nameless = (
        ~exists().where(media_names.c.digest == media_files.c.digest),
        media_files.c.begun_at < old,
    )
    with store.read() as connection:
        digests = connection.execute(select(media_files.c.digest).where(*nameless)).scalars().all()
    return _drop(store, digests, nameless)


def _drop(store: Store, digests: Collection[str], nameless: tuple[object, ...]) -> int:
    gone = 0
    for digest in digests:
        with store.write() as connection:
            same = (media_files.c.digest == digest, *nameless)
            if connection.execute(select(media_files.c.digest).where(*same)).first() is None:  # type: ignore[arg-type]
                continue
            connection.execute(delete(media_pieces).where(media_pieces.c.digest == digest))
            connection.execute(delete(media_files).where(media_files.c.digest == digest))
            gone += 1
    return gone
