"""What only Mastodon has: servers of their own, keys, lengths by its rules, files that are worked on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from mastodon._url_regex import url_regex

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.format import Format
from bot.model.message import Message, Part, Role
from bot.model.outcome import Cause, Done, Figures, NotPublished, Published, Rejected, RemotePost, Uploaded
from bot.model.post import Media
from bot.model.sending import Sending
from bot.networks import Network, base_of, connect, network_type
from bot.networks.authorising import AuthorisationError, Beginning, Visit
from bot.networks.base import Upload
from bot.networks.date import network_time
from bot.networks.mastodon.content import text_of
from bot.networks.mastodon.length import measure
from bot.planning.check import check
from bot.planning.content import read_content
from bot.sandbox import Sandbox
from bot.sandbox.mastodon.text import content, length
from bot.settings import Settings, load

from .accounts import CREDENTIALS, HELLO, NOW, network, post
from .servers import answer, serving

KIND = network_type("mastodon")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200
MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 300_000


@dataclass
class World:
    """An account on a server in the sandbox, on a clock that is moved by hand."""

    sandbox: Sandbox
    clock: FixedClock
    settings: Settings
    account: Account
    folder: Path

    @property
    def network(self) -> Network:
        return connect(self.account, self.settings, self.clock)

    def bring(self, name: str, data: bytes, kind: Format, alt: str = "", **more: Any) -> Any:
        path = self.folder / name
        path.write_bytes(data)
        return self.network.upload(Upload(Media(name, alt, kind, len(data)), path, **more))

    def publish(self, text: str = "Hello", key: str = "", uploads: tuple[str, ...] = ()) -> Any:
        files = tuple(Media(one, "") for one in uploads)
        return self.network.publish(Sending(Part(1, Role.POST, text, media=files), key=key, uploads=uploads))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FixedClock(NOW)
    account = Account("fice-mastodon", "mastodon", "@fice@mastodon.example")
    with Sandbox(now=clock.now) as sandbox:
        given = sandbox.register("mastodon", account.name, account.handle)
        yield World(sandbox, clock, known({**sandbox.environment(), **given}, account), account, tmp_path)


def known(environment: Mapping[str, str], *accounts: Account) -> Settings:
    by_name = {one.name: one for one in accounts}
    return Settings(
        Path("config"), Path("posts"), "sqlite://", 8000, accounts=by_name, environment=environment
    )


# Keys.


def test_the_same_key_again_gives_the_post_that_is_out(world: World) -> None:
    first, again = world.publish(key="k"), world.publish(key="k")
    assert isinstance(first, Published)
    assert again == first
    assert len(world.sandbox.feed()) == 1


def test_another_key_or_none_makes_another_post(world: World) -> None:
    for key in ("k", "l", "", ""):
        assert isinstance(world.publish(key=key), Published)
    assert len(world.sandbox.feed()) == 4


def test_a_server_forgets_a_key_after_an_hour(world: World) -> None:
    world.publish(key="k")
    world.clock.advance(timedelta(minutes=61))
    world.publish(key="k")
    assert len(world.sandbox.feed()) == 2


def test_the_key_of_a_part_travels_in_its_header() -> None:
    with serving(answer(200, {"id": "1"})) as server:
        network("mastodon", server.url).publish(Sending(replace(HELLO, number=2), key="abc"))
    assert server.requests[0].headers["idempotency-key"] == "abc-2"
    assert b"idempotency" not in server.requests[0].body


# Length.


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", 0),
        ("Hello", 5),
        ("👩‍👩‍👧 e\u0301 한국어", 1 + 1 + 1 + 1 + 3),
        ("https://example.org/" + "a" * 300, 23),
        ("(https://example.org/a_(b)).", 1 + 23 + 2),
        ("See https://example.org/a?b=c&d=e#f, now.", 4 + 23 + 6),
        ("https://example.org/a. Then", 23 + 6),
        ("https://example.org?", 23 + 1),
        ("http://localhost/a", 18),
        ("example.org", 11),
        ("https://xn--e1afmkfd.xn--p1ai/", 23),
        ("https://example.org:8080/a", 23),
        ("Hi @alliance@social.example.org!", 3 + 9 + 1),
        ("@a.b-c@example.org", 6),
        ("me@alliance@example.org", 23),
        ("https://example.org/@alliance@social.example", 23),
        ("#https://example.org", 20),
        ("@ # @@ @a@ https://", 19),
    ],
)
def test_a_text_counts_as_the_server_counts_it(text: str, counts: int) -> None:
    assert measure(text) == counts


PIECES = st.sampled_from(
    ["https://example.org", "/", "a_(b)", "?a=1&b=2", "#part", ".", ",", " ", "\n", ")", "(", "ä", "é", "%20"]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_text_is_never_taken_for_longer_addresses_than_mastodons_own_client_sees(text: str) -> None:
    """Its pattern is that of an older server, which ends an address before some signs of today's."""
    theirs = url_regex.sub(lambda found: found[2] + "x" * 23, text)
    assert measure(text) <= len(theirs)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map(lambda some: "".join(some).strip()))
def test_the_sandbox_shows_what_was_written(text: str) -> None:
    assert text_of(content(text)).split() == text.split()


@pytest.mark.timeout(20)
def test_a_text_of_any_kind_is_counted_in_time_by_its_size() -> None:
    for piece in ("a.", "(", "https://", "@a", "https://e.org/(", "@a@b.", "https://e.org/?", "a-", "<p"):
        assert measure(piece * 20_000) > 0


def composed(body: str, longest: int | None = None, **fields: Any) -> Message:
    account = Account("fice-mastodon", "mastodon", "@fice", longest=longest)
    return KIND.compose(post(body, **fields), account)


def test_a_text_up_to_the_limit_is_fine_and_one_more_is_not() -> None:
    assert composed("x" * 500).faults == ()
    assert composed("x" * 501).faults[0].text == "part 1 has 501 of 500 characters"


def test_an_account_may_say_what_its_own_server_takes() -> None:
    assert composed("x" * 5_000, longest=5_000).counts == ("5,000 of 5,000",)
    assert composed("x" * 400, longest=300).faults[0].text == "part 1 has 400 of 300 characters"


def test_a_list_is_a_thread_and_the_link_ends_its_first_message() -> None:
    message = composed("", text={"mastodon": ("one", "two")}, link="https://example.org/a")
    assert [(one.role, one.text) for one in message.parts] == [
        (Role.POST, "one https://example.org/a"),
        (Role.REPLY, "two"),
    ]


def test_a_description_that_no_server_takes_is_an_error() -> None:
    message = composed("Hello", media=(Media("a.jpg", "x" * 1_501, Format.JPEG),))
    assert message.faults[0].text == "the description of a.jpg has 1,501 of 1,500 characters"


def test_a_picture_needs_no_words() -> None:
    assert composed("", media=(Media("a.jpg", "A child", Format.JPEG),)).faults == ()


# Files.


def test_pictures_are_shown_with_their_descriptions(world: World) -> None:
    handles = []
    for alt in ("A child", "A class"):
        sent: list[int] = []
        uploaded = world.bring("a.png", PNG, Format.PNG, alt, progress=sent.append)
        assert isinstance(uploaded, Uploaded), uploaded
        assert (uploaded.ready_at, sent[-1]) == (None, len(PNG))
        assert uploaded.expires_at == NOW + timedelta(hours=23)
        handles.append(uploaded.handle)
    assert isinstance(world.publish(uploads=tuple(handles)), Published)
    [shown] = world.sandbox.feed()
    assert (shown.media, shown.alts) == (tuple(handles), ("A child", "A class"))


def test_a_video_is_asked_for_until_the_server_is_done_with_it(world: World) -> None:
    first = world.bring("a.mp4", MP4, Format.MP4)
    assert isinstance(first, Uploaded)
    assert first.ready_at == NOW + timedelta(seconds=15)
    early = world.publish(uploads=(first.handle,))
    assert isinstance(early, NotPublished)
    assert early.cause is Cause.BUSY
    again = world.bring("a.mp4", MP4, Format.MP4, begun=first.handle)
    assert (again.handle, again.ready_at) == (first.handle, first.ready_at)
    world.clock.advance(timedelta(seconds=15))
    done = world.bring("a.mp4", MP4, Format.MP4, begun=first.handle)
    assert (done.handle, done.ready_at) == (first.handle, None)
    assert isinstance(world.publish(uploads=(done.handle,)), Published)


def test_a_file_that_the_server_has_deleted_is_brought_anew(world: World) -> None:
    first = world.bring("a.mp4", MP4, Format.MP4)
    world.clock.advance(timedelta(hours=25))
    anew = world.bring("a.mp4", MP4, Format.MP4, begun=first.handle)
    assert isinstance(anew, Uploaded)
    assert anew.handle != first.handle


def test_a_file_that_is_none_of_its_kind_is_refused(world: World) -> None:
    outcome = world.bring("a.png", b"hello", Format.PNG)
    assert isinstance(outcome, Rejected)
    assert outcome.cause is Cause.CONTENT
    assert "File content type is invalid" in outcome.reason


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "truncate"])
def test_an_upload_whose_answer_is_lost_is_done_again(world: World, fault: str) -> None:
    world.sandbox.add_fault("mastodon", fault, on="upload")
    outcome = world.bring("a.png", PNG, Format.PNG)
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.BUSY
    assert "uploaded again" in outcome.reason


def test_a_stop_in_the_middle_of_a_file_is_heard(world: World) -> None:
    class StopError(Exception):
        pass

    def stop(sent: int) -> None:
        raise StopError

    with pytest.raises(StopError):
        world.bring("a.mp4", MP4, Format.MP4, progress=stop)


# Afterwards.


def test_an_edit_keeps_the_files_and_the_place(world: World) -> None:
    handle = world.bring("a.png", PNG, Format.PNG, "A child").handle
    out = world.publish(uploads=(handle,)).post
    assert isinstance(world.network.edit(out, Sending(Part(1, Role.POST, "Better"))), Done)
    [shown] = world.sandbox.feed()
    assert (shown.text, shown.alts, shown.id) == ("Better", ("A child",), out.remote_id)


def test_an_edit_that_could_not_ask_first_has_changed_nothing(world: World) -> None:
    out = world.publish().post
    world.sandbox.add_fault("mastodon", "status", on="read", status=500)
    outcome = world.network.edit(out, Sending(Part(1, Role.POST, "Better")))
    assert isinstance(outcome, NotPublished)
    assert "Nothing was changed" in outcome.reason
    assert world.sandbox.feed()[0].text == "Hello"


def test_what_is_deleted_is_gone_and_deleting_it_again_is_done_too(world: World) -> None:
    out = world.publish().post
    assert isinstance(world.network.delete(out), Done)
    assert world.network.delete(out) == Done("it was gone already")
    assert world.sandbox.feed() == []


def test_a_post_of_another_account_or_server_is_not_said_to_be_gone(world: World) -> None:
    """As after another account was connected under the same name: its server does not find it either."""
    out = world.publish().post
    other = replace(world.account, name="other", handle="@other@mastodon.example")
    given = world.sandbox.register("mastodon", other.name, other.handle)
    settings = known({**world.settings.environment, **given}, other)
    elsewhere = RemotePost("1", "https://elsewhere.example/@fice/1")
    for one in (out, elsewhere):
        outcome = connect(other, settings, world.clock).delete(one)
        assert isinstance(outcome, Rejected)
        assert "is not of this account" in outcome.reason
    assert len(world.sandbox.feed()) == 1


def test_figures_leave_out_what_is_gone(world: World) -> None:
    head = world.publish().post
    reply = Part(2, Role.REPLY, "More")
    tail = world.network.publish(Sending(reply, head)).post  # type: ignore[union-attr]
    gone = RemotePost("1", None)
    found = world.network.figures([head, tail, gone])
    assert isinstance(found, Mapping)
    assert set(found) == {head.remote_id, tail.remote_id}
    one = found[head.remote_id]
    assert isinstance(one, Figures)
    assert (one.comments, one.impressions, one.clicks) == (1, None, None)
    assert one.reactions is not None
    assert one.shares is not None


def test_a_mention_is_known_again_though_the_server_shows_no_server(world: World) -> None:
    part = Part(
        1, Role.POST, "Thanks @alliance@social.example and @b@b.example: https://example.org/" + "a" * 60
    )
    out = world.network.publish(Sending(part))
    found = world.network.find(Sending(part), NOW - timedelta(minutes=1), ())
    assert found == out.post  # type: ignore[union-attr]


def test_files_tell_posts_with_the_same_words_apart(world: World) -> None:
    handle = world.bring("a.png", PNG, Format.PNG).handle
    world.publish(uploads=(handle,))
    found = world.network.find(Sending(HELLO), NOW - timedelta(minutes=1), ())
    assert "nearly the same" in found.reason  # type: ignore[union-attr]


def test_more_than_a_page_is_read(world: World) -> None:
    for number in range(45):
        world.publish(f"Post {number}", key=str(number))
    found = world.network.find(Sending(Part(1, Role.POST, "Post 0")), NOW - timedelta(minutes=1), ())
    assert isinstance(found, RemotePost)
    asked = [call for call in world.sandbox.calls() if call.operation == "accounts.statuses"]
    assert len(asked) == 2


# Servers.


def test_an_account_goes_to_its_own_server_unless_all_are_led_elsewhere() -> None:
    account = Account("fice-mastodon", "mastodon", "@fice")
    own = {"FICE_MASTODON_SERVER": "https://social.example", "FICE_MASTODON_ACCESS_TOKEN": "x"}
    assert base_of(account, known(own)) == ("https://social.example", "FICE_MASTODON_SERVER")
    led = {**own, "MASTODON_API_URL": "http://127.0.0.1:1/mastodon"}
    assert base_of(account, known(led)) == ("http://127.0.0.1:1/mastodon", "MASTODON_API_URL")


def test_the_token_goes_to_the_accounts_own_server_alone() -> None:
    other = {"Link": '<http://127.0.0.1:1/api/v1/accounts/7/statuses?max_id=1>; rel="next"'}
    pages = [answer(200, {"id": "7"}), answer(200, [{"id": "9", "content": "x"}], other), answer(200, [])]
    with serving(*pages) as server:
        account = Account("fice-mastodon", "mastodon", "@fice")
        own = {"FICE_MASTODON_SERVER": server.url, "FICE_MASTODON_ACCESS_TOKEN": "token-of-ours"}
        network_of = connect(account, known(own, account), FixedClock(NOW))
        assert network_of.find(Sending(HELLO), NOW, ()) is None
    assert {one.headers["authorization"] for one in server.requests} == {"Bearer token-of-ours"}
    assert len(server.requests) == 3


def test_the_time_is_asked_of_a_connected_accounts_server() -> None:
    date = {"Date": "Mon, 21 Sep 2026 09:00:00 GMT"}
    with serving(answer(200, "", date)) as server:
        account = Account("fice-mastodon", "mastodon", "@fice")
        own = {"FICE_MASTODON_SERVER": server.url, "FICE_MASTODON_ACCESS_TOKEN": "x"}
        assert network_time("mastodon", known(own, account)) == NOW


def test_one_server_that_is_silent_does_not_hide_the_time_of_another() -> None:
    date = {"Date": "Mon, 21 Sep 2026 09:00:00 GMT"}
    with serving(answer(200, "", date)) as server:
        accounts = [Account(name, "mastodon", f"@{name}") for name in ("away", "here")]
        environment = {
            "AWAY_SERVER": "http://127.0.0.1:1", "AWAY_ACCESS_TOKEN": "x",
            "HERE_SERVER": server.url, "HERE_ACCESS_TOKEN": "x",
        }  # fmt: skip
        assert network_time("mastodon", known(environment, *accounts)) == NOW


def test_check_says_which_server_is_no_address(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "accounts.toml").write_text(
        '[fice-mastodon]\nnetwork = "mastodon"\nhandle = "@fice"\nlongest = 0\n'
    )
    settings = load({"FICE_MASTODON_SERVER": "mastodon.example"}, tmp_path)
    said = [str(problem) for problem in check(read_content(settings))]
    assert any(":2: error: FICE_MASTODON_SERVER is no web address" in line for line in said), said
    assert any(":4: error: longest:" in line for line in said), said


# Health.


def verified(*told: Any, longest: int | None = None) -> Any:
    with serving(*(answer(200, one) for one in told)) as server:
        adapter = KIND.connect(
            replace(_connection(server.url), account=Account("a", "mastodon", "@fice", longest=longest))
        )
        return adapter.verify()


def _connection(url: str) -> Any:
    from bot.networks.base import Connection

    return Connection(
        account=Account("a", "mastodon", "@fice"),
        credentials=CREDENTIALS["mastodon"],
        base_url=url,
        api_version="1",
        timeout=timedelta(seconds=5),
        clock=FixedClock(NOW),
    )


ME = {"id": "7", "acct": "fice"}


def instance(**statuses: int) -> dict[str, Any]:
    return {"domain": "social.example", "configuration": {"statuses": statuses}}


def test_a_server_that_takes_other_lengths_is_said_to_with_what_to_write() -> None:
    health = verified(ME, instance(max_characters=5_000, max_media_attachments=4), {})
    assert (health.ok, health.identity) == (True, "@fice@social.example")
    assert "takes 5,000 characters and not 500: write  longest = 5000" in health.detail
    assert "takes" not in verified(ME, instance(max_characters=5_000), {}, longest=5_000).detail
    assert "takes 2 files" in verified(ME, instance(max_media_attachments=2), {}).detail


@pytest.mark.parametrize(
    ("scopes", "lacks"),
    [
        (["read", "write"], None),
        (["read", "write:statuses", "write:media"], None),
        (None, None),
        (["read", "write:statuses"], "write:media"),
        (["read"], "write:statuses, write:media"),
        (["write"], "read:statuses"),
    ],
)
def test_a_token_says_what_it_may(scopes: list[str] | None, lacks: str | None) -> None:
    health = verified(ME, instance(), {"name": "bot", **({"scopes": scopes} if scopes else {})})
    assert health.ok is (lacks is None)
    assert health.cause is (Cause.PERMISSION if lacks else None)
    assert lacks is None or f"lacks {lacks}." in health.detail


@pytest.mark.parametrize(
    ("state", "cause"),
    [("expired", Cause.CREDENTIALS), ("blocked", Cause.BLOCKED), ("read-only", Cause.PERMISSION)],
)
def test_an_account_in_trouble_is_not_well_and_can_not_post(world: World, state: str, cause: Cause) -> None:
    world.sandbox.set_credentials("fice-mastodon", state)
    assert (world.network.verify().ok, world.network.verify().cause) == (False, cause)
    outcome = world.publish()
    assert isinstance(outcome, Rejected)
    assert outcome.cause is cause


# Links.


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://mastodon.social/@fice/117020575776246986", "117020575776246986"),
        ("https://mastodon.social/@fice/117020575776246986/embed", "117020575776246986"),
        ("https://mastodon.social/@fice/1?x=1#y", "1"),
        ("https://mastodon.social/users/fice/statuses/12", "12"),
        ("https://mastodon.social/ap/users/7/statuses/12", "12"),
        ("https://mastodon.social/web/@fice/12", "12"),
        ("https://mastodon.social/deck/@fice/12", "12"),
        ("https://gts.example/@fice/statuses/01HXYZ", "01HXYZ"),
        ("https://other.example/@fice@mastodon.social/12", None),  # the id that another server gave it
        ("https://mastodon.social/@fice", None),
        ("https://mastodon.social/about", None),
        ("no address", None),
    ],
)
def test_the_id_of_a_post_is_read_from_its_link(url: str, found: str | None) -> None:
    assert KIND.id_in(url) == found


def test_a_link_of_the_sandbox_tells_its_id(world: World) -> None:
    out = world.publish().post
    assert KIND.id_in(out.url) == out.remote_id


def test_the_sandbox_and_the_bot_count_alike() -> None:
    for text in ("Hello", "https://example.org/a_(b)?c=1&d=2#e now", "Hi @a@b.example!", "👩‍👩‍👧"):
        assert length(text) == measure(text)


def test_a_reset_may_be_told_as_a_time() -> None:
    at = datetime(2026, 9, 21, 9, 4, tzinfo=UTC)
    for said in ("2026-09-21T09:04:00.524560Z", "2026-09-21T11:04:00+02:00", str(int(at.timestamp()))):
        with serving(answer(429, {"error": "Too many requests"}, {"X-RateLimit-Reset": said})) as server:
            outcome = network("mastodon", server.url).publish(Sending(HELLO))
        assert isinstance(outcome, NotPublished)
        assert outcome.again_at is not None
        assert outcome.again_at.replace(microsecond=0) == at


# Authorising.


def begun(world: World, base: str | None = None, **credentials: str) -> Any:
    beginning = Beginning(
        account=world.account,
        credentials=credentials,
        base_url=base or world.sandbox.environment()["MASTODON_API_URL"],
        api_version="1",
        timeout=timedelta(seconds=5),
        clock=world.clock,
        redirect_url="http://localhost:8765/connected",
        state="state-of-ours",
    )
    return KIND.authorise(beginning)


def code_of(page: str) -> str:
    found = re.search(r"<code>(.+)</code>", requests.get(f"{page}&account=fice-mastodon", timeout=5).text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "written", ["mastodon.example", "https://Mastodon.example/@fice", "@fice@mastodon.example"]
)
def test_a_person_is_led_to_a_token_that_works(world: World, written: str) -> None:
    steps = begun(world)
    asked = next(steps)
    assert (asked.field, asked.secret) == ("SERVER", False)
    visit = steps.send(written)
    assert isinstance(visit, Visit)
    assert not visit.returns
    with pytest.raises(StopIteration) as end:
        steps.send(f" {code_of(visit.url)} ")
    assert end.value.value["SERVER"] == "https://mastodon.example"
    environment = {f"FICE_MASTODON_{field}": value for field, value in end.value.value.items()}
    led = known({**world.sandbox.environment(), **environment}, world.account)
    assert connect(world.account, led, world.clock).verify().ok


def test_a_server_that_is_known_is_not_asked_for(world: World) -> None:
    assert isinstance(next(begun(world, SERVER="https://mastodon.example")), Visit)


def test_a_wrong_code_is_said_in_the_servers_words(world: World) -> None:
    steps = begun(world, SERVER="https://mastodon.example")
    next(steps)
    with pytest.raises(
        AuthorisationError, match="invalid_grant: The provided authorization grant is invalid"
    ):
        steps.send("wrong")


def test_what_is_no_server_is_said_to_be_none(world: World) -> None:
    steps = begun(world, base="https://mastodon.social")
    next(steps)
    with pytest.raises(AuthorisationError, match="'fice' is no server"):
        steps.send("fice")
    steps = begun(world, base="http://nowhere.invalid", SERVER="https://nowhere.invalid")
    with pytest.raises(AuthorisationError, match="the name of the server can not be looked up"):
        next(steps)
    with (
        serving(answer(200, {"hello": 1})) as server,
        pytest.raises(AuthorisationError, match="no client_id"),
    ):
        next(begun(world, base=server.url, SERVER="https://mastodon.example"))


def test_nothing_secret_is_in_the_page_that_is_visited(world: World) -> None:
    visit = next(begun(world, SERVER="https://mastodon.example"))
    query = parse_qs(urlsplit(visit.url).query)
    assert query["scope"] == ["read:accounts read:statuses write:statuses write:media"]
    assert "client_secret" not in query
