"""Facebook Pages: posts and their first comments through the Graph API, with facebook-sdk."""

import re
from datetime import date, timedelta

from bot.model.account import Account
from bot.model.format import VIDEOS, Format
from bot.model.media import MB, Limit
from bot.model.message import Fault, Level, Message, Part, Role
from bot.model.post import Media, Post
from bot.model.wording import Wording
from bot.networks import composing
from bot.networks.authorising import Authorisation, Beginning
from bot.networks.base import WORDING, Abilities, Connection, Credential, Fold, MediaRules, Network
from bot.networks.mentions import name_on, resolve
from bot.networks.plain import Plain

LONGEST_POST = 63_206
LONGEST_COMMENT = 8_000  # not in the reference; seen in the field
LONGEST_ALT = 1_000  # likewise
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
        # Only for `bot accounts connect`, which asks for what is not here.
        Credential(
            "APP_ID", "developers.facebook.com: your app, App settings, Basic", required=False, secret=False
        ),
        Credential("APP_SECRET", "the same page, App secret", required=False),
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
    abilities = Abilities(
        "63,206",
        first_comment=True,
        link="as a card; with photos or a video, at the end of the text",
        figures=("impressions", "reactions", "comments", "shares", "clicks"),
        edits=True,
        fold=Fold(477),
    )
    renews_with: tuple[str, ...] = ()  # its tokens do not end with time
    renewer = None

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One post with its link as a card, and the first comment under it.

        Beside photos or a video Facebook shows no card, so the link ends the text then.
        """
        written, faults = composing.single_text(post, self.name, wording)
        said = resolve(written, wording, name_on(self.name), part=1)
        text = said.text
        comments, wrong = composing.comment_part(post, wording, name_on(self.name))
        faults += [*said.faults, *wrong]
        media, wrong = composing.media(post, self.name, "Facebook", self.media_rules)
        faults += [*wrong, *_alt_faults(media)]
        link = post.link or None
        if media and link:
            text, moved = _with_link(text, link)
            faults.append(moved)
            link = None
        parts = [Part(1, Role.POST, text, link, media=media), *comments]
        if not text and not link and not media:
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

    def authorise(self, beginning: Beginning) -> Authorisation:
        """Facebook Login, and which of the person's pages."""
        from bot.networks.facebook.authorising import authorise

        return authorise(self, beginning)

    def id_in(self, url: str) -> str | None:
        """The page's number with the post's, where both stand in the link; a video's own number."""
        if video := re.search(r"/(?:videos/(?:[^/?#]*/)?|reel/|watch/?\?(?:[^#]*&)?v=)(\d+)", url):
            return video[1]
        found = re.search(r"/(\d+)/posts/(?:[^/?#]*/)?(\d+)", url)
        return f"{found[1]}_{found[2]}" if found else None

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports facebook-sdk, and makes no request."""
        from bot.networks.facebook.account import FacebookAccount

        return FacebookAccount(self, connection)


def _with_link(text: str, link: str) -> tuple[str, Fault]:
    """The text with its link at the end, unless it stands in it already."""
    words = "Facebook shows no card of a link beside photos or a video: the link stands in the text"
    if not composing.holds_link(text, link):
        text, words = f"{text}\n\n{link}".strip(), f"{words}, at its end"
    return text, composing.warning(words, 1)


def _alt_faults(media: tuple[Media, ...]) -> list[Fault]:
    faults = []
    for one in media:
        if one.format in VIDEOS and one.alt:
            words = "Facebook takes no description of a video from programs: say in the text what it shows"
            faults.append(composing.warning(f"{one.file}: {words}", 1))
        elif len(one.alt) > LONGEST_ALT:
            length = composing.count(len(one.alt), LONGEST_ALT)
            faults.append(composing.warning(f"the description of {one.file} has {length} characters", 1))
    return faults


TYPE = Facebook()
