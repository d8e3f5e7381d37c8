"""The name under which an account's credentials stand in the environment."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.account import Account


def prefix(name: str) -> str:
    return Account(name, "twitter", "@fice").prefix


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fice-x", "FICE_X"),
        ("fice_x", "FICE_X"),
        ("Fice.X", "FICE_X"),
        ("fice x", "FICE_X"),
        ("fice--x", "FICE__X"),
        ("fice-facebook", "FICE_FACEBOOK"),
        ("fice2", "FICE2"),
        ("fice-été", "FICE_ÉTÉ"),
    ],
)
def test_the_prefix_is_the_name_in_capitals_with_underscores(name: str, expected: str) -> None:
    assert prefix(name) == expected


@settings(deadline=None)
@given(st.text(string.printable, min_size=1))
def test_whatever_the_name_its_prefix_is_one_that_an_environment_can_hold(name: str) -> None:
    assert re.fullmatch(r"[A-Z0-9_]+", prefix(name))
    assert len(prefix(name)) == len(name)


def test_an_account_has_no_zone_of_its_own_unless_it_says_so() -> None:
    assert Account("fice-x", "twitter", "@fice").timezone is None
