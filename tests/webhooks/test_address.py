"""Which addresses a webhook may have, and which ones it may lead to."""

from ipaddress import ip_address

import pytest

from bot.webhooks.address import Address, AddressError, insist, parse, resolve

case = pytest.param


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/campaign?key=1",
        "https://10.0.0.7:8443/hook",  # a machine of one's own network
        "http://localhost:5678/webhook",
        "http://127.0.0.1/",
        "http://[::1]:8000/",
    ],
)
def test_these_are_fine(url: str) -> None:
    assert parse(url).host


@pytest.mark.parametrize(
    ("url", "why"),
    [
        case("hooks.example.org", "no web address", id="no scheme"),
        case("https://", "no web address", id="no host"),
        case("ftp://example.org/", "no web address", id="another scheme"),
        case("https://example.org/a b", "no web address", id="a space"),
        case("https://example.org/\r\nX: 1", "no web address", id="a line end"),
        case("https://example.org:99999/", "no web address", id="port"),
        case("https://[::1/", "no web address", id="half an address"),
        case("https://" + "a" * 3000, "no web address", id="long"),
        case("https://anna:secret@example.org/", "without a name or password", id="password"),
        case("https://example.org/#here", "the #", id="fragment"),
        case("http://example.org/", "write https", id="in the open"),
        case("http://192.168.1.1/", "write https", id="in the open at home"),
        case("https://169.254.169.254/latest", "own surroundings", id="metadata"),
        case("https://[fe80::1]/", "own surroundings", id="link-local"),
        case("https://[::ffff:169.254.169.254]/", "own surroundings", id="in disguise"),
        case("https://[64:ff9b::a9fe:a9fe]/", "own surroundings", id="through NAT64"),
        case("https://[fd00:ec2::254]/", "own surroundings", id="metadata by IPv6"),
        case("https://0.0.0.0/", "no machine", id="nowhere"),
        case("https://224.0.0.1/", "no machine", id="many"),
    ],
)
def test_these_are_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(AddressError, match=why):
        parse(url)


def test_a_name_is_judged_by_what_it_leads_to() -> None:
    local = Address(secure=False, host="localhost", port=80, target="/")
    assert all(ip_address(one).is_loopback for one in resolve(local))
    elsewhere = Address(secure=False, host="example.org", port=80, target="/")
    with pytest.raises(AddressError, match="another machine"):
        insist(ip_address("192.0.2.1"), elsewhere)
    with pytest.raises(AddressError, match="own surroundings"):
        insist(ip_address("169.254.169.254"), Address(True, "rebound.example.org", 443, "/"))
    with pytest.raises(AddressError, match="not known"):
        resolve(Address(True, "nobody.invalid", 443, "/"))
