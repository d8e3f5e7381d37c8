"""Showing: what a post looks like where it goes, and what is wrong with it, whatever text it has."""

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from bot.model.campaign import Campaign
from bot.model.message import Level, Part, fingerprint
from bot.model.post import Media, Post
from bot.networks import REGISTRY
from bot.planning.form import PostForm, of_source
from bot.planning.form_problems import FieldProblem, problems_of
from bot.planning.plan import dated
from bot.planning.queueing import content_with
from bot.planning.rendering import Rendering, render
from bot.planning.schedule import deliveries_of
from bot.settings import Settings
from bot.web.site import Site
from bot.web.words import gettext as _


@dataclass(frozen=True, slots=True)
class Showing:
    """A post as one of its texts has it."""

    post: Post | None  # None: it can not be read
    campaign: Campaign | None  # on the dates it was moved to; None: it can not be read
    renderings: Sequence[Rendering]
    problems: Sequence[FieldProblem]

    @property
    def errors(self) -> Sequence[FieldProblem]:
        """What stands in the way of the queue."""
        return [one for one in self.problems if one.level is Level.ERROR]

    @property
    def seen(self) -> str:
        """Another one whenever anything else would go out, or at another time, or elsewhere."""
        return fingerprint(
            [
                [one.planned.account.name, one.planned.due_at.isoformat(), one.message.fingerprint]
                for one in self.renderings
            ]
        )

    @property
    def theme(self) -> str:
        """Of the campaign's day that it goes out on."""
        day = next((one.planned.day for one in self.renderings), None)
        return self.campaign.themes[day - 1] if self.campaign and day else ""


def show(site: Site, path: str, source: str) -> Showing:
    """How a text would go out, if the post at that path had it; nothing is kept.

    Raises:
        SpokenError: its files can not be had.
        StoreError: the database can not be read.
    """
    known = site.settings()
    content = content_with(site.store, known, path, source)
    problems = [*problems_of(content, path, source)]
    problems += _undescribed(source, {one.field for one in problems})
    campaign, file = content.campaigns.get(path.split("/")[0]), content.post_files.get(path)
    if campaign is None:
        return Showing(file.post if file else None, None, (), problems)
    with site.store.read() as connection:
        [campaign], _notes = dated([campaign], connection, {})
    planned = deliveries_of(content, campaign, file.post) if file else ()
    return Showing(
        file.post if file else None, campaign, [render(one, known) for one in planned], problems
    )  # fmt: skip


def _undescribed(source: str, said: Collection[str]) -> list[FieldProblem]:
    """The page asks for a description of each file, whatever the checks are set to."""
    form = of_source(source)
    words = _("Say in words what it shows, for everybody who can not see it.")
    return [
        FieldProblem(f"media.{number}.alt", Level.ERROR, words, 1)
        for number, one in enumerate(form.media if form else ())
        if not one.alt and not {f"media.{number}.alt", f"media.{number}"} & set(said)
    ]


def files_of(post: Post) -> Sequence[Media]:
    """Everything that a post names."""
    return (*post.media, post.card.image) if post.card.image else post.media


def place_of(post: str, file: str) -> str:
    """The path, below the folder of posts or the page's own, of a file that a post (by its path) names."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(post), file))


def address_of(post: str, file: str) -> str:
    """Where a member finds it."""
    return f"/media/{quote(place_of(post, file))}"


def addresses_of(post: Post | None) -> Mapping[str, str]:
    """The same of each of a post's files that can be shown."""
    known = files_of(post) if post else ()
    return {one.file: address_of(post.path, one.file) for one in known if post and one.format is not None}


def addresses_in(post: str, parts: Sequence[Part]) -> Mapping[str, str]:
    """The same of what is in the queue."""
    return {one.file: address_of(post, one.file) for part in parts for one in part.files if one.format}


def networks_of(settings: Settings) -> Sequence[str]:
    """Those that there are accounts on, in the order in which the program knows them."""
    used = {one.network for one in settings.accounts.values()}
    return [name for name in REGISTRY if name in used]


def days_of(campaign: Campaign | None) -> Sequence[tuple[int, date, str]]:
    """The days of a campaign with their dates and themes."""
    if campaign is None:
        return ()
    return [
        (number, campaign.starts + timedelta(days=number - 1), theme)
        for number, theme in enumerate(campaign.themes, 1)
    ]


def gist(form: PostForm | None, source: str, most: int = 140) -> str:
    """The beginning of what a post says, on one line."""
    text = (
        source if form is None else form.body or next((one for own in form.text.values() for one in own), "")
    )
    words = " ".join(text[: 4 * most].split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
