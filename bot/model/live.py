"""Live: a post that was made on the page, as the queue goes by it."""

from dataclasses import dataclass

FOLDER = (
    "web"  # of the posts of a campaign that no file has: files stand in the folder of the campaign itself
)


@dataclass(frozen=True, slots=True)
class Live:
    """A post with what it says in the queue, not what is being typed."""

    path: str
    campaign: str
    version: int
    source: str  # as a file would have it


def is_of_page(path: str) -> bool:
    """Whether a post's path is one of the page's own."""
    return path.count("/") == 2 and path.split("/")[1] == FOLDER
