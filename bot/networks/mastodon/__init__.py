"""Mastodon: posts and threads through the API of an account's own server, with Mastodon.py."""

import re
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
from bot.networks.mastodon import length
from bot.networks.mentions import handle_on
from bot.networks.plain import Plain

LONGEST_ALT = 1_500


class Mastodon(Plain):
    """What Mastodon is, and how a post becomes messages for one of its servers."""

    name = "mastodon"
    title = "Mastodon"
    url_variable = "MASTODON_API_URL"
    base_url = "https://mastodon.social"  # one of many: each account says which is its own
    api_version = "1"
    timeout = timedelta(seconds=30)
    settle = timedelta(seconds=60)
    credentials: tuple[Credential, ...] = (
        Credential(
            "SERVER", "where the account lives: https://mastodon.social, say", secret=False, is_server=True
        ),
        Credential(
            "ACCESS_TOKEN",
            "on the server: Preferences, Development, New application, with read, write:statuses and "
            "write:media",
        ),
    )
    # What a server says at /api/v2/instance where nobody has changed it, there in units of 1,024:
    # https://docs.joinmastodon.org/entities/Instance/ (read 2026-11-25).
    media_limits: tuple[Limit, ...] = (
        Limit(frozenset({Format.JPEG, Format.PNG, Format.WEBP, Format.GIF}), 16 * MB, pixels=33_177_600),
        Limit(frozenset(VIDEOS), 99 * MB),
    )
    media_rules = MediaRules(images=4, moving=4, videos=1)
    abilities = Abilities(
        "500, or what the server takes; a link counts 23",
        threads=True,
        link="in the text",
        mentions=True,
        figures=("reactions", "comments", "shares"),
        edits=True,
        repeats="looked for before it is sent again, and known to the server by a key for an hour",
    )
    renews_with: tuple[str, ...] = ()  # its tokens do not end with time
    renewer = None

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One message, or a thread where the post has several texts; the link ends the first.

        There is no first comment: that of a post is for the other networks.
        """
        longest = account.longest or length.LONGEST
        counting = composing.Counting(longest, length.measure)
        said, faults = composing.thread(post, self.name, wording, handle_on(self.name), counting, post.link)
        media, wrong = composing.media(post, self.name, self.title, self.media_rules)
        faults += [*wrong, *_media_faults(media)]
        parts = tuple(
            Part(number, Role.POST, one.text, media=media)
            if number == 1
            else Part(number, Role.REPLY, one.text)
            for number, one in enumerate(said, start=1)
        )
        faults += composing.broken_faults(parts)
        counts = []
        for part in parts:
            words, found = _measured(part, longest)
            counts.append(words)
            faults += found
        return Message(parts, tuple(faults), tuple(counts))

    def authorise(self, beginning: Beginning) -> Authorisation:
        """Registers this program with the server, and lets the person allow it."""
        from bot.networks.mastodon.authorising import authorise

        return authorise(self, beginning)

    def id_in(self, url: str) -> str | None:
        """What stands after the author of the server; another server's page has an id of its own."""
        found = re.search(
            r"//[^/]+/(?:web/|deck/)?(?:@[\w.-]+(?:/statuses)?|(?:ap/)?users/[\w.-]+/statuses|statuses)"
            r"/([0-9A-Za-z]{1,40})(?![^/?#])",
            url,
            re.ASCII,
        )
        return found[1] if found else None

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports Mastodon.py, and makes no request."""
        from bot.networks.mastodon.account import MastodonAccount

        return MastodonAccount(self, connection)


def _measured(part: Part, longest: int) -> tuple[str, list[Fault]]:
    if not part.text and not part.media:
        return composing.count(0, longest), [composing.error(f"part {part.number} has no text", part.number)]
    if composing.is_broken(part.text):
        return composing.count(len(part.text), longest), []
    words = composing.count(size := length.measure(part.text), longest)
    if size <= longest:
        return words, []
    return words, [composing.error(f"part {part.number} has {words} characters", part.number)]


def _media_faults(media: tuple[Media, ...]) -> list[Fault]:
    faults = []
    for one in media:
        if len(one.alt) > LONGEST_ALT:
            words = composing.count(len(one.alt), LONGEST_ALT)
            faults.append(composing.error(f"the description of {one.file} has {words} characters", 1))
    return faults


TYPE = Mastodon()
