"""Problems of a form: what the check says of a post, each at the field that it is about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.model.message import Level
from bot.planning.check import check_post
from bot.planning.content import Content, label_of
from bot.planning.edit import fields_by_line
from bot.planning.form import KEYS

# What is said of a file, by the keys that stand in it, and what of a form, which has none.
_OF_A_FORM = {
    "when? ": "it has no time yet: choose a day, or a time of its own",
    "accounts: a post with a fixed time": "accounts: at a time of its own it needs accounts, or a slot",
}
_KEY = re.compile(r"'?(\w+)'?(?::| is missing)")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Something wrong with a field: "day", "text.twitter", "media.0.alt", "body"; empty: with the whole."""

    field: str
    level: Level
    message: str
    line: int  # of the source
    elsewhere: str = ""  # the file that it is in, where that is not the post


def problems_of(content: Content, path: str, source: str) -> Sequence[FieldProblem]:
    """What is wrong with a post of the page, or the copy of a file; `content` has it with this source."""
    places = fields_by_line(source)
    own = label_of(path)
    found = []
    for problem in check_post(content, path):
        if problem.file == own:
            field = _field(problem.line, problem.message, places)
            found.append(FieldProblem(field, problem.level, _of_a_form(problem.message), problem.line))
        else:
            found.append(FieldProblem("", problem.level, problem.message, problem.line, problem.file))
    return found


def _of_a_form(message: str) -> str:
    return next((words for begin, words in _OF_A_FORM.items() if message.startswith(begin)), message)


def _field(line: int, message: str, places: Mapping[int, str]) -> str:
    known = places.get(line)
    said = _KEY.match(message)
    key = said[1] if said and said[1] in KEYS else ""
    if line == 1:  # no key is there: what is missing has no line
        return "day" if message.startswith("when?") else key
    if known in (None, "body") and key in ("media", "card", "link", "accounts", "slot", "kind"):
        return key
    return known or ""
