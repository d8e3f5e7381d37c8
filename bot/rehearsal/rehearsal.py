"""A rehearsal from its first moment to its report."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.errors import SpokenError
from bot.model.live import FOLDER, is_of_page
from bot.planning.apply import apply_plan
from bot.planning.content import Content
from bot.planning.plan import Plan, make_plan
from bot.planning.schedule import schedule
from bot.rehearsal.director import Director
from bot.rehearsal.report import Report, make_report
from bot.rehearsal.stage import Stage, is_unfinished, set_up
from bot.store import listing
from bot.store.desk import Desk
from bot.store.listing import QueueFilter
from bot.store.shelf import Shelf

ACTOR = "rehearsal"
BEFORE_THE_FIRST = timedelta(minutes=1)


class NothingToRehearseError(SpokenError):
    """The campaign has no post that is ready."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal that is set up; play it, then ask for the report."""

    stage: Stage
    director: Director
    continued: bool  # it was stopped in the middle before, and goes on from there

    def report(self) -> Report:
        """The books, compared; the rehearsal counts as played to its end."""
        self.stage.finish()
        return make_report(self.stage)


@contextmanager
def rehearsing(
    content: Content, campaign: str, folder: Path, seconds: float, *, fresh: bool = False
) -> Iterator[Rehearsal]:
    """Queue a campaign on a stage of its own, on the dates of its file.

    One that was stopped in the middle goes on, unless it shall begin `fresh`.

    Raises:
        NothingToRehearseError: none of its posts is ready.
        StageTakenError: the same campaign is being rehearsed at this moment.
    """
    only = content.campaigns[campaign]
    planned = schedule(content, [only])
    if not planned:
        raise NothingToRehearseError(f"no post of {campaign} is ready: nothing to rehearse")
    begins = min(one.due_at for one in planned) - BEFORE_THE_FIRST
    continued = is_unfinished(folder) and not fresh
    with set_up(content.settings, folder, begins, fresh=fresh) as stage:
        now = stage.clock.now()
        _bring_files(content, campaign, stage)

        def make(connection) -> Plan:  # type: ignore[no-untyped-def]
            return make_plan(connection, planned, [only], (), now)

        apply_plan(stage.store, make, actor=ACTOR, now=now, progress=lambda done: None)
        _approve_all(stage)
        yield Rehearsal(stage, Director(stage, seconds), continued)


def _bring_files(content: Content, campaign: str, stage: Stage) -> None:
    """Put the files of posts from the page where the stage's own worker looks for them."""
    root = Shelf(stage.store).root
    for path, file in content.post_files.items():
        if not is_of_page(path):
            continue
        (root / campaign / FOLDER).mkdir(parents=True, exist_ok=True)
        post = file.post
        for media in (*post.media, post.card.image) if post.card.image else post.media:
            target = root / campaign / FOLDER / media.file
            if not target.exists():
                shutil.copyfile(file.folder / media.file, target)


def _approve_all(stage: Stage) -> None:
    """A rehearsal shows the week as it will be once everything is approved."""
    with stage.store.read() as connection:
        waiting = [
            one.id for one in listing.queue(connection, QueueFilter(state="held")) if one.hold == "approval"
        ]
    if waiting:
        Desk(stage.store, ACTOR, stage.clock.now()).approve(waiting, "approved for the rehearsal")
