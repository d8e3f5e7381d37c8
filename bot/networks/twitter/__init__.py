"""X (Twitter): posts and threads through the API v2, with tweepy."""

import re
import unicodedata
from datetime import timedelta

from bot.model.account import Account
from bot.model.format import Format
from bot.model.media import MB, Limit
from bot.model.message import Fault, Message, Part, Role
from bot.model.post import Post
from bot.model.wording import Wording
from bot.networks import composing
from bot.networks.authorising import by_hand
from bot.networks.base import WORDING, Abilities, Connection, Credential, MediaRules, Network
from bot.networks.mentions import handle_on
from bot.networks.plain import Plain
from bot.networks.twitter import metering, weight

SDK_HOST = "https://api.twitter.com"  # fixed inside tweepy
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
    # https://docs.x.com/x-api/media (read 2026-11-24); the sides as measured in the field.
    media_limits: tuple[Limit, ...] = (
        Limit(frozenset({Format.JPEG, Format.PNG, Format.WEBP}), 5 * MB, width=8192, height=8192),
        Limit(frozenset({Format.GIF}), 15 * MB, width=1280, height=1080, frames=350),
        Limit(frozenset({Format.MP4, Format.MOV}), 512 * MB),
    )
    media_rules = MediaRules(images=4, moving=1, videos=1)
    abilities = Abilities(
        "280, as X counts: a link 23, an emoji 2", threads=True, link="in the text", mentions=True
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
        counts = []
        for part in parts:
            words, found = _measure(part.text, part.number)
            counts.append(words)
            faults += found
        repeated = [part for part in parts if part.text and part.text in texts[: part.number - 1]]
        for part in repeated:
            words = f"part {part.number} says the same as one before: X refuses it as a duplicate"
            faults.append(composing.error(words, part.number))
        return Message(parts, tuple(faults), tuple(counts))

    authorise = staticmethod(by_hand)

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


def _measure(text: str, number: int) -> tuple[str, list[Fault]]:
    if not text:
        return composing.count(0, weight.LIMIT), [composing.error(f"part {number} has no text", number)]
    if composing.is_broken(text):
        return composing.count(len(text), weight.LIMIT), []
    length = weight.weigh(text)
    if length <= weight.LIMIT:
        return composing.count(length, weight.LIMIT), []
    words = f"part {number} has {length:,} characters of {weight.LIMIT} as X counts them"
    return composing.count(length, weight.LIMIT), [composing.error(words, number)]


TYPE = Twitter()
