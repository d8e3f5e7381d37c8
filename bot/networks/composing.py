"""Composing: what the networks share in making a message out of a post."""

from collections.abc import Iterable

from bot.model.message import Fault, Level, Part, Role
from bot.model.post import Post


def single_text(post: Post, network: str) -> tuple[str, list[Fault]]:
    """The one text for a network without threads, with the problem of having several."""
    texts = [text.strip() for text in post.texts_for(network)]
    joined = "\n\n".join(text for text in texts if text)
    faults = []
    if len(texts) > 1:
        faults.append(warning("a list makes a thread only on X: its texts go out as one post"))
    return joined, faults


def media_faults(post: Post, title: str) -> list[Fault]:
    """What a reader would miss."""
    if not post.media:
        return []
    return [warning(f"media is not sent to {title} yet: the post goes out without {post.media[0].file}")]


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


def comment_part(post: Post) -> list[Part]:
    """The first comment as the part after the post; nothing where there is none."""
    text = (post.first_comment or "").strip()
    return [Part(number=2, role=Role.COMMENT, text=text)] if text else []


def error(text: str, part: int | None = None) -> Fault:
    """A fault that the network would refuse."""
    return Fault(Level.ERROR, text, part)


def warning(text: str, part: int | None = None) -> Fault:
    """A fault that a reader would mind."""
    return Fault(Level.WARNING, text, part)


def count(length: int, limit: int) -> str:
    """A length in words."""
    return f"{length:,} of {limit:,}"
