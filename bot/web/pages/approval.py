"""Approval: a post goes to review, is approved as it is, or is sent back; and its history can be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response

from bot.errors import SpokenError
from bot.model.format import DOCUMENTS, VIDEOS
from bot.model.live import is_of_page
from bot.model.role import Role
from bot.model.stage import DONE, Stage, Step
from bot.networks import REGISTRY, network_type
from bot.planning.form import PostForm, of_source
from bot.planning.queueing import Queued, queue_post, withdraw_post
from bot.planning.rendering import ShownPart, shown_parts
from bot.store import post_lists, posts
from bot.store.desk import Desk
from bot.store.post_lists import Waiting, Wanted
from bot.store.posts import ConflictError, PagePost
from bot.store.queue import parts_of
from bot.web.access import Visitor
from bot.web.differences import differences
from bot.web.pages.composer import asks_for_approval, conflict, found_post, save_form
from bot.web.pages.posts import note
from bot.web.post_fields import Filled, every, has_form, number, value_of
from bot.web.showing import Showing, addresses_in, addresses_of, show
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _
from bot.web.words import ngettext

Comment = Annotated[str, Form(max_length=5_000)]
MOST_AT_ONCE = 50  # of each sort, on the page of what waits


class NotNowError(SpokenError):
    """A step that can not be taken as things are; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that waits, as its followers will see it."""

    waiting: Waiting
    network: str
    parts: Sequence[ShownPart]
    addresses: Mapping[str, str]


def approval(site: Site) -> APIRouter:
    """The steps of a post, what waits for an approver, and what every version says."""
    router = APIRouter()
    _steps(site, router)

    @router.get("/approvals", dependencies=[site.needs(Role.VIEWER)])
    def waiting(request: Request) -> Response:
        with site.store.read() as connection:
            review = post_lists.matching(connection, Wanted(stages=[Stage.REVIEW]), MOST_AT_ONCE)
            held = post_lists.waiting(connection, MOST_AT_ONCE)
        shown = [(found, show(site, found.path, found.source)) for found in review]
        theirs = {found.path for found in review}
        context = {
            "review": [(found, showing, addresses_of(showing.post)) for found, showing in shown],
            "held": _by_post([_held(site, one) for one in held if one.post not in theirs]),
            "most": MOST_AT_ONCE, "full": MOST_AT_ONCE in (len(review), len(held)),
            "videos": VIDEOS, "documents": DOCUMENTS, "is_of_page": is_of_page,
        }  # fmt: skip
        return site.render(request, "approvals.html", context)

    @router.post("/approvals", dependencies=[site.needs(Role.APPROVER)])
    def approve_deliveries(request: Request, visitor: SignedIn, sent: Filled) -> Response:
        seen = dict(pair for one in every(sent, "each") if (pair := _number_and_words(one)))

        def act() -> str:
            desk = Desk(site.store, visitor.name, site.now())
            rows = desk.approve(list(seen), "approved on the page", seen)
            for row in rows:
                note(site, visitor.name, "approved", row["post"], f"delivery {row['id']}")
            return ngettext(
                "Approved: %(num)s delivery of %(post)s.",
                "Approved: %(num)s deliveries of %(post)s.",
                len(rows),
            ) % {"num": len(rows), "post": rows[0]["post"] if rows else ""}

        return site.doing(request, "/approvals", act)

    @router.get("/posts/{post:int}/versions/{number:int}", dependencies=[site.needs(Role.VIEWER)])
    def version(request: Request, post: int, number: int) -> Response:
        found = found_post(site, post)
        with site.store.read() as connection:
            this = post_lists.entry(connection, post, number)
            before = post_lists.entry_before(connection, post, number)
        if this is None:
            raise HTTPException(404)
        context = {
            "post": found,
            "version": this,
            "before": before,
            "since_before": _compared(before.source if before else "", this.source),
            "until_now": _compared(this.source, found.source),
        }
        return site.render(request, "post-version.html", context)

    return router


def _steps(site: Site, router: APIRouter) -> None:
    """The buttons under a post; each saves first what the composer has sent along."""

    def step(
        request: Request, visitor: SignedIn, post: int, sent: Filled, act: Callable[[PagePost], str]
    ) -> Response:
        try:
            found = found_post(site, post)
            if has_form(sent):
                found = save_form(site, post, sent, visitor.name)
            elif found.version != number(sent, "version"):
                raise ConflictError(found)
            message, wrong = act(found), False
        except ConflictError as error:
            if has_form(sent):
                return conflict(site, request, error.current, sent)
            message, wrong = _("It was changed since you have read it: read it again."), True
        except SpokenError as error:
            message, wrong = str(error), True
        on_the_list = value_of(sent, "back") == "approvals"  # whoever goes through that list stays there
        return site.go(request, "/approvals" if on_the_list else f"/posts/{post}", message, wrong=wrong)

    def take(found: PagePost, taken: Step, actor: str, comment: str = "") -> PagePost:
        changed = posts.step(site.store, found.id, taken, found.version, actor, site.now(), comment)
        note(site, actor, DONE[taken], found.path, f"version {found.version}")
        return changed

    @router.post("/posts/{post:int}/submit", dependencies=[site.needs(Role.EDITOR)])
    def submit(
        request: Request, visitor: SignedIn, post: int, sent: Filled, comment: Comment = ""
    ) -> Response:
        def act(found: PagePost) -> str:
            _refuse_errors(show(site, found.path, found.source))
            take(found, Step.SUBMIT, visitor.name, comment)
            return _("Sent to review. Whoever may approve sees it under “Approvals”.")

        return step(request, visitor, post, sent, act)

    @router.post("/posts/{post:int}/approve", dependencies=[site.needs(Role.APPROVER)])
    def approve(
        request: Request, visitor: SignedIn, post: int, sent: Filled, comment: Comment = ""
    ) -> Response:
        def act(found: PagePost) -> str:
            _refuse_unseen(show(site, found.path, found.source), value_of(sent, "seen"))
            changed = take(found, Step.APPROVE, visitor.name, comment)
            if value_of(sent, "and") != "queue":
                return _("Approved: version %(number)s, as you have seen it.") % {"number": changed.version}
            return queued(changed, visitor.name)

        return step(request, visitor, post, sent, act)

    @router.post("/posts/{post:int}/return", dependencies=[site.needs(Role.APPROVER)])
    def send_back(
        request: Request, visitor: SignedIn, post: int, sent: Filled, comment: Comment = ""
    ) -> Response:
        def act(found: PagePost) -> str:
            take(found, Step.RETURN, visitor.name, comment)
            return _("Sent back with your comment.")

        return step(request, visitor, post, sent, act)

    @router.post("/posts/{post:int}/queue", dependencies=[site.needs(Role.EDITOR)])
    def into_queue(request: Request, visitor: SignedIn, post: int, sent: Filled) -> Response:
        def act(found: PagePost) -> str:
            trusted = visitor.may(Role.APPROVER) or found.stage is Stage.APPROVED
            if not trusted and asks_for_approval(site, found):
                raise NotNowError(_("This campaign asks for approval: send the post to review."))
            _refuse_errors(show(site, found.path, found.source))
            return queued(found, visitor.name)

        return step(request, visitor, post, sent, act)

    def queued(found: PagePost, actor: str) -> str:
        done = queue_post(site.store, site.settings(), found.id, found.version, actor, site.now())
        note(site, actor, "queued", found.path, f"version {found.version}")
        return _queued_words(done)

    def refuse_to_unqueue(found: PagePost, visitor: Visitor) -> None:
        if found.live_version is None or visitor.may(Role.APPROVER):
            return
        if asks_for_approval(site, found):
            raise NotNowError(_("It is in the queue: an approver can take it out of there."))

    @router.post("/posts/{post:int}/withdraw", dependencies=[site.needs(Role.EDITOR)])
    def withdraw(
        request: Request, visitor: SignedIn, post: int, sent: Filled, comment: Comment = ""
    ) -> Response:
        def act(found: PagePost) -> str:
            refuse_to_unqueue(found, visitor)
            done = withdraw_post(site.store, found.id, found.version, visitor.name, site.now(), comment)
            note(site, visitor.name, "withdrew", found.path)
            return _withdrawn_words(done)

        return step(request, visitor, post, sent, act)

    @router.post("/posts/{post:int}/remove", dependencies=[site.needs(Role.EDITOR)])
    def remove(request: Request, visitor: SignedIn, post: int, sent: Filled) -> Response:
        def act() -> str:
            found = found_post(site, post)
            refuse_to_unqueue(found, visitor)
            version = number(sent, "version")
            withdraw_post(site.store, post, version, visitor.name, site.now(), remove=True)
            note(site, visitor.name, "removed", found.path)
            return _("Removed: %(post)s. Its history is kept.") % {"post": found.path}

        return site.doing(request, "/posts", act)


def _refuse_errors(showing: Showing) -> None:
    if errors := showing.errors:
        words = _("There is something to mend first: %(problem)s") % {"problem": errors[0].message}
        raise NotNowError(words)


def _refuse_unseen(showing: Showing, seen: str) -> None:
    """What is approved is what was on the screen: not other words, another time or another account."""
    _refuse_errors(showing)
    if seen != showing.seen:
        raise NotNowError(_("It would look different now from what you have seen: read it again."))


def _queued_words(done: Queued) -> str:
    """What the queue has of it now, and where it does not go although it says so."""
    not_to = [f"{change.account} ({change.why})" for change in done.plan.changes if change.left_out]
    left_out = _("Not to %(accounts)s.") % {"accounts": ", ".join(not_to)} if not_to else ""
    missed = sum(change.late for change in done.plan.active)
    return " ".join(filter(None, (_active_words(done), _missed_words(missed), left_out)))


def _missed_words(number: int) -> str:
    words = ngettext(
        "%(num)s of them is past its time already: "
        "it does not go out before an operator gives it another time.",
        "%(num)s of them are past their time already: "
        "they do not go out before an operator gives them another time.",
        number,
    )
    return words % {"num": number} if number else ""


def _active_words(done: Queued) -> str:
    active = list(done.plan.active)
    if not active:
        return _("The queue says so already.")
    first = min(active, key=lambda change: change.due_at)
    number = len(active)
    words = ngettext(
        "In the queue: %(num)s delivery, at %(wall)s (%(zone)s).",
        "In the queue: %(num)s deliveries, the first at %(wall)s (%(zone)s).",
        number,
    )
    to = first.to
    return words % {
        "num": number,
        "wall": to.wall.replace("T", " ") if to else "",
        "zone": to.zone if to else "",
    }


def _withdrawn_words(done: Queued) -> str:
    kept = [change for change in done.plan.changes if change.action == "kept"]
    if kept:
        number = len(kept)
        return ngettext(
            "Withdrawn. %(num)s delivery is out already and stays.",
            "Withdrawn. %(num)s deliveries are out already and stay.",
            number,
        ) % {"num": number}
    return _("Withdrawn: it is a draft again.")


def _compared(before: str, after: str) -> Sequence[Any]:
    return differences(of_source(before) or PostForm(body=before), of_source(after) or PostForm(body=after))


def _number_and_words(pair: str) -> tuple[int, str] | None:
    number, _space, words = pair.partition(" ")
    return (int(number), words) if number.isascii() and number.isdecimal() and len(number) < 18 else None


def _by_post(held: Sequence[Held]) -> Mapping[str, Sequence[Held]]:
    found: dict[str, list[Held]] = {}
    for one in held:
        found.setdefault(one.waiting.post, []).append(one)
    return found


def _held(site: Site, waiting: Waiting) -> Held:
    with site.store.read() as connection:
        parts = [sent.part for sent in parts_of(connection, waiting.id)]
    known = waiting.network in REGISTRY
    return Held(
        waiting,
        network_type(waiting.network).title if known else waiting.network,
        shown_parts(parts, waiting.network) if known else (),
        addresses_in(waiting.post, parts),
    )
