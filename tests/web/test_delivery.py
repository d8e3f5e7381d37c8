"""One delivery: its whole story is told, a doubt is ended either way, and what is out is taken away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.outcome import RemotePost
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.desk import Desk
from bot.web.server import serving
from tests.store.acts import HOUR, MINUTE, claim, doubt, fail, last_of, part_of, publish, row, state_of
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

NOW = NOON + 2 * HOUR
SOMEWHERE = "https://x.com/a/status/1"
_accounts = iter(f"account-{number}" for number in range(100))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("delivery")
    accounts = {f"account-{one}": Account(f"account-{one}", "twitter", "@fice") for one in range(100)}
    database = f"sqlite:///{folder / 'bot.db'}"
    return Settings(folder / "config", folder / "posts", database, 0, accounts=accounts)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(settings: Settings, store: Store) -> Iterator[str]:
    with serving(settings, FixedClock(NOW), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def maria(url: str, store: Store) -> Visit:
    return visit(url, store, NOW, Role.OPERATOR, "Maria")


@pytest.fixture
def account() -> str:
    return next(_accounts)


def in_doubt(store: Store, account: str, *texts: str) -> int:
    new = delivery(f"{account}/1.md", account, texts=texts or ("Is it <there>?",))
    [one] = queue_up(store, new)
    doubt(store, claim(store, account), look_at=NOW + HOUR)
    return one


def test_the_whole_story_is_told(maria: Visit, store: Store, account: str) -> None:
    new = delivery("story/1.md", account, texts=["The first", "The second"], due_at=NOON)
    [one] = queue_up(store, new)
    late = NOON + 5 * MINUTE
    first = RemotePost("81", "https://x.com/fice/status/81")
    held = publish(store, claim(store, account, at=late), first, late)
    fail(store, held, late)
    Desk(store, "Anna", NOW).reschedule({one: (NOW + HOUR, "2018-09-24T15:00:00")}, "after the speech")
    text = maria.get(f"/deliveries/{one}").text
    for told in ("The first", "The second", "https://x.com/fice/status/81", "too long", "after the speech",
                 "Anna", "story/1.md", "somebody has moved it", "rejected", "Daily post, morning",
                 'href="/preview/story/1.md"', "HTTP 201"):  # fmt: skip
        assert told in text, told


def test_what_can_be_done_goes_by_state_and_role(url: str, store: Store, account: str) -> None:
    [one] = queue_up(store, delivery(f"{account}/1.md", account, due_at=NOW + HOUR))

    def offered(role: Role) -> list[str]:
        text = visit(url, store, NOW, role).get(f"/deliveries/{one}").text
        acts = ("hold", "release", "reschedule", "cancel", "approve", "there", "not-there", "take-away")
        return [act for act in acts if f'action="/deliveries/{one}/{act}"' in text]

    assert offered(Role.OPERATOR) == ["hold", "reschedule", "cancel"]
    assert offered(Role.APPROVER) == offered(Role.VIEWER) == []
    Desk(store, "Ben", NOW).hold([one], "")
    assert "release" in offered(Role.OPERATOR)
    Desk(store, "Ben", NOW).cancel([one], "")
    assert "reschedule" in offered(Role.OPERATOR)
    [unread] = queue_up(
        store, delivery(f"{account}/2.md", account, due_at=NOW + HOUR, needs_approval=True), now=NOW
    )
    one = unread
    assert offered(Role.APPROVER) == ["approve"]


def test_both_ways_out_of_a_doubt_are_explained(maria: Visit, store: Store, account: str) -> None:
    text = maria.get(f"/deliveries/{in_doubt(store, account)}").text
    for told in ("Nobody knows whether this is out", "Is it &lt;there&gt;?", "reset",
                 "The bot looks by itself", "Nothing is sent: it counts as published",
                 "followers see it twice"):  # fmt: skip
        assert told in text, told


def test_it_is_there(maria: Visit, store: Store, account: str) -> None:
    one = in_doubt(store, account)
    there = f"https://x.com/fice/status/77{one}"
    answer = maria.post(f"/deliveries/{one}/there", {"url": f" {there} ", "reason": "seen"})
    assert "It is published: the doubt has ended." in answer.text
    assert f'href="{there}"' in answer.text
    assert (state_of(store, one), part_of(store, one)["remote_id"]) == ("published", f"77{one}")
    assert (last_of(store, one).actor, last_of(store, one).reason) == ("Maria", "seen")
    again = maria.post(f"/deliveries/{one}/there", {"url": there})
    assert "only an uncertain one is resolved" in again.text


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("", "write the link of the post"),
        ("javascript:alert(1)", "write the link of the post"),
        ("https://www.facebook.com/fice/posts/1", "can not be its link"),
        ("https://x.com/somebody/status/12", "it is a post of @somebody"),
        ("https://[x", "can not be its link"),
    ],
)
def test_a_link_that_can_not_be_its_own_is_refused(
    maria: Visit, store: Store, account: str, link: str, why: str
) -> None:
    one = in_doubt(store, account)
    assert why in maria.post(f"/deliveries/{one}/there", {"url": link}).text
    assert state_of(store, one) == "uncertain"


def test_it_is_not_there_and_is_sent_again(maria: Visit, store: Store, account: str) -> None:
    one = in_doubt(store, account)
    answer = maria.post(f"/deliveries/{one}/not-there", {"reason": "looked twice"})
    assert "It is sent again" in answer.text
    assert state_of(store, one) == "scheduled"
    assert (last_of(store, one).actor, last_of(store, one).reason) == ("Maria", "looked twice")


def test_it_is_not_there_can_not_be_said_while_it_may_still_appear(
    maria: Visit, store: Store, account: str
) -> None:
    [one] = queue_up(store, delivery(f"{account}/1.md", account, due_at=NOW))
    doubt(store, claim(store, account, at=NOW), at=NOW)
    assert "This can be said from" in maria.get(f"/deliveries/{one}").text
    assert "what was sent may still appear" in maria.post(f"/deliveries/{one}/not-there").text
    assert state_of(store, one) == "uncertain"


def test_less_than_an_operator_resolves_nothing(url: str, store: Store, account: str) -> None:
    one = in_doubt(store, account)
    approver = visit(url, store, NOW, Role.APPROVER)
    assert "An operator decides on it." in approver.get(f"/deliveries/{one}").text
    for way in ("there", "not-there", "take-away"):
        assert approver.post(f"/deliveries/{one}/{way}", {"url": SOMEWHERE}).status_code == 403
    assert approver.get(f"/deliveries/{one}/take-away").status_code == 403
    assert state_of(store, one) == "uncertain"


def test_what_is_out_is_taken_away_after_two_questions(maria: Visit, store: Store, account: str) -> None:
    [one] = queue_up(store, delivery(f"{account}/1.md", account))
    remote = RemotePost(f"9{one}", f"https://x.com/fice/status/9{one}")
    publish(store, claim(store, account), remote)
    assert f'href="/deliveries/{one}/take-away"' in maria.get(f"/deliveries/{one}").text
    assert remote.url
    assert remote.url in maria.get(f"/deliveries/{one}/take-away").text
    unsure = maria.post(f"/deliveries/{one}/take-away", {"number": str(one + 1), "gone": "true"})
    assert "nothing was taken away" in unsure.text
    refused = maria.post(f"/deliveries/{one}/take-away", {"number": str(one)})  # it has no credentials
    assert 'role="alert"' in refused.text
    assert part_of(store, one)["removed_at"] is None
    form = {"number": str(one), "gone": "true", "reason": "a wrong name"}
    sure = maria.post(f"/deliveries/{one}/take-away", form)
    assert "Part 1 is taken away" in sure.text
    assert (part_of(store, one)["removed_by"], row(store, one)["removed_at"]) == ("Maria", NOW)
    assert f"<s>{remote.url}</s>" in sure.text
    assert "Nothing of it is out." in maria.get(f"/deliveries/{one}/take-away").text


@pytest.mark.parametrize("number", ["0", "x", "99999", str(2**31), "9" * 30])
@pytest.mark.parametrize("page", ["", "/take-away"])
def test_a_delivery_that_is_not_there_is_said(maria: Visit, page: str, number: str) -> None:
    assert maria.get(f"/deliveries/{number}{page}").status_code in (404, 422)
    answer = maria.post(f"/deliveries/{number}/there", {"url": SOMEWHERE})
    assert answer.status_code in (404, 422)
