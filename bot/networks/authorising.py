"""Authorising: the steps by which a person lets the program publish to an account."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.errors import SpokenError
from bot.model.account import Account


class AuthorisationError(SpokenError):
    """It came to nothing: what the network said, and what to do."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A value that the person has to give."""

    field: str  # the credential's own name, where it is one: "API_KEY"
    words: str  # what it is, and where one gets it
    secret: bool = True


@dataclass(frozen=True, slots=True)
class Visit:
    """A page of the network on which the person agrees.

    The answer is what the page shows at the end (a PIN), or with `returns` the whole address to which it
    leads back.
    """

    url: str
    words: str
    returns: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """One of several things that the person may publish to; the answer is the id of one."""

    words: str
    options: tuple[tuple[str, str], ...]  # id and title


Step = Ask | Visit | Choose
# Gives steps, is sent the person's answers, and returns the credentials by their fields. Raises
# AuthorisationError.
Authorisation = Generator[Step, str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an authorisation begins with."""

    account: Account
    credentials: Mapping[str, str] = field(repr=False)  # by field: those that are there already
    base_url: str
    api_version: str
    timeout: timedelta
    clock: Clock
    redirect_url: str  # to which the network's page leads back: "http://127.0.0.1:8765/connected"
    state: str = field(repr=False)  # random: what comes back must have it


def answer_or_ask(beginning: Beginning, asked: Ask) -> Generator[Step, str, str]:
    """A credential that is there already, or the person's answer."""
    known = beginning.credentials.get(asked.field)
    return known if known else (yield asked).strip()
