"""Dead links: those of posts behind which nothing answers, each at its line."""

import re
from collections.abc import Callable, Iterator

from bot.fields import Problem
from bot.model.checks import Check
from bot.model.post import Status
from bot.planning.content import Content
from bot.planning.link_check import check_links
from bot.planning.post_file import PostFile
from bot.planning.quality import said

_LINK = re.compile(r"https?://[^\s<>\"“”]{1,2000}", re.IGNORECASE)
_NOT_ITS_END = ".,;:!?'’»…*_"


def dead_links(content: Content, progress: Callable[[int], None] = lambda done: None) -> list[Problem]:
    """What is wrong with the links of posts that are ready; asks each of them, so it takes its time."""
    if content.settings.checks[Check.DEAD_LINKS] is None:
        return []
    places = [
        (file.problems.file, line, link)
        for file in content.post_files.values()
        if file.post.status is Status.READY
        for line, link in links_of(file)
    ]
    answers = check_links((link for _, _, link in places), progress=progress)
    found = [
        problem
        for file, line, link in places
        if (wrong := answers[link])
        for problem in said(content.settings.checks, Check.DEAD_LINKS, file, line, f"{link}: {wrong}")
    ]
    return list(dict.fromkeys(found))


def links_of(file: PostFile) -> Iterator[tuple[int, str]]:
    """Every link of a post with its line."""
    if file.post.link:
        yield file.line_of("link"), file.post.link
    for text in file.texts:
        for found in _LINK.finditer(text.text):
            yield text.line_at(found.start()), _without_end(found[0])


def _without_end(link: str) -> str:
    """A link without the signs behind it that belong to the sentence."""
    while (end := link[-1]) in _NOT_ITS_END or (end in _OPENS and link.count(end) > link.count(_OPENS[end])):
        link = link[:-1]
    return link


_OPENS = {")": "(", "]": "[", "}": "{"}
