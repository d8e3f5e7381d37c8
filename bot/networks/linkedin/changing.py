"""Changing: lets what is out on LinkedIn say something else, or takes it away.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api and …/comments-api
(view li-lms-2026-05, read 2026-11-25): of a post the commentary can be changed and its media can not;
deleting a post twice is answered like once, a comment that is gone with 404.
"""

import re
from typing import Any

from bot.model.outcome import Cause, Change, Rejected, RemotePost
from bot.model.sending import Sending
from bot.networks.judge import Judge
from bot.networks.linkedin import content
from bot.networks.linkedin.restli import Restli

_COMMENT = re.compile(r"urn:li:comment:\((?P<post>urn:li:\w+:\d+),(?P<number>\d+)\)", re.ASCII)
_POST = re.compile(r"urn:li:(?:share|ugcPost):\d+", re.ASCII)
_GONE = "it was gone already"


class Changing:
    """One author's way of changing what she has published."""

    def __init__(self, author: str, restli: Restli, judge: Judge) -> None:
        self._author = author
        self._restli = restli
        self._judge = judge

    def delete(self, post: RemotePost) -> Change:
        """See `Network.delete`."""
        place = self._place(post)
        if place is None:
            return _unknown(post)
        return self._judge.change(lambda: self._restli.call("delete", **place), "it is deleted", _GONE)

    def edit(self, post: RemotePost, to: Sending) -> Change:
        """See `Network.edit`."""
        place = self._place(post)
        if place is None:
            return _unknown(post)
        if "query_params" in place:  # a comment
            patch: dict[str, Any] = {"message": {"$set": content.message(to.part)}}
        else:
            patch = {"$set": {"commentary": to.part.text}}
        return self._judge.change(lambda: self._restli.patch(patch, **place), "its text is changed")

    def _place(self, post: RemotePost) -> dict[str, Any] | None:
        """Where a post or a comment stands, in the client's words."""
        if found := _COMMENT.fullmatch(post.remote_id):
            return {
                "resource_path": "/socialActions/{post}/comments/{number}",
                "path_keys": {"post": found["post"], "number": found["number"]},
                "query_params": {"actor": self._author},
            }
        if _POST.fullmatch(post.remote_id):
            return {"resource_path": "/posts/{urn}", "path_keys": {"urn": post.remote_id}}
        return None


def _unknown(post: RemotePost) -> Rejected:
    words = f"LinkedIn's API does not know it by {post.remote_id}: do it on its page"
    return Rejected(Cause.REFUSED, words)
