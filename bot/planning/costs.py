"""Costs: what sending is estimated to cost, where a network charges for it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.model.message import Part
from bot.networks import network_type
from bot.planning.finding import Finding, Mark
from bot.settings import NetworkOptions, Prices, Settings

if TYPE_CHECKING:
    from bot.planning.booking import Booking  # which knows the store; a preview does without


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate: how many of what, and what that comes to."""

    prices: Prices
    items: Mapping[str, int] = field(default_factory=dict)  # by the names of the prices

    @property
    def amount(self) -> Decimal:
        """The sum, in the currency of the prices."""
        each = (self.prices.amounts.get(name, Decimal()) * many for name, many in self.items.items())
        return sum(each, Decimal())

    @property
    def words(self) -> str:
        """The sum with its parts: "about 0.215 USD: 1 post with link 0.200, 1 post 0.015"."""
        each = (
            f"{many} {name.replace('_', ' ')} {money(self.prices.amounts.get(name, Decimal()) * many)}"
            for name, many in sorted(self.items.items())
        )
        return f"about {self.shown}: {', '.join(each)}"

    @property
    def shown(self) -> str:
        """The sum with its currency."""
        return f"{money(self.amount)} {self.prices.currency}"

    @property
    def advice(self) -> str:
        """What would cost less: "0.370 USD less if the 2 with a link had none"; "" where nothing would."""
        cheaper = [
            (many, self.prices.amounts.get(name, Decimal()) - self.prices.amounts[base])
            for name, many in self.items.items()
            if name.endswith("_with_link")
            and (base := name.removesuffix("_with_link")) in self.prices.amounts
        ]
        less = sum((many * by for many, by in cheaper), Decimal())
        if less <= 0:
            return ""
        number = sum(many for many, _ in cheaper)
        which = "the one with a link" if number == 1 else f"the {number} with a link"
        return f"{money(less)} {self.prices.currency} less if {which} had none"

    def to_json(self) -> dict[str, Any]:
        """As plain values; the amount as a text, since it is exact."""
        return {"amount": str(self.amount), "currency": self.prices.currency, "items": dict(self.items)}


def cost_of(parts: Iterable[Part], network: str, settings: Settings) -> Cost | None:
    """What sending some parts is estimated to cost; None where no prices of the network are known."""
    prices = settings.networks.get(network, NetworkOptions()).prices
    kind = network_type(network)
    if prices is None or not kind.meters:
        return None
    return Cost(prices, Counter(name for part in parts for name in kind.metered(part)))


def money(amount: Decimal) -> str:
    """An amount without its currency: to the cent, or as exactly as prices by the piece need it."""
    return f"{amount:,.2f}" if amount == round(amount, 2) else f"{amount:,.3f}"


def findings(bookings: Iterable["Booking"], settings: Settings) -> Iterator[Finding]:
    """What each campaign costs, by account and in all, and whether that is more than its budget."""
    by_place: dict[tuple[str, str], dict[str, list[Booking]]] = {}
    for one in bookings:
        if one.ours:
            by_place.setdefault((one.campaign, one.network), {}).setdefault(one.account, []).append(one)
    for (campaign, network), accounts in sorted(by_place.items()):
        for account, ours in sorted(accounts.items()):
            cost, rest = (_cost(which, network, settings) for which in (ours, [o for o in ours if o.to_come]))
            if cost is not None and rest is not None:
                yield _of_account(campaign, account, cost, rest)
        whole = _cost([one for ours in accounts.values() for one in ours], network, settings)
        if whole is not None:
            yield _of_campaign(campaign, network, whole, len(accounts), settings)


def _cost(bookings: Iterable["Booking"], network: str, settings: Settings) -> Cost | None:
    return cost_of([part for one in bookings for part in one.parts], network, settings)


def _of_account(campaign: str, account: str, cost: Cost, rest: Cost) -> Finding:
    to_come = f"; {money(rest.amount)} of it still to come" if rest.amount != cost.amount else ""
    advice = f"; {cost.advice}" if cost.advice else ""
    figures = {"campaign": campaign, **cost.to_json(), "to_come": str(rest.amount)}
    return Finding(Mark.OK, "cost", account, f"{cost.words}{to_come}{advice}", figures)


def _of_campaign(campaign: str, network: str, cost: Cost, accounts: int, settings: Settings) -> Finding:
    budget = settings.networks[network].budget
    on = f"{network_type(network).title}" + (f", {accounts} accounts" if accounts > 1 else "")
    read = f"by the prices of {cost.prices.as_of:%d %b %Y}, {cost.prices.source}"
    figures = {"network": network, **cost.to_json(), "budget": str(budget) if budget is not None else None}
    words = f"about {cost.shown} on {on}, {read}"
    if budget is None:
        return Finding(Mark.OK, "cost", campaign, words, figures)
    if cost.amount <= budget:
        return Finding(Mark.OK, "cost", campaign, f"{words}; the budget is {money(budget)}", figures)
    more = f"that is more than the budget of {money(budget)} in config/bot.toml"
    return Finding(Mark.NO, "cost", campaign, f"{words}: {more}", figures)
