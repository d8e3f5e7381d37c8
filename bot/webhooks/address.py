"""The address of a webhook: which ones are called, and how, so that none leads where nobody meant it to.

Administrators choose the addresses, and may well mean a machine of their own network. But what an address
leads to is decided by whoever owns its name, at the moment of the call. So the name is resolved here, each
address that it stands for is looked at, and the connection is made to that very address. Refused are those by
which a machine asks its own surroundings and which answer everybody: link-local ones (169.254.0.0/16 and
fe80::/10, where clouds hand out credentials) and other known services of that kind. Plain HTTP goes only to
this machine itself. The environment's proxies are not used: they would resolve the name anew.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from bot.errors import SpokenError

LONGEST = 2000
_METADATA = [ip_network(one) for one in ("100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128")]
_EMBEDS_IPV4 = ip_network("64:ff9b::/96")


class AddressError(SpokenError):
    """The address is none that a webhook may have."""


@dataclass(frozen=True, slots=True)
class Address:
    """A web address, taken apart."""

    secure: bool
    host: str
    port: int
    target: str  # the path and the query


def parse(url: str) -> Address:
    """An address as it was written.

    Raises:
        AddressError: it is none, or not one for a webhook.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        host.encode("idna")
    except ValueError:  # which a wrong name raises too
        raise AddressError("this is no web address: write https://…") from None
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or not host:
        raise AddressError("this is no web address: write https://…")
    if parts.username is not None or parts.password is not None:
        raise AddressError("write the address without a name or password: messages are signed instead")
    if parts.fragment:
        raise AddressError("write the address without what follows the #")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise AddressError("write https://…: without it everybody on the way could read along")
    if parts.scheme not in ("http", "https"):
        raise AddressError("this is no web address: write https://…")
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Address(secure, host, port or (443 if secure else 80), target)
    if (known := _numeric(host)) is not None:
        insist(known, found)
    return found


def resolve(address: Address) -> Sequence[str]:
    """The numeric addresses that it stands for now, of which each may be called.

    Raises:
        AddressError: there is none, or one of them may not be called.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"the name {address.host} is not known: {error}") from None
    numbers = list(dict.fromkeys(str(one[4][0]) for one in found))
    for number in numbers:
        insist(ip_address(number.partition("%")[0]), address)
    return numbers


def insist(number: IPv4Address | IPv6Address, address: Address) -> None:
    """Refuse a numeric address that no webhook may lead to.

    Raises:
        AddressError: it is one.
    """
    meant = _meant(number)
    if meant.is_link_local or any(meant in network for network in _METADATA):
        raise AddressError(f"{address.host} leads to {number}, which is for this machine's own surroundings")
    if meant.is_multicast or meant.is_unspecified or str(meant) == "255.255.255.255":
        raise AddressError(f"{address.host} leads to {number}, which is the address of no machine")
    if not address.secure and not meant.is_loopback:
        raise AddressError(f"{address.host} leads to {number}, which is another machine: write https://…")


def _meant(number: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The same, of one that only stands for an IPv4 address."""
    if isinstance(number, IPv6Address):
        if number.ipv4_mapped:
            return number.ipv4_mapped
        if number in _EMBEDS_IPV4:
            return IPv4Address(int(number) & 0xFFFFFFFF)
        if number.sixtofour:
            return number.sixtofour
    return number


def _is_this_machine(host: str) -> bool:
    number = _numeric(host)
    return number.is_loopback if number else host.lower() == "localhost"


def _numeric(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
