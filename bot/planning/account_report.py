"""The reports on accounts: what each account's network says of its credentials."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.model.outcome import AccountHealth, Cause
from bot.networks import connect, obstacle
from bot.networks.token_keeper import TokenKeeper, Validity, credentials_of
from bot.settings import Settings, SettingsError
from bot.store import checks
from bot.store.engine import Store

# No answer, or none of the credentials.
SAYS_NOTHING: frozenset[Cause | None] = frozenset({Cause.NEVER_LEFT, Cause.RATE_LIMIT, Cause.BUSY, None})


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What an account's network says of its credentials."""

    account: str
    network: str
    handle: str
    ok: bool
    detail: str
    expires_at: datetime | None = None  # UTC, of its token; None: not known, or never
    renewable: bool = False  # whether its token is renewed by itself
    refresh_ends_at: datetime | None = None  # UTC: until when; None: not known

    def to_json(self) -> dict[str, Any]:
        """The object of `bot accounts --json`."""
        times = {"expires_at": self.expires_at, "refresh_ends_at": self.refresh_ends_at}
        return asdict(self) | {name: at.isoformat() if at else None for name, at in times.items()}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of asking about one account."""

    report: AccountReport
    kept: bool  # whether the network said something of the credentials


def check_accounts(
    settings: Settings,
    clock: Clock,
    names: Sequence[str],
    progress: Callable[[int], None],
    keeper: TokenKeeper | None = None,
) -> list[AccountReport]:
    """Ask the network of each account; `progress` is called with the number asked so far.

    `keeper` has the tokens that were renewed; None: only those of the environment are asked about.
    """
    reports = []
    for done, name in enumerate(names, 1):
        reports.append(_report(settings, clock, name, keeper))
        progress(done)
    return reports


def check_account(store: Store, settings: Settings, clock: Clock, name: str, keeper: TokenKeeper) -> Checked:
    """Ask the network of one account now, and keep the answer for whoever looks later.

    A network that can not be asked has said nothing of the credentials, so that is not kept.

    Raises:
        StoreError: the database can not be used.
    """
    report, health = _asked(settings, clock, name, keeper)
    kept = health is not None and (health.ok or health.cause not in SAYS_NOTHING)
    if health is not None and kept:
        ends_at = report.refresh_ends_at if report.renewable else health.expires_at
        checks.begin(store, name, clock.now(), timedelta())
        checks.record(store, name, health.ok, health.detail, ends_at, clock.now())
    return Checked(report, kept)


def _report(settings: Settings, clock: Clock, name: str, keeper: TokenKeeper | None) -> AccountReport:
    return _asked(settings, clock, name, keeper)[0]


def _asked(
    settings: Settings, clock: Clock, name: str, keeper: TokenKeeper | None
) -> tuple[AccountReport, AccountHealth | None]:
    """The report, and what the network itself said; None: there was nothing to ask with."""
    account = settings.accounts.get(name)
    why = obstacle(name, settings)
    if account is None or why:
        network, handle = (account.network, account.handle) if account else ("", "")
        return AccountReport(name, network, handle, False, why or ""), None
    kept = keeper.kept(name) if keeper else None
    try:
        renewed = credentials_of(keeper.tokens(kept)) if keeper and kept else {}
        adapter = connect(account, settings, clock, renewed)
    except SettingsError as error:  # a key that does not open it, or an address of the network that is none
        words = f"not connected: {error}"
        return AccountReport(name, account.network, account.handle, False, words), None
    health = adapter.verify()
    validity = keeper.validity(name) if keeper else Validity(None, renewable=False)
    ends = health.expires_at or validity.access_ends_at or account.ends_at
    who = f"{health.identity}: " if health.identity else ""
    report = AccountReport(
        name,
        account.network,
        account.handle,
        health.ok,
        f"{who}{health.detail}{_until(ends, validity) if health.ok else ''}",
        ends,
        validity.renewable,
        validity.refresh_ends_at,
    )
    return report, health


def _until(ends: datetime | None, validity: Validity) -> str:
    """How long the token of a working account holds, and what will be then."""
    words = f"; its token holds until {ends:%d %b %Y}" if ends else ""
    if validity.trouble:
        return f"{words}; it is not renewed: {validity.trouble}"
    if not validity.renewable:
        return words
    longest = validity.refresh_ends_at
    return f"{words}; it is renewed by itself" + (f" until {longest:%d %b %Y}" if longest else "")
