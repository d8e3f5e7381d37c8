"""Tracked: a post whose link tells a site's statistics where a visitor came from."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.post import Post
from bot.model.tracking import DEFAULTS, Tracking, with_parameters

MOST_WORDS, LONGEST_NAME = 6, 40  # of a title or a text, and their characters
_NO_WORDS = re.compile(r"https?://\S+|\d{1,3}/\d{1,3}(?!\w)|@\{[^{}\n]{1,100}\}")
_WORD = re.compile(r"[^\W_]+")


def tracked(post: Post, account: Account, campaign: Campaign, tracking: Tracking | None) -> Post:
    """The post with the parameters on its link, also where that stands in a text; other links stay.

    Post and campaign are named by words and never by their files: what went out must say the same when its
    file is given another name, else it would go out again.
    """
    if not post.link or tracking is None or not tracking.wanted or not _is_ours(post.link, tracking):
        return post
    places = {
        "network": account.network,
        "account": account.name,
        "campaign": _joined(campaign.title) or campaign.name,
        "post": _name_of(post),
    }
    values = {key: _filled(value, places) for key, value in {**DEFAULTS, **dict(tracking.values)}.items()}
    link = with_parameters(post.link, values.items())
    # Up to the end of the word, apart from the signs that end a sentence: not the beginning of a longer link.
    there = re.compile(rf"(?<![\w/]){re.escape(post.link)}(?=[.,;:!?)\]}}>\"'»”…]{{0,5}}(?:\s|$))")

    def told(text: str) -> str:
        return there.sub(lambda _: link, text)

    return replace(
        post,
        link=link,
        body=told(post.body),
        text={network: tuple(map(told, texts)) for network, texts in post.text.items()},
        first_comment=told(post.first_comment) if post.first_comment else None,
    )


def _name_of(post: Post) -> str:
    """A post's first words."""
    texts = [post.body, *(text for texts in post.text.values() for text in texts)]
    return _joined(_NO_WORDS.sub(" ", next((text for text in texts if text.strip()), ""))) or post.kind


def _joined(words: str) -> str:
    """The first of the words, as an address has them."""
    name = ""
    for word in islice(_WORD.finditer(words.casefold()), MOST_WORDS):
        longer = f"{name}-{word[0]}" if name else word[0][:LONGEST_NAME]
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    return name


def _filled(value: str, places: Mapping[str, str]) -> str:
    for place, word in places.items():
        value = value.replace(f"{{{place}}}", word)
    return value


def _is_ours(link: str, tracking: Tracking) -> bool:
    host = (urlsplit(link).hostname or "").casefold()
    return not tracking.domains or any(
        host == domain or host.endswith(f".{domain}") for domain in tracking.domains
    )
