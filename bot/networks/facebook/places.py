"""Places: where each part goes, and how Facebook names what is out."""

import re
from urllib.parse import quote

from bot.model.message import Role
from bot.model.outcome import RemotePost
from bot.model.sending import Sending
from bot.networks.facebook.graph import Page


def place_of(page: Page, sending: Sending) -> tuple[str, str]:
    """The object and its edge under which a part stands."""
    if sending.part.role is Role.COMMENT and sending.previous is not None:
        return quote(sending.previous.remote_id, safe=""), "comments"
    return page.place, "feed"


def post_at(remote_id: str, under: RemotePost | None = None) -> RemotePost:
    """A post, or a comment under one, with its permalink: an id is "<page>_<post>"."""
    if under and "_" not in under.remote_id:
        url = under.url or f"https://www.facebook.com/{under.remote_id}"
    else:
        page, _, post = (under.remote_id if under else remote_id).rpartition("_")
        url = f"https://www.facebook.com/{page}/posts/{post}" if page else f"https://www.facebook.com/{post}"
    if under:
        url += f"?comment_id={remote_id.rpartition('_')[2]}"
    return RemotePost(remote_id, url)


def video_post(page: str, video: str) -> RemotePost:
    """A video, which has its id before it has a post, and keeps it."""
    return RemotePost(video, f"https://www.facebook.com/{page}/videos/{video}")


def is_known(post: RemotePost) -> bool:
    """Whether it has an id: a person may have given a link in which none stands."""
    return re.fullmatch(r"\d+(_\d+)?", post.remote_id) is not None


def is_video(post: RemotePost) -> bool:
    """Whether an id is that of a video: posts and comments have two numbers."""
    return "_" not in post.remote_id


def is_of_another(page: str, post: RemotePost) -> bool:
    """Whether it stands on another page than that of this id, as far as its id or its link tells."""
    if not is_comment(post) and not is_video(post):
        return post.remote_id.partition("_")[0] != page
    found = re.match(r"https://www\.facebook\.com/(\d+)/(?:posts|videos)/", post.url or "")
    return found is not None and found[1] != page


def is_comment(post: RemotePost) -> bool:
    """Whether a post is a comment under another."""
    return "comment_id=" in (post.url or "")
