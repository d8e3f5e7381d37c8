"""LinkedIn's sign-in server: gives access tokens, renews them, and tells what one may do until when.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens and
…/token-introspection (read 2026-11-24): an access token holds for 60 days, a refresh token for 365 from the
first consent, which its use does not prolong; each answer brings the refresh token to use from then on.
Whether that is a new one, and what becomes of the one before, is not written: both are provided for. Errors
as in RFC 6749, section 5.2.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from linkedin_api.clients.auth.client import AuthClient
from linkedin_api.common.constants import OAUTH_BASE_URL
from linkedin_api.common.errors import ResponseFormattingError

from bot.model.outcome import Cause
from bot.model.tokens import Renewal, RenewalFailed, RenewalRefused, Tokens
from bot.networks.address import Address
from bot.networks.answer import Answer, CallError, NoAnswerError, RefusedError, member
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Complaint, Judge, Row, Verdict, instant
from bot.networks.transport import Transport, secrets_in

TITLE = "LinkedIn"
SDK_HOST = OAUTH_BASE_URL.removesuffix("/oauth/v2")
_NEW = "Make new ones at linkedin.com/developers/tools/oauth."
_MATCH = "_CLIENT_ID and _CLIENT_SECRET must be those of the app that the refresh token was given to."
_OURS = frozenset({"invalid_client", "unauthorized_client"})
_GONE = frozenset({"invalid_grant", "invalid_refresh_token"})
_CLEAR = frozenset({400, 401, 403})
_NO_TOKEN = "no access token is in the answer"  # noqa: S105
ANSWERS = (
    Row(_CLEAR, Verdict.NO, Cause.CREDENTIALS, _GONE, remedy=_NEW),
    Row(_CLEAR, Verdict.NO, Cause.CREDENTIALS, _OURS, remedy=_MATCH),
)


class LinkedInRenewer:
    """One account's way to new access tokens."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        values = connection.credentials
        base = _base(kind, connection)
        self._address = address = Address.of(SDK_HOST, base, "oauth/v2|oauth|rest|v2", kind.url_variable)
        self._clock = connection.clock
        self._transport = Transport(address, connection.timeout, secrets_in(kind, connection))
        self._judge = Judge(
            TITLE, ANSWERS, _complaint, lambda answer, now: None, self._transport.redact, self._clock
        )
        self._client = AuthClient(values["CLIENT_ID"], values["CLIENT_SECRET"])
        self._client.session = self._transport.session

    def renew(self, refresh: str) -> Renewal:
        """A new access token for a refresh token."""
        try:
            answer = self._call(lambda: self._client.exchange_refresh_token_for_access_token(refresh))
        except RefusedError as error:
            failure = self._judge.failure(error)
            complaint = _complaint(error.answer)
            # Only LinkedIn's own word ends it: whatever else says no, such as a proxy, may be mended.
            if error.answer.status in _CLEAR and complaint and complaint.codes & (_GONE | _OURS):
                return RenewalRefused(failure.reason)
            return RenewalFailed(failure.reason)
        except CallError as error:
            return RenewalFailed(self._judge.failure(error).reason)
        tokens = self._tokens(answer, refresh)
        if tokens is None:
            return RenewalFailed(self._judge.reason(answer.status, _NO_TOKEN))
        return tokens

    def consent_url(self, scopes: Sequence[str], redirect_url: str, state: str) -> str:
        """The page on which a member lets the app have these scopes, and which leads back with a code."""
        client = AuthClient(self._client.client_id, self._client.client_secret, redirect_url)
        return self._address.rebase(client.generate_member_auth_url(list(scopes), quote(state, safe="")))

    def exchange(self, code: str, redirect_url: str) -> Tokens:
        """The tokens for a code; `refresh` is empty where the app gets none.

        Raises:
            CallError: LinkedIn gives none.
        """
        client = AuthClient(self._client.client_id, self._client.client_secret, redirect_url)
        client.session = self._transport.session
        answer = self._call(lambda: client.exchange_auth_code_for_access_token(code))
        tokens = self._tokens(answer, "")
        if tokens is None:
            raise NoAnswerError(_NO_TOKEN, never_left=False, status=answer.status)
        return tokens

    def reason(self, error: CallError) -> str:
        """Why no tokens were given, and what to do."""
        return self._judge.cannot_look(error).reason

    def ends_at(self, access: str) -> datetime | None:
        """Until when an access token holds (UTC); None: LinkedIn does not say."""
        return self.rights(access)[1]

    def rights(self, access: str) -> tuple[tuple[str, ...], datetime | None]:
        """The scopes of an access token, and until when it holds (UTC); empty and None: LinkedIn does not
        say."""
        try:
            answer = self._call(lambda: self._client.introspect_access_token(access))
        except CallError:
            return (), None
        scope, ends = member(answer.value, "scope"), member(answer.value, "expires_at")
        scopes = tuple(sorted(re.split(r"[\s,]+", scope.strip()))) if isinstance(scope, str) and scope else ()
        return scopes, instant(ends) if ends is not None else None

    def _call(self, call: Callable[[], object]) -> Answer:
        return self._transport.answer(call, ResponseFormattingError)

    def _tokens(self, answer: Answer, refresh: str) -> Tokens | None:
        access, given = member(answer.value, "access_token"), member(answer.value, "refresh_token")
        if not isinstance(access, str) or not access:
            return None
        return Tokens(
            access=access,
            refresh=given if isinstance(given, str) and given else refresh,
            access_ends_at=self._after(member(answer.value, "expires_in")),
            refresh_ends_at=self._after(member(answer.value, "refresh_token_expires_in")),
        )

    def _after(self, seconds: object) -> datetime | None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 10**9:
            return None
        return self._clock.now() + timedelta(seconds=seconds)


def _base(kind: NetworkType, connection: Connection) -> str:
    """Where to sign in: LinkedIn's own server for its own API, and else where the API has been led to.

    There is no second variable that somebody could forget: whoever speaks to a sandbox can not send it, or
    anyone else, the refresh token by mistake.
    """
    led_to = urlsplit(connection.base_url.strip()).hostname
    return SDK_HOST if led_to == urlsplit(kind.base_url).hostname else connection.base_url


def _complaint(answer: Answer) -> Complaint | None:
    code = member(answer.fields, "error")
    if not isinstance(code, str):
        return None
    words = str(member(answer.fields, "error_description") or code)
    return Complaint(words, frozenset({code}))
