"""Costs and limits: what a campaign is estimated to cost, and how many posts go out how close together."""

from datetime import datetime

import pytest

from bot.clock import FixedClock
from bot.model.message import Part, Role
from bot.model.post import Media
from bot.networks import network_type
from bot.planning.costs import cost_of
from bot.planning.finding import Finding
from bot.planning.preflight import Asking, look_ahead
from tests.planning.helper import SUNDAY, Office, Project

PRICES = """
[networks.twitter]
{more}
[networks.twitter.prices]
post = 0.015
post_with_link = 0.2
media_alt = 0.005
currency = "USD"
source = "https://example.org/prices"
as_of = 2018-08-22
"""
X = ("kind: daily-post", "accounts: [fice-x]")


def priced(project: Project, more: str = "") -> None:
    project.write("config/bot.toml", PRICES.format(more=more))


def found(office: Office, about: str, now: datetime = SUNDAY) -> list[Finding]:
    asking = Asking(FixedClock(now), office.store, offline=True)
    return [one for one in look_ahead(office.project.content(), asking) if one.about == about]


def details(office: Office, about: str) -> list[str]:
    return [f"{one.mark} {one.subject}: {one.detail}" for one in found(office, about)]


@pytest.mark.parametrize(
    ("text", "alts", "items"),
    [
        ("Hello", [], ["post"]),
        ("Hello https://example.org/a", [], ["post_with_link"]),
        ("Hello example.org", [], ["post_with_link"]),  # X makes a link of it
        ("Hello. World e.g. here, v1.2", [], ["post"]),
        ("Hello", ["a school", "", "a child"], ["post", "media_alt", "media_alt"]),
    ],
)
def test_x_charges_for_posts_for_links_in_them_and_for_descriptions(
    text: str, alts: list[str], items: list[str]
) -> None:
    part = Part(1, Role.POST, text, media=tuple(Media("a.jpg", alt) for alt in alts))
    assert list(network_type("twitter").metered(part)) == items


@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_the_others_charge_for_nothing(project: Project, network: str) -> None:
    priced(project)
    part = Part(1, Role.POST, "Hello https://example.org/a")
    assert network_type(network).metered(part) == ()
    assert cost_of([part], network, project.settings()) is None


def test_a_sum_of_prices_is_exact(project: Project) -> None:
    priced(project)
    cost = cost_of([Part(1, Role.POST, "Hello")] * 7, "twitter", project.settings())
    assert cost is not None
    assert str(cost.amount) == "0.105"
    assert (cost.shown, cost.advice) == ("0.105 USD", "")


def test_the_cost_of_each_account_and_of_the_campaign_is_estimated(office: Office) -> None:
    priced(office.project)
    office.project.post("a", "day: 1", *X, "link: https://example.org/a")
    office.project.post("b", "day: 2", *X, "text:", '  twitter: ["1/2 One", "2/2 Two"]')
    assert details(office, "cost") == [
        "ok fice-x: about 0.23 USD: 2 post 0.03, 1 post with link 0.20; "
        "0.185 USD less if the one with a link had none",
        "ok week: about 0.23 USD on X (Twitter), by the prices of 22 Aug 2018, https://example.org/prices",
    ]


def test_what_is_out_already_is_no_more_to_come(office: Office) -> None:
    priced(office.project)
    office.project.post("a", "day: 1", *X)
    office.project.post("b", "day: 2", *X, body="Else")
    office.apply()
    office.publish("a")
    assert details(office, "cost")[0] == "ok fice-x: about 0.03 USD: 2 post 0.03; 0.015 of it still to come"


@pytest.mark.parametrize(("budget", "ok"), [("0.2", True), ("0.19", False)])
def test_a_campaign_beyond_its_budget_is_not_ready(office: Office, budget: str, ok: bool) -> None:
    priced(office.project, f"budget = {budget}")
    office.project.post("a", "day: 1", *X, "link: https://example.org/a")
    whole = found(office, "cost")[-1]
    assert whole.ok is ok
    assert f"budget {'is' if ok else 'of'} {budget if not ok else '0.20'}" in whole.detail
    assert whole.to_json()["amount"] == "0.2"


def test_without_prices_nothing_is_estimated(office: Office) -> None:
    office.project.post("a", "day: 1", *X)
    assert found(office, "cost") == []


def test_a_price_of_something_else_is_an_error_and_a_missing_one_a_warning(project: Project) -> None:
    project.post("a", "day: 1", *X)
    priced(project)
    text = (project.folder / "config/bot.toml").read_text().replace("media_alt", "media_alts")
    project.write("config/bot.toml", text)
    assert project.said("config/bot.toml") == [
        "config/bot.toml:2: warning: prices: the price of media_alt is missing: estimates would be too low",
        "config/bot.toml:7: error: media_alts: twitter charges for no such thing: did you mean 'media_alt'?",
    ]


def test_a_budget_without_prices_is_warned_of(project: Project) -> None:
    project.post("a", "day: 1", *X)
    project.write("config/bot.toml", "[networks.twitter]\nbudget = 5\n")
    [line] = project.said("config/bot.toml")
    assert line.startswith("config/bot.toml:1: warning: budget: there are no prices")


@pytest.mark.parametrize("value", ['"0.015"', "-1", "nan", "inf", "true"])
def test_a_price_is_an_amount(project: Project, value: str) -> None:
    priced(project)
    text = (project.folder / "config/bot.toml").read_text().replace("0.015", value)
    project.write("config/bot.toml", text)
    [line] = project.said("config/bot.toml")
    assert line.startswith("config/bot.toml:5: error: post: expected an amount like 0.015")


def test_every_part_of_a_thread_counts_for_the_limit_of_a_day(office: Office) -> None:
    office.project.write("config/bot.toml", "[networks.twitter]\nposts_a_day = 2\nposts_a_month = 3\n")
    office.project.post("a", "day: 1", *X, "text:", '  twitter: ["1/2 One", "2/2 Two"]')
    office.project.post("b", "day: 2", *X, body="Else")
    assert details(office, "limit") == [
        "ok fice-x: at most 2 posts a day of the 2 that its plan allows",
        "ok fice-x: at most 3 posts a month of the 3 that its plan allows",
    ]
    office.project.post("c", "at: 2018-09-24 10:00", *X, body="Again")
    assert details(office, "limit") == [
        "no fice-x: 3 posts on 24 Sep 2018 (UTC): its plan allows 2 a day",
        "no fice-x: 4 posts in Sep 2018: its plan allows 3 a month",
    ]


def test_what_other_campaigns_have_queued_or_sent_counts_too(office: Office) -> None:
    project = office.project
    project.write("config/bot.toml", "[networks.twitter]\nposts_a_day = 1\n")
    other = (project.folder / "config/campaigns/week.toml").read_text()
    project.write("config/campaigns/other.toml", other)
    project.write(
        "posts/other/x.md", "---\nat: 2018-09-24 09:00\nkind: daily-post\naccounts: [fice-x]\n---\nX\n"
    )
    project.post("a", "day: 1", *X)
    office.apply()
    asking = Asking(FixedClock(SUNDAY), office.store, offline=True)
    alone = look_ahead(project.content(only="week"), asking)
    assert [one.detail for one in alone if one.about == "limit"] == [
        "2 posts on 24 Sep 2018 (UTC): its plan allows 1 a day"
    ]
    assert {one.subject for one in alone if one.about == "time"} == {"week"}


def test_posts_closer_than_the_distance_of_their_account_are_found(office: Office) -> None:
    office.project.post("a", "at: 2018-09-24 08:00", *X)
    office.project.post("b", "at: 2018-09-24 08:05", *X, body="Else")
    office.project.post("c", "at: 2018-09-24 08:15", *X, body="Third")
    assert details(office, "distance") == []
    office.project.write("config/bot.toml", '[worker]\nminimum_distance = "10m"\n')
    assert details(office, "distance") == [
        "no fice-x: week/b.md goes out 5 min after week/a.md, at 24 Sep 12:05 UTC: 10 min are the least"
    ]
    office.project.accounts(('handle = "fice"', 'handle = "fice"\ndistance = "30s"'))
    assert details(office, "distance") == []
