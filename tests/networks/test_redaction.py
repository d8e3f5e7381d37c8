"""No secret comes out, in whatever form a network or the wire quotes it."""

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.sending import Sending
from bot.networks import network_type
from bot.networks.redaction import redact

from .accounts import CREDENTIALS, HELLO, NETWORKS, NOW, network, part_after
from .servers import answer, serving

FORMS = [
    str,
    quote,
    quote_plus,
    lambda s: quote(s, safe=""),
    lambda s: quote(s, safe="").lower(),
    html.escape,
]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=60))
def test_no_form_of_a_secret_is_left(secret: str) -> None:
    for form in FORMS:
        shown = redact(f"before {form(secret)} after", [secret])
        assert shown.startswith("before ")
        assert shown.endswith(" after")
        assert form(secret) not in shown or form(secret) in "before [secret] after"


def test_a_secret_within_a_secret_saves_nothing_of_it() -> None:
    assert redact("x abcdefgh x", ["cdef", "abcdefgh"]) == "x [secret] x"


@pytest.mark.parametrize(
    "text",
    [
        "GET /me?access_token=EAAB123&fields=id",
        '{"access_token": "EAAB123"}',
        'OAuth oauth_consumer_key="EAAB123", oauth_token="EAAB123", oauth_signature="EAAB123"',
        "Authorization: Bearer EAAB123-EAAB123-EAAB123",
        "access_token%3DEAAB123",
    ],
)
def test_credentials_that_we_do_not_know_are_known_by_their_names(text: str) -> None:
    assert "EAAB123" not in redact(text, [])


@pytest.mark.parametrize(
    "text",
    [
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
        "Error validating access token: Session has expired",
        "Empty oauth2_access_token",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text, ["something-else", ""]) == text


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 429, 500])
def test_a_network_that_quotes_our_request_does_not_make_us_tell_secrets(name: str, status: int) -> None:
    secrets = [value for value in CREDENTIALS[name].values() if "secret" in value or "+" in value]

    def tell(text: str) -> list[str]:
        body = json.dumps({"message": text, "detail": text, "error": {"message": text, "code": 190}})
        said = []
        for content in (body, text, f"<html>{text}</html>"):
            with serving(answer(status, content)) as server:
                adapter = network(name, server.url)
                said.append(repr(adapter.publish(Sending(HELLO))))
                said.append(repr(adapter.verify()))
                said.append(repr(adapter.find(Sending(HELLO), NOW, ())))
        return said

    quoted = " ".join(form(secret) for secret in secrets for form in FORMS)
    assert secrets
    for said in tell(quoted):
        assert not [form(secret) for secret in secrets for form in FORMS if form(secret) in said]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_payload_and_the_address_have_no_secret(name: str) -> None:
    part, previous = part_after(name)
    with serving(answer(500, "")) as server:
        adapter = network(name, server.url)
        for one, before in ((HELLO, None), (part, previous)):
            shown = json.dumps(dict(adapter.payload(Sending(one, before))))
            adapter.publish(Sending(one, before))
            for one in network_type(name).credentials:
                if one.secret and one.field in CREDENTIALS[name]:
                    assert CREDENTIALS[name][one.field] not in shown
        adapter.verify()
        adapter.find(Sending(HELLO), NOW, ())
    for request in server.requests:
        assert "secret" not in request.line
