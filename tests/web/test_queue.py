"""The queue: every delivery is found, on whatever page, and several are decided on at once, or none."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.desk import Desk
from bot.web.server import serving
from tests.store.acts import HOUR, MINUTE, last_of, row, state_of
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

NOW = NOON - timedelta(days=1)
LATER = NOON + timedelta(days=30)  # beyond what other tests of this module filter by
EVIL = ("<script>alert(1)</script>", "\u202egnp.exe", "x" * 100_000, "=HYPERLINK(1)", "'\"><img src=x>")
_ROW = re.compile(r'<td data-label="What it says" class="says"><a href="/deliveries/(\d+)">')
_FURTHER = re.compile(r'rel="(next|prev)" href="([^"]+)"')


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("queue")
    accounts = {"fice-x": Account("fice-x", "twitter", "@fice")}
    return Settings(
        folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0, accounts=accounts
    )


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
def some(store: Store, request: pytest.FixtureRequest) -> list[int]:
    """Three deliveries of this test's own."""
    name = request.node.name
    new = [delivery(f"{name}/{one}.md", due_at=LATER + one * MINUTE, texts=[name]) for one in range(3)]
    return queue_up(store, *new, now=NOW)


@pytest.fixture(scope="module")
def many(store: Store) -> list[int]:
    """More than two pages, some due at the same time."""
    new = [
        delivery(
            f"many/{one}.md",
            "fice-x" if one % 3 else "kenya-x",
            due_at=NOON + timedelta(minutes=one // 2),
            texts=[f"The number is {one}" + (" of Nakuru" if one % 40 == 7 else "")],
        )
        for one in range(120)
    ]
    return queue_up(store, *new, now=NOW)


def ids(text: str) -> list[int]:
    return [int(found) for found in _ROW.findall(text)]


def towards(text: str, way: str) -> str | None:
    return next((unescape(address) for rel, address in _FURTHER.findall(text) if rel == way), None)


def confirm(visitor: Visit, store: Store, act: str, chosen: Sequence[int], **more: str) -> str:
    """What the form of the page that asks would send; what the next page says."""
    asked = visitor.get(f"/queue/{act}", params={"id": chosen, "back": "/queue?state=held"})
    assert asked.status_code == 200
    versions = re.findall(
        r'name="id" value="(\d+)"><input type="hidden" name="version" value="(\w+)"', asked.text
    )
    form = [("csrf", visitor.csrf), ("back", "/queue?state=held"), *more.items()]
    form += [each for number, version in versions for each in (("id", number), ("version", version))]
    answer = visitor.http.post(f"{visitor.url}/queue/{act}", data=form, timeout=30)
    assert answer.status_code == 200
    [said] = re.findall(r'<p class="said[^"]*" role="[^"]*">([^<]*)</p>', answer.text)
    return unescape(said)


def test_pages_lead_to_the_end_and_back_while_rows_are_added(
    maria: Visit, store: Store, many: list[int]
) -> None:
    first = address = "/queue?post=many/"
    seen: list[int] = []
    while True:
        text = maria.get(address).text
        seen += ids(text)
        if len(seen) == 50:  # one that is due before all of these, and one after them
            queue_up(
                store,
                delivery("many/early.md", due_at=NOON - HOUR),
                delivery("many/late.md", due_at=NOON + 9 * HOUR),
                now=NOW,
            )
        onward = towards(text, "next")
        if onward is None:
            break
        address = onward
    late = row(store, seen[-1])["post"]
    assert late == "many/late.md"
    assert seen[:-1] == many
    back = ids(text)
    while (before := towards(text, "prev")) is not None:
        text = maria.get(before).text
        back = ids(text) + back
    assert back[1:] == seen
    assert row(store, back[0])["post"] == "many/early.md"
    assert "122 in all" in maria.get(first).text


def test_what_is_filtered_is_an_address_that_can_be_sent_on(maria: Visit, many: list[int]) -> None:
    def found(query: str) -> list[int]:
        return ids(maria.get(f"/queue?post=many/&{query}").text)

    assert found("text=NAKURU&account=&day=&since=") == [many[7], many[47], many[87]]
    assert found("text=nakuru&account=kenya-x") == [many[87]]
    assert found("campaign=none") == found("network=mastodon") == found("kind=chat") == found("day=2") == []
    assert len(found("campaign=week&network=twitter&day=1&kind=daily-post&state=scheduled")) == 50
    assert found("until=2018-09-23") == found("since=2018-09-25") == []
    assert len(found("since=2018-09-24&until=2018-09-24")) == 50
    shown = maria.get("/queue?text=%22%3E%3Cscript%3E&campaign=gone").text
    assert 'value="&#34;&gt;&lt;script&gt;"' in shown
    assert '<option value="gone" selected>' in shown


def test_days_are_those_of_the_reader(url: str, store: Store) -> None:
    [late] = queue_up(store, delivery("tokyo/1.md", due_at=NOON + 4 * HOUR), now=NOW)  # 1 o'clock there
    reader = visit(url, store, NOW, Role.VIEWER, "Aiko")
    with store.write() as connection:
        in_tokyo = f"UPDATE session SET timezone = 'Asia/Tokyo' WHERE member_id = {reader.member}"
        connection.exec_driver_sql(in_tokyo)
    assert ids(reader.get("/queue?post=tokyo/&since=2018-09-25&until=2018-09-25").text) == [late]
    assert ids(reader.get("/queue?post=tokyo/&until=2018-09-24").text) == []


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "cursor=n1.99999999999", "cursor=nfffffffffffff.7fffffff", "day=99999999999",
     "day=x", "since=0001-01-01", "until=9999-12-31", "text=%00", "text=" + "x" * 600, "ended=perhaps",
     "delivery=2147483648"],
)  # fmt: skip
@pytest.mark.parametrize("page", ["/queue", "/log", "/queue.csv"])
def test_an_address_that_makes_no_sense_does_no_harm(maria: Visit, page: str, query: str) -> None:
    assert maria.get(f"{page}?{query}").status_code in (200, 422)


def test_several_are_held_released_and_cancelled_with_a_reason(
    maria: Visit, store: Store, some: list[int]
) -> None:
    for act, state, said in (
        ("hold", "held", "3 deliveries are held."),
        ("release", "scheduled", "3 deliveries are released."),
        ("cancel", "cancelled", "3 deliveries are cancelled."),
    ):
        assert confirm(maria, store, act, some, reason=" as\nasked ") == said
        for one in some:
            assert state_of(store, one) == state
            assert (last_of(store, one).actor, last_of(store, one).reason) == ("Maria", "as asked")


def test_one_of_them_is_said_as_one(maria: Visit, store: Store, some: list[int]) -> None:
    assert confirm(maria, store, "hold", some[:1]) == "It is held."


def test_all_or_none_of_them_change(maria: Visit, store: Store, some: list[int]) -> None:
    Desk(store, "Ben", NOW).cancel([some[1]], "")
    asked = maria.get("/queue/hold", params={"id": some})
    assert "2 of these 3 can" in asked.text
    assert "disabled>Hold (3)" in asked.text
    said = confirm(maria, store, "hold", some)
    assert said.startswith("Nothing was changed: delivery")
    assert [state_of(store, one) for one in some] == ["scheduled", "cancelled", "scheduled"]
    [without] = re.findall(r'href="/queue/hold\?([^"]+)"', asked.text)
    assert parse_qs(unescape(without))["id"] == [str(some[0]), str(some[2])]


def test_what_has_changed_since_it_was_shown_changes_none(
    maria: Visit, store: Store, some: list[int]
) -> None:
    form = {"id": some, "version": ["", "another", ""]}
    answer = maria.post("/queue/hold", form)
    assert "has changed since it was shown" in answer.text
    assert {state_of(store, one) for one in some} == {"scheduled"}
    assert parse_qs(urlsplit(answer.url).query)["id"] == [str(one) for one in some]  # the ticks are not lost


def test_they_move_and_keep_their_distances(maria: Visit, store: Store, some: list[int]) -> None:
    assert confirm(maria, store, "reschedule", some, how="by", number="-90", unit="minutes") == (
        "3 deliveries have another time."
    )
    moved = [LATER - 90 * MINUTE + one * MINUTE for one in range(3)]
    assert [row(store, one)["due_at"] for one in some] == moved
    confirm(maria, store, "reschedule", some, how="to", when="2018-10-30T09:00", zone="Africa/Nairobi")
    assert {row(store, one)["due_at"].isoformat() for one in some} == {"2018-10-30T06:00:00+00:00"}


def test_days_keep_the_time_of_day_where_the_clocks_change(maria: Visit, store: Store) -> None:
    from dataclasses import replace

    in_brussels = replace(delivery("clocks/1.md", due_at=LATER), zone="Europe/Brussels")  # 14 o'clock, 24 Oct
    [one] = queue_up(store, in_brussels, now=NOW)
    confirm(maria, store, "reschedule", [one], how="by", number="7", unit="days")
    assert row(store, one)["due_at"] == LATER + timedelta(days=7) + HOUR
    assert row(store, one)["wall"] == "2018-10-31T14:00:00"


@pytest.mark.parametrize(
    "form",
    [{"how": "by", "number": ""}, {"how": "by", "number": "1", "unit": "years"},
     {"how": "by", "number": "-9999", "unit": "days"}, {"how": "to", "when": "soon"},
     {"how": "to", "when": "2018-10-30T09:00", "zone": "Mars"}],
)  # fmt: skip
def test_a_move_to_nowhere_changes_none(
    maria: Visit, store: Store, some: list[int], form: dict[str, str]
) -> None:
    assert confirm(maria, store, "reschedule", some, **form).startswith("Nothing was changed:")
    assert [row(store, one)["due_at"] for one in some] == [LATER + one * MINUTE for one in range(3)]


def test_an_approver_approves_several_as_they_were_read(url: str, store: Store) -> None:
    new = [
        delivery(f"approve/{one}.md", due_at=LATER, needs_approval=True, texts=[f"Read me {one}", "And this"])
        for one in range(2)
    ]
    waiting = queue_up(store, *new, now=NOW)
    approver = visit(url, store, NOW, Role.APPROVER)
    asked = approver.get("/queue/approve", params={"id": waiting})
    assert "Read me 1" in asked.text
    assert "And this" in asked.text
    assert confirm(approver, store, "approve", waiting) == "2 deliveries are approved."
    assert {state_of(store, one) for one in waiting} == {"scheduled"}


def test_each_role_has_its_own_buttons(url: str, store: Store, some: list[int]) -> None:
    buttons = {
        role: re.findall(r'formaction="/queue/(\w+)"', visit(url, store, NOW, role).get("/queue").text)
        for role in Role
    }
    assert buttons[Role.VIEWER] == buttons[Role.EDITOR] == []
    assert buttons[Role.APPROVER] == ["approve"]
    assert buttons[Role.OPERATOR] == ["hold", "release", "reschedule", "approve", "cancel"]
    for act in buttons[Role.OPERATOR]:
        less = visit(url, store, NOW, Role.EDITOR if act == "approve" else Role.APPROVER)
        assert less.get(f"/queue/{act}", params={"id": some}).status_code == 403
        assert less.post(f"/queue/{act}", {"id": some}).status_code == 403
    assert {state_of(store, one) for one in some} == {"scheduled"}


@pytest.mark.parametrize("chosen", [[], [2**31 - 1], [2**31], [0], [1] * 201])
def test_what_is_not_there_is_said(maria: Visit, chosen: list[int]) -> None:
    for answer in (
        maria.get("/queue/hold", params={"id": chosen}),
        maria.post("/queue/hold", {"id": chosen}),
    ):
        assert answer.status_code in (200, 400, 422)


def test_evil_words_harm_no_list(maria: Visit, store: Store) -> None:
    made = queue_up(
        store,
        *(
            delivery(f"evil/{at}{words[:60]}.md", due_at=LATER, texts=[words])
            for at, words in enumerate(EVIL)
        ),
        now=NOW,
    )
    Desk(store, "=cmd()", NOW).hold(made, "@SUM(1)<b>\u202e")
    for page in ("/queue?post=evil/", "/log?post=evil/", *(f"/deliveries/{one}" for one in made)):
        text = maria.get(page).text
        for tag in ("<script>alert", "<img src=x", "<b>"):
            assert tag not in text
    assert len(maria.get("/queue?post=evil/").content) < 100_000


def test_a_file_has_what_is_filtered_and_runs_nothing(maria: Visit, store: Store, many: list[int]) -> None:
    [evil] = queue_up(store, delivery("=formula.md", due_at=LATER), now=NOW)
    Desk(store, "Ben", NOW).hold([evil], "@SUM(A1)")
    answer = maria.get("/queue.csv?post==formula")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="queue-2018-09-23.csv"'
    [line] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line["post"], line["reason"]) == ("'=formula.md", "'@SUM(A1)")
    nakuru = maria.get("/queue.csv?post=many/&text=nakuru").content.decode("utf-8-sig")
    assert [int(each["id"]) for each in csv.DictReader(io.StringIO(nakuru))] == [many[7], many[47], many[87]]
    book = maria.get("/queue.xlsx?post==formula")
    assert "spreadsheetml" in book.headers["content-type"]
    with zipfile.ZipFile(io.BytesIO(book.content)) as opened:
        sheet = opened.read("xl/worksheets/sheet1.xml").decode()
    assert "=formula.md" in sheet
    assert "<f>" not in sheet


def test_two_are_chosen_by_the_keyboard_and_held(
    maria: Visit, store: Store, some: list[int], tab: Page
) -> None:
    maria.enter(tab).goto(f"{maria.url}/queue?post={row(store, some[0])['post'].partition('/')[0]}/")
    hold = tab.get_by_role("button", name="Hold…")
    expect(hold).to_be_disabled()
    tab.get_by_role("checkbox", name=f"Choose delivery {some[0]}").focus()
    tab.keyboard.press("Space")
    for _step in range(4):  # the links of the row, then the next one
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.value") == str(some[1]):
            break
    tab.keyboard.press("Space")
    expect(tab.get_by_role("status").filter(has_text="2 chosen")).to_be_visible()
    hold.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Hold these 2 deliveries?")).to_be_visible()
    tab.get_by_label("Why?").last.fill("the minister speaks first")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("2 deliveries are held.")).to_be_visible()
    rows = tab.get_by_role("row").filter(has_text="the minister speaks first")
    expect(rows).to_have_count(2)
    assert [state_of(store, one) for one in some] == ["held", "held", "scheduled"]


def test_what_is_chosen_stays_so_when_the_list_renews_itself(
    maria: Visit, store: Store, some: list[int], tab: Page
) -> None:
    maria.enter(tab).goto(f"{maria.url}/queue?post={row(store, some[0])['post'].partition('/')[0]}/")
    box = tab.get_by_role("checkbox", name=f"Choose delivery {some[0]}")
    box.check()
    box.blur()
    Desk(store, "Ben", NOW).hold([some[2]], "meanwhile")
    expect(tab.get_by_role("row").filter(has_text="meanwhile")).to_be_visible()
    expect(box).to_be_checked()
    expect(tab.get_by_text("1 chosen")).to_be_visible()
