"""The upload address: where LinkedIn says that a file is to be sent, and whether it may be sent there."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from bot.networks.address import Address

_LINKEDIN = "linkedin.com"


@dataclass(frozen=True, slots=True)
class UploadAddress(Address):
    """Where the API stands; it decides which of the addresses that its answers name are followed.

    Images and documents are sent with the access token, so a wrong address would be told it: LinkedIn's own
    API may name https addresses of linkedin.com (the documents show www.linkedin.com/dms-uploads), and one
    at another address, such as the sandbox, only that very server.
    """

    def takes(self, url: str) -> bool:
        """Whether a file may be sent there."""
        try:
            named, base = urlsplit(url), urlsplit(self.base)
            if named.username is not None or named.password is not None:
                return False
            if _is_linkedin(base):
                return named.scheme == "https" and named.port in (None, 443) and _is_linkedin(named)
            return (named.scheme, named.hostname, named.port) == (base.scheme, base.hostname, base.port)
        except ValueError:  # a port that is none
            return False

    def rebase(self, url: str) -> str:
        """The address as it is.

        Raises:
            ValueError: no file may be sent there.
        """
        if not self.takes(url):
            raise ValueError(f"an upload to {urlsplit(url).hostname}, which is not LinkedIn's")
        return url


def _is_linkedin(parts: SplitResult) -> bool:
    host = (parts.hostname or "").lower()
    return host == _LINKEDIN or host.endswith(f".{_LINKEDIN}")
