"""Tracked: a post whose link tells a site's statistics where a visitor came from."""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from bot.model.account import Account
from bot.model.post import Post
from bot.model.tracking import DEFAULTS, Tracking, with_parameters


def tracked(post: Post, account: Account, tracking: Tracking | None) -> Post:
    """The post with the parameters on its link, also where that stands in a text; other links stay."""
    if not post.link or tracking is None or not tracking.wanted or not _is_ours(post.link, tracking):
        return post
    name = post.path.rpartition("/")[2].removesuffix(".md")
    places = {"network": account.network, "account": account.name, "campaign": post.campaign, "post": name}
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


def _filled(value: str, places: Mapping[str, str]) -> str:
    for place, word in places.items():
        value = value.replace(f"{{{place}}}", word)
    return value


def _is_ours(link: str, tracking: Tracking) -> bool:
    host = (urlsplit(link).hostname or "").casefold()
    return not tracking.domains or any(
        host == domain or host.endswith(f".{domain}") for domain in tracking.domains
    )
