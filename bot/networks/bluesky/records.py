"""Records: what a part is in an account's repository, and the id that its content gives it.

Records are built with the models of the atproto SDK, whose lexicons say what may be in them:
https://docs.bsky.app/docs/advanced-guides/posts (read 2026-11-25).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import libipld
from atproto_client import models
from atproto_client.models.utils import get_model_as_dict
from atproto_client.utils import TextBuilder

from bot.model.format import VIDEOS
from bot.model.message import Part
from bot.model.post import Media
from bot.networks.bluesky.rich_text import Kind, spans

_CID_OF_DAG_CBOR = bytes((0x01, 0x71, 0x12, 0x20))  # version 1, dag-cbor, SHA-256 of 32 bytes

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """A record as another one refers to it."""

    uri: str
    cid: str


@dataclass(frozen=True, slots=True)
class Blob:
    """A file on the server, as an upload's handle says it."""

    blob: Mapping[str, Any]  # as the server gave it
    width: int | None = None  # pixels; None: not known
    height: int | None = None

    @property
    def handle(self) -> str:
        """The blob as a text."""
        return json.dumps({"blob": self.blob, "width": self.width, "height": self.height}, sort_keys=True)

    @classmethod
    def of(cls, handle: str, media: Media) -> "Blob":
        """The blob of a handle; of what stands for one in a preview, something that stands for a blob."""
        if handle.startswith("<"):
            kind = media.format.content_type if media.format else "*/*"
            return cls({"$type": "blob", "ref": {"$link": handle}, "mimeType": kind, "size": media.size})
        return cls(**json.loads(handle))


def record_of(
    part: Part, handles: tuple[str, ...], due_at: datetime, root: Ref | None, parent: Ref | None
) -> Record:
    """The record of a part; the same for the same part, so that sending it again changes nothing."""
    # The due time, and not that of the try. A thread's parts follow each other in the order of their times.
    created_at = due_at.astimezone(UTC) + timedelta(milliseconds=part.number - 1)
    text = _text(part)
    reply = None
    if root and parent:
        strong = models.ComAtprotoRepoStrongRef.Main
        reply = models.AppBskyFeedPost.ReplyRef(
            root=strong(uri=root.uri, cid=root.cid), parent=strong(uri=parent.uri, cid=parent.cid)
        )
    record = models.AppBskyFeedPost.Record(
        text=text.build_text(),
        facets=text.build_facets() or None,
        created_at=created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        reply=reply,
        embed=_embed(part, handles),
    )
    return dict(get_model_as_dict(record))


def cid_of(record: Record) -> str:
    """The id that the server will give to a record: its hash.

    https://atproto.com/specs/data-model (read 2026-11-25).
    """
    digest = hashlib.sha256(libipld.encode_dag_cbor(_with_links(record))).digest()
    return str(libipld.encode_cid(_CID_OF_DAG_CBOR + digest))


def _text(part: Part) -> TextBuilder:
    """The text with its facets, whose ranges the builder counts in bytes."""
    builder, place = TextBuilder(), 0
    for span in spans(part.text, part.mentions):
        builder.text(part.text[place : span.start])
        words = part.text[span.start : span.end]
        match span.kind:
            case Kind.LINK:
                builder.link(words, span.target)
            case Kind.MENTION:
                builder.mention(words, span.target)
            case Kind.TAG:
                builder.tag(words, span.target)
        place = span.end
    return builder.text(part.text[place:])


def _embed(part: Part, handles: tuple[str, ...]) -> Any:
    blobs = [Blob.of(handle, media) for handle, media in zip(handles, part.files, strict=True)]
    if part.media and part.media[0].format in VIDEOS:
        return models.AppBskyEmbedVideo.Main(
            video=blobs[0].blob, alt=part.media[0].alt or None, aspect_ratio=_ratio(blobs[0])
        )
    if part.media:
        images = [
            models.AppBskyEmbedImages.Image(alt=media.alt, image=blob.blob, aspect_ratio=_ratio(blob))
            for media, blob in zip(part.media, blobs, strict=False)
        ]
        return models.AppBskyEmbedImages.Main(images=images)
    if not part.link:
        return None
    return models.AppBskyEmbedExternal.Main(
        external=models.AppBskyEmbedExternal.External(
            uri=part.link,
            title=part.link_title or part.link,
            description=part.link_description or "",
            thumb=blobs[0].blob if part.thumbnail else None,
        )
    )


def _ratio(blob: Blob) -> Any:
    if not blob.width or not blob.height:
        return None
    return models.AppBskyEmbedDefs.AspectRatio(width=blob.width, height=blob.height)


def _with_links(value: Any) -> Any:
    """A value of JSON as dag-cbor has it: there a link is one, and no object with a "$link"."""
    if isinstance(value, dict):
        if set(value) == {"$link"}:
            return libipld.decode_multibase(value["$link"])[1]
        return {name: _with_links(one) for name, one in value.items()}
    return [_with_links(one) for one in value] if isinstance(value, list) else value
