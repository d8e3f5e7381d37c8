"""An address: from the fixed host that an SDK calls to the base address that the settings name."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Address:
    """Where the calls to one SDK's host really go."""

    sdk: str  # "https://api.twitter.com", without a slash at the end
    base: str  # likewise, perhaps with a path

    @classmethod
    def of(cls, sdk: str, base: str, root: str, variable: str) -> "Address":
        """The address for a base as a person wrote it.

        Args:
            sdk: the host that the SDK has fixed.
            base: from the settings; may end in a slash, or already in the API's first path piece.
            root: a pattern of that piece, which the SDK writes itself: `rest|v2`.
            variable: where the base comes from, for the message.

        Raises:
            SettingsError: the base is no web address.
        """
        trimmed = re.sub(rf"/(?:{root})$", "", base.strip().rstrip("/")).rstrip("/")
        parts = urlsplit(trimmed)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            # Not shown: there may be a password in it.
            raise SettingsError(f"{variable} is no web address: write one such as {sdk}")
        return cls(sdk, trimmed)

    def rebase(self, url: str) -> str:
        """The real address for one that the SDK made.

        Raises:
            ValueError: it is on another host, which must never see the credentials.
        """
        if not url.startswith(f"{self.sdk}/"):
            raise ValueError(f"a call to {urlsplit(url).hostname} where only {self.sdk} is expected")
        return self.base + url.removeprefix(self.sdk)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, where no proxy leads."""
        host = urlsplit(self.base).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")
