"""Health: who a token of LinkedIn's is, what it may do, and until when."""

from datetime import datetime

from bot.model.outcome import AccountHealth, Cause
from bot.networks.answer import Answer, CallError, RefusedError, member, objects, unreadable
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Judge
from bot.networks.linkedin.renewal import LinkedInRenewer
from bot.networks.linkedin.restli import Restli

# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
# (read 2026-11-24)
MAY_POST = frozenset(
    {"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
)
_NEEDED = {"person": "w_member_social", "organization": "w_organization_social"}
_CONSENT = "make a new token with it, which the app must be approved for"


class Health:
    """One account's health."""

    def __init__(self, kind: NetworkType, connection: Connection, restli: Restli, judge: Judge) -> None:
        self._author = connection.credentials["AUTHOR"]
        self._token = connection.credentials["ACCESS_TOKEN"]
        self._restli = restli
        self._judge = judge
        may_ask = all(field in connection.credentials for field in ("CLIENT_ID", "CLIENT_SECRET"))
        self._sign_in = LinkedInRenewer(kind, connection) if may_ask else None

    def verify(self) -> AccountHealth:
        """See `Network.verify`."""
        kind, _, number = self._author.removeprefix("urn:li:").partition(":")
        try:
            answer = self._who(kind, number)
        except RefusedError as error:
            if error.answer.status == 403:
                detail = f"the token lacks the scope to ask, so it can not be checked: {self._author}"
                return self._with_rights(kind, self._author, detail)
            return self._judge.unwell(error)
        except CallError as error:
            return self._judge.unwell(error)
        return self._of(answer, kind, number)

    def _who(self, kind: str, number: str) -> Answer:
        if kind != "person":
            return self._restli.call("get", resource_path="/organizations/{id}", path_keys={"id": number})
        self._check_version()
        return self._restli.call("get", resource_path="/userinfo", versioned=False)

    def _check_version(self) -> None:
        """Fail if the API's version is gone, which /userinfo would not tell.

        Raises:
            CallError: LinkedIn serves it no more, or was not reached.
        """
        try:
            self._restli.call("get", resource_path="/me")
        except RefusedError as error:
            if error.answer.status == 426:
                raise  # any other no, such as for a missing scope, is about something else

    def _of(self, answer: Answer, kind: str, number: str) -> AccountHealth:
        found = str(member(answer.value, "sub" if kind == "person" else "id") or "")
        name = member(answer.value, "name" if kind == "person" else "localizedName")
        identity = str(name or self._author)
        if not found:
            return self._judge.unwell(unreadable(answer, "id"))
        if found != number:
            detail = f"the token is of {identity} ({found}) and not of {self._author}: correct the author"
            return AccountHealth(False, identity, detail, cause=Cause.CREDENTIALS)
        if kind == "organization" and (role := self._lacking_role()):
            detail = f"the token's member is {role} on {identity}: let an administrator give the role"
            return AccountHealth(False, identity, detail, cause=Cause.PERMISSION)
        return self._with_rights(kind, identity, f"may be asked as {identity}")

    def _with_rights(self, kind: str, identity: str, detail: str) -> AccountHealth:
        """The health of an account with what LinkedIn says of its token, where the app may ask."""
        scopes, ends_at = self._rights()
        if not scopes:
            return AccountHealth(True, identity, detail, ends_at)
        needed = _NEEDED.get(kind)
        if needed and needed not in scopes:
            words = f"the token lacks {needed}, without which nothing is published: {_CONSENT}"
            return AccountHealth(False, identity, words, ends_at, Cause.PERMISSION)
        able = f"may post as {identity}" if needed else detail
        return AccountHealth(True, identity, f"{able}; rights: {', '.join(scopes)}", ends_at)

    def _rights(self) -> tuple[tuple[str, ...], datetime | None]:
        return self._sign_in.rights(self._token) if self._sign_in else ((), None)

    def _lacking_role(self) -> str | None:
        """What the token's member is on the page where that may not publish; None: she may, or who knows.

        It needs a scope that a token for publishing may lack.
        """
        asked = {"state": "APPROVED", "count": 100}
        try:
            answer = self._restli.call(
                "finder", resource_path="/organizationAcls", finder_name="roleAssignee", query_params=asked
            )
        except CallError:
            return None
        roles = member(answer.value, "elements")
        if not isinstance(roles, list):
            return None
        ours = {
            str(one.get("role"))
            for one in objects(roles)
            if self._author in (one.get("organization"), one.get("organizationTarget"))
        }
        return None if ours & MAY_POST else " and ".join(sorted(ours)) or "nobody"
