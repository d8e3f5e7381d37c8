"""Facebook Pages: posts and their first comments through the Graph API, with facebook-sdk."""

import re
from datetime import date, timedelta

from bot.model.account import Account
from bot.model.format import Format
from bot.model.media import MB, Limit
from bot.model.message import Level, Message, Part, Role
from bot.model.post import Post
from bot.model.wording import Wording
from bot.networks import composing
from bot.networks.authorising import by_hand
from bot.networks.base import WORDING, Abilities, Connection, Credential, Fold, MediaRules, Network
from bot.networks.mentions import name_on, resolve
from bot.networks.plain import Plain

LONGEST_POST = 63_206
LONGEST_COMMENT = 8_000  # not in the reference; seen in the field
# https://developers.facebook.com/docs/graph-api/changelog (read 2026-11-24)
_VERSION_ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}


class Facebook(Plain):
    """What Facebook is, and how a post becomes a message for one of its pages."""

    name = "facebook"
    title = "Facebook Pages"
    url_variable = "FACEBOOK_GRAPH_URL"
    base_url = "https://graph.facebook.com"
    api_version = "v25.0"
    timeout = timedelta(seconds=30)
    settle = timedelta(seconds=60)
    # Assumption, as long as on the others: what its error 506 compares with is written nowhere.
    duplicate_window: timedelta | None = timedelta(hours=48)
    credentials: tuple[Credential, ...] = (
        Credential("PAGE_ID", "the page's About, Page transparency, Page ID", secret=False),
        Credential("ACCESS_TOKEN", "the page's own token: GET /me/accounts in the Graph API Explorer"),
    )
    # https://developers.facebook.com/docs/graph-api/photo-uploads (read 2026-11-24): formats and advice; the
    # limits of size are those that publishing services have met.
    media_limits: tuple[Limit, ...] = (
        Limit(frozenset({Format.JPEG, Format.BMP, Format.PNG, Format.GIF, Format.TIFF}), 10 * MB),
        Limit(frozenset({Format.JPEG, Format.BMP, Format.GIF, Format.TIFF}), 4 * MB, level=Level.WARNING),
        Limit(frozenset({Format.PNG}), 1 * MB, level=Level.WARNING),
        Limit(frozenset({Format.MP4, Format.MOV}), 4_000 * MB),
    )
    media_rules = MediaRules(images=10, videos=1)
    abilities = Abilities("63,206", first_comment=True, link="as a card", fold=Fold(477))
    renews_with: tuple[str, ...] = ()  # its tokens do not end with time
    renewer = None

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One post with its link as a card, and the first comment under it."""
        written, faults = composing.single_text(post, self.name, wording)
        said = resolve(written, wording, name_on(self.name), part=1)
        text = said.text
        comments, wrong = composing.comment_part(post, wording, name_on(self.name))
        faults += [*said.faults, *wrong]
        media, wrong = composing.media(post, self.name, "Facebook", self.media_rules)
        faults += wrong
        parts = [Part(1, Role.POST, text, post.link or None, media=media), *comments]
        if not text and not post.link and not media:
            faults.append(composing.error("the post has neither a text nor a link", 1))
        faults += composing.broken_faults(parts)
        counts = []
        for part in parts:
            limit = LONGEST_POST if part.role is Role.POST else LONGEST_COMMENT
            counts.append(composing.count(len(part.text), limit))
            if len(part.text) > limit:
                words = f"the {part.role} has {counts[-1]} characters"
                faults.append(composing.error(words, part.number))
        return Message(tuple(parts), tuple(faults), tuple(counts))

    def version_ends(self, version: str) -> date | None:
        """As the changelog says; a version that is gone is served as the oldest one that lives."""
        return _VERSION_ENDS.get(version if version.startswith("v") else f"v{version}")

    authorise = staticmethod(by_hand)

    def id_in(self, url: str) -> str | None:
        """The page's number with the post's, where both stand in the link."""
        found = re.search(r"/(\d+)/posts/(?:[^/?#]*/)?(\d+)", url)
        return f"{found[1]}_{found[2]}" if found else None

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports facebook-sdk, and makes no request."""
        from bot.networks.facebook.account import FacebookAccount

        return FacebookAccount(self, connection)


TYPE = Facebook()
