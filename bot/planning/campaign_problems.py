"""Problems of a campaign's form: what its file would be told, each at the field that it is about."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import available_timezones

from bot.fields import Problems
from bot.model.account import Account
from bot.model.message import Level
from bot.planning.campaign_file import NAME, day, read_campaign_source, time_of_day
from bot.planning.campaign_form import CampaignForm, SlotForm
from bot.planning.form_problems import FieldProblem

MOST_DAYS, MOST_SLOTS, LONGEST_TITLE = 366, 50, 200
_KEY = re.compile(r"'?(\w+)'?(?::| is missing)")
_HEADER = re.compile(r"\s*\[+\s*(day|slots)\s*\.?\s*[\"']?([\w -]*)")
FIELDS = ("title", "timezone", "starts", "hashtags", "approval", "day")


def problems_of_form(form: CampaignForm) -> Sequence[FieldProblem]:
    """What keeps a form from being written down at all: "starts", "slots.0.at", "day"."""
    return [FieldProblem(field, Level.ERROR, words, 1) for field, words in _faults(form)]


def _faults(form: CampaignForm) -> Iterator[tuple[str, str]]:
    try:
        day(form.starts)
    except ValueError as error:
        yield "starts", str(error)
    if form.timezone not in available_timezones():
        yield "timezone", f"'{form.timezone}' is not a time zone: write it like Europe/Paris"
    if not form.title.strip():
        yield "title", "a title is missing"
    elif len(form.title) > LONGEST_TITLE:
        yield "title", f"at most {LONGEST_TITLE} characters"
    if not form.themes:
        yield "day", "write a theme for each day, one on a line: without a day nothing can go out"
    elif len(form.themes) > MOST_DAYS:
        yield "day", f"at most {MOST_DAYS} days"
    elif "" in (one.strip() for one in form.themes):
        yield "day", "a line is empty: each day needs a theme"
    if len(form.slots) > MOST_SLOTS:
        yield "slots", f"at most {MOST_SLOTS} slots"
    names = Counter(one.name for one in form.slots)
    for number, slot in enumerate(form.slots):
        yield from _faults_of_slot(f"slots.{number}", slot, names[slot.name])


def _faults_of_slot(field: str, slot: SlotForm, same: int) -> Iterator[tuple[str, str]]:
    if not NAME.fullmatch(slot.name):
        yield f"{field}.name", f"'{slot.name}' is no name for a slot: use letters, digits, '-' and '_'"
    elif same > 1:
        yield f"{field}.name", f"there are {same} slots of this name"
    try:
        time_of_day(slot.at)
    except ValueError as error:
        yield f"{field}.at", str(error)
    if not slot.kinds:
        yield f"{field}.kinds", "choose what goes out in this slot"
    if not slot.accounts:
        yield f"{field}.accounts", "choose where it goes"


def problems_of_source(
    source: str, form: CampaignForm, name: str, accounts: Mapping[str, Account]
) -> Sequence[FieldProblem]:
    """What the check says of the text that the form gives, at the form's fields."""
    problems = Problems("")
    read_campaign_source(source, name, accounts, problems)
    lines = source.split("\n")
    slots = {one.name: number for number, one in enumerate(form.slots)}
    return [
        FieldProblem(_field(lines, one.line, one.message, slots), one.level, one.message, one.line)
        for one in problems.found
    ]


def _field(lines: Sequence[str], line: int, message: str, slots: Mapping[str, int]) -> str:
    """The field that a line of the text comes from: by the table in which it stands."""
    said = _KEY.match(message)
    key = said[1] if said else ""
    header = next((found for text in reversed(lines[:line]) if (found := _HEADER.match(text))), None)
    if header is None:
        return key if key in FIELDS else ""
    if header[1] == "day":
        return "day"
    number = slots.get(header[2].strip())
    return f"slots.{number}.{key}" if number is not None and key else "slots"
