"""A campaign's export: what was made on the page, as files to keep under version control."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import SpokenError
from bot.store import campaign_sources, media, posts
from bot.store.engine import Store
from bot.store.posts import Origin, PagePost


class ExportError(SpokenError):
    """Nothing was written."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of an export."""

    path: Path  # below the folder: posts/CAMPAIGN/NAME.md
    text: str = ""
    digest: str = ""  # of an uploaded file; empty: it is the text
    size: int = field(default=0, compare=False)


def files_of(store: Store, campaign: str) -> list[Exported]:
    """The files of what the page has of a campaign: itself, unless it has a file, its posts, their media.

    A post is exported as it is in the queue, or as it is being worked on where it is in none.

    Raises:
        ExportError: the page has nothing of it.
    """
    with store.read() as connection:
        own = campaign_sources.find(connection, campaign)
        found = posts.all_posts(connection, campaign, origin=Origin.PAGE, limit=10_000)
        names = media.named(connection, campaign)
    files = (
        [Exported(Path("config/campaigns") / f"{campaign}.toml", own.source)]
        if own and not own.removed_at
        else []
    )
    folder = Path("posts") / campaign
    texts = [says(one) for one in found]
    files += [Exported(folder / Path(one.path).name, says(one)) for one in reversed(found)]
    files += [
        Exported(folder / one.name, digest=one.digest, size=one.facts.size)
        for one in names
        if any(one.name in text for text in texts)
    ]
    if not files:
        raise ExportError(f"nothing of a campaign '{campaign}' was made on the page")
    return files


def says(post: PagePost) -> str:
    """What a post's file would say: with a line end at its end."""
    source = post.live_source if post.live_source is not None else post.source
    return source if source.endswith("\n") else f"{source}\n"


def export_campaign(store: Store, campaign: str, folder: Path) -> list[Path]:
    """Write the files below a folder; those that are there already with the same content stay.

    Raises:
        ExportError: another file has the name of one, or the folder can not be written. Nothing was written.
        MediaError: an uploaded file is not in the database any more.
    """
    files = files_of(store, campaign)
    try:
        different = [one.path for one in files if not _may_be_written(store, folder / one.path, one)]
        if different:
            more = f", and {len(different) - 1} more" if len(different) > 1 else ""
            raise ExportError(
                f"{folder / different[0]} is there already and differs{more}: nothing was written"
            )
        for one in files:
            _write(store, folder / one.path, one)
    except OSError as error:
        raise ExportError(f"{error.filename or folder}: {error.strerror}") from None
    return [one.path for one in files]


def pieces_of(store: Store, one: Exported) -> Iterator[bytes]:
    """What is in one of the files, piece by piece.

    Raises:
        MediaError: it is not in the database any more.
    """
    return media.pieces(store, one.digest) if one.digest else iter([one.text.encode()])


def _may_be_written(store: Store, path: Path, one: Exported) -> bool:
    if not path.exists():
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return all(file.read(len(piece)) == piece for piece in pieces_of(store, one)) and not file.read(1)


def _write(store: Store, path: Path, one: Exported) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces_of(store, one):
                file.write(piece)
        Path(name).chmod(0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
