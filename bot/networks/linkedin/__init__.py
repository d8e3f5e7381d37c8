"""LinkedIn: posts of pages and people, and their first comments, with the official client."""

import re
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

from bot.model.account import Account
from bot.model.format import STILLS, Format
from bot.model.media import MB, Limit
from bot.model.message import Fault, Message, Part, Role
from bot.model.post import Media, Post
from bot.model.wording import Person, Wording
from bot.networks import composing
from bot.networks.authorising import Authorisation, Beginning
from bot.networks.base import WORDING, Abilities, Connection, Credential, Fold, MediaRules, Network, Renewer
from bot.networks.linkedin.content import LONGEST_TITLE, shortened
from bot.networks.linkedin.little_text import escape, mention, shown
from bot.networks.linkedin.versions import version_ends
from bot.networks.mentions import Shown, resolve
from bot.networks.plain import Plain

LONGEST_POST = 3_000
LONGEST_COMMENT = 1_250  # not in the reference; seen in the field
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api (read 2026-11-25)
LONGEST_ALT = 4_086


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
        # …/documents-api (read 2026-11-25); nor more than 300 pages, which are not counted here.
        Limit(frozenset({Format.PDF}), 100 * MB),
    )
    media_rules = MediaRules(images=20, moving=1, videos=1, documents=1)
    abilities = Abilities(
        "3,000, escapes included",
        first_comment=True,
        link="as a card; with files at the end of the text",
        mentions=True,
        figures=("impressions", "reactions", "comments", "shares", "clicks"),
        edits=True,
        fold=Fold(210, lines=3),
    )
    renews_with: tuple[str, ...] = ("REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET")

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """One post with its files, or else its link as an article, and the first comment under it."""
        written, faults = composing.single_text(post, self.name, wording)
        media, wrong = composing.media(post, self.name, self.title, self.media_rules)
        faults += wrong
        if media and post.link:
            written, beside = _with_link(written, post.link)
            faults.append(beside)
        said = resolve(written, wording, _named, part=1)
        faults += said.faults
        first = Part(1, Role.POST, resolve(written, wording, _mentioned, plain=escape).text, media=media)
        if post.link and not media:
            first, wrong = _with_card(first, post, said.text)
            faults += wrong
        counts = [_count(said.text, first.text)]
        faults += _post_faults(said.text, first)
        comments, wrong = composing.comment_part(post, wording, _named)
        faults += wrong
        for comment in comments:
            counts.append(composing.count(len(comment.text), LONGEST_COMMENT))
            if len(comment.text) > LONGEST_COMMENT:
                faults.append(composing.error(f"the comment has {counts[-1]} characters", comment.number))
        faults += composing.broken_faults((first, *comments))
        return Message((first, *comments), tuple(faults), tuple(counts))

    def version_ends(self, version: str) -> date | None:
        """From which day on a version of the API may be gone; None where it is no version."""
        return version_ends(version)

    def shown(self, part: Part) -> str:
        """Without the escapes of the post's text; a comment has none."""
        return shown(part.text) if part.role is Role.POST else part.text

    def authorise(self, beginning: Beginning) -> Authorisation:
        """The sign-in with LinkedIn; imports its client when the first step is asked for."""
        from bot.networks.linkedin.authorising import authorise

        return (yield from authorise(self, beginning))

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
    return shortened(next((line for line in lines if re.search(r"\w", line)), "") or urlsplit(link).netloc)


def _with_link(text: str, link: str) -> tuple[str, Fault]:
    """The text with its link at the end, unless it stands in it already."""
    words = "LinkedIn shows no card of a link beside files: the link stands in the text"
    if not composing.holds_link(text, link):
        text, words = f"{text}\n\n{link}".strip(), f"{words}, at its end"
    return text, composing.warning(words, 1)


def _with_card(part: Part, post: Post, text: str) -> tuple[Part, list[Fault]]:
    """The part with its link as a card, which says what the post says of it, or the text's first words."""
    card, link = post.card, post.link or ""
    faults = []
    if card.title and len(card.title) > LONGEST_TITLE:
        words = composing.count(len(card.title), LONGEST_TITLE)
        faults.append(composing.warning(f"the card's title has {words} characters: LinkedIn cuts it", 1))
    if card.image and card.image.format not in (None, *STILLS):
        words = f"{card.image.file} is a {card.image.format}: the card of a link shows a picture"
        faults.append(composing.error(words, 1))
    shown = replace(
        part,
        link=link,
        link_title=card.title or article_title(text, link),
        link_description=card.description,
        thumbnail=replace(card.image, only=()) if card.image else None,
    )
    return shown, faults


def _count(text: str, commentary: str) -> str:
    words = composing.count(len(text), LONGEST_POST)
    extra = len(commentary) - len(text)
    return f"{words} ({len(commentary):,} with {extra:,} escapes)" if extra else words


def _post_faults(text: str, part: Part) -> list[Fault]:
    faults = [_alt_fault(media) for media in part.media if len(media.alt) > LONGEST_ALT]
    if not text and not part.link and not part.media:
        faults.append(composing.error("the post has neither a text nor a link", 1))
    if len(part.text) > LONGEST_POST:
        # Whether LinkedIn counts before or after it reads the escapes is not written anywhere; one that
        # is too long may be published cut off.
        faults.append(composing.error(f"the post has {_count(text, part.text)} characters", 1))
    return faults


def _alt_fault(media: Media) -> Fault:
    words = composing.count(len(media.alt), LONGEST_ALT)
    return composing.error(f"the alt text of {media.file} has {words} characters", 1)


TYPE = LinkedIn()
