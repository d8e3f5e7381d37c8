"""Changing: other words for what is out, or its end.

https://developers.facebook.com/documentation/pages-api/posts and
https://developers.facebook.com/docs/graph-api/reference/video (read 2026-11-25): an app may change the posts
that it made. Facebook shows that a post was edited.
"""

from collections.abc import Callable
from urllib.parse import quote

from bot.model.outcome import Cause, Change, Done, NotPublished, Rejected, RemotePost, Unknown
from bot.model.sending import Sending
from bot.networks.answer import Answer, CallError, RefusedError, member
from bot.networks.facebook.answers import GONE, complaint
from bot.networks.facebook.graph import Page
from bot.networks.facebook.places import is_known, is_of_another, is_video
from bot.networks.judge import WE_LOOK, WE_TRY_AGAIN

_LOOK_YOURSELF = "Look at it on Facebook."
_UNKNOWN = Rejected(Cause.REFUSED, "its id on Facebook is not known, only a link: do it on its page")


def edit(page: Page, post: RemotePost, to: Sending) -> Change:
    """Let a post, a video or a comment say something else."""
    if not is_known(post):
        return _UNKNOWN
    form = {"description" if is_video(post) else "message": to.part.text}
    return _change(page, lambda: page.change(quote(post.remote_id, safe=""), form), "changed on Facebook")


def delete(page: Page, post: RemotePost) -> Change:
    """Take it away; what is gone already counts as done."""
    if not is_known(post):
        return _UNKNOWN
    # What a token may not see looks to it like what is gone.
    gone = None if is_of_another(page.id, post) else "it was not on Facebook any more"
    return _change(page, lambda: page.delete(quote(post.remote_id, safe="")), "deleted on Facebook", gone)


def _change(page: Page, call: Callable[[], Answer], words: str, gone: str | None = None) -> Change:
    try:
        answer = call()
    except CallError as error:
        if gone and _is_gone(error):
            return Done(gone)
        return _unchanged(page, error)
    if member(answer.value, "success") is True:
        return Done(words)
    reason = page.judge_of_changes.reason(answer.status, "it does not say that it was done", _LOOK_YOURSELF)
    return Unknown(reason, answer.status)


def _is_gone(error: CallError) -> bool:
    told = complaint(error.answer) if isinstance(error, RefusedError) else None
    return told is not None and bool(told.codes & GONE)


def _unchanged(page: Page, error: CallError) -> NotPublished | Rejected | Unknown:
    failure = page.judge_of_changes.failure(error)
    if isinstance(failure, Unknown):
        return Unknown(f"{failure.reason.removesuffix(WE_LOOK)}{_LOOK_YOURSELF}", failure.status)
    if isinstance(failure, NotPublished):
        reason = failure.reason.removesuffix(WE_TRY_AGAIN).rstrip()
        return NotPublished(failure.cause, reason, failure.again_at, failure.status)
    return failure
