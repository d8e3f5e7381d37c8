"""The reports on accounts: what each account's network says of its credentials."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.networks import connect, obstacle
from bot.networks.token_keeper import TokenKeeper, Validity, credentials_of
from bot.settings import Settings, SettingsError


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


def _report(settings: Settings, clock: Clock, name: str, keeper: TokenKeeper | None) -> AccountReport:
    account = settings.accounts.get(name)
    why = obstacle(name, settings)
    if account is None or why:
        network, handle = (account.network, account.handle) if account else ("", "")
        return AccountReport(name, network, handle, False, why or "")
    kept = keeper.kept(name) if keeper else None
    try:
        renewed = credentials_of(keeper.tokens(kept)) if keeper and kept else {}
        adapter = connect(account, settings, clock, renewed)
    except SettingsError as error:  # a key that does not open it, or an address of the network that is none
        return AccountReport(name, account.network, account.handle, False, f"not connected: {error}")
    health = adapter.verify()
    validity = keeper.validity(name) if keeper else Validity(None, renewable=False)
    ends = health.expires_at or validity.access_ends_at or account.ends_at
    who = f"{health.identity}: " if health.identity else ""
    return AccountReport(
        name,
        account.network,
        account.handle,
        health.ok,
        f"{who}{health.detail}{_until(ends, validity) if health.ok else ''}",
        ends,
        validity.renewable,
        validity.refresh_ends_at,
    )


def _until(ends: datetime | None, validity: Validity) -> str:
    """How long the token of a working account holds, and what will be then."""
    words = f"; its token holds until {ends:%d %b %Y}" if ends else ""
    if validity.trouble:
        return f"{words}; it is not renewed: {validity.trouble}"
    if not validity.renewable:
        return words
    longest = validity.refresh_ends_at
    return f"{words}; it is renewed by itself" + (f" until {longest:%d %b %Y}" if longest else "")
