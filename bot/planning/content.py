"""The content: everything that posts/ and config/ say, with every problem found while reading."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.fields import Problem, Problems, suggestion
from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.live import is_of_page
from bot.model.message import Level
from bot.model.post import Post
from bot.planning.campaign_file import CampaignFile, read_campaign, read_campaign_source
from bot.planning.made import NOTHING_MADE, Made
from bot.planning.post_file import PostFile, read_post, read_source
from bot.settings import Settings

MOST_POSTS = 5_000  # of a campaign


@dataclass(frozen=True, slots=True)
class Content:
    """The files as they are now."""

    settings: Settings
    campaign_files: Mapping[str, CampaignFile]  # by the campaign's name
    post_files: Mapping[str, PostFile]  # by the post's path
    problems: Sequence[Problem]
    made: Made = NOTHING_MADE  # what of it was made on the page

    @property
    def campaigns(self) -> Mapping[str, Campaign]:
        """The campaigns by name."""
        return {name: one.campaign for name, one in self.campaign_files.items()}

    @property
    def posts(self) -> Sequence[Post]:
        """The posts, ready or not, by path."""
        return [one.post for one in self.post_files.values()]

    def posts_of(self, campaign: str) -> Sequence[Post]:
        """The posts of one campaign."""
        return [post for post in self.posts if post.campaign == campaign]

    def accounts_of(self, post: Post, campaign: Campaign) -> Sequence[str]:
        """Where a post goes: to the accounts that it names, else to those of its slot."""
        slot = campaign.slot_of(post)
        return post.accounts or (slot.accounts if slot else ())

    def account(self, name: str) -> Account | None:
        """The account of that name."""
        return self.settings.accounts.get(name)


def read_content(
    settings: Settings, only: str | None = None, post: str | None = None, made: Made = NOTHING_MADE
) -> Content:
    """Read all campaigns and posts, or those of one campaign; whatever is wrong is in `problems`.

    With `post`, a path without `.md`, only this one is read of all. `made` is what was made on the page.
    """
    problems = list(settings.problems)
    campaigns = _read_campaigns(settings, only, problems)
    _add_made_campaigns(campaigns, made, settings, only, problems)
    posts: dict[str, PostFile] = {}
    written: set[str] = set()
    instead = {one.path.removesuffix(".md") for one in made.posts}  # of a file that is edited on the page
    for path, found in _post_paths(settings.posts, campaigns, only, problems):
        written.add(path.parent.name)
        identity = _identity(path, settings.posts)
        if identity in instead or (post is not None and identity != unicodedata.normalize("NFC", post)):
            continue
        read = read_post(path, settings.posts, found)
        problems += found.found
        found.found = []
        if read is not None:
            posts[read.post.path] = read
    for one in made.posts_of(only):
        written.add(one.campaign)
        if post is not None and one.path.removesuffix(".md") != post.removesuffix(".md"):
            continue
        own = Problems(label_of(one.path))
        if one.campaign not in campaigns:
            own.error(1, f"its campaign can not be read, or there is none named '{one.campaign}'")
        root = made.root if is_of_page(one.path) else settings.posts
        read = read_source(one.source, root / one.path, root, own)
        problems += own.found
        own.found = []
        if read is not None:
            posts[read.post.path] = read
    problems += [
        _warning_at(one.problems.file, _no_posts(settings, name, of_page=name in made.campaigns))
        for name, one in campaigns.items()
        if name not in written
    ]
    return Content(settings, campaigns, posts, problems, made)


def _no_posts(settings: Settings, campaign: str, *, of_page: bool) -> str:
    if of_page:
        return "has no posts in the queue: write them on the page, and queue them"
    return f"has no posts: they stand in {settings.posts / campaign}/*.md"


def _identity(path: Path, root: Path) -> str:
    return unicodedata.normalize("NFC", path.relative_to(root).with_suffix("").as_posix())


def _read_campaigns(settings: Settings, only: str | None, problems: list[Problem]) -> dict[str, CampaignFile]:
    folder = settings.config / "campaigns"
    found: dict[str, CampaignFile] = {}
    for path in [one for one in sorted(folder.glob("*.toml")) if not one.name.startswith(".")]:
        if only is not None and path.stem != only:
            continue
        own = Problems(str(path))
        campaign = read_campaign(path, settings.accounts, own)
        problems += own.found
        if campaign is not None:
            found[path.stem] = campaign
    return found


def _add_made_campaigns(
    campaigns: dict[str, CampaignFile],
    made: Made,
    settings: Settings,
    only: str | None,
    problems: list[Problem],
) -> None:
    """Those of the page; a file of the same name wins."""
    folder = settings.config / "campaigns"
    for name, source in made.campaigns.items():
        if only is not None and name != only:
            continue
        file = folder / f"{name}.toml"
        if file.exists():
            words = "a campaign of this name was made on the page too: this file is what counts"
            problems.append(_warning(file, words))
            continue
        own = Problems(label_of(f"{name}.toml"))
        campaign = read_campaign_source(source, name, settings.accounts, own)
        problems += own.found
        if campaign is not None:
            campaigns[name] = campaign
    if not made.campaigns and not any(folder.glob("[!.]*.toml")):
        problems.append(_warning(folder, "there is no campaign: put a file NAME.toml there"))


def label_of(path: str) -> str:
    """How a post or a campaign of the page is named where others have the name of their file."""
    return f"page:{path}"


def _post_paths(
    root: Path, campaigns: Mapping[str, CampaignFile], only: str | None, problems: list[Problem]
) -> Iterator[tuple[Path, Problems]]:
    """Every post's file with a list for its problems; what stands in the wrong place is noted."""
    if not root.is_dir():
        problems.append(_error(root, "there is no such folder: posts stand in posts/CAMPAIGN/*.md"))
        return
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or (only is not None and path.name != only):
            continue
        if path.is_dir():
            yield from _posts_in(path, campaigns, problems)
        elif path.suffix == ".md" and path.stem.upper() != "README":
            problems.append(_error(path, "a post stands in the folder of its campaign: posts/CAMPAIGN/*.md"))


def _posts_in(
    folder: Path, campaigns: Mapping[str, CampaignFile], problems: list[Problem]
) -> Iterator[tuple[Path, Problems]]:
    files = [path for path in sorted(folder.rglob("*")) if _looks_like_a_post(path, folder)]
    if len(files) > MOST_POSTS:
        problems.append(
            _error(folder, f"has {len(files):,} posts: {MOST_POSTS:,} are the most of a campaign")
        )
        return
    if files and folder.name not in campaigns:
        file = f"config/campaigns/{folder.name}.toml"
        hint = suggestion(folder.name, campaigns)
        problems.append(_error(folder, f"its campaign can not be read, or there is no {file}{hint}"))
    for path in files:
        if path.suffix != ".md":
            ending = "".join(path.suffixes)
            problems.append(_warning(path, f"is not read: the name of a post ends in .md, not {ending}"))
        elif path.parent != folder:
            problems.append(_error(path, f"is not read: posts stand in {folder} itself"))
        else:
            yield path, Problems(str(path))


def _looks_like_a_post(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    known = any(suffix.lower() in (".md", ".markdown", ".mdown") for suffix in path.suffixes)
    return known and not hidden and path.stem.upper() != "README" and not path.name.endswith("~")


def _error(path: Path, message: str) -> Problem:
    return Problem(str(path), 1, Level.ERROR, message)


def _warning(path: Path, message: str) -> Problem:
    return _warning_at(str(path), message)


def _warning_at(file: str, message: str) -> Problem:
    return Problem(file, 1, Level.WARNING, message)
