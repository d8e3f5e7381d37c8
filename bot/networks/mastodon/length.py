"""Length: how many characters of a text count on Mastodon.

Graphemes count; of a mention on another server only the part before the server, and every web address as 23:
https://docs.joinmastodon.org/user/posting/ and the server's own StatusLengthValidator with its rules of what
an address is (twitter_regex.rb; read 2026-11-25).
"""

import re

LONGEST = 500  # as long as a server says nothing else
LINK_COUNTS = 23

# An address begins at a host with a dot and a name of letters after it; "http://localhost" is plain text.
_HOST = r"(?:[\w-]+\.)+(?:xn--[\w-]+|[^\W\d_]{2,})(?![\w@+-])(?::\d{1,5}(?!\d))?"
_PATH = r"(?:/(?:[^\s<>()?]|\((?:[^\s<>()?]|\([^\s<>()?]*\))*\))*)?"
_QUERY = r"(?:\?[A-Za-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^\u00a0-\U0010fffd]*)?"
_LINK = re.compile(
    rf"(?<![A-Za-z0-9@＠$#＃])(?P<start>https?://{_HOST})(?P<path>{_PATH})(?P<query>{_QUERY})", re.IGNORECASE
)
_NOT_AT_THE_END = "!*\"'「」;:=,.$%[]~&|@"  # of a path; they end the sentence around it
_NOT_AT_THE_END_OF_A_QUERY = "!?*'();:+$%[].,~|@^"
MENTION = re.compile(r"(?<![=/\w])@(?P<name>\w+(?:[.-]+\w+)*)@\w+(?:[.-]+\w+)*", re.ASCII)


def measure(text: str) -> int:
    """The length of a text as a server counts it, in time linear to its size."""
    import regex  # only here, and not quick to import

    # A mention within an address is no mention: the slash before it tells.
    return len(regex.findall(r"\X", _LINK.sub(_counted, without_servers(text))))


def without_servers(text: str) -> str:
    """The text with mentions as a server shows them: without the name of theirs."""
    return MENTION.sub(r"@\g<name>", text)


def _counted(found: re.Match[str]) -> str:
    path = found["path"].rstrip(_NOT_AT_THE_END)
    rest = found["path"][len(path) :] + found["query"]
    if path == found["path"]:
        query = found["query"].rstrip(_NOT_AT_THE_END_OF_A_QUERY)
        rest = found["query"][len(query) :]
    return "x" * LINK_COUNTS + rest
