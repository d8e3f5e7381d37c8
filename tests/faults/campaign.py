"""The campaign of a run: a few posts with a mark in every part, and the files that say them."""

import itertools
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .files import File

CAMPAIGN = "week"
BEGINS = datetime(2018, 9, 24, 9, 0, tzinfo=UTC)  # when the first post is due
ACCOUNTS: Mapping[str, str] = {
    "fice-x": "twitter",
    "fice-facebook": "facebook",
    "fice-linkedin": "linkedin",
    "fice-mastodon": "mastodon",
    "fice-bluesky": "bluesky",
}
NETWORKS = tuple(ACCOUNTS.values())
# The first half of a plan knows these only, so that the half of a seed stays what it was before.
FIRST_ACCOUNTS, FIRST_NETWORKS = tuple(ACCOUNTS)[:3], NETWORKS[:3]
THREADS = ("fice-x", "fice-mastodon", "fice-bluesky")  # accounts that answer their own posts
FIRST_OF_MORE = 11  # the number of the first post in the second half of a plan
TIMEOUT = "1s"  # real: how long a worker waits for an answer
SETTLE = "60s"  # campaign time, like all others
MARK = re.compile(r"q(\d+)p(\d+)q")
_WORDS = (
    "children", "families", "carers", "schools", "villages", "workers", "training", "dignity", "rights",
    "safety", "budget", "listening", "shelter", "reform", "belonging", "courage", "evidence", "practice",
    "partners", "ministries", "research", "supervision", "hope", "kinship", "fostering", "transport",
    "language", "winter", "harvest", "rivers", "music", "evening", "letters", "bridges", "gardens",
)  # fmt: skip


def mark(post: int, part: int) -> str:
    """What makes a part known wherever it turns up, whatever else of its text was edited."""
    return f"q{post}p{part}q"


@dataclass(frozen=True, slots=True)
class Post:
    """One post as its file says it."""

    number: int
    accounts: tuple[str, ...]
    at: datetime  # UTC
    words: str
    parts: int = 1  # of a thread on X, Mastodon and Bluesky
    comment: bool = False  # with a first comment on Facebook and LinkedIn
    late_ok: str = "300d"
    pictures: int = 0
    is_film: bool = False
    on_page: bool = False  # made there, and not as a file

    @property
    def files(self) -> tuple[File, ...]:
        """What its first part shows."""
        return tuple(
            File(self.number, one, self.is_film) for one in range(1, 1 + (self.pictures or self.is_film))
        )

    @property
    def path(self) -> str:
        """Its identity in the queue."""
        return f"{CAMPAIGN}/{'web/' if self.on_page else ''}{self.number}.md"

    def text(self, part: int, version: int) -> str:
        """The text of one part; an edit makes another version of it."""
        edited = f" Edited, this is version {version}, with some more words." if version else ""
        return f"{self.words} {mark(self.number, part)} {part}.{edited}"

    def file(self, version: int = 0) -> str:
        """The Markdown with its front matter."""
        lines = [f"at: {self.at:%Y-%m-%d %H:%M:%S}", "kind: daily-post", f"late_ok: {self.late_ok}"]
        lines.append(f"accounts: [{', '.join(self.accounts)}]")
        if self.parts > 1:
            thread = [self.text(part, version) for part in range(1, self.parts + 1)]
            networks = [ACCOUNTS[name] for name in self.accounts if name in THREADS]
            lines += ["text:", *(f"  {network}: {json.dumps(thread)}" for network in networks)]
        if self.files:
            lines += ["media:", *(f"  - {{file: {one.name}, alt: {one.alt!r}}}" for one in self.files)]
        if self.comment:
            lines.append(f"first_comment: {self.text(2, version)}")
        return "\n".join(["---", *lines, "---", self.text(1, version), ""])


def draw_posts(draw: random.Random) -> tuple[Post, ...]:
    """A thread on X, a post with a first comment, and up to three more; some say nearly the same."""
    alike = draw.random() < 0.15
    common = sentence(draw)
    times = [BEGINS + timedelta(minutes=draw.choice((0, 0, 1, 3))) for _ in range(5)]

    def words() -> str:
        return common if alike else sentence(draw)

    posts = [
        Post(1, ("fice-x",), times[0], words(), parts=draw.choice((2, 2, 3))),
        Post(2, draw.choice((("fice-facebook",), ("fice-linkedin",), ("fice-facebook", "fice-linkedin"))),
             times[1], words(), comment=True),
    ]  # fmt: skip
    for number in range(3, 3 + draw.choice((1, 1, 2, 3))):
        accounts = tuple(draw.sample(FIRST_ACCOUNTS, draw.choice((1, 1, 2))))
        late_ok = draw.choice(("300d", "300d", "300d", "3h", "2m"))
        posts.append(Post(number, accounts, times[number - 1], words(), late_ok=late_ok))
    return tuple(posts)


def draw_more_posts(draw: random.Random) -> tuple[Post, ...]:
    """A thread, a post with pictures, and perhaps a film and a post that is nothing but text."""
    number = itertools.count(FIRST_OF_MORE)
    times = [BEGINS + timedelta(minutes=draw.choice((0, 1, 2, 3))) for _ in range(4)]
    everywhere = tuple(ACCOUNTS)
    threads = draw.choice((("fice-mastodon",), ("fice-bluesky",), ("fice-bluesky",), ("fice-x",)))
    posts = [
        Post(next(number), threads, times[0], sentence(draw), draw.choice((2, 2, 3)),
             pictures=draw.choice((0, 1, 2))),
        Post(next(number), tuple(draw.sample(everywhere, draw.choice((1, 1, 2)))), times[1], sentence(draw),
             pictures=draw.choice((1, 2)), comment=draw.random() < 0.3),
    ]  # fmt: skip
    if draw.random() < 0.5:
        posts.append(Post(next(number), (draw.choice(everywhere),), times[2], sentence(draw), is_film=True))
    if draw.random() < 0.3:
        words = draw.choice((sentence(draw), posts[0].words))  # perhaps nearly what another says
        late_ok = draw.choice(("300d", "3h", "2m"))
        account = draw.choice(everywhere[3:])
        posts.append(Post(next(number), (account,), times[3], words, late_ok=late_ok))
    return tuple(posts)


def sentence(draw: random.Random) -> str:
    """Seven words that nothing else in the campaign says in this order."""
    return " ".join(draw.sample(_WORDS, 7)).capitalize()


def write_files(folder: Path, posts: tuple[Post, ...]) -> None:
    """The folder as a communications team has it."""
    (folder / "config" / "campaigns").mkdir(parents=True)
    (folder / "posts" / "week").mkdir(parents=True)
    (folder / "config" / "bot.toml").write_text("\n".join(_general()))
    tables = [
        f'[{name}]\nnetwork = "{network}"\nhandle = "{handle(name)}"' for name, network in ACCOUNTS.items()
    ]
    (folder / "config" / "accounts.toml").write_text("\n".join(tables))
    (folder / "config" / "campaigns" / "week.toml").write_text(
        f'title = "Week"\ntimezone = "UTC"\nstarts = {BEGINS.date()}\napproval = "none"\n'
        '[[day]]\ntheme = "Launch"\n'
    )
    for post in posts:
        if post.on_page:
            continue
        (folder / "posts" / post.path).write_text(post.file())
        for one in post.files:
            one.write(folder / "posts" / "week")


def handle(account: str) -> str:
    """What followers see as its name."""
    return account.replace("-", "_")


def _general() -> Iterator[str]:
    yield '[worker]\nspacing = "10s"'
    for network in NETWORKS:
        yield f'[networks.{network}]\ntimeout = "{TIMEOUT}"\nsettle = "{SETTLE}"'
