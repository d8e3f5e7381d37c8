"""The books: everything that the networks know, shared by all requests."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock

from bot.sandbox import credentials
from bot.sandbox.journal import Entry, Journal
from bot.sandbox.records import Account, Call, Published, Refusal, Stored
from bot.sandbox.registry import NETWORKS, stand_in

# "read-only": valid, but without the right to publish; "blocked": the network has stopped the account.
STATES = ("valid", "expired", "revoked", "read-only", "blocked")
_CALLS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the networks behave beyond their rules; changed as a whole."""

    refuse_duplicates: bool = True
    read_lag: timedelta = timedelta(0)  # of the sandbox's clock: messages are read back only when so old
    processing: timedelta = timedelta(seconds=2)  # likewise: so long a network works on a film
    linkedin_versions: tuple[str, str] | None = None  # the oldest and the newest; None: those of today
    rotate_refresh_tokens: bool = False  # whether each renewal gives a new one, and ends the one before
    reads_allowed: Mapping[str, bool] = field(default_factory=lambda: dict.fromkeys(NETWORKS, True))


class Books:
    """Accounts, messages, refusals and calls; every method may be called from any thread."""

    def __init__(self, now: Callable[[], datetime], journal: Journal | None, behaviour: Behaviour) -> None:
        self.now = now  # UTC
        self.behaviour = behaviour
        self._lock = RLock()
        self._accounts: dict[tuple[str, str], Account] = {}
        self._tokens: dict[tuple[str, str], Account] = {}
        self._states: dict[str, str] = {}
        self._token_ends: dict[tuple[str, str], datetime] = {}
        self._posts: dict[tuple[str, str], Stored] = {}
        self._deleted: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()
        self._refusals: list[Refusal] = []
        self._calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self._journal = journal
        for entry in journal.entries() if journal else ():
            self._take(entry)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off all other writers, so that what was looked up still holds when it is acted on."""
        with self._lock:
            yield

    def register(self, network: str, name: str, handle: str) -> Account:
        """The account of that name, made if it is new. Raises ValueError for an unknown network."""
        account = credentials.account(network, name, handle)
        with self._lock:
            if self._accounts.get((network, name)) != account:
                self._write(account)
        return account

    def account(self, network: str, name: str) -> Account:
        """The account of that name, which must exist."""
        with self._lock:
            return self._accounts[network, name]

    def accounts(self) -> list[Account]:
        """All accounts, the oldest first."""
        with self._lock:
            return list(self._accounts.values())

    def with_token(self, network: str, token: str) -> Account | None:
        """The account that a token belongs to, whatever the state of the token."""
        with self._lock:
            return self._tokens.get((network, token))

    def give_token(self, account: Account, token: str, ends_at: datetime) -> None:
        """Let one more access token work for an account, until an instant (UTC)."""
        with self._lock:
            self._tokens[account.network, token] = account
            self._token_ends[account.network, token] = ends_at

    def token_ends_at(self, network: str, token: str) -> datetime | None:
        """Until when a token works (UTC); None: for as long as its account's credentials do."""
        with self._lock:
            return self._token_ends.get((network, token))

    def with_id(self, network: str, number: str) -> Account | None:
        """The account that has this id on its network."""
        return next((one for one in self.accounts() if (one.network, one.id) == (network, number)), None)

    def set_state(self, name: str, state: str) -> None:
        """Let an account's token expire or be revoked. Raises ValueError for a wrong name or state."""
        if state not in STATES:
            raise ValueError(f"the state of credentials is one of {', '.join(STATES)}, not {state!r}")
        if all(one.name != name for one in self.accounts()):
            raise ValueError(f"the sandbox has no account {name!r}")
        with self._lock:
            self._states[name] = state

    def state(self, account: Account) -> str:
        """How an account's token stands: one of `STATES`."""
        with self._lock:
            return self._states.get(account.name, "valid")

    def next_number(self, network: str, floor: int) -> int:
        """A number greater than all before it on this network, `floor` if possible."""
        with self._lock:
            self._numbers[network] = max(self._numbers[network] + 1, floor)
            return self._numbers[network]

    def add(self, *posts: Stored) -> None:
        """Store messages, all at once; they are in the journal when this returns."""
        with self._lock:
            self._write(*posts)

    def delete(self, network: str, remote_id: str) -> None:
        """Take a message away, with all that stands under it."""
        with self._lock:
            under = [one.id for one in self.feed() if (one.network, one.parent_id) == (network, remote_id)]
            if not stand_in(network).answers_stay:
                for child in under:
                    self._write((network, child))
            self._write((network, remote_id))

    def deleted(self, network: str) -> int:
        """How many messages were taken away from a network again."""
        with self._lock:
            return self._deleted[network]

    def post(self, network: str, remote_id: str) -> Stored | None:
        """The message with this id, if it was not deleted."""
        with self._lock:
            return self._posts.get((network, remote_id))

    def posts(self, account: Account, parent_id: str | None = None) -> list[Stored]:
        """An account's messages, or with `parent_id` those under one message; the newest first."""
        with self._lock:
            stored = list(self._posts.values())
        key = (account.network, account.name)
        mine = [one for one in stored if (one.published.network, one.published.account) == key]
        if parent_id is not None:
            mine = [one for one in mine if one.published.parent_id == parent_id]
        return mine[::-1]

    def is_readable(self, post: Stored) -> bool:
        """Whether the network's API shows a message yet: out, and older than the read lag."""
        now = self.now()
        return post.visible_at is not None and post.visible_at + self.behaviour.read_lag <= now

    def feed(self) -> list[Published]:
        """What followers see, in the order in which it came."""
        now = self.now()
        with self._lock:
            stored = list(self._posts.values())
        # A clock that was set back does not hide what is out.
        return [
            one.published
            for one in stored
            if one.visible_at is not None and one.visible_at <= max(now, one.published.created_at)
        ]

    def duplicates(self) -> dict[str, int]:
        """By network, how many messages followers see that they had seen already.

        Compared is what was sent: two messages of which LinkedIn shows only the same first words differ.
        """
        seen: Counter[tuple[str, str, str | None, str, str | None, tuple[str, ...]]] = Counter()
        for one in self.feed():
            stored = self.post(one.network, one.id)
            raw = stored.raw if stored else one.text
            link = None if one.parent_id else one.link
            # Without words, only what they show tells two messages apart.
            shown = () if raw.strip() else one.media
            seen[one.network, one.account, one.parent_id, raw, link, shown] += 1
        surplus = dict.fromkeys(NETWORKS, 0)
        for key, times in seen.items():
            surplus[key[0]] += times - 1
        return surplus

    def refuse(self, refusal: Refusal) -> None:
        """Note an answer that said no."""
        with self._lock:
            self._refusals.append(refusal)

    def refusals(self) -> list[Refusal]:
        """All refusals, the oldest first."""
        with self._lock:
            return list(self._refusals)

    def note(self, call: Call) -> None:
        """Note a request."""
        with self._lock:
            self._calls.append(call)

    def calls(self) -> list[Call]:
        """The last 10,000 requests, the oldest first."""
        with self._lock:
            return list(self._calls)

    def change(self, **fields: object) -> None:
        """Change the behaviour, by the names of its fields."""
        with self._lock:
            self.behaviour = replace(self.behaviour, **fields)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            if self._journal:
                self._journal.close()

    def _write(self, *entries: Entry) -> None:
        # First on paper: what followers have seen must not be forgotten.
        if self._journal:
            self._journal.write(*entries)
        for entry in entries:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, Account):
            self._accounts[entry.network, entry.name] = entry
            self._tokens[entry.network, entry.token] = entry
        elif isinstance(entry, tuple):
            if self._posts.pop(entry, None) is not None:
                self._deleted[entry[0]] += 1
        else:
            network = entry.published.network
            self._posts[network, entry.published.id] = entry
            self._numbers[network] = max(self._numbers[network], entry.number)
