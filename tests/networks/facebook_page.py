"""What the tests of Facebook share: a page in a sandbox, and files to show."""

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.format import Format
from bot.model.message import Message, Part
from bot.model.outcome import Published, RemotePost, Uploaded
from bot.model.post import Media
from bot.model.sending import Sending
from bot.networks import Network, connect, network_type
from bot.networks.base import Upload
from bot.sandbox import Sandbox
from bot.settings import NetworkOptions, Settings

from .accounts import post

ACCOUNT = Account("fice-facebook", "facebook", "FICE")
VIDEO_SIZE = 700_000  # three pieces of the sandbox's


def photo(colour: str = "red") -> bytes:
    """A small picture."""
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "JPEG")
    return content.getvalue()


def video(size: int = VIDEO_SIZE) -> bytes:
    """What looks like a video to who looks at its beginning."""
    return b"\0\0\0\x18ftypmp42" + random.Random(4).randbytes(size - 12)


@dataclass
class PageWorld:
    """A page in a sandbox, on a clock that both sides share."""

    sandbox: Sandbox
    folder: Path
    clock: FixedClock
    environment: Mapping[str, str]
    version: str = "v25.0"

    @property
    def network(self) -> Network:
        options = {"facebook": NetworkOptions(timeout=timedelta(seconds=10), api_version=self.version)}
        settings = Settings(
            Path("config"), Path("posts"), "sqlite://", 8000, networks=options, environment=self.environment
        )
        return connect(ACCOUNT, settings, self.clock)

    def file(self, name: str, content: bytes, alt: str = "") -> Media:
        (self.folder / name).write_bytes(content)
        format_ = Format.MP4 if name.endswith(".mp4") else Format.JPEG
        return Media(name, alt, format_, len(content))

    def compose(self, body: str, *media: Media, **fields: Any) -> Message:
        return network_type("facebook").compose(post(body, media=media, **fields), ACCOUNT)

    def upload(self, media: Media, **more: Any) -> Any:
        return self.network.upload(Upload(media, self.folder / media.file, **more))

    def bring(self, part: Part) -> Sending:
        """The part with its files on the network."""
        handles = []
        for one in part.media:
            uploaded = self.upload(one)
            assert isinstance(uploaded, Uploaded), uploaded
            handles.append(uploaded.handle)
        return Sending(part, uploads=tuple(handles))

    def published(self, body: str, *media: Media, previous: RemotePost | None = None) -> RemotePost:
        sending = self.bring(self.compose(body, *media).parts[0])
        outcome = self.network.publish(sending)
        assert isinstance(outcome, Published), outcome
        return outcome.post

    def calls(self, operation: str) -> int:
        return sum(one.operation == operation for one in self.sandbox.calls())

    def find(self, sending: Sending, known: tuple[str, ...] = ()) -> Any:
        return self.network.find(sending, self.clock.now() - timedelta(minutes=1), known)
