"""The screen of a rehearsal: what goes out now, to whom, and what is next."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.output import COLOURS, say
from bot.model.campaign import Campaign
from bot.model.state import State

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bot.rehearsal.director import Moment
    from bot.store.post_log import Entry

SHOWN = 12  # of the latest events


@contextmanager
def screen(campaign: Campaign, *, quiet: bool) -> Iterator[Callable[["Moment"], None]]:
    """Shows moments: drawn in a terminal, a line an event when piped, nothing when quiet."""
    if quiet:
        yield lambda moment: None
    elif not sys.stdout.isatty():
        yield lambda moment: _print_events(campaign, moment)
    else:
        from rich.live import Live

        drawing = _Drawing(campaign)
        with Live(refresh_per_second=10) as live:
            yield lambda moment: live.update(drawing.of(moment))


def _print_events(campaign: Campaign, moment: "Moment") -> None:
    if moment.worker_died:
        say("the worker died; another one takes over")
    for entry in _told(moment):
        at = _local(campaign, entry.at).strftime("%a %d %b %H:%M:%S %Z")
        say(f"{at}  {entry.to_state:<10} {entry.account:<14} {entry.post}  {_what(entry)}")


def _told(moment: "Moment") -> "list[Entry]":
    """The changes that a spectator wants to see: not that something was queued, or is on its way."""
    return [
        entry
        for entry in moment.happened
        if entry.from_state is not None and entry.to_state != State.PUBLISHING
    ]


def _what(entry: "Entry") -> str:
    return (entry.remote_url if entry.to_state == State.PUBLISHED else None) or entry.reason


def _local(campaign: Campaign, instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(campaign.timezone))


class _Drawing:
    """The week as it goes by, in the campaign's own time."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._recent: list[Entry] = []

    def of(self, moment: "Moment") -> "RenderableType":
        """The drawing of one moment."""
        from rich.console import Group
        from rich.panel import Panel
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        self._recent += _told(moment)
        del self._recent[:-SHOWN]
        now = _local(self._campaign, moment.now)
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(f"{now:%A %d %B %Y  %H:%M:%S %Z}", style="bold"),
            ProgressBar(total=max(moment.total, 1), completed=moment.done, width=30),
            Text(f"{moment.done} of {moment.total} out"),
        )
        return Group(
            head,
            Text(self._theme(now), style="italic"),
            Panel(self._events(), title="going out", title_align="left"),
            Text(self._next(moment), style="cyan"),
        )

    def _theme(self, now: datetime) -> str:
        day = (now.date() - self._campaign.starts).days
        themes = self._campaign.themes
        return f"Day {day + 1}: {themes[day]}" if 0 <= day < len(themes) else self._campaign.title

    def _events(self) -> "RenderableType":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for width in (9, 10, 16):
            table.add_column(no_wrap=True, min_width=width)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for entry in self._recent:
            name = entry.post.removeprefix(f"{self._campaign.name}/").removesuffix(".md")
            said = name if entry.to_state == State.PUBLISHED else f"{name}: {entry.reason}"
            at = f"{_local(self._campaign, entry.at):%a %H:%M}"
            state = Text(entry.to_state, style=COLOURS.get(entry.to_state, ""))
            table.add_row(at, state, entry.account, Text(said))
        for _ in range(SHOWN - len(self._recent)):
            table.add_row("", "", "", "")
        return table

    def _next(self, moment: "Moment") -> str:
        upcoming = moment.next_due
        if upcoming is None:
            return "that was the last one" if moment.done else "…"
        due = f"{_local(self._campaign, upcoming.due_at):%A %H:%M}"
        return f"next, {due}: {upcoming.post} -> {upcoming.account}"
