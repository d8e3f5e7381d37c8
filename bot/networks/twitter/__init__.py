"""X (Twitter): posts and threads through the API v2, with tweepy."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from bot.model.account import Account
from bot.model.format import VIDEOS, Format
from bot.model.media import MB, Limit
from bot.model.message import Fault, Message, Part, Role
from bot.model.post import Media, Post
from bot.model.wording import Wording
from bot.networks import composing
from bot.networks.authorising import Authorisation, Beginning
from bot.networks.base import WORDING, Abilities, Connection, Credential, MediaRules, Network
from bot.networks.mentions import handle_on
from bot.networks.plain import Plain
from bot.networks.twitter import metering, weight

SDK_HOST = "https://api.twitter.com"  # fixed inside tweepy
LONGEST_ALT = 1_000  # characters: CreateMediaMetadataRequest of X's published description (read 2026-11-25)
COUNTING = composing.Counting(weight.LIMIT, weight.weigh)


class Twitter(Plain):
    """What X is, and how a post becomes messages for it."""

    name = "twitter"
    title = "X (Twitter)"
    url_variable = "TWITTER_API_URL"
    base_url = SDK_HOST
    api_version = "2"
    timeout = timedelta(seconds=30)
    settle = timedelta(seconds=60)
    # No network says how long it remembers: Twitter spoke of some hours, a service that publishes for others
    # waits two days (https://blog.socialoomph.com/2018/10/15/tightening-twitter-anti-spam-measures/, read
    # 2026-11-25).
    duplicate_window: timedelta | None = timedelta(hours=48)
    credentials: tuple[Credential, ...] = (
        Credential("API_KEY", "developer.x.com: your app, Keys and tokens, API key"),
        Credential("API_SECRET", "developer.x.com: your app, Keys and tokens, API key secret"),
        Credential("ACCESS_TOKEN", "the same page, Access token, made after 'Read and write' was set"),
        Credential("ACCESS_TOKEN_SECRET", "the same page, Access token secret"),
    )
    # https://docs.x.com/x-api/media/quickstart/best-practices (read 2026-11-25); the sides of stills as
    # measured in the field.
    media_limits: tuple[Limit, ...] = (
        Limit(frozenset({Format.JPEG, Format.PNG, Format.WEBP}), 5 * MB, width=8192, height=8192),
        Limit(frozenset({Format.GIF}), 15 * MB, width=1280, height=1080, frames=350),
        Limit(frozenset({Format.MP4, Format.MOV}), 512 * MB),
    )
    media_rules = MediaRules(images=4, moving=1, videos=1)
    # It can be asked to change a post within half an hour, where its author pays for X Premium, and then
    # gives it another id (https://docs.x.com/x-api/fundamentals/edit-posts, read 2026-11-25): too little to
    # rest on, and what is out would have to be known by two ids. So nothing is changed here.
    abilities = Abilities(
        "280, as X counts: a link 23, an emoji 2",
        threads=True,
        link="in the text",
        mentions=True,
        figures=("impressions", "reactions", "comments", "shares", "clicks"),
    )
    renews_with: tuple[str, ...] = ()  # its tokens do not end with time
    renewer = None
    meters: tuple[str, ...] = metering.METERS

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One message, or a thread where the post has several texts for X; the link ends the first.

        X has no first comment: that of a post is for the other networks.
        """
        said, faults = composing.thread(post, self.name, wording, handle_on(self.name), COUNTING, post.link)
        texts = [unicodedata.normalize("NFC", one.text) for one in said]
        media, wrong = composing.media(post, self.name, "X", self.media_rules)
        parts = tuple(
            Part(number, Role.POST, text, media=media) if number == 1 else Part(number, Role.REPLY, text)
            for number, text in enumerate(texts, start=1)
        )
        faults += wrong
        faults += composing.broken_faults(parts)
        faults += [fault for one in media for fault in _faults_of_alt(one)]
        counts = []
        for part in parts:
            words, found = _measure(part)
            counts.append(words)
            faults += found
        repeated = [part for part in parts if part.text and part.text in texts[: part.number - 1]]
        for part in repeated:
            words = f"part {part.number} says the same as one before: X refuses it as a duplicate"
            faults.append(composing.error(words, part.number))
        return Message(parts, tuple(faults), tuple(counts))

    def authorise(self, beginning: Beginning) -> Authorisation:
        """By the PIN that X shows; imports requests when it begins."""
        from bot.networks.twitter.authorising import authorise

        return authorise(self, beginning)

    def metered(self, part: Part) -> tuple[str, ...]:
        """A post, which costs many times as much with a link in it, and each description of a picture."""
        return metering.metered(part)

    def id_in(self, url: str) -> str | None:
        """The number after /status/."""
        found = re.search(r"/status(?:es)?/(\d{1,19})", url)
        return found[1] if found else None

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports tweepy, and makes no request."""
        from bot.networks.twitter.account import TwitterAccount

        return TwitterAccount(self, connection)


def _measure(part: Part) -> tuple[str, list[Fault]]:
    text, number = part.text, part.number
    if not text and part.media:
        return composing.count(0, weight.LIMIT), []
    if not text:
        return composing.count(0, weight.LIMIT), [composing.error(f"part {number} has no text", number)]
    if composing.is_broken(text):
        return composing.count(len(text), weight.LIMIT), []
    length = weight.weigh(text)
    if length <= weight.LIMIT:
        return composing.count(length, weight.LIMIT), []
    words = f"part {number} has {length:,} characters of {weight.LIMIT} as X counts them"
    return composing.count(length, weight.LIMIT), [composing.error(words, number)]


def _faults_of_alt(media: Media) -> Iterator[Fault]:
    if len(media.alt) > LONGEST_ALT:
        words = f"the description of {media.file} has {len(media.alt):,} characters: X takes {LONGEST_ALT:,}"
        yield composing.error(words, 1)
    if media.alt and media.format in VIDEOS:
        words = f"X shows no description of a video: that of {media.file} stays away there"
        yield composing.warning(words, 1)


TYPE = Twitter()
