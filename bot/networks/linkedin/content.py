"""Content: what LinkedIn is sent for a part, and whether what it lists is that.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api,
…/multiimage-post-api and …/comments-api (view li-lms-2026-05, read 2026-11-25).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.model.format import DOCUMENTS, VIDEOS
from bot.model.message import Part
from bot.model.post import Media
from bot.model.sending import Sending
from bot.networks.answer import member, objects
from bot.networks.linkedin.little_text import shown
from bot.networks.looking import Likeness
from bot.networks.matching import nearly_same, same_link, same_text, unescaped

LONGEST_TITLE = 200


def post(author: str, sending: Sending) -> dict[str, Any]:
    """The JSON of a post."""
    value: dict[str, Any] = {
        "author": author,
        "commentary": sending.part.text,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    content = _content(sending)
    return {**value, "content": content} if content else value


def message(part: Part) -> dict[str, Any]:
    """The text of a comment: as it stands, and not in little text, its mentions beside it."""
    attributes = list(_attributes(part))
    return {"text": part.text, "attributes": attributes} if attributes else {"text": part.text}


def title_of(media: Media) -> str:
    """What stands over a video or a document: its alt text, for LinkedIn has none of theirs, or its name."""
    name = media.file.rpartition("/")[2].rpartition(".")[0]
    return shortened(" ".join(media.alt.split()) or name or media.file)


def shortened(text: str, longest: int = LONGEST_TITLE) -> str:
    """A text as a title, cut between words where it is too long."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:–—-") + "…"


def likeness(item: Mapping[str, Any], sending: Sending) -> Likeness:
    """How a post that LinkedIn lists compares with a part."""
    part = sending.part
    # First what HTML escapes and then what little text does: between "\\" and "&lt;" nothing is undone.
    sent, seen = shown(part.text), shown(unescaped(str(item.get("commentary") or "")))
    if not same_text(sent, seen):
        return Likeness.PERHAPS if nearly_same(sent, seen) else Likeness.OTHER
    # Without words, nothing but what it shows tells one post from another.
    unlike = Likeness.PERHAPS if sent.strip() else Likeness.OTHER
    if item.get("lifecycleState") == "PUBLISH_REQUESTED":
        return Likeness.PERHAPS  # it is on its way
    content = item.get("content")
    if part.media:
        return Likeness.SAME if _same_files(sending, content) else unlike
    source = member(content, "article", "source")
    same = source == part.link or (source and part.link and same_link(part.link, str(source)))
    return Likeness.SAME if same and not _files(content) else unlike


def _content(sending: Sending) -> dict[str, Any]:
    part = sending.part
    files = list(zip(part.media, sending.handles, strict=False))
    if len(files) > 1:
        return {"multiImage": {"images": [_image(media, handle) for media, handle in files]}}
    for media, handle in files:
        if media.format in VIDEOS | DOCUMENTS:
            return {"media": {"id": handle, "title": title_of(media)}}
        return {"media": _image(media, handle)}
    return {"article": _article(sending)} if part.link else {}


def _image(media: Media, handle: str) -> dict[str, str]:
    return {"id": handle, "altText": media.alt} if media.alt else {"id": handle}


def _article(sending: Sending) -> dict[str, Any]:
    part = sending.part
    article = {"source": part.link, "title": part.link_title or part.link}
    if part.link_description:
        article["description"] = part.link_description
    if part.thumbnail:
        article["thumbnail"] = sending.handles[len(part.media)]
        if part.thumbnail.alt:
            article["thumbnailAltText"] = part.thumbnail.alt
    return article


def _attributes(part: Part) -> Iterator[dict[str, Any]]:
    """Where a comment mentions whom; counted in UTF-16, as LinkedIn does, so an emoji is two."""
    place = 0
    for text, urn in part.mentions:
        found = part.text.find(text, place)
        if found < 0 or not text:
            continue
        place = found + len(text)
        kind = "organization" if re.match(r"urn:li:organization:", urn) else "person"
        yield {
            "start": _units(part.text[:found]),
            "length": _units(text),
            "value": {kind: {kind: urn}},
        }


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _files(content: Any) -> list[tuple[str, str]]:
    """The files that a listed post shows, by URN and words."""
    single, several = member(content, "media"), objects(member(content, "multiImage", "images"))
    listed = several or objects([single])
    return [(str(one.get("id")), str(one.get("altText") or one.get("title") or "")) for one in listed]


def _same_files(sending: Sending, content: Any) -> bool:
    """Whether a listed post shows the files of a part: those that were uploaded, where that is known, and
    else as many of the same kinds with the same words."""
    listed, media = _files(content), sending.part.media
    if len(listed) != len(media):
        return False
    if sending.uploads:
        return [urn for urn, _ in listed] == list(sending.uploads[: len(media)])
    return all(
        urn.startswith(f"urn:li:{_kind(one)}:") and same_text(_words(one), words)
        for (urn, words), one in zip(listed, media, strict=True)
    )


def _kind(media: Media) -> str:
    return "video" if media.format in VIDEOS else "document" if media.format in DOCUMENTS else "image"


def _words(media: Media) -> str:
    return title_of(media) if media.format in VIDEOS | DOCUMENTS else media.alt
