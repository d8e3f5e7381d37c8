"""Commands that let a network give an account its credentials: `accounts connect`, `accounts disconnect`."""

import secrets
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, actor, clock, keep_secret, opened_store, settings, usage
from bot.cli.output import progress, say, warn

if TYPE_CHECKING:
    from bot.cli.callback import Callback
    from bot.model.account import Account
    from bot.networks.authorising import Step
    from bot.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (connect, disconnect):
        app.command()(command)


def connect(
    network: Annotated[
        str, typer.Argument(metavar="NETWORK", help="A network, or an account of config/accounts.toml.")
    ],
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Of this machine, for the network's page.")
    ] = 8765,
    show: Annotated[
        bool, typer.Option("--print", help="Print lines for .env instead of keeping them encrypted.")
    ] = False,
) -> None:
    """Let a network give an account its credentials, step by step; they are kept encrypted in the store.

    A page of the network that leads back here is given the address http://localhost:8765/connected, which
    its app must know. Without a browser here, open the page anywhere and paste the address on which it ends.
    """
    from bot.networks.connected import sealed
    from bot.networks.newly_connected import keep, tried

    known = settings()
    account = _chosen(network, known)
    if not show:
        sealed({}, known)  # can it be kept? asked before anybody goes to any trouble
    found = _authorise(account, known, port)
    with progress("Asking whether they work"):
        health = tried(account, known, found, clock())
    if show:
        for field, value in found.items():
            say(f"{account.prefix}_{field}={value}")
    else:
        with opened_store(known) as store:
            keep(store, account, known, found, health, actor(), clock())
    words = f"{account.name} is connected: {health.detail}"
    if not health.ok:
        words = f"{account.name}: kept, though it could not be tried now ({health.detail}): bot accounts"
    warn(words)


def disconnect(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account of config/accounts.toml.")],
) -> None:
    """Keep the credentials of an account no more; those of the environment, if any, hold again.

    At the network they still work: end them there too if somebody else may know them.
    """
    from bot.networks.newly_connected import forget

    with opened_store() as store:
        if not forget(store, account, actor(), clock()):
            raise CommandError(f"{account} was not connected by bot accounts connect")
    say(f"{account} is not connected any more")


def _chosen(asked: str, known: "Settings") -> "Account":
    """The account that is meant: by its own name, or as one of those on a network."""
    from bot.fields import suggestion
    from bot.networks import REGISTRY

    if asked in known.accounts:
        return known.accounts[asked]
    if asked not in REGISTRY:
        hint = suggestion(asked, [*REGISTRY, *known.accounts])
        raise usage(f"'{asked}' is neither a network nor an account{hint}")
    there = [one for one in known.accounts.values() if one.network == asked]
    if not there:
        raise CommandError(
            f'no account is on {asked}: add one to {known.accounts_file}, as [NAME] network = "{asked}"'
        )
    if len(there) > 1:
        names = ", ".join(one.name for one in there)
        raise usage(f"several accounts are on {asked}: say which one, {names}")
    return there[0]


def _authorise(account: "Account", known: "Settings", port: int) -> Mapping[str, str]:
    """Lead through the network's own steps; the credentials by their fields."""
    from bot.cli.callback import PATH, Callback
    from bot.networks import beginning, network_type
    from bot.networks.authorising import Visit

    state = secrets.token_urlsafe(24)
    kind = network_type(account.network)
    begin = beginning(account, known, clock(), f"http://localhost:{port}{PATH}", state)
    say(f"Connecting {account.name} to {kind.title}.")
    steps = kind.authorise(begin)
    with ExitStack() as stack:
        callback: Callback | None = None
        try:
            step = next(steps)
            while True:
                if isinstance(step, Visit) and step.returns and callback is None:
                    callback = stack.enter_context(Callback(port, state))
                step = steps.send(_answer(step, callback))
        except StopIteration as end:
            found: Mapping[str, str] = end.value
    for value in found.values():
        keep_secret(value)
    return found


def _answer(step: "Step", callback: "Callback | None") -> str:
    """What the person says to one step."""
    from bot.networks.authorising import Ask, Visit

    if isinstance(step, Ask):
        return _read(f"{step.field}: {step.words}", hidden=step.secret)
    if isinstance(step, Visit):
        say(f"{step.words}\n\n  {step.url}\n")
        if step.returns and callback is not None:
            say("Waiting for the browser; or paste the address on which it ends:")
            return callback.wait()
        return _read("What the page shows in the end", hidden=False)
    if len(step.options) == 1:
        say(f"{step.words}: {step.options[0][1]}")
        return step.options[0][0]
    say(step.words)
    for number, (_id, title) in enumerate(step.options, 1):
        say(f"  {number}  {title}")
    while True:
        said = _read("Number", hidden=False)
        if said.isdecimal() and 1 <= int(said) <= len(step.options):
            return step.options[int(said) - 1][0]
        warn(f"a number from 1 to {len(step.options)}")


def _read(words: str, hidden: bool) -> str:
    """One line from the person; what is hidden is not shown while it is typed, nor anywhere later."""
    if sys.stdin.isatty():
        found = str(typer.prompt(words, hide_input=hidden))
    else:
        say(words)
        line = sys.stdin.readline()
        if not line:
            raise CommandError("nobody answered: run it in a terminal")
        found = line.strip()
    if hidden:
        keep_secret(found)
    return found
