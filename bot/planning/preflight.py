"""The preflight: will everything that is planned be publishable until the last minute?"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.model.campaign import Campaign
from bot.model.message import Level
from bot.networks import REGISTRY, connect, missing_credentials
from bot.planning.check import check
from bot.planning.content import Content
from bot.planning.schedule import schedule
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What an account's network says of its credentials."""

    account: str
    network: str
    handle: str
    ok: bool
    detail: str
    expires_at: datetime | None = None  # UTC; None: not known, or never

    def to_json(self) -> dict[str, Any]:
        """The object of `bot accounts --json`."""
        return asdict(self) | {"expires_at": self.expires_at.isoformat() if self.expires_at else None}


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of the preflight."""

    ok: bool
    subject: str
    detail: str


def check_accounts(
    settings: Settings, clock: Clock, names: Sequence[str], progress: Callable[[int], None]
) -> list[AccountReport]:
    """Ask the network of each account; `progress` is called with the number asked so far."""
    reports = []
    for done, name in enumerate(names, 1):
        reports.append(_report(settings, clock, name))
        progress(done)
    return reports


def _report(settings: Settings, clock: Clock, name: str) -> AccountReport:
    account = settings.accounts[name]
    if account.network not in REGISTRY:
        detail = f"its network '{account.network}' is not known"
        return AccountReport(name, account.network, account.handle, False, detail)
    if missing := missing_credentials(account, settings):
        detail = f"not connected: set {', '.join(missing)}"
        return AccountReport(name, account.network, account.handle, False, detail)
    health = connect(account, settings, clock).verify()
    who = f"{health.identity}: " if health.identity else ""
    return AccountReport(
        name,
        account.network,
        account.handle,
        health.ok,
        f"{who}{health.detail}",
        health.expires_at or account.ends_at,
    )


def look_ahead(
    content: Content,
    clock: Clock,
    progress: Callable[[int], None],
    campaigns: Sequence[Campaign] | None = None,
) -> list[Finding]:
    """Everything that stands between the plan and its last delivery.

    `campaigns` are those of the content, perhaps moved to other dates; None: on the dates of their files.
    """
    errors = [problem for problem in check(content) if problem.level is Level.ERROR]
    findings = [Finding(False, f"{problem.file}:{problem.line}", problem.message) for problem in errors]
    if not errors:
        findings.append(Finding(True, "posts and config", f"{len(content.posts)} posts without an error"))
    planned = schedule(content, campaigns)
    ends: dict[str, datetime] = {}
    for one in planned:
        ends[one.account.name] = max(one.due_at, ends.get(one.account.name, one.due_at))
    reports = check_accounts(content.settings, clock, sorted(ends), progress)
    return findings + [_of_account(report, ends[report.account]) for report in reports]


def _of_account(report: AccountReport, until: datetime) -> Finding:
    if report.ok and report.expires_at is not None and report.expires_at < until:
        detail = f"its token ends on {report.expires_at:%d %b %Y}, before the last post on {until:%d %b %Y}"
        return Finding(False, report.account, detail)
    return Finding(report.ok, report.account, report.detail)
