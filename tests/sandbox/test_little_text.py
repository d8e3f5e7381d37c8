"""Little text as LinkedIn reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.linkedin.little_text import RESERVED, length, shown


@pytest.mark.parametrize(
    ("commentary", "seen"),
    [
        ("Hello", "Hello"),
        ("Hello #World", "Hello #World"),
        ("#über_x", "#über"),
        ("a # b", "a "),
        (r"a \# b", "a # b"),
        ("before (after)", "before "),
        (r"before \(after\)", "before (after)"),
        (r"{hashtag|\#|World} peace", "#World peace"),
        ("{hashtag|#|World} peace", ""),
        ("{hashtag} peace", ""),
        ("Hi @[FICE Austria](urn:li:organization:123)!", "Hi FICE Austria!"),
        ("Hi @[Eve](urn:li:person:aB-1_)!", "Hi Eve!"),
        (r"Hi @[A \(b\)](urn:li:organization:1)", "Hi A (b)"),
        ("Hi @[FICE](urn:li:share:123)!", "Hi "),
        ("Hi @FICE", "Hi "),
        ("5 * 5 = 25", "5 "),
        ("snake_case", "snake"),
        ("trailing \\", "trailing "),
        (r"not \n an escape", "not "),
        ("line\nbreaks\n\nstay", "line\nbreaks\n\nstay"),
        ("", ""),
    ],
)
def test_what_followers_see(commentary: str, seen: str) -> None:
    assert shown(commentary) == seen


@given(st.text())
def test_a_text_with_all_reserved_characters_escaped_is_seen_whole(text: str) -> None:
    escaped = "".join(f"\\{one}" if one in RESERVED else one for one in text)
    assert shown(escaped) == text
    assert length(escaped) == len(text)


@given(st.text(alphabet=RESERVED + "ab1 \n"))
def test_what_followers_see_is_never_more_than_what_was_written(commentary: str) -> None:
    assert len(shown(commentary)) <= len(commentary)
