"""Uploads: brings the files of a part to its network, before the intent to send it is written.

Nobody sees a file before a post names it, so what a crash leaves is a file brought in vain, or used by
the next try.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import Clock
from bot.logs import event
from bot.model.media import MB, Limit
from bot.model.message import fingerprint
from bot.model.outcome import Cause, NotPublished, Rejected, Uploaded
from bot.model.post import Media
from bot.model.sending import Sending
from bot.networks import Network
from bot.networks.base import Upload
from bot.networks.shrinking import CanNotShrinkError, shrunk
from bot.store import uploads
from bot.store.engine import Store, StoreError
from bot.store.media import MediaError
from bot.store.shelf import ShelfError
from bot.store.uploads import Place

log = logging.getLogger("bot.worker")
_PIECE = 1 << 20  # bytes read at once
SAY_EVERY = 10_000_000  # bytes: a large file tells how far it has come


class StoppedError(Exception):
    """The worker is to stop in the middle of an upload."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the files of one post get to one account."""

    network: Network
    limits: tuple[Limit, ...]
    find: Callable[[str], Path]  # where a file of the post is, by its name there
    anew: Callable[[str], Path] | None = None  # the same, from where it is kept; None: that is all there is


class Uploads:
    """One worker's way of bringing files to the networks."""

    def __init__(self, store: Store, clock: Clock, stopping: Callable[[], bool]) -> None:
        self._store = store
        self._clock = clock
        self._stopping = stopping

    def bring(self, way: Way, delivery: int, sending: Sending) -> Sending | NotPublished | Rejected:
        """The sending with its files on the network, or why it can not be sent now.

        What was brought by an earlier try is used again.

        Raises:
            StoppedError: the worker is to stop.
            StoreError: the database can not be used.
        """
        part = sending.part
        if not part.files:
            return sending
        kept = uploads.kept(self._store, delivery, part.number, self._clock.now())
        handles: list[str] = []
        for number, media in enumerate(part.files):
            content = fingerprint([media.digest, media.alt])
            uploaded = kept.get((number, content))
            if uploaded is None or uploaded.ready_at is not None:
                begun = uploaded.handle if uploaded else None
                found = self._bring(way, media, begun, as_thumbnail=number >= len(part.media))
                if not isinstance(found, Uploaded):
                    return found
                place = Place(delivery, part.number, number)
                uploaded = uploads.keep(self._store, place, content, found, self._clock.now(), begun)
            if uploaded.ready_at is not None:
                words = f"{media.file} is there, and the network still works on it"
                return NotPublished(Cause.BUSY, words, uploaded.ready_at)
            handles.append(uploaded.handle)
        return replace(sending, uploads=tuple(handles))

    def _bring(
        self, way: Way, media: Media, begun: str | None, as_thumbnail: bool
    ) -> Uploaded | NotPublished | Rejected:
        try:
            path = way.find(media.file)
            if begun is None and not self._is_as_queued(path, media, way):
                words = f"{media.file} has changed since it was queued. Say which is meant: bot apply."
                return Rejected(Cause.CONTENT, words)
            with TemporaryDirectory(prefix="bot-") as copies:
                path, media = self._fitting(path, media, way.limits, Path(copies))
                upload = Upload(media, path, self._progress(media), begun, as_thumbnail)
                found = way.network.upload(upload)
        except CanNotShrinkError as error:
            if way.anew is not None and not path.exists():
                return NotPublished(Cause.BUSY, f"{media.file} has vanished from the disk")
            return Rejected(Cause.CONTENT, f"{error}. Put another in its place, then: bot apply.")
        except OSError as error:
            if way.anew is not None:
                return NotPublished(Cause.BUSY, f"{media.file} can not be read here: {error.strerror}")
            words = f"{media.file} can not be read here: {error.strerror}. Put it back, then: bot reschedule."
            return Rejected(Cause.CONTENT, words)
        except MediaError as error:
            return Rejected(Cause.CONTENT, f"{media.file}: {error}. Then: bot reschedule.")
        except ShelfError as error:
            return NotPublished(Cause.BUSY, str(error))
        except (StoppedError, StoreError):
            raise
        except Exception as error:
            log.exception("%s could not be brought to the network", media.file, extra=event("fault"))
            words = f"this program failed while it brought {media.file}: {type(error).__name__}"
            return NotPublished(Cause.BUSY, words)
        if isinstance(found, Uploaded):
            log.info("%s is on the network", media.file, extra=event("uploaded", bytes=media.size))
        return found

    def _is_as_queued(self, path: Path, media: Media, way: Way) -> bool:
        """Whether it is what was queued; a damaged copy of what is kept elsewhere is replaced first."""
        if not media.digest or _digest(path, self._stop_if_told) == media.digest:
            return True
        return way.anew is not None and _digest(way.anew(media.file), self._stop_if_told) == media.digest

    def _fitting(
        self, path: Path, media: Media, limits: tuple[Limit, ...], copies: Path
    ) -> tuple[Path, Media]:
        """The file, or where the network takes none that large, a smaller copy."""
        found = shrunk(path, media, limits, copies)
        if found is None:
            return path, media
        words = "%s is over the network's limits: a copy with %.1f MB is sent"
        log.info(words, media.file, found[1].size / MB, extra=event("shrunk", bytes=found[1].size))
        return found

    def _progress(self, media: Media) -> Callable[[int], None]:
        said = 0

        def progress(sent: int) -> None:
            nonlocal said
            self._stop_if_told(sent)
            if sent - said >= SAY_EVERY:
                said = sent
                of_all = f" of {media.size / 1_000_000:,.0f}" if media.size else ""
                words = "%s: %.0f%s MB are on the network"
                log.info(words, media.file, sent / 1_000_000, of_all, extra=event("uploading", bytes=sent))

        return progress

    def _stop_if_told(self, _: int) -> None:
        if self._stopping():
            raise StoppedError


def _digest(path: Path, progress: Callable[[int], None]) -> str:
    found, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
            read += len(piece)
            progress(read)
    return found.hexdigest()
