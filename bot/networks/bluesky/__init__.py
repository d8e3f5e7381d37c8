"""Bluesky: posts and threads as records of the account's repository, with the atproto SDK's models."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

from bot.model.account import Account
from bot.model.format import Format
from bot.model.media import MB, Limit
from bot.model.message import Fault, Message, Part, Role
from bot.model.post import Card, Media, Post
from bot.model.wording import Person, Wording
from bot.networks import composing
from bot.networks.authorising import Authorisation, Beginning
from bot.networks.base import WORDING, Abilities, Connection, Credential, MediaRules, Network
from bot.networks.bluesky import thumbnail
from bot.networks.bluesky.authorising import WHERE, authorise
from bot.networks.bluesky.rich_text import LONGEST, LONGEST_BYTES, graphemes, handles, size
from bot.networks.linkedin import article_title
from bot.networks.mentions import Resolved, Shown
from bot.networks.plain import Plain

# Both limits at once: 300 characters and 3,000 bytes, which is ten for each.
COUNTING = composing.Counting(LONGEST, lambda text: max(graphemes(text), -(-size(text) // 10)))


class Bluesky(Plain):
    """What Bluesky is, and how a post becomes records for it."""

    name = "bluesky"
    title = "Bluesky"
    url_variable = "BLUESKY_API_URL"
    base_url = "https://bsky.social"
    api_version = ""  # its methods have none
    timeout = timedelta(seconds=30)
    settle = timedelta(seconds=30)  # a record can be read as soon as it is written
    credentials: tuple[Credential, ...] = (
        Credential(
            "IDENTIFIER",
            "the account's handle, or its DID, which stays when the handle changes",
            secret=False,
        ),
        Credential("APP_PASSWORD", WHERE),
        Credential(
            "SERVER",
            "https://… of the account's own server, if it is not on bsky.social",
            required=False,
            secret=False,
            is_server=True,
        ),
    )
    # lexicons/app/bsky/embed/images.json and video.json in https://github.com/bluesky-social/atproto (read
    # 2026-11-25). A server may take less: it says so when the post names the file.
    media_limits: tuple[Limit, ...] = (
        Limit(frozenset({Format.JPEG, Format.PNG, Format.WEBP}), 2 * MB),
        Limit(frozenset({Format.MP4}), 300 * MB),
    )
    media_rules = MediaRules(images=4, videos=1)
    abilities = Abilities(
        "300 as readers count, and 3,000 bytes",
        threads=True,
        link="as a card, beside media in the text",
        mentions=True,
        figures=("reactions", "comments", "shares"),
        repeats="harmless to repeat: its record has a key of ours",
    )
    renews_with: tuple[str, ...] = ()  # its app passwords do not end with time
    renewer = None

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One post, or a thread where it has several texts for Bluesky; the first has the media or the link.

        Bluesky has no first comment: that of a post is for the other networks.
        """
        media, wrong = composing.media(post, self.name, self.title, self.media_rules)
        # There is a card or there are media.
        in_text = post.link if media else None
        said, faults = composing.thread(post, self.name, wording, _mentioned, COUNTING, in_text)
        faults += wrong
        first = _first(said[0], None if media else post.link, post.card, media)
        later = (_part(number, Role.REPLY, one) for number, one in enumerate(said[1:], start=2))
        parts = (first, *later)
        faults += _thumbnail_faults(first)
        faults += composing.broken_faults(parts)
        for part in parts:
            faults += _faults(part)
        return Message(parts, tuple(faults), tuple(map(_count, parts)))

    def authorise(self, beginning: Beginning) -> Authorisation:
        """An app password, tried out."""
        return authorise(self, beginning)

    def id_in(self, url: str) -> str | None:
        """The address of the record, with whatever the link names the account by."""
        found = re.search(r"bsky\.app/profile/([^/?#]+)/post/([A-Za-z0-9._~:-]+)", unquote(url))
        return f"at://{found[1]}/app.bsky.feed.post/{found[2]}" if found else None

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports the SDK, and makes no request."""
        from bot.networks.bluesky.account import BlueskyAccount

        return BlueskyAccount(self, connection)


def _mentioned(person: Person) -> Shown | None:
    """By the handle; whoever has only an id in the address book by the name, which leads to them."""
    who = person.handles.get(TYPE.name)
    if not who:
        return None
    return Shown(person.name, who) if who.startswith("did:") else Shown(f"@{who}", who)


def _part(number: int, role: Role, said: Resolved) -> Part:
    # A handle that was written out is a mention, as it is when posting by hand.
    mentions = dict.fromkeys((*said.mentions, *handles(said.text)))
    return Part(number, role, said.text, mentions=tuple(mentions))


def _first(said: Resolved, link: str | None, card: Card, media: tuple[Media, ...]) -> Part:
    part = replace(_part(1, Role.POST, said), media=media)
    if not link:
        return part
    return replace(
        part,
        link=link,
        link_title=card.title or article_title(said.text, link),
        link_description=card.description,
        thumbnail=card.image,
    )


def _thumbnail_faults(part: Part) -> list[Fault]:
    words = thumbnail.fault(part.thumbnail.size) if part.thumbnail else None
    return [composing.error(words, part.number)] if words else []


def _faults(part: Part) -> list[Fault]:
    number = part.number
    if not part.text and not part.media and not part.link:
        return [composing.error(f"part {number} has no text", number)]
    length, in_bytes = graphemes(part.text), size(part.text)
    if length > LONGEST:
        return [composing.error(f"part {number} has {composing.count(length, LONGEST)} characters", number)]
    if in_bytes > LONGEST_BYTES:
        words = f"part {number} has {composing.count(in_bytes, LONGEST_BYTES)} bytes: emoji have many each"
        return [composing.error(words, number)]
    return []


def _count(part: Part) -> str:
    return composing.count(graphemes(part.text), LONGEST)


TYPE = Bluesky()
