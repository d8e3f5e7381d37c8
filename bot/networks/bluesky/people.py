"""People: the ids of those whom a text mentions by their handles."""

import logging
from dataclasses import replace

from bot.model.message import Part
from bot.model.sending import Sending
from bot.networks.answer import RefusedError, member, unreadable
from bot.networks.bluesky.xrpc import Xrpc

log = logging.getLogger("bot.networks")


class People:
    """Whom an account's server knows; each is asked for once."""

    def __init__(self, xrpc: Xrpc) -> None:
        self._xrpc = xrpc
        self._known: dict[str, str] = {}  # by handle

    def identify(self, sending: Sending) -> Sending:
        """The sending with the ids of those whom it mentions.

        Whom nobody knows is not linked, as when posting by hand, and said in the log. Raises CallError.
        """
        following = tuple(self._identify(part) for part in sending.following)
        return replace(sending, part=self._identify(sending.part), following=following)

    def _identify(self, part: Part) -> Part:
        found = [(words, self._did(who)) for words, who in part.mentions]
        return replace(part, mentions=tuple((words, did) for words, did in found if did))

    def _did(self, who: str) -> str | None:
        """https://docs.bsky.app/docs/api/com-atproto-identity-resolve-handle (read 2026-11-25)."""
        if who.startswith("did:"):
            return who
        if who not in self._known:
            try:
                answer = self._xrpc.ask("com.atproto.identity.resolveHandle", {"handle": who})
            except RefusedError as error:
                if error.answer.status != 400:
                    raise
                log.warning("@%s is nobody on Bluesky: it is sent as mere text", who)
                return None
            did = member(answer.value, "did")
            if not isinstance(did, str) or not did.startswith("did:"):
                raise unreadable(answer, "id of a person")
            self._known[who] = did
        return self._known[who]
