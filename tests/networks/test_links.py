"""Whose post a link can lead to."""

import pytest

from bot.networks.links import stranger

ACTIVITY = "https://www.linkedin.com/feed/update/urn:li:activity:1/"


@pytest.mark.parametrize(
    ("url", "network", "handle"),
    [
        ("https://x.com/fice/status/1", "twitter", "@FICE"),
        ("https://mobile.twitter.com/FICE/status/1?s=20", "twitter", "fice"),
        ("https://x.com/i/web/status/1", "twitter", "@fice"),
        ("https://x.com/anybody/status/1", "twitter", "FICE Europe"),  # no handle to compare with
        ("https://m.facebook.com/story.php?story_fbid=1", "facebook", "FICE"),
        (ACTIVITY, "linkedin", "FICE"),
        ("https://lnkd.in/abc", "linkedin", "FICE"),
        ("https://notx.com/other/status/1", "twitter", "@fice"),
        ("https://bsky.app/profile/did:plc:1/post/3abc", "bluesky", "fice.example.org"),
    ],
)
def test_a_link_that_can_be_ours_is_taken(url: str, network: str, handle: str) -> None:
    assert stranger(url, network, handle) is None


@pytest.mark.parametrize(
    ("url", "network", "said"),
    [
        ("https://x.com/other/status/1", "twitter", "@other"),
        ("https://www.facebook.com/1/posts/2", "twitter", "www.facebook.com"),
        ("https://x.com/fice/status/1", "linkedin", "x.com"),
        (ACTIVITY, "facebook", "www.linkedin.com"),
        (ACTIVITY, "bluesky", "www.linkedin.com"),
        ("https://bsky.app/profile/did:plc:1/post/3abc", "twitter", "bsky.app"),
        ("http://[", "twitter", "no web address"),
    ],
)
def test_a_link_that_can_not_be_ours_is_refused(url: str, network: str, said: str) -> None:
    assert said in str(stranger(url, network, "@fice"))
