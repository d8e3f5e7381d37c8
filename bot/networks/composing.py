"""Composing: what the networks share in making a message out of a post."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.model.checks import Check
from bot.model.format import DOCUMENTS, VIDEOS, Format
from bot.model.message import Fault, Level, Part, Role
from bot.model.post import Media, Post
from bot.model.wording import Wording
from bot.networks.base import MediaRules
from bot.networks.hashtags import missing, with_hashtags
from bot.networks.mentions import Form, Resolved, resolve
from bot.networks.threads import split


def single_text(post: Post, network: str, wording: Wording) -> tuple[str, list[Fault]]:
    """The one text for a network without threads, with the campaign's hashtags; its mentions as written.

    That there are several is a problem.
    """
    texts = [text.strip() for text in post.texts_for(network)]
    joined = "\n\n".join(text for text in texts if text)
    joined = with_hashtags(joined, missing([joined], wording.hashtags))
    faults = []
    if len(texts) > 1:
        faults.append(warning("there are no threads here: the texts of a list go out as one post"))
    return joined, faults


MOST_MESSAGES = 25  # of a thread that nobody has counted


@dataclass(frozen=True, slots=True)
class Counting:
    """How a network counts the messages of a thread."""

    longest: int
    length: Callable[[str], int]  # raises ValueError for a text that it will not even count


def thread(
    post: Post,
    network: str,
    wording: Wording,
    form: Form,
    counting: Counting,
    link: str | None = None,
) -> tuple[list[Resolved], list[Fault]]:
    """The messages for a network with threads, and what is wrong with them.

    The hashtags of the campaign that none of them has, and a link that stands in the text there, end the
    first one. With `thread: auto`, a single text that is too long becomes several messages.
    """
    texts = [text.strip() for text in post.texts_for(network)]
    end = f" {link}" if link and not holds_link(texts[0], link) else ""
    tags = missing(texts, wording.hashtags)
    faults = []

    def length(text: str) -> int:
        try:
            return counting.length(resolve(text, wording, form).text)
        except ValueError:
            return counting.longest + 1

    if post.auto_thread and len(texts) == 1 and length(texts[0] + end) > counting.longest:
        ending = with_hashtags("", tags) + end
        texts = split(texts[0], counting.longest, length, length(f"  {ending}") if ending else 0)
        if len(texts) > MOST_MESSAGES:
            words = f"the text makes a thread of {len(texts):,} messages: who would read it to its end?"
            faults.append(warning(words))
    if tags and length(texts[0] + end) > counting.longest:
        tags = ()  # it is too long as it is, which is said for each message
    while tags and length(with_hashtags(texts[0], tags) + end) > counting.longest:
        words = f"#{tags[-1]} is left out for want of room: put it into the text, or make that shorter"
        faults.append(Fault(Level.WARNING, words, 1, check=Check.HASHTAGS))
        tags = tags[:-1]
    texts[0] = f"{with_hashtags(texts[0], tags)}{end}".strip()
    said = [resolve(text, wording, form, number) for number, text in enumerate(texts, start=1)]
    return said, [*(fault for one in said for fault in one.faults), *faults]


def media(post: Post, network: str, title: str, rules: MediaRules) -> tuple[tuple[Media, ...], list[Fault]]:
    """The files that a network is sent with a post, and what is wrong with their number or kinds."""
    chosen = tuple(replace(one, only=()) for one in post.media if not one.only or network in one.only)
    groups = {
        "video": [one for one in chosen if one.format in VIDEOS],
        "animated GIF": [one for one in chosen if one.format is Format.GIF],
        "document": [one for one in chosen if one.format in DOCUMENTS],
    }
    alone = [one for group in groups.values() for one in group]
    groups["picture"] = [one for one in chosen if one not in alone]
    most = {
        "video": rules.videos,
        "animated GIF": rules.moving,
        "document": rules.documents,
        "picture": rules.images,
    }
    faults = []
    for what, group in groups.items():
        if len(group) > most[what]:
            takes = f"{most[what]} {what}s at most" if most[what] else f"no {what}s"
            faults.append(error(f"{title} takes {takes} in a post, and this one has {len(group)}", 1))
    kinds = [what for what, group in groups.items() if group]
    if not faults and len(kinds) > 1 and not (rules.mixed and "document" not in kinds):
        faults.append(error(f"{title} does not show a {kinds[0]} and a {kinds[1]} in one post", 1))
    elif not faults and len(chosen) > max(rules.images, 1):
        faults.append(
            error(f"{title} takes {rules.images} files in a post, and this one has {len(chosen)}", 1)
        )
    return chosen, faults


def holds_link(text: str, link: str) -> bool:
    """Whether a text holds a link, and not only a longer one that begins like it."""
    ends = r"(?![\w/?#&=%~+@-]|[.,:;!]\w)"
    return re.search(re.escape(link.rstrip("/")) + r"/?" + ends, text) is not None


def is_broken(text: str) -> bool:
    """Whether a text holds half of a character, which no network can be sent."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def broken_faults(parts: Iterable[Part]) -> list[Fault]:
    """Errors for the parts that can not be sent at all."""
    return [
        error(f"part {part.number} holds half a character: write it again", part.number)
        for part in parts
        if is_broken(part.text)
    ]


def comment_part(post: Post, wording: Wording, form: Form) -> tuple[list[Part], list[Fault]]:
    """The first comment as the part after the post, if there is one, and what is wrong with it."""
    text = (post.first_comment or "").strip()
    if not text:
        return [], []
    said = resolve(text, wording, form, part=2)
    return [Part(2, Role.COMMENT, said.text, mentions=said.mentions)], list(said.faults)


def error(text: str, part: int | None = None) -> Fault:
    """A fault that the network would refuse."""
    return Fault(Level.ERROR, text, part)


def warning(text: str, part: int | None = None) -> Fault:
    """A fault that a reader would mind."""
    return Fault(Level.WARNING, text, part)


def count(length: int, limit: int) -> str:
    """A length in words."""
    return f"{length:,} of {limit:,}"
