"""Changing what is out: one call to its network, and another one with a fresh token if need be."""

from collections.abc import Callable

from bot.model.outcome import Cause, Change, Rejected, Unknown
from bot.networks import Network
from bot.store.desk_error import DeskError
from bot.worker.accounts import Accounts


def network_of(accounts: Accounts, account: str) -> Network:
    """The adapter of an account.

    Raises:
        DeskError: nothing can be asked of its network.
    """
    if why := accounts.why_not(account):
        raise DeskError(f"{account} is {why}")
    return accounts[account]


def change(accounts: Accounts, account: str, call: Callable[[Network], Change]) -> Change:
    """What came of a change; whatever goes wrong in between leaves it unclear, so that it is tried again.

    Raises:
        DeskError: nothing can be asked of its network.
    """
    network = network_of(accounts, account)
    outcome = _call(network, call, accounts)
    refused = isinstance(outcome, Rejected) and outcome.cause is Cause.CREDENTIALS
    if refused and accounts.may_renew(account, network):
        accounts.renew(account, network)
        return _call(network_of(accounts, account), call, accounts)
    return outcome


def _call(network: Network, call: Callable[[Network], Change], accounts: Accounts) -> Change:
    try:
        return call(network)
    except Exception as error:  # noqa: BLE001  (whatever an adapter does not foresee)
        problem = accounts.redact(f"{type(error).__name__}: {error}")
        return Unknown(f"this program failed during the call ({problem})")
