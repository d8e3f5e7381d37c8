"""Facebook Login: from an app's id and secret, over a person's consent, to the token of a page.

https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow and
https://developers.facebook.com/documentation/facebook-login/guides/access-tokens/get-long-lived (read
2026-11-25): the page's token that is got with a person's long-lived one does not end with time.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.networks.address import Address
from bot.networks.answer import Answer, CallError, member, objects, unreadable
from bot.networks.authorising import (
    Ask,
    Authorisation,
    AuthorisationError,
    Beginning,
    Choose,
    Visit,
    answer_or_ask,
)
from bot.networks.base import NetworkType
from bot.networks.facebook.answers import ANSWERS, again_at, complaint
from bot.networks.facebook.graph import ROOT, SDK_HOST, TITLE, Graph, named
from bot.networks.facebook.health import NEEDED, USEFUL
from bot.networks.judge import WE_LOOK, Judge
from bot.networks.transport import Transport

DIALOG_HOST = "https://www.facebook.com"
# Without the second, pages that a business portfolio owns are not listed. An app with the use case "Manage
# everything on your Page" has both from the start:
# https://developers.facebook.com/documentation/pages-api/create-an-app (read 2026-11-25).
SCOPES = ("pages_show_list", "business_management", *NEEDED, *USEFUL)
MOST_LISTS = 10  # of 100 pages each
# The second is what pages of the newer kind call the same task.
_MAY_POST = {"CREATE_CONTENT", "PROFILE_PLUS_CREATE_CONTENT", "MANAGE", "PROFILE_PLUS_FULL_CONTROL"}


def authorise(kind: NetworkType, beginning: Beginning) -> Authorisation:
    """The steps: the app, the person's consent, and which of her pages."""
    app = yield from answer_or_ask(
        beginning,
        Ask("APP_ID", "developers.facebook.com: your app, App settings, App ID", secret=False),
    )
    secret = yield from answer_or_ask(
        beginning, Ask("APP_SECRET", "developers.facebook.com: your app, App settings, App secret")
    )
    login = _Login(kind, beginning, app, secret)
    words = "Log in at Facebook, and let the app manage the page. Tick every right that it asks for."
    came_back = yield Visit(login.dialog(), words, returns=True)
    person = login.person(_code(came_back, beginning))
    pages = login.pages(person)
    if not pages:
        raise AuthorisationError(
            "Facebook: this person may post on no page: ask for the task 'Content', or tick the page in the "
            "dialog, then connect again"
        )
    options = tuple((id_, f"{page['name']} ({id_})") for id_, page in pages.items())
    chosen = yield Choose("The page to publish on", options)
    if chosen not in pages:
        raise AuthorisationError(f"Facebook: there is no page {chosen} among those to choose from")
    token = str(pages[chosen]["access_token"])
    login.check(chosen, token)
    return {"PAGE_ID": chosen, "ACCESS_TOKEN": token}


def _code(came_back: str, beginning: Beginning) -> str:
    """What the page of Facebook has sent back with the browser."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(came_back.strip()).query).items()}
    if query.get("state") != beginning.state:
        raise AuthorisationError("Facebook: this is not the answer to what was asked: connect again")
    if "code" not in query:
        said = query.get("error_description") or query.get("error") or "no code came back"
        raise AuthorisationError(f"Facebook: {said}")
    return query["code"]


class _Login:
    """One way through Facebook Login."""

    def __init__(self, kind: NetworkType, beginning: Beginning, app: str, secret: str) -> None:
        self._beginning = beginning
        self._app, self._secret = app, secret
        self._version = named(beginning.api_version)
        led_elsewhere = urlsplit(beginning.base_url).hostname != urlsplit(kind.base_url).hostname
        self._address = Address.of(SDK_HOST, beginning.base_url, ROOT, kind.url_variable)
        self._dialog_base = self._address.base if led_elsewhere else DIALOG_HOST
        self._transport = Transport(self._address, beginning.timeout, [secret])
        redact, clock = self._transport.redact, beginning.clock
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, redact, clock)

    def dialog(self) -> str:
        """The page on which a person agrees."""
        query = {
            "client_id": self._app,
            "redirect_uri": self._beginning.redirect_url,
            "state": self._beginning.state,
            "response_type": "code",
            "scope": ",".join(SCOPES),
        }
        return f"{self._dialog_base}/{self._version}/dialog/oauth?{urlencode(query)}"

    def person(self, code: str) -> str:
        """The person's token that lasts for weeks."""
        ours = {"client_id": self._app, "client_secret": self._secret}
        short = self._token({**ours, "redirect_uri": self._beginning.redirect_url, "code": code})
        return self._token({**ours, "grant_type": "fb_exchange_token", "fb_exchange_token": short})

    def pages(self, person: str) -> Mapping[str, Mapping[str, Any]]:
        """The pages that the person may post on, by their ids."""
        return {
            str(page["id"]): {"name": page["id"], **page}
            for page in self._listed(person)
            if page.get("id") and page.get("access_token") and _may_post(page)
        }

    def check(self, page: str, token: str) -> None:
        """Whether it is the page's token with the rights to post. Raises AuthorisationError."""
        app = f"{self._app}|{self._secret}"
        told = member(self._ask(app, "debug_token", {"input_token": token}).value, "data")
        if not isinstance(told, dict) or told.get("is_valid") is False:
            raise AuthorisationError("Facebook gave a token and says that it is not valid: connect again")
        if told.get("type") != "PAGE" or str(told.get("profile_id") or page) != page:
            raise AuthorisationError(f"Facebook gave a token that is not of the page {page}: connect again")
        if lacking := [scope for scope in NEEDED if scope not in (told.get("scopes") or ())]:
            words = f"the page's token lacks {', '.join(lacking)}: connect again, and tick every right"
            raise AuthorisationError(f"Facebook: {words}")

    def _listed(self, person: str) -> Iterator[Mapping[str, Any]]:
        form = {"fields": "id,name,tasks,access_token", "limit": "100"}
        for _ in range(MOST_LISTS):
            answer = self._ask(person, "me/accounts", form)
            yield from objects(member(answer.value, "data"))
            after = member(answer.value, "paging", "cursors", "after")
            if not member(answer.value, "paging", "next") or not after:
                return
            form["after"] = str(after)

    def _token(self, form: Mapping[str, str]) -> str:
        answer = self._ask("", "oauth/access_token", form)
        token = member(answer.value, "access_token")
        if not token:
            raise self._trouble(unreadable(answer, "access_token"))
        return str(token)

    def _ask(self, token: str, path: str, form: Mapping[str, str]) -> Answer:
        graph = Graph(token, self._transport.session, self._version)
        try:
            return self._transport.answer(lambda: graph.ask(path, form))
        except CallError as error:
            raise self._trouble(error) from None

    def _trouble(self, error: CallError) -> AuthorisationError:
        return AuthorisationError(self._judge.failure(error).reason.removesuffix(WE_LOOK).rstrip())


def _may_post(page: Mapping[str, Any]) -> bool:
    tasks = page.get("tasks")
    return not isinstance(tasks, list) or bool(_MAY_POST & set(map(str, tasks)))
