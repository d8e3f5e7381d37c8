"""What goes wrong when it shall, on real sockets."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
import requests
import tweepy

from bot.sandbox import Sandbox
from bot.sandbox.registry import NETWORKS, stand_in

from .helper import World, credentials

PATIENT, IMPATIENT = 30.0, 1.0  # seconds


def poster(world: World, network: str, timeout: float = PATIENT) -> Callable[[str], requests.Response]:
    """A function that posts a text on a network."""
    if network == "twitter":
        client = world.twitter()
        short = bounded(client.session, timeout)
        return lambda text: short(lambda: client.create_tweet(text=text))
    if network == "facebook":
        page = world.facebook()
        url = f"{world.sandbox.environment()['FACEBOOK_GRAPH_URL']}/v25.0/{page.page}/feed"
        form = {"access_token": page.token}
        return lambda text: world.http.post(url, data={**form, "message": text}, timeout=timeout)
    if network == "mastodon":
        status = f"{world.sandbox.environment()['MASTODON_API_URL']}/api/v1/statuses"
        token = credentials(world.sandbox, network, "fice-mastodon")["ACCESS_TOKEN"]
        head = {"Authorization": f"Bearer {token}"}
        return lambda text: world.http.post(status, data={"status": text}, headers=head, timeout=timeout)
    if network == "bluesky":
        return bluesky_poster(world, timeout)
    author = world.linkedin()
    short = bounded(author.sdk.session, timeout)
    return lambda text: short(lambda: author.post(text).response)


def bluesky_poster(world: World, timeout: float) -> Callable[[str], requests.Response]:
    keys = credentials(world.sandbox, "bluesky", "fice-bluesky")
    base = f"{world.sandbox.environment()['BLUESKY_API_URL']}/xrpc"
    body = {"identifier": keys["IDENTIFIER"], "password": keys["APP_PASSWORD"]}
    session = world.http.post(f"{base}/com.atproto.server.createSession", json=body).json()
    headers = {"Authorization": f"Bearer {session['accessJwt']}"}
    numbers = count()

    def post(text: str) -> requests.Response:
        record = {"text": text, "createdAt": "2018-09-24T09:00:00.000Z"}
        key = f"3kabcdefghi{'abcdefghij'[next(numbers)]}2"
        body = {"repo": session["did"], "collection": "app.bsky.feed.post", "rkey": key, "record": record}
        return world.http.post(
            f"{base}/com.atproto.repo.putRecord", json=body, headers=headers, timeout=timeout
        )

    return post


def bounded(session: requests.Session, timeout: float) -> Callable[[Callable[[], Any]], requests.Response]:
    """Runs a call of a client, and gives its answer whatever the client thinks of it."""
    send = session.send

    def with_timeout(request: requests.PreparedRequest, **more: Any) -> requests.Response:
        return send(request, **{**more, "timeout": timeout})

    session.send = with_timeout  # type: ignore[method-assign]

    def run(call: Callable[[], Any]) -> requests.Response:
        try:
            return call()
        except tweepy.HTTPException as error:
            return error.response

    return run


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def post(world: World, network: str) -> Callable[[str], requests.Response]:
    return poster(world, network)


def texts(world: World) -> list[str]:
    return [one.text for one in world.sandbox.feed()]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500, 502, 503, 599])
def test_a_status_is_answered_in_the_networks_words_and_nothing_is_stored(
    world: World, network: str, post: Callable[[str], requests.Response], status: int
) -> None:
    world.sandbox.add_fault(network, "status", status=status)
    answer = post("Hello")
    assert answer.status_code == status
    assert ("error" in answer.json()) == (network in ("facebook", "mastodon", "bluesky"))
    assert texts(world) == []
    refusal = world.sandbox.refusals()[-1]
    assert (refusal.status, refusal.code, refusal.network) == (status, "fault", network)
    assert post("Hello").status_code in (200, 201)


def test_an_error_may_be_answered_though_the_post_is_out(
    world: World, network: str, post: Callable[[str], requests.Response]
) -> None:
    world.sandbox.add_fault(
        network,
        "status",
        status=502,
        stored=True,
        body="<h1>Bad gateway</h1>",
        content_type="text/html",
        headers={"retry-after": "5"},
    )
    answer = post("Hello")
    assert (answer.status_code, answer.text) == (502, "<h1>Bad gateway</h1>")
    assert (answer.headers["content-type"], answer.headers["retry-after"]) == ("text/html", "5")
    assert texts(world) == ["Hello"]


def test_a_body_of_a_fault_may_be_json(
    world: World, network: str, post: Callable[[str], requests.Response]
) -> None:
    world.sandbox.add_fault(network, "status", status=500, body={"a": [1]})
    assert post("Hello").json() == {"a": [1]}


@pytest.mark.parametrize("stored", [False, True])
def test_a_hang_outlasts_the_clients_patience(world: World, network: str, stored: bool) -> None:
    world.sandbox.add_fault(network, "hang", seconds=600, stored=stored)
    with pytest.raises(requests.exceptions.ReadTimeout):
        poster(world, network, timeout=IMPATIENT)("Hello")
    assert texts(world) == (["Hello"] if stored else [])


def test_a_hang_ends_without_an_answer(
    world: World, network: str, post: Callable[[str], requests.Response]
) -> None:
    world.sandbox.add_fault(network, "hang", seconds=0.01)
    with pytest.raises(requests.exceptions.ConnectionError):
        post("Hello")


@pytest.mark.parametrize(("fault", "stored"), [("drop_before", []), ("drop_after", ["Hello"])])
def test_a_connection_is_reset_before_or_after_the_post_is_stored(
    world: World, network: str, post: Callable[[str], requests.Response], fault: str, stored: list[str]
) -> None:
    world.sandbox.add_fault(network, fault)
    # Where the reset comes while the body is still being sent, the client reads it as an end.
    with pytest.raises(requests.exceptions.ConnectionError, match=r"reset|without response"):
        post("Hello")
    assert texts(world) == stored


def test_a_server_closes_its_side_only_though_the_post_is_out(
    world: World, network: str, post: Callable[[str], requests.Response]
) -> None:
    world.sandbox.add_fault(network, "half_close")
    with pytest.raises(requests.exceptions.ConnectionError, match="without response"):
        post("Hello")
    assert texts(world) == ["Hello"]


def test_an_answer_is_asked_for_by_its_name(
    world: World, network: str, post: Callable[[str], requests.Response]
) -> None:
    body = {"network": network, "fault": "status", "named": "too long"}
    world.control("POST", "/control/faults", body)
    answer = post("Hello")
    assert answer.status_code == stand_in(network).named["too long"].status
    assert answer.json() == stand_in(network).named["too long"].body
    assert texts(world) == []
    assert world.sandbox.refusals()[-1].status == answer.status_code


def test_a_name_that_no_answer_has_is_said(world: World, network: str) -> None:
    with pytest.raises(ValueError, match=r"a fault's named is one of .*too long.*, not 'nonsense'"):
        world.sandbox.add_fault(network, "status", named="nonsense")


def test_an_answer_breaks_off_in_the_middle_though_the_post_is_out(
    world: World, network: str, post: Callable[[str], requests.Response]
) -> None:
    world.sandbox.add_fault(network, "truncate")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        post("Hello")
    assert texts(world) == ["Hello"]


@pytest.mark.parametrize("drip", [False, True])
def test_a_slow_answer_is_right(
    world: World, network: str, post: Callable[[str], requests.Response], drip: bool
) -> None:
    world.sandbox.add_fault(network, "slow", seconds=0.08, drip=drip)
    began = time.monotonic()
    assert post("Hello").status_code in (200, 201)
    assert time.monotonic() - began >= 0.08
    assert texts(world) == ["Hello"]


def test_faults_happen_in_their_order_and_exactly_so_often(world: World) -> None:
    send = poster(world, "facebook")
    world.sandbox.add_fault("facebook", "status", status=500, count=2)
    world.sandbox.add_fault("facebook", "status", status=503)
    world.sandbox.add_fault("linkedin", "status", status=504)
    assert [send(f"Post {number}").status_code for number in range(5)] == [500, 500, 503, 200, 200]
    [left] = world.control("GET", "/control/faults")
    assert (left["network"], left["count"]) == ("linkedin", 1)


def test_a_fault_hits_what_it_is_aimed_at(world: World) -> None:
    send, page = poster(world, "facebook"), world.facebook()
    world.sandbox.add_fault("facebook", "status", status=500, on="read")
    world.sandbox.add_fault("facebook", "status", status=501, on="any")
    assert send("Hello").status_code == 501
    assert send("Hello again").status_code == 200
    assert page.refusal(lambda: page.sdk.get_object("me"))["code"] == 1
    assert page.sdk.get_object("me")


def test_parallel_requests_use_up_a_fault_exactly_so_often(world: World) -> None:
    page = world.facebook()
    url = f"{world.sandbox.environment()['FACEBOOK_GRAPH_URL']}/v25.0/{page.page}/feed"
    world.sandbox.add_fault("facebook", "status", status=500, count=7)

    def send(number: int) -> int:
        form = {"access_token": page.token, "message": f"Post {number}"}
        return requests.post(url, data=form, timeout=5).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(40)))
    assert (statuses.count(500), statuses.count(200)) == (7, 33)
    assert len({one.id for one in world.sandbox.feed()}) == 33


def test_cleared_faults_do_not_happen(world: World) -> None:
    world.sandbox.add_fault("facebook", "drop_before", count=5)
    world.sandbox.clear_faults()
    assert poster(world, "facebook")("Hello").status_code == 200


def test_a_stop_does_not_wait_for_what_hangs(world: World) -> None:
    page = world.facebook()
    url = f"{world.sandbox.environment()['FACEBOOK_GRAPH_URL']}/v25.0/{page.page}/feed"
    world.sandbox.add_fault("facebook", "hang", seconds=600)
    form = {"access_token": page.token, "message": "Hello"}
    idle = socket.create_connection(("127.0.0.1", int(world.sandbox.url.rsplit(":", 1)[1])))
    with idle, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.post, url, data=form, timeout=30)
        while not world.sandbox.feed() and not faults_used_up(world.sandbox):
            time.sleep(0.001)
        world.sandbox.stop()
        assert isinstance(waiting.exception(), requests.exceptions.ConnectionError)


def faults_used_up(sandbox: Sandbox) -> bool:
    return not requests.get(f"{sandbox.url}/control/faults", timeout=5).json()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"network": "friendster"}, "network"),
        ({"fault": "flood"}, "fault is one of"),
        ({"on": "everything"}, "on is one of"),
        ({"count": 0}, "count"),
        ({"count": True}, "count"),
        ({"status": 99}, "status"),
        ({"seconds": -1}, "seconds"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"content_type": "a\r\nb"}, "content_type"),
        ({"stored": "yes"}, "stored"),
        ({"colour": "red"}, "no 'colour'"),
    ],
    ids=str,
)
def test_a_fault_that_makes_no_sense_is_said_to_be_so(
    world: World, wrong: dict[str, Any], words: str
) -> None:
    body = {"network": "twitter", "fault": "status", **wrong}
    answer = world.http.post(f"{world.sandbox.url}/control/faults", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
