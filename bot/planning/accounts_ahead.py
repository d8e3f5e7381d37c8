"""The accounts ahead: whether each can publish until its last post, and the campaign's end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from bot.clock import Clock
from bot.networks import REGISTRY, network_type, obstacle
from bot.networks.date import SilentError, network_time
from bot.networks.token_keeper import TokenKeeper
from bot.planning.account_report import AccountReport, check_accounts
from bot.planning.booking import Booking
from bot.planning.finding import Finding, Mark
from bot.settings import NetworkOptions, Settings

CLOCKS_AGREE = timedelta(seconds=60)  # as the worker sees it: farther off, it sends nothing


@dataclass(frozen=True, slots=True)
class Span:
    """Until when an account is needed; times are UTC."""

    account: str
    network: str
    last: datetime  # its last post
    until: datetime  # as late as that may go out, or the campaign's end if that is later


def spans(bookings: Sequence[Booking], ends: Mapping[str, datetime]) -> list[Span]:
    """Each account with something to come; `ends` are those of the campaigns (UTC)."""
    by_name: dict[str, list[Booking]] = {}
    for one in bookings:
        if one.to_come:
            by_name.setdefault(one.account, []).append(one)
    return [
        Span(
            name,
            theirs[0].network,
            max(one.at for one in theirs),
            max(max(one.at + one.tolerance, ends.get(one.campaign, one.at)) for one in theirs),
        )
        for name, theirs in sorted(by_name.items())
    ]


def of_credentials(
    needed: Sequence[Span],
    settings: Settings,
    clock: Clock,
    keeper: TokenKeeper | None,
    progress: Callable[[int], None],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Finding]:
    """What the networks say of the credentials: asked now, one account after the other.

    `elsewhere` are the accounts that workers publish to, with their machines: each has its own credentials.
    """
    ours = []
    for span in needed:
        host = elsewhere.get(span.account)
        if host is None or obstacle(span.account, settings) is None:
            ours.append(span)
        else:
            words = f"its credentials are with the worker on {host}, and not here: they were not tried"
            yield Finding(Mark.OK, "account", span.account, words)
    reports = check_accounts(settings, clock, [span.account for span in ours], progress, keeper)
    for span, report in zip(ours, reports, strict=True):
        yield _of_report(report, span)


def _of_report(report: AccountReport, span: Span) -> Finding:
    def found(mark: Mark, detail: str) -> Finding:
        ends = report.expires_at.isoformat() if report.expires_at else None
        return Finding(mark, "account", report.account, detail, {"expires_at": ends})

    if not report.ok:
        return found(Mark.NO, report.detail)
    which, ends = "token", report.expires_at
    if report.renewable:
        which, ends = "refresh token", report.refresh_ends_at
    if ends is None or ends >= span.until:
        return found(Mark.OK, report.detail)
    if ends < span.last:
        words = f"its {which} ends on {ends:%d %b %Y}, before the last post on {span.last:%d %b %Y}"
        return found(Mark.NO, f"{words}: {report.detail}")
    words = f"its {which} ends on {ends:%d %b %Y}, after the last post and before the end on"
    return found(Mark.WARNING, f"{words} {span.until:%d %b %Y}: {report.detail}")


def of_versions(needed: Sequence[Span], settings: Settings) -> Iterator[Finding]:
    """Whether the versions of the networks' APIs live until then, as far as it is known without asking."""
    for network in sorted({span.network for span in needed if span.network in REGISTRY}):
        kind = network_type(network)
        version = settings.networks.get(network, NetworkOptions()).api_version or kind.api_version
        ends = kind.version_ends(version)
        if ends is None:
            continue
        theirs = [span for span in needed if span.network == network]
        last, until = max(span.last for span in theirs), max(span.until for span in theirs)
        end, words = (
            datetime.combine(ends, time(), UTC),
            f"version {version} of its API ends on {ends:%d %b %Y}",
        )
        figures = {"version": version, "ends": ends.isoformat()}
        if end >= until:
            yield Finding(Mark.OK, "version", network, words, figures)
            continue
        detail = f"{words}, and the last post is on {last:%d %b %Y}: raise api_version in config/bot.toml"
        yield Finding(Mark.NO if end <= last else Mark.WARNING, "version", network, detail, figures)


def of_clock(needed: Sequence[Span], settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Whether this machine's clock says what the networks' do; those that do not answer say nothing."""
    agree = []
    for network in sorted({span.network for span in needed if span.network in REGISTRY}):
        try:
            theirs = network_time(network, settings)
        except SilentError:
            continue
        if theirs is None:
            continue
        off = (clock.real(clock.now()) - theirs).total_seconds()
        if abs(off) <= CLOCKS_AGREE.total_seconds():
            agree.append(network)
            continue
        how = "ahead of" if off > 0 else "behind"
        words = (
            f"this machine's clock is {abs(off):,.0f} s {how} {network}'s: set it (timedatectl set-ntp true)"
        )
        yield Finding(Mark.NO, "clock", "clock", words, {"network": network, "off_s": round(off)})
    if agree:
        yield Finding(Mark.OK, "clock", "clock", f"this machine's agrees with {', '.join(agree)}")
