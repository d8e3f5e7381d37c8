"""How long a version of a network's API lives."""

from datetime import date

import pytest

from bot.networks import network_type
from bot.networks.linkedin import LinkedIn
from bot.sandbox.linkedin import LIVE


@pytest.mark.parametrize(
    ("version", "ends"),
    [
        ("202601", date(2027, 1, 15)),  # LinkedIn has named the day
        ("202603", date(2027, 3, 16)),
        ("202607", date(2027, 7, 1)),  # not yet: a year is sure
        ("202607.01", date(2027, 7, 1)),
        ("202612", date(2027, 12, 1)),
        ("202613", None),
        ("v25.0", None),
        ("999912", None),
        ("", None),
    ],
)
def test_a_version_of_linkedin_lives_for_a_year(version: str, ends: date | None) -> None:
    assert LinkedIn().version_ends(version) == ends


def test_the_version_that_is_used_is_served() -> None:
    version = network_type("linkedin").api_version
    assert LIVE[0] <= version <= LIVE[1]
    assert LinkedIn().version_ends(version)
