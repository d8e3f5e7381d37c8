"""Made on the page: its posts that are in the queue, and its campaigns, beside those that have files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.model.live import Live


@dataclass(frozen=True, slots=True)
class Made:
    """What was made on the page, as it is to go out: not what is being typed."""

    campaigns: Mapping[str, str]  # by name: what the file of each would say
    posts: Sequence[Live]
    root: Path  # below it the files of the page's posts stand as those of others below the folder of posts

    def posts_of(self, campaign: str | None) -> Sequence[Live]:
        """The posts of one campaign, or of all."""
        return [one for one in self.posts if campaign is None or one.campaign == campaign]

    def with_post(self, post: Live) -> "Made":
        """The same with another source for one post, or with one more."""
        others = [one for one in self.posts if one.path != post.path]
        return replace(self, posts=[*others, post])


NOTHING_MADE = Made({}, (), Path())
