"""Quality: what readers would mind about a post, by checks whose levels are set in config/bot.toml."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import PurePosixPath
from statistics import median

from bot.fields import Problem
from bot.model.campaign import Campaign
from bot.model.checks import Check, Levels
from bot.model.message import Part, Role
from bot.model.post import Media
from bot.networks import network_type
from bot.planning.legibility import hard_to_read, joined_words
from bot.planning.post_file import PostFile
from bot.planning.schedule import Planned
from bot.planning.written import Written

# LinkedIn cuts a text off after about three lines, about 210 characters; it publishes no number, and phones
# show less. https://findbest.tools/blog/linkedin-post-character-limit (read 2026-11-25)
LINKEDIN_SHOWS = 210
MUCH_SHORTER = 4  # times, than the other messages of a thread
LONG = 80  # characters: among shorter messages none stands out
_NUMBER = re.compile(r"[(\[]?(\d{1,3})/(\d{1,3})[)\]]?(?=[\s:.]|$)")
_NUMBER_AT_END = re.compile(r"(?:^|\s)[(\[]?(\d{1,3})/(\d{1,3})[)\]]?$")
_SAYS_NOTHING = frozenset({
    "image", "images", "picture", "photo", "photograph", "pic", "img", "graphic", "screenshot", "video",
    "film", "gif", "document", "pdf", "logo", "untitled", "alt", "alt text", "alttext", "description", "bild",
    "foto", "grafik", "imagen", "imagem", "photographie", "todo", "tbd", "none", "n/a", "na",
})  # fmt: skip


def said(level_of: Levels, check: Check, file: str, line: int, words: str) -> Iterator[Problem]:
    """A problem on the level that is set for its check; nothing where that is off."""
    level = level_of[check]
    if level is not None:
        yield Problem(file, line, level, f"{words} [{check}]")


def of_post(
    levels: Levels, campaign: Campaign, file: PostFile, networks: Collection[str]
) -> Iterator[Problem]:
    """What readers would mind about one post; `networks` are those it goes to."""
    for check, line, words in _findings(campaign, file, networks):
        yield from said(levels, check, file.problems.file, line, words)


def _findings(
    campaign: Campaign, file: PostFile, networks: Collection[str]
) -> Iterator[tuple[Check, int, str]]:
    for number, media in enumerate(file.post.media):
        if words := _alt_problem(media, f"media.{number}" in file.lines):
            yield Check.ALT_TEXT, file.line_of(f"media.{number}.alt", "media"), words
    names = joined_words([campaign.title, *campaign.themes, *(one.text for one in file.texts)])
    for text in file.texts:
        for found in hard_to_read(text.text, campaign.hashtags, names):
            yield found.check, text.line_at(found.offset), found.words
    if "linkedin" in networks:
        yield from _first_line(file.texts_of("linkedin"))
    for network in networks:
        if network_type(network).abilities.threads:
            yield from _thread(file.texts_of(network))


def _alt_problem(media: Media, is_there: bool) -> str | None:
    """What is wrong with the words for those who can not see a file."""
    if not media.alt:
        return f"alt: {media.file} has none: say what it shows, for those who can not see it"
    name = PurePosixPath(media.file)
    is_name = _letters(media.alt) in (_letters(name.name), _letters(name.stem))
    if (is_there and is_name) or media.alt.casefold().strip(" .:") in _SAYS_NOTHING:
        return f"alt: '{media.alt}' does not say what {media.file} shows"
    return None


def _letters(words: str) -> str:
    return "".join(filter(str.isalnum, words.casefold()))


def _first_line(texts: Sequence[Written]) -> Iterator[tuple[Check, int, str]]:
    first = texts[0].text.lstrip().split("\n", 1)[0].rstrip() if texts else ""
    if len(first) > LINKEDIN_SHOWS:
        words = f"LinkedIn shows about {LINKEDIN_SHOWS} characters before 'see more', and the first line has "
        yield Check.LINKEDIN_FIRST_LINE, texts[0].line_at(0), f"{words}{len(first)}"


def _thread(texts: Sequence[Written]) -> Iterator[tuple[Check, int, str]]:
    """What is out of balance in a thread that was written by hand."""
    if len(texts) < 2:
        return
    numbers = [_NUMBER.match(one.text) or _NUMBER_AT_END.search(one.text) for one in texts]
    is_numbered = sum(number is not None for number in numbers) * 2 >= len(texts)
    for position, (text, number) in enumerate(zip(texts, numbers, strict=True), start=1):
        right = f"{position}/{len(texts)}"
        if is_numbered and number is None:
            yield Check.UNBALANCED_THREADS, text.line_at(0), f"message {right} has no number, and others have"
        elif is_numbered and number and f"{int(number[1])}/{int(number[2])}" != right:
            words = f"is numbered {number[1]}/{number[2]} and is message {right}"
            yield Check.UNBALANCED_THREADS, text.line_at(number.start(1)), words
        others = median(len(one.text) for one in texts if one is not text)
        if others >= LONG and len(text.text) * MUCH_SHORTER < others:
            words = f"message {right} is much shorter than the others: {len(text.text)} characters"
            yield Check.UNBALANCED_THREADS, text.line_at(0), words


def same_texts(levels: Levels, planned: Iterable[tuple[Planned, PostFile]]) -> Iterator[Problem]:
    """Posts that say on one account what it said shortly before: the networks refuse the second.

    Each message of a thread is a post to the network; first comments are not.
    """
    groups: dict[tuple[str, str], list[tuple[Planned, PostFile, Part]]] = {}
    for one, file in planned:
        for part in one.message.parts if network_type(one.account.network).duplicate_window else ():
            if part.role is not Role.COMMENT:
                groups.setdefault((one.account.name, _said(part)), []).append((one, file, part))
    told: set[tuple[str, str, str]] = set()
    for group in groups.values():
        group.sort(key=lambda each: each[0].due_at)
        for (first, _, _), (one, file, part) in pairwise(group):
            window = network_type(one.account.network).duplicate_window or timedelta()
            pair = (one.account.name, first.post.path, one.post.path)
            if first.post is one.post or one.due_at - first.due_at > window or pair in told:
                continue  # within one thread its network finds it
            told.add(pair)
            minutes = round((one.due_at - first.due_at).total_seconds() / 60)
            later = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
            words = f"{one.account.name}: the same text as {first.post.path}, {later} later: "
            line = _line_of(part, one, file)
            words += "a network may refuse it as a duplicate"
            yield from said(levels, Check.SAME_TEXT, file.problems.file, line, words)


def _line_of(part: Part, planned: Planned, file: PostFile) -> int:
    network = planned.account.network
    texts = file.texts_of(network)
    alone = len(texts) == 1 or len(texts) != len(planned.message.parts)
    return file.line_of_text(network) if alone else texts[part.number - 1].line


def _said(part: Part) -> str:
    return " ".join(f"{part.text} {part.link or ''}".casefold().split())
