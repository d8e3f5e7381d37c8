"""Authorising: signing in with LinkedIn, and choosing whom to publish as.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow (read 2026-11-25).
LinkedIn refuses a sign-in that asks for a scope which the app lacks, and an app with the Community Management
API may have no other product, so the two kinds of authors are asked for separately.
"""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from bot.networks.answer import CallError, member, objects
from bot.networks.authorising import (
    Ask,
    Authorisation,
    AuthorisationError,
    Beginning,
    Choose,
    Visit,
    answer_or_ask,
)
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Judge, one_line
from bot.networks.linkedin.answers import ANSWERS, again_at, complaint
from bot.networks.linkedin.health import MAY_POST
from bot.networks.linkedin.renewal import LinkedInRenewer
from bot.networks.linkedin.restli import Restli

TITLE = "LinkedIn"
PERSON, PAGE = "person", "organization"
SCOPES = {
    PERSON: ("openid", "profile", "w_member_social"),
    PAGE: ("w_organization_social", "r_organization_social", "rw_organization_admin"),
}
_APP = "linkedin.com/developers/apps: your app, Auth"
_MOST_PAGES = 50  # whose names are asked for


def authorise(kind: NetworkType, beginning: Beginning) -> Authorisation:
    """Gives AUTHOR, ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET and, where the app has them, REFRESH_TOKEN.

    Raises:
        AuthorisationError: it came to nothing.
    """
    client = yield from answer_or_ask(beginning, Ask("CLIENT_ID", f"{_APP}, Client ID", secret=False))
    secret = yield from answer_or_ask(beginning, Ask("CLIENT_SECRET", "the same page, Client Secret"))
    app = {"CLIENT_ID": client, "CLIENT_SECRET": secret}
    what = yield Choose(
        "Who publishes?",
        (
            (PAGE, "a page (the app needs the product Community Management API)"),
            (PERSON, "you (the products Share on LinkedIn and Sign In with LinkedIn using OpenID Connect)"),
        ),
    )
    if what not in SCOPES:
        raise AuthorisationError(f"choose {PAGE} or {PERSON}")
    sign_in = LinkedInRenewer(kind, _connection(beginning, app))
    url = sign_in.consent_url(SCOPES[what], beginning.redirect_url, beginning.state)
    words = (
        "Sign in as the member who publishes, and allow it. Among the redirect URLs of the app must be "
        f"{beginning.redirect_url} ({_APP})."
    )
    code = _code(str((yield Visit(url, words, returns=True))), beginning.state)
    try:
        tokens = sign_in.exchange(code, beginning.redirect_url)
    except CallError as error:
        raise AuthorisationError(sign_in.reason(error)) from error
    given = {**app, "ACCESS_TOKEN": tokens.access}
    if tokens.refresh:
        given["REFRESH_TOKEN"] = tokens.refresh
    asked = _Asked(kind, _connection(beginning, given))
    if what == PERSON:
        return {**given, "AUTHOR": asked.person()}
    pages = asked.pages()
    author = yield Choose("Which page?", pages)
    if author not in dict(pages):
        raise AuthorisationError("choose one of the pages")
    return {**given, "AUTHOR": author}


def _connection(beginning: Beginning, credentials: dict[str, str]) -> Connection:
    return Connection(
        account=beginning.account,
        credentials=credentials,
        base_url=beginning.base_url,
        api_version=beginning.api_version,
        timeout=beginning.timeout,
        clock=beginning.clock,
        hidden=(beginning.state,),
    )


def _code(back: str, state: str) -> str:
    """The code in the address to which LinkedIn led back. Raises AuthorisationError."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(back.strip()).query).items()}
    if told.get("state") != state:
        raise AuthorisationError(
            "the address is not the one to which LinkedIn led from this sign-in: begin anew"
        )
    if "error" in told:
        words = told.get("error_description") or told["error"]
        raise AuthorisationError(one_line(f"LinkedIn says: {words} ({told['error']})"))
    if not told.get("code"):
        raise AuthorisationError("the address has no code in it: begin anew")
    return told["code"]


class _Asked:
    """What a new token's member may publish as."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._restli = Restli(kind, connection)
        redact = self._restli.transport.redact
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, redact, connection.clock)

    def person(self) -> str:
        """The member herself. Raises AuthorisationError."""
        try:
            answer = self._restli.call("get", resource_path="/userinfo", versioned=False)
        except CallError as error:
            raise AuthorisationError(self._judge.cannot_look(error).reason) from error
        number = member(answer.value, "sub")
        if not isinstance(number, str) or not number:
            raise AuthorisationError("LinkedIn does not say who signed in: begin anew")
        return f"urn:li:person:{number}"

    def pages(self) -> tuple[tuple[str, str], ...]:
        """The pages on which she may publish, with their names. Raises AuthorisationError."""
        try:
            urns = list(dict.fromkeys(self._urns()))
        except CallError as error:
            raise AuthorisationError(self._judge.cannot_look(error).reason) from error
        if not urns:
            words = "whoever signed in may publish on no page: let an administrator of the page give the role"
            raise AuthorisationError(words)
        named = [(urn, self._name(urn)) for urn in urns[:_MOST_PAGES]]
        return (*named, *((urn, urn) for urn in urns[_MOST_PAGES:]))

    def _urns(self) -> Iterator[str]:
        start, count = 0, 100
        while True:
            answer = self._restli.call(
                "finder",
                resource_path="/organizationAcls",
                finder_name="roleAssignee",
                query_params={"state": "APPROVED", "start": start, "count": count},
            )
            roles = objects(member(answer.value, "elements"))
            for one in roles:
                urn = one.get("organization") or one.get("organizationTarget")
                if isinstance(urn, str) and one.get("role") in MAY_POST:
                    yield urn
            start += count
            if len(roles) < count:
                return

    def _name(self, urn: str) -> str:
        number = urn.rpartition(":")[2]
        try:
            answer = self._restli.call("get", resource_path="/organizations/{id}", path_keys={"id": number})
        except CallError:
            return urn
        return one_line(str(member(answer.value, "localizedName") or urn))
