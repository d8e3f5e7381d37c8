"""Exactly what leaves for each network: the payload that was shown, and the headers of its API."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest
from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, Client

from bot.model.message import Part, Role
from bot.model.outcome import RemotePost
from bot.model.sending import Sending

from .accounts import CREATED, CREDENTIALS, NETWORKS, network, part_after
from .servers import Request, answer, serving

CARD = Part(1, Role.POST, "Café (now) & then", "https://example.org/a?b=1&c=2", "Café")


def sent(name: str, part: Part, previous: RemotePost | None) -> tuple[Request, Mapping[str, Any]]:
    with serving(answer(201, CREATED[name])) as server:
        adapter = network(name, server.url)
        adapter.publish(Sending(part, previous))
        assert len(server.requests) == 1
        return server.requests[0], adapter.payload(Sending(part, previous))


@pytest.mark.parametrize(
    ("name", "second"),
    # On Bluesky a second part is asked for first: see test_bluesky.
    [(name, second) for name in NETWORKS for second in (False, True) if (name, second) != ("bluesky", True)],
)
def test_what_is_sent_is_the_payload_that_was_shown(name: str, second: bool) -> None:
    part, previous = part_after(name) if second else (CARD, None)
    request, payload = sent(name, part, previous)
    if name == "facebook":
        form = dict(parse_qsl(request.body.decode()))
        assert form.pop("access_token") == CREDENTIALS[name]["ACCESS_TOKEN"]
        assert form == payload
    elif name == "mastodon":
        assert dict(parse_qsl(request.body.decode())) == {**payload, "sensitive": "0"}
    else:
        assert request.json == json.loads(json.dumps(payload))


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("twitter", "/2/tweets", "/2/tweets"),
        ("facebook", "/v25.0/99/feed", "/v25.0/99_1/comments"),
        ("linkedin", "/rest/posts", "/rest/socialActions/urn%3Ali%3Ashare%3A1/comments"),
        ("mastodon", "/api/v1/statuses", "/api/v1/statuses"),
    ],
)
def test_each_part_goes_to_its_place(name: str, first: str, second: str) -> None:
    part, previous = part_after(name)
    assert sent(name, CARD, None)[0].line == f"POST {first} HTTP/1.1"
    assert sent(name, part, previous)[0].line == f"POST {second} HTTP/1.1"


def test_linkedin_is_told_the_version_of_the_settings() -> None:
    headers = sent("linkedin", CARD, None)[0].headers
    assert headers["linkedin-version"] == "202607"
    assert headers["x-restli-protocol-version"] == "2.0.0"
    assert headers["authorization"] == f"Bearer {CREDENTIALS['linkedin']['ACCESS_TOKEN']}"


def test_linkedin_gets_the_link_as_an_article() -> None:
    body = sent("linkedin", CARD, None)[0].json
    assert body["content"] == {"article": {"source": CARD.link, "title": "Café"}}
    assert (body["author"], body["visibility"]) == ("urn:li:organization:77", "PUBLIC")
    assert body["lifecycleState"] == "PUBLISHED"


def test_x_gets_a_signature_for_the_address_that_tweepy_made() -> None:
    values = CREDENTIALS["twitter"]
    header = sent("twitter", CARD, None)[0].headers["authorization"]
    told = dict(one.strip().split("=", 1) for one in header.removeprefix("OAuth ").split(","))
    client = Client(
        values["API_KEY"],
        values["API_SECRET"],
        values["ACCESS_TOKEN"],
        values["ACCESS_TOKEN_SECRET"],
        signature_type=SIGNATURE_TYPE_AUTH_HEADER,
        nonce=told["oauth_nonce"].strip('"'),
        timestamp=told["oauth_timestamp"].strip('"'),
    )
    _, headers, _ = client.sign("https://api.twitter.com/2/tweets", "POST")
    assert told["oauth_signature"] in headers["Authorization"]
