"""The sandbox: local stand-ins for the networks, over real HTTP; it imports nothing of the rest."""

from bot.sandbox.faults import Fault
from bot.sandbox.records import Account, Call, Published, Refusal
from bot.sandbox.sandbox import Sandbox

__all__ = ["Account", "Call", "Fault", "Published", "Refusal", "Sandbox"]
