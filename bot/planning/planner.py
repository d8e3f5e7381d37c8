"""The planner: plans what the content asks for, and nothing of it while it has errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from bot.errors import SpokenError
from bot.fields import Problem
from bot.model.message import Level
from bot.planning.check import check
from bot.planning.content import Content
from bot.planning.on_page import refuse_changed
from bot.planning.plan import Plan, dated, make_plan
from bot.planning.schedule import schedule


class HasErrorsError(SpokenError):
    """The content has errors, so nothing of it is planned."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems  # the errors alone
        number = f"{len(problems)} error{'' if len(problems) == 1 else 's'}"
        super().__init__(f"{number}; nothing was changed")


class NoSuchCampaignError(SpokenError):
    """The content has no campaign of the name that was asked for."""


@dataclass(frozen=True, slots=True)
class Planner:
    """What makes the plan within a transaction; `only` leaves other campaigns alone."""

    content: Content
    now: datetime
    only: str | None = None
    starts: Mapping[str, date] = field(default_factory=dict)  # moves campaigns, by their names

    def __call__(self, connection: Connection) -> Plan:
        """The plan as things are now.

        Raises:
            ChangedMeanwhileError: something was queued on the page since the content was read.
        """
        refuse_changed(connection, self.content.made, self.only)
        campaigns, notes = dated(self.content.campaigns.values(), connection, self.starts)
        planned = schedule(self.content, campaigns)
        return make_plan(connection, planned, campaigns, notes, self.now, only=self.only)


def refuse_errors(content: Content, only: str | None = None) -> None:
    """Make sure that the content can be planned.

    Raises:
        NoSuchCampaignError: it has no campaign of this name.
        HasErrorsError: something in it is wrong.
    """
    errors = [one for one in check(content) if one.level is Level.ERROR]
    if only is not None and only not in content.campaigns and not errors:
        raise NoSuchCampaignError(f"there is no campaign '{only}' in {content.settings.config}/campaigns")
    if errors:
        raise HasErrorsError(errors)
