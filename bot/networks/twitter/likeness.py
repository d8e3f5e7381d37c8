"""Likeness: whether a post in an account's timeline on X is the part that is looked for."""

import re
from collections.abc import Mapping
from typing import Any

from bot.model.message import Part, Role
from bot.model.outcome import RemotePost
from bot.networks.answer import member, objects
from bot.networks.looking import Likeness
from bot.networks.matching import nearly_same, same_text

FIELDS = "attachments,created_at,entities,note_tweet,referenced_tweets,text"  # of a post, to be compared
_SHORT_LINK = re.compile(r"https?://t\.co/\w+", re.ASCII)
_TO_MEDIA = re.compile(r"https?://(?:x|twitter)\.com/\w+/status/(\d+)/(?:photo|video)/\d+", re.ASCII)


def likeness(tweet: Mapping[str, Any], part: Part, previous: RemotePost | None) -> Likeness:
    """How a post compares with a part that was sent as an answer to `previous`."""
    references = objects(tweet.get("referenced_tweets"))
    answered = {str(one.get("id")) for one in references if one.get("type") == "replied_to"}
    if any(one.get("type") == "retweeted" for one in references):
        return Likeness.OTHER
    if answered and (part.role is Role.POST or previous is None or previous.remote_id not in answered):
        return Likeness.OTHER
    shown = _as_written(tweet)
    keys = member(tweet, "attachments", "media_keys")
    media = len(keys) if isinstance(keys, list) else 0
    if same_text(part.text, shown):
        # Pictures alone tell nothing: what is in them can not be read back.
        tells = part.text and media == len(part.media)
        return Likeness.SAME if tells else Likeness.PERHAPS if media or not part.media else Likeness.OTHER
    return Likeness.PERHAPS if nearly_same(part.text, shown) else Likeness.OTHER


def _as_written(tweet: Mapping[str, Any]) -> str:
    """The text with the links as they were written, where X says what each t.co link stands for.

    To a post with pictures X adds a link that leads to them, which nobody wrote.
    """
    # A long post has its whole text in a note, and only the beginning in its text.
    note = tweet.get("note_tweet")
    whole = note if isinstance(note, dict) and isinstance(note.get("text"), str) else tweet
    links = [*objects(member(tweet, "entities", "urls")), *objects(member(whole, "entities", "urls"))]
    real = {}
    for link in links:
        if isinstance(expanded := link.get("expanded_url"), str) and expanded:
            own = _TO_MEDIA.fullmatch(expanded)
            is_added = "media_key" in link or (own is not None and own[1] == tweet.get("id"))
            real[str(link.get("url"))] = "" if is_added else expanded
    return _SHORT_LINK.sub(lambda short: real.get(short[0], short[0]), str(whole["text"]))
