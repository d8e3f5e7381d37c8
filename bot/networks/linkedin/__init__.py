"""LinkedIn: posts of pages and people, and their first comments, with the official client."""

import re
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

from bot.model.account import Account
from bot.model.format import Format
from bot.model.media import MB, Limit
from bot.model.message import Fault, Message, Part, Role
from bot.model.post import Post
from bot.model.wording import Person, Wording
from bot.networks import composing
from bot.networks.authorising import by_hand
from bot.networks.base import WORDING, Abilities, Connection, Credential, Fold, MediaRules, Network, Renewer
from bot.networks.linkedin.little_text import escape, mention, shown
from bot.networks.mentions import Shown, resolve
from bot.networks.plain import Plain

LONGEST_POST = 3_000
LONGEST_COMMENT = 1_250  # not in the reference; seen in the field
LONGEST_TITLE = 200
# https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations (read 2026-11-24)
_VERSION_ENDS = {
    "202511": date(2026, 11, 16),
    "202601": date(2027, 1, 15),
    "202602": date(2027, 2, 15),
    "202603": date(2027, 3, 16),
}


class LinkedIn(Plain):
    """What LinkedIn is, and how a post becomes a message for it."""

    name = "linkedin"
    title = "LinkedIn"
    url_variable = "LINKEDIN_API_URL"
    base_url = "https://api.linkedin.com"
    api_version = "202607"
    timeout = timedelta(seconds=30)
    settle = timedelta(seconds=60)
    # Not written anywhere: refusals were met for 24 to 48 hours, even after the first was deleted.
    duplicate_window: timedelta | None = timedelta(hours=48)
    credentials: tuple[Credential, ...] = (
        Credential(
            "AUTHOR",
            "urn:li:organization:<the number in the page's admin address>, or urn:li:person:<your id>",
            secret=False,
        ),
        Credential("ACCESS_TOKEN", "linkedin.com/developers/tools/oauth: a token lasts 60 days"),
        Credential("REFRESH_TOKEN", "the same page, for approved apps only", required=False),
        Credential("CLIENT_ID", "linkedin.com/developers/apps: your app, Auth", required=False, secret=False),
        Credential("CLIENT_SECRET", "the same page", required=False),
    )
    # https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api and
    # …/videos-api (read 2026-11-24). For the size of a picture no limit is written.
    media_limits: tuple[Limit, ...] = (
        Limit(frozenset({Format.JPEG, Format.PNG}), pixels=36_152_320),
        Limit(frozenset({Format.GIF}), pixels=36_152_320, frames=250),
        Limit(frozenset({Format.MP4}), 500 * MB),
    )
    media_rules = MediaRules(images=20, videos=1, documents=1)
    abilities = Abilities(
        "3,000, escapes included",
        first_comment=True,
        link="as a card",
        mentions=True,
        fold=Fold(210, lines=3),
    )
    renews_with: tuple[str, ...] = ("REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET")

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One post with its link as an article, and the first comment under it."""
        written, faults = composing.single_text(post, self.name, wording)
        said = resolve(written, wording, _named, part=1)
        text = said.text
        commentary = resolve(written, wording, _mentioned, plain=escape).text
        faults += said.faults
        media, wrong = composing.media(post, self.name, self.title, self.media_rules)
        faults += wrong
        link = post.link or None
        title = post.card.title or (article_title(text, link) if link else None)
        first = Part(1, Role.POST, commentary, link, title, media)
        counts = [_count(text, commentary)]
        faults += _post_faults(text, commentary, link)
        comments, wrong = composing.comment_part(post, wording, _named)
        faults += wrong
        for comment in comments:
            counts.append(composing.count(len(comment.text), LONGEST_COMMENT))
            if len(comment.text) > LONGEST_COMMENT:
                faults.append(composing.error(f"the comment has {counts[-1]} characters", comment.number))
        faults += composing.broken_faults((first, *comments))
        return Message((first, *comments), tuple(faults), tuple(counts))

    def version_ends(self, version: str) -> date | None:
        """As the table of sunsets says, else a year after its month: each lives at least so long."""
        if version in _VERSION_ENDS:
            return _VERSION_ENDS[version]
        if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", version):
            return None
        return date(int(version[:4]) + 1, int(version[4:6]), 1)

    def shown(self, part: Part) -> str:
        """Without the escapes of the post's text; a comment has none."""
        return shown(part.text) if part.role is Role.POST else part.text

    authorise = staticmethod(by_hand)

    def id_in(self, url: str) -> str | None:
        """The URN, which stands in the link, or its number."""
        found = re.search(r"urn:li:(?:share|ugcPost|activity):\d+", unquote(url))
        return found[0] if found else None

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports LinkedIn's client, and makes no request."""
        from bot.networks.linkedin.account import LinkedInAccount

        return LinkedInAccount(self, connection)

    def renewer(self, connection: Connection) -> Renewer:
        """What renews an account's access token; imports LinkedIn's client, and makes no request."""
        from bot.networks.linkedin.renewal import LinkedInRenewer

        return LinkedInRenewer(self, connection)


def _named(person: Person) -> Shown | None:
    """How a mention reads, with what it leads to."""
    urn = person.handles.get(TYPE.name)
    return Shown(person.name, urn) if urn else None


def _mentioned(person: Person) -> Shown | None:
    """A mention as an element of little text."""
    urn = person.handles.get(TYPE.name)
    return Shown(mention(person.name, urn)) if urn else None


def article_title(text: str, link: str) -> str:
    """What the card of a link says, since LinkedIn does not read the page: the text's first words."""
    plain = re.sub(r"(?<!\w)#\w+|https?://\S+", " ", text)
    lines = (" ".join(line.split()) for line in plain.splitlines())
    line = next((line for line in lines if re.search(r"\w", line)), "") or urlsplit(link).netloc
    if len(line) <= LONGEST_TITLE:
        return line
    head = line[: LONGEST_TITLE - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:–—-") + "…"


def _count(text: str, commentary: str) -> str:
    words = composing.count(len(text), LONGEST_POST)
    extra = len(commentary) - len(text)
    return f"{words} ({len(commentary):,} with {extra:,} escapes)" if extra else words


def _post_faults(text: str, commentary: str, link: str | None) -> list[Fault]:
    if not text and not link:
        return [composing.error("the post has neither a text nor a link", 1)]
    if len(commentary) > LONGEST_POST:
        # Whether LinkedIn counts before or after it reads the escapes is not written anywhere; one that
        # is too long may be published cut off.
        return [composing.error(f"the post has {_count(text, commentary)} characters", 1)]
    return []


TYPE = LinkedIn()
