"""A campaign's copy: last year's campaign on new dates, as one of the page with its posts as drafts."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.fields import Problems, read_text
from bot.model.campaign import Campaign
from bot.model.media import Facts
from bot.planning.campaign_days import Item, item_of
from bot.planning.campaign_file import NAME, read_campaign_source
from bot.planning.campaign_form import moved
from bot.planning.edit import edited
from bot.planning.form import FormMedia, of_source
from bot.planning.media_file import digest_of, examine
from bot.planning.post_file import read_source
from bot.settings import Settings
from bot.store import campaign_sources, media, posts
from bot.store.campaign_sources import CampaignError, CampaignSource
from bot.store.engine import Store
from bot.store.posts import Origin, PagePost
from bot.store.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Copied:
    """What was made."""

    campaign: CampaignSource
    posts: int
    fresh: bool  # otherwise it was made before, and is left as it is


@dataclass(frozen=True, slots=True)
class Original:
    """A post that is copied."""

    name: str  # of its file, without the ending
    source: str
    folder: Path  # in which its files stand


def copy_campaign(
    store: Store,
    settings: Settings,
    old: str,
    new: str,
    starts: date,
    title: str,
    actor: str,
    now: datetime,
) -> Copied:
    """Make a campaign of another: the same days, slots and posts, the fixed times by as many days later.

    All of it or nothing; who asks for the same a second time gets what there is. Texts stay as they are,
    with the dates that are written in them.

    Raises:
        CampaignError: there is no such campaign, or the name is taken or none.
        CampaignFormError: its text can not be read.
    """
    if not NAME.fullmatch(new):
        raise CampaignError(f"'{new}' is no name for a campaign: use letters, digits, '-' and '_'")
    if (settings.config / "campaigns" / f"{new}.toml").exists():
        raise CampaignError(f"there is a campaign '{new}' already, in a file: take another name")
    source = source_of_campaign(store, settings, old)
    shift = starts - first_day(source, old)
    made = moved(source, starts, title.strip() or new)
    found = originals(store, settings, old)
    files = _keep_files(store, found, now)
    with store.write() as connection:
        there = campaign_sources.find(connection, new)
        if there is not None and there.copied_from == old and there.removed_at is None:
            return Copied(there, len(posts.all_posts(connection, new, origin=Origin.PAGE)), fresh=False)
        campaign = campaign_sources.add(connection, new, made, actor, now, copied_from=old)
        for one in found:
            copy = _copy(connection, one, new, shift, files, now)
            posts.add(connection, new, one.name, copy, actor, now)
    return Copied(campaign, len(found), fresh=True)


def look_at_copy(store: Store, settings: Settings, old: str, starts: date) -> tuple[Campaign, list[Item]]:
    """What a copy would be: the campaign on its new dates, and its posts where they would stand.

    Raises:
        CampaignError: there is no such campaign, or its text can not be read.
    """
    campaign = _read(source_of_campaign(store, settings, old), old).starting(starts)
    items = []
    for one in originals(store, settings, old):
        # Its files are not looked at: they stand elsewhere.
        path = settings.posts / old / f"{one.name}.md"
        read = read_source(one.source, path, settings.posts, Problems(one.name))
        if read is not None:
            items.append(item_of(campaign, read.post, goes_out=False))
    return campaign, items


def source_of_campaign(store: Store, settings: Settings, name: str) -> str:
    """What a campaign's file says, or would say if it had one.

    Raises:
        CampaignError: there is none of that name, or its file can not be read.
    """
    file = settings.config / "campaigns" / f"{name}.toml"
    if NAME.fullmatch(name) and file.exists():
        problems = Problems(str(file))
        text = read_text(file, problems)
        if text is None:
            raise CampaignError(str(problems.found[0]))
        return text
    with store.read() as connection:
        found = campaign_sources.find(connection, name)
    if found is None or found.removed_at is not None:
        raise CampaignError(f"there is no campaign '{name}'")
    return found.source


def first_day(source: str, name: str) -> date:
    """The first day of a campaign as its text has it.

    Raises:
        CampaignError: the text can not be read.
    """
    return _read(source, name).starts


def _read(source: str, name: str) -> Campaign:
    problems = Problems(name)
    read = read_campaign_source(source, name, {}, problems)
    if read is None:
        raise CampaignError(f"{name} can not be copied: {problems.found[0].message}")
    return read.campaign


def originals(store: Store, settings: Settings, campaign: str) -> Sequence[Original]:
    """Its posts that have files, then those of the page."""
    found = []
    for path in sorted((settings.posts / campaign).glob("[!.]*.md")):
        text = read_text(path, Problems(str(path))) if path.stem.upper() != "README" else None
        if text is not None:
            found.append(Original(path.stem, text, path.parent))
    with store.read() as connection:
        of_page = posts.all_posts(connection, campaign, origin=Origin.PAGE, limit=10_000)
    if of_page:
        folder = Shelf(store).put(campaign)
        found += [Original(_name(one), one.live_source or one.source, folder) for one in reversed(of_page)]
    return found


def _name(post: PagePost) -> str:
    return Path(post.path).stem


def _keep_files(store: Store, originals: Sequence[Original], now: datetime) -> dict[Path, tuple[str, Facts]]:
    """Keep what the posts show; what is not there, or is nothing, stays the check's business."""
    found: dict[Path, tuple[str, Facts]] = {}
    for one in originals:
        form = of_source(one.source)
        names = [file.file for file in form.media] + [form.card_image] if form else []
        for path in (one.folder / name for name in names if name):
            if path in found or not path.resolve().is_relative_to(one.folder.resolve()):
                continue
            with suppress(OSError):
                facts = examine(path)
                if isinstance(facts, Facts):
                    found[path] = digest_of(path), facts
                    media.keep(store, path, found[path][0], facts, now)
    return found


def _copy(
    connection: Connection,
    one: Original,
    campaign: str,
    shift: timedelta,
    files: dict[Path, tuple[str, Facts]],
    now: datetime,
) -> str:
    """What a post says in the new campaign."""
    form = of_source(one.source)
    if form is None:
        return one.source

    def named(file: str) -> str:
        kept = files.get(one.folder / file)
        return media.name_it(connection, campaign, Path(file).name, kept[0], now) if kept else file

    changed = replace(
        form,
        at=shifted(form.at, shift),
        media=tuple(FormMedia(named(file.file), file.alt, file.only) for file in form.media),
        card_image=named(form.card_image) if form.card_image else "",
    )
    return edited(one.source, changed)


def shifted(at: str, shift: timedelta) -> str:
    """A fixed time as many days later; what is no time stays as it is."""
    try:
        found = datetime.fromisoformat(at) + shift
    except (ValueError, OverflowError):
        return at
    return found.strftime("%Y-%m-%d %H:%M:%S" if found.second else "%Y-%m-%d %H:%M")
