"""Pages bench: what each list of the pages costs with a thousand entries in the post log, and with a million.

python -m tests.pages_bench [--entries 1000000] [--postgresql] [--http]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.role import Role as MemberRole
from bot.settings import Settings
from bot.store import Store, listing, log_pages, open_store, queue_pages, today, words
from bot.store.listing import QueueFilter, needing_a_person
from bot.store.paging import Cursor, Page
from bot.store.post_log import Filter
from bot.store.story import story
from tests import postgres
from tests.store.conftest import NOON
from tests.store.many import ACCOUNTS, RETIRED, account_of, campaign_of, due_of, fill

if TYPE_CHECKING:
    from tests.web.helper import Visit

ROUNDS = 7
DAY = timedelta(days=1)

Look = Callable[[Connection], object]


def looks(number: int) -> dict[str, Look]:
    """Every question of the pages, for a store with so many deliveries."""
    campaign, account = campaign_of(number // 2), account_of(number)
    middle = str(Cursor(due_of(number // 2, number), number // 2))
    back = str(Cursor(due_of(number // 2, number), number // 2, back=True))

    def queue(cursor: str | None = None, **wanted: Any) -> Look:
        return lambda c: queue_pages.page(c, QueueFilter(**wanted), cursor)

    def log(cursor: str | None = None, **wanted: Any) -> Look:
        return lambda c: log_pages.page(c, Filter(**wanted), cursor)

    return {
        "today: what goes out next": today.next_out,
        "today: what went out": lambda c: today.went_out(c, NOON - DAY),
        "today: what needs a person": needing_a_person,
        "today: what waits for approval": today.waiting_for_approval,
        "today: how many stand where": listing.open_counts,
        "accounts: how many of one are published": lambda c: listing.number_published(c, account, 1_001),
        "queue": queue(),
        "queue: one campaign": queue(campaign=campaign_of(number)),
        "queue: one account, scheduled": queue(account=account, state="scheduled"),
        "queue: held": queue(state="held"),
        "queue: all": queue(ended=True),
        "queue: all, from the middle": queue(middle, ended=True),
        "queue: all, back from the middle": queue(back, ended=True),
        "queue: all of a campaign": queue(campaign=campaign, ended=True),
        "queue: all of a campaign's day": queue(campaign=campaign, day=2, ended=True),
        "queue: published": queue(state="published"),
        "queue: failed on one account": queue(state="failed", account=account),
        "queue: an account that is no more": queue(account=RETIRED, ended=True),
        "queue: a frequent text": queue(text="kenya", ended=True),
        "queue: a rare text": queue(text="nakuru", ended=True),
        "queue: how many": lambda c: queue_pages.count(c, QueueFilter(ended=True)),
        "queue: how many failed": lambda c: queue_pages.count(c, QueueFilter(state="failed")),
        "calendar: a month": lambda c: queue_pages.calendar(c, NOON - 30 * DAY, NOON),
        "log": log(),
        "log: from the middle": log(middle),
        "log: one campaign": log(campaign=campaign),
        "log: one account": log(account=account),
        "log: an account that is no more": log(account=RETIRED),
        "log: published": log(state="published"),
        "log: failed": log(state="failed"),
        "log: failed in a campaign": log(state="failed", campaign=campaign),
        "log: one network": log(network="mastodon"),
        "log: a day of a campaign": log(campaign=campaign, day=3),
        "log: one kind": log(kind="chat"),
        "log: a week in the middle": log(since=due_of(number // 2, number) - 7 * DAY,
                                         until=due_of(number // 2, number)),
        "log: a frequent text": log(text="kenya"),
        "log: a rare text": log(text="nakuru"),
        "log: a rare text in a campaign": log(text=f"post {number // 2} ", campaign=campaign),
        "log: how many": lambda c: log_pages.count(c, Filter()),
        "log: how many of an account are published": lambda c: log_pages.count(
            c, Filter(account=account, state="published")
        ),
        "one story": lambda c: story(c, number // 2),
        "the texts of a page": lambda c: words.beginnings(c, range(number - 50, number)),
    }  # fmt: skip


def steps(connection: Connection, look: Look) -> int:
    """What a look costs on SQLite, in steps of its machine; the same at every time and on every computer."""
    driver: Any = connection.connection.driver_connection
    done = 0

    def one_more() -> int:
        nonlocal done
        done += 1
        return 0

    driver.set_progress_handler(one_more, 10)
    look(connection)
    driver.set_progress_handler(None, 0)
    return done * 10


def milliseconds(store: Store, look: Look) -> float:
    """The middle one of some times."""
    found = []
    for _ in range(ROUNDS):
        with store.read() as connection:
            begun = time.perf_counter()
            look(connection)
            found.append((time.perf_counter() - begun) * 1000)
    return sorted(found)[ROUNDS // 2]


@contextmanager
def stores(sizes: tuple[int, int], on_server: bool) -> Iterator[list[tuple[Store, int]]]:
    """A small and a large store."""
    with tempfile.TemporaryDirectory() as folder:
        if not on_server:
            opened = [open_store(f"sqlite:///{Path(folder) / f'{size}.db'}") for size in sizes]
            yield [(store, fill(store, size)) for store, size in zip(opened, sizes, strict=True)]
        else:
            with postgres.serving() as server:
                names = [server.create() for _ in sizes]
                opened = [open_store(server.url(name)) for name in names]
                filled = [(store, fill(store, size)) for store, size in zip(opened, sizes, strict=True)]
                for name in names:
                    server.execute("VACUUM ANALYZE", name)
                yield filled
        for store in opened:
            store.close()


def addresses(number: int) -> list[str]:
    """Every list of the pages as a browser asks for it, in a store with so many deliveries."""
    campaign, account = campaign_of(number // 2), account_of(number)
    month = f"start={NOON - 30 * DAY:%Y-%m-%d}&end={NOON:%Y-%m-%d}"
    return [
        "/",
        "/queue",
        "/queue?ended=true",
        f"/queue?ended=true&campaign={campaign}&day=2",
        "/queue?ended=true&text=kenya",
        "/queue?ended=true&text=nakuru",
        "/log",
        f"/log?state=published&account={account}",
        f"/log?state=failed&campaign={campaign}",
        "/log?text=nakuru",
        f"/deliveries/{number // 2}",
        "/calendar",
        f"/calendar/events?{month}",
    ]


@contextmanager
def reader(store: Store) -> Iterator["Visit"]:
    """Somebody who reads the pages of a store over HTTP."""
    from bot.web.server import serving
    from tests.web.helper import visit

    url = store.engine.url.render_as_string(hide_password=False)
    accounts = {name: Account(name, network, "@fice") for name, network in ACCOUNTS.items()}
    clock = FixedClock(NOON)
    with serving(Settings(Path(), Path(), url, 0, accounts=accounts), clock, "127.0.0.1", 0) as address:
        yield visit(address, store, NOON, MemberRole.VIEWER)


def ask_over_http(small: tuple[Store, int], large: tuple[Store, int]) -> None:
    """Ask both for every page as browsers do, and print the ratios."""
    with reader(small[0]) as of_small, reader(large[0]) as of_large:
        for one, other in zip(addresses(small[1]), addresses(large[1]), strict=True):
            before, after = answered(of_small, one), answered(of_large, other)
            print(f"{other:44}{before:8.1f}ms{after:10.1f}ms{after / before:7.1f}", flush=True)


def answered(visitor: "Visit", address: str) -> float:
    """Milliseconds until a page is there: the middle one of some times, after one that warms it up."""
    found = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        answer = visitor.get(address)
        found.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    return sorted(found[1:])[ROUNDS // 2]


def main() -> None:
    """Fill both stores, ask each everything, and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000, help="in the post log of the large store")
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--http", action="store_true", help="the pages over HTTP, instead of the questions")
    wanted = parser.parse_args()
    with stores((1_000, wanted.entries), wanted.postgresql) as [(small, few), (large, many)]:
        print(f"{'':44}{'1,000':>10}{f'{wanted.entries:,}':>12}  ratio")
        if wanted.http:
            ask_over_http((small, few), (large, many))
            return
        in_large = looks(many)
        for name, look in looks(few).items():
            before, after = milliseconds(small, look), milliseconds(large, in_large[name])
            note = ""
            with large.read() as connection:
                found = in_large[name](connection)
            if isinstance(found, Page) and found.searched_to:
                note = f"  looked back to {found.searched_to:%Y-%m-%d}"
            print(f"{name:44}{before:8.1f}ms{after:10.1f}ms{after / before:7.1f}{note}", flush=True)


if __name__ == "__main__":
    main()
