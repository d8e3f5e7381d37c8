"""Queueing one post of the page: it and nothing else, all or nothing, or its withdrawal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.errors import SpokenError
from bot.fields import Problem
from bot.model.campaign import Approval
from bot.model.live import Live, is_of_page
from bot.model.message import Level
from bot.model.post import Status
from bot.model.stage import Stage, Step
from bot.planning.apply import carry_out
from bot.planning.check import check_post
from bot.planning.content import Content, read_content
from bot.planning.made import Made
from bot.planning.on_page import made_on_page, put_named
from bot.planning.plan import Plan, dated, make_plan
from bot.planning.schedule import schedule
from bot.settings import Settings
from bot.store import campaign_sources, posts
from bot.store.approvals import approve_all_of, forget_withdrawn
from bot.store.engine import Store
from bot.store.plans import known_campaign
from bot.store.posts import Origin, PagePost, PostError
from bot.store.shelf import Shelf


class NotQueuedError(SpokenError):
    """A post can not be queued as it is; nothing was changed."""

    def __init__(self, words: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = problems  # those that stand in the way
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Queued:
    """A post that was queued or withdrawn, with what came of its deliveries."""

    post: PagePost
    plan: Plan


def queue_post(
    store: Store, settings: Settings, post: int, version: int, actor: str, now: datetime
) -> Queued:
    """Let the queue go by a post of the page as it is; `version` is the one that the person has seen.

    What is queued of it before it was approved waits there for that, where its campaign asks for it.

    Raises:
        NotQueuedError: it has errors, or would go nowhere.
        ConflictError: it was changed since.
        PostError: it is removed, or a file's.
    """
    with store.read() as connection:
        found = posts.opened(connection, post, version)
    if found.origin is Origin.FILE:
        raise PostError("this post comes from a file: it is queued from there, by bot apply")
    content = content_of(store, settings, found, with_others=True)
    errors = [one for one in check_post(content, found.path) if one.level is Level.ERROR]
    if errors:
        raise NotQueuedError(_in_words(errors), errors)
    read = content.post_files[found.path].post
    if read.status is Status.DRAFT:
        raise NotQueuedError("the post says that it is a draft (status): nothing of it is queued")
    files = _files(settings, found)
    with store.write() as connection:
        found = posts.opened(connection, post, version)
        others = [*files, *(one.path for one in posts.live(connection, found.campaign))]
        plan = _plan(content, connection, found.path, others, now)
        if not plan.changes:
            raise NotQueuedError("the post goes nowhere: none of its accounts can be planned")
        if all(change.left_out for change in plan.changes):
            raise NotQueuedError(f"nothing of the post would go out: it is {plan.changes[0].why}")
        carry_out(connection, plan, actor, now)
        changed = posts.set_live(connection, found, found.source, found.version, actor, now)
        if changed.stage is Stage.APPROVED:
            approve_all_of(connection, changed.path, str(changed.approved_by), now)
    return Queued(changed, plan)


def withdraw_post(
    store: Store, post: int, version: int, actor: str, now: datetime, comment: str = "", remove: bool = False
) -> Queued:
    """Take a post of the page out of the queue and make a draft of it; `remove`: put it away, too.

    What is out stays, and what is in flight may still go out: the plan says so of each.

    Raises:
        ConflictError: it was changed since.
        PostError: it is removed.
    """
    with store.write() as connection:
        found = posts.opened(connection, post, version)
        plan = make_plan(connection, (), (), (), now, only=found.campaign, post=found.path)
        if found.origin is Origin.PAGE:
            carry_out(connection, plan, actor, now)
            forget_withdrawn(connection, found.path)
            found = posts.set_live(connection, found, None, None, actor, now)
            found = posts.record_step(connection, found, Step.WITHDRAW, actor, now, comment)
        if remove:
            found = posts.put_away(connection, found, actor, now)
    return Queued(found, plan)


def needs_approval(content: Content, post: PagePost) -> bool:
    """Whether a post's campaign asks for the approval of what it sends."""
    campaign = content.campaigns.get(post.campaign)
    return campaign is not None and campaign.approval is Approval.REQUIRED


def content_of(store: Store, settings: Settings, post: PagePost, *, with_others: bool = False) -> Content:
    """The content with this post alone, as it is being worked on: for its check, its preview and its plan.

    `with_others`: with the campaign's other posts, too, for what is to be said of both. The copy of a file is
    read where the file stands, so that it finds the same media.

    Raises:
        StoreError: the database can not be read.
        ShelfError: the disk does not take the files.
        MediaError: one of them is not in the database any more.
    """
    return content_with(store, settings, post.path, post.source, with_others=with_others)


def content_with(
    store: Store, settings: Settings, path: str, source: str, *, with_others: bool = False
) -> Content:
    """The same of any text that a post of this path would have."""
    campaign = path.split("/")[0]
    shelf = Shelf(store)
    if is_of_page(path):
        put_named(store, shelf, campaign, [source])
    this = Live(path, campaign, 0, source)
    if with_others:
        return read_content(settings, only=campaign, made=made_on_page(store, campaign).with_post(this))
    with store.read() as connection:
        campaigns = campaign_sources.sources(connection)
    made = Made(campaigns, [this], shelf.root)
    return read_content(settings, only=campaign, post=path.removesuffix(".md"), made=made)


def _plan(content: Content, connection: Connection, path: str, others: Sequence[str], now: datetime) -> Plan:
    """A plan that records the campaign only where it is not known yet: other posts follow by bot apply."""
    campaigns, notes = dated(content.campaigns.values(), connection, {})
    planned = [one for one in schedule(content, campaigns) if one.post.path == path]
    made = make_plan(
        connection, planned, campaigns, notes, now, only=path.split("/")[0], post=path, others=others
    )
    new = [one for one in campaigns if known_campaign(connection, one.name) is None]
    return Plan(made.changes, new, made.notes)


def _files(settings: Settings, found: PagePost) -> Sequence[str]:
    """The paths of the campaign's posts that have files, without reading them."""
    folder = settings.posts / found.campaign
    return [path.relative_to(settings.posts).as_posix() for path in folder.glob("*.md")]


def _in_words(errors: Sequence[Problem]) -> str:
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"the post has errors: {errors[0].message}{more}"
