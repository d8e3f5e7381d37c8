"""A campaign's file: from TOML to a typed campaign."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from bot.fields import Problems, Table, one_of, parse_toml, read_toml, suggestion, text, texts, yes_or_no
from bot.model.account import Account
from bot.model.campaign import Approval, Campaign, Slot
from bot.model.post import Kind
from bot.settings import zone
from bot.tracking_table import read_tracking

FIRST_YEAR, LAST_YEAR = 1990, 2200  # outside of them it is a slip, and calendars end somewhere
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """A campaign with the places of its parts, for whoever finds something wrong with them."""

    campaign: Campaign
    problems: Problems


def read_campaign(path: Path, accounts: Mapping[str, Account], problems: Problems) -> CampaignFile | None:
    """Read one campaign, or None after noting why it can not be.

    Without a zone and a date nothing can be planned; what is wrong with other keys is noted, and the
    campaign is given without them.
    """
    if not _is_name(path.stem, problems):
        return None
    table = read_toml(path, problems)
    return None if table is None else _campaign(path.stem, table, accounts, problems)


def read_campaign_source(
    source: str, name: str, accounts: Mapping[str, Account], problems: Problems
) -> CampaignFile | None:
    """The same of what a campaign's file would say."""
    if not _is_name(name, problems):
        return None
    table = parse_toml(source, problems)
    return None if table is None else _campaign(name, table, accounts, problems)


def _is_name(name: str, problems: Problems) -> bool:
    if NAME.fullmatch(name):
        return True
    problems.error(1, f"'{name}' is no name for a campaign: use letters, digits, '-' and '_'")
    return False


def _campaign(
    name: str, table: Table, accounts: Mapping[str, Account], problems: Problems
) -> CampaignFile | None:
    timezone = table.take("timezone", zone, None, required=True)
    starts = table.take("starts", day, None, required=True)
    title = table.take("title", text, name, required=True)
    hashtags: tuple[str, ...] = table.take("hashtags", _hashtags, ())
    tracking = read_tracking(table.table("tracking"), asks=True)
    adds_hashtags = table.take("hashtags_added", yes_or_no, True)
    approval = table.take("approval", _approval, Approval.NONE)
    themes = _themes(table)
    slots = _slots(table, accounts)
    table.refuse_others()
    if timezone is None or starts is None:
        return None
    campaign = Campaign(
        name=name,
        title=title,
        timezone=timezone,
        starts=starts,
        themes=themes,
        slots=slots,
        hashtags=hashtags,
        adds_hashtags=adds_hashtags,
        tracking=tracking,
        approval=approval,
    )
    return CampaignFile(campaign, problems)


def _themes(table: Table) -> tuple[str, ...]:
    themes = []
    for one in table.array("day"):
        themes.append(one.take("theme", text, "", required=True))
        one.refuse_others()
    if not themes:
        table.problems.error(1, 'the campaign has no days: write for each of them [[day]] and theme = "…"')
    return tuple(themes)


def _slots(table: Table, accounts: Mapping[str, Account]) -> tuple[Slot, ...]:
    found = []
    for name, one in table.tables("slots").items():
        at = one.take("at", time_of_day, None, required=True)
        slot = Slot(
            name=name,
            at=at or time(),
            kinds=one.take("kinds", _kinds, (), required=True),
            accounts=one.take("accounts", texts, (), required=True),
            account_time=one.take("timezone", one_of(["account", "campaign"]), "campaign") == "account",
        )
        one.refuse_others()
        _check_accounts(slot, one, accounts)
        if at is not None:
            found.append(slot)
    return tuple(found)


def _check_accounts(slot: Slot, table: Table, accounts: Mapping[str, Account]) -> None:
    line = table.line_of("accounts")
    for name in slot.accounts:
        if name not in accounts:
            table.problems.error(line, f"accounts: there is no account '{name}'{suggestion(name, accounts)}")
        elif slot.account_time and accounts[name].timezone is None:
            words = f"timezone: '{name}' has none of its own: give it a timezone in accounts.toml"
            table.problems.error(table.line_of("timezone"), words)


def day(value: Any) -> date:
    """A parser: a date, with or without quotes."""
    found = value if isinstance(value, date) and not isinstance(value, datetime) else None
    if isinstance(value, str):
        with suppress(ValueError):
            found = date.fromisoformat(value.strip())
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"'{value}' is no date of a campaign: write it like 2018-09-24")
    return found


def time_of_day(value: Any) -> time:
    """A parser: a time of day, with or without quotes."""
    if isinstance(value, time):
        return value
    try:
        found = time.fromisoformat(text(value))
    except ValueError:
        raise ValueError(f"'{value}' is no time of day: write it like 09:00:00") from None
    if found.tzinfo is not None:
        raise ValueError(f"'{value}' names a zone: it is the campaign's, or the account's")
    return found


def _kinds(value: Any) -> tuple[Kind, ...]:
    return tuple(Kind(one_of(Kind)(word)) for word in texts(value))


def _hashtags(value: Any) -> tuple[str, ...]:
    words = tuple(word.lstrip("#") for word in texts(value))
    for word in words:
        if not re.fullmatch(r"\w*[^\W\d]\w*", word):
            raise ValueError(f"'{word}' is no hashtag: letters and digits only")
    return words


def _approval(value: Any) -> Approval:
    return Approval(one_of(Approval)(value))
