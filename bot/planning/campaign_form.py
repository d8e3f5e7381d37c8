"""A campaign's form: a campaign as fields to fill in, and as TOML in which an edit leaves comments alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from bot.errors import SpokenError
from bot.fields import Problems
from bot.model.campaign import Approval, Campaign
from bot.planning.campaign_file import day, read_campaign_source, time_of_day


class CampaignFormError(SpokenError):
    """What was filled in can not be written down."""


@dataclass(frozen=True, slots=True)
class SlotForm:
    """A slot as a person fills it in."""

    name: str
    at: str  # 09:00
    kinds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    account_time: bool = False


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """What a person has filled in."""

    title: str
    timezone: str
    starts: str  # 2018-09-24
    themes: tuple[str, ...] = ()  # one a day
    slots: tuple[SlotForm, ...] = ()
    hashtags: tuple[str, ...] = ()
    approval: str = Approval.NONE.value


def form_of_campaign(campaign: Campaign) -> CampaignForm:
    """What a campaign fills in."""
    return CampaignForm(
        title=campaign.title,
        timezone=campaign.timezone,
        starts=campaign.starts.isoformat(),
        themes=campaign.themes,
        slots=tuple(
            SlotForm(
                one.name,
                _shown(one.at),
                tuple(map(str, one.kinds)),
                one.accounts,
                one.account_time,
            )
            for one in campaign.slots
        ),
        hashtags=campaign.hashtags,
        approval=campaign.approval.value,
    )


def form_of_campaign_source(source: str, name: str) -> CampaignForm | None:
    """What a campaign's text fills in; None where it can not be read."""
    read = read_campaign_source(source, name, {}, Problems(""))
    return form_of_campaign(read.campaign) if read is not None else None


def campaign_source(form: CampaignForm) -> str:
    """What the file of a new campaign says.

    Raises:
        CampaignFormError: a date or a time is none.
    """
    return campaign_edited("", form)


def campaign_edited(source: str, form: CampaignForm) -> str:
    """A campaign's text with what the form has otherwise; comments, order and the rest stay.

    Raises:
        CampaignFormError: a date or a time is none, or the text is no TOML.
    """
    before = form_of_campaign_source(source, "name") if source.strip() else None
    form = _plain(form)
    if before == form:
        return source
    document = _document(source)
    values: Mapping[str, Any] = {
        "title": form.title,
        "timezone": form.timezone,
        "starts": _day(form.starts),
        "hashtags": list(form.hashtags),
        "approval": form.approval,
    }
    for key, value in values.items():
        _set(document, key, value, absent={"hashtags": [], "approval": Approval.NONE.value}.get(key))
    if before is None or before.themes != form.themes:
        _set_themes(document, form.themes)
    if before is None or before.slots != form.slots:
        _set_slots(document, form.slots)
    return _text(document)


def moved(source: str, starts: date, title: str) -> str:
    """A campaign's text with another first day and another title.

    Raises:
        CampaignFormError: it is no TOML.
    """
    document = _document(source)
    document["starts"] = starts
    document["title"] = title
    return _text(document)


def _plain(form: CampaignForm) -> CampaignForm:
    """As a file gives it back."""
    return replace(
        form,
        title=form.title.strip(),
        themes=tuple(one.strip() for one in form.themes),
        slots=tuple(replace(one, at=_shown(_time(one.at))) for one in form.slots),
        hashtags=tuple(word for one in form.hashtags if (word := one.strip().lstrip("#"))),
    )


def _shown(at: time) -> str:
    return at.isoformat("seconds" if at.second else "minutes")


def _document(source: str) -> Any:
    import tomlkit  # 40 ms, and only where a campaign is edited
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(source)
    except TOMLKitError as error:
        raise CampaignFormError(f"the campaign is no TOML: {error}") from None


def _text(document: Any) -> str:
    import tomlkit

    return tomlkit.dumps(document)


def _set(table: Any, key: str, value: Any, absent: Any = None) -> None:
    """Give a key a value unless it has it; what is as good as absent is not written anew."""
    if table.get(key, absent) != value:
        table[key] = value


def _set_themes(document: Any, themes: Sequence[str]) -> None:
    import tomlkit

    days = document.get("day")
    if days is None:
        days = tomlkit.aot()
        document.add("day", days)
    for number, theme in enumerate(themes):
        if number < len(days):
            if days[number].get("theme") != theme:
                days[number]["theme"] = theme
        else:
            one = tomlkit.table()
            one.add("theme", theme)
            days.append(one)
    while len(days) > len(themes):
        del days[len(days) - 1]


def _set_slots(document: Any, slots: Sequence[SlotForm]) -> None:
    import tomlkit

    tables = document.get("slots")
    if tables is None:
        tables = tomlkit.table(is_super_table=True)
        document.add("slots", tables)
    for name in [name for name in tables if name not in {one.name for one in slots}]:
        del tables[name]
    for slot in slots:
        one = tables.get(slot.name)
        if one is None:
            one = tomlkit.table()
            tables.add(slot.name, one)
            one = tables[slot.name]
        _set(one, "at", _time(slot.at))
        _set(one, "kinds", list(slot.kinds))
        _set(one, "accounts", list(slot.accounts))
        if slot.account_time:
            _set(one, "timezone", "account")
        elif "timezone" in one:
            del one["timezone"]


def _day(text: str) -> date:
    try:
        return day(text)
    except ValueError as error:
        raise CampaignFormError(f"starts: {error}") from None


def _time(text: str) -> time:
    try:
        return time_of_day(text)
    except ValueError as error:
        raise CampaignFormError(f"at: {error}") from None
