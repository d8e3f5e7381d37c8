"""LinkedIn shows what was written: nothing is cut off, and only hashtags are hashtags."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.networks.linkedin.little_text import escape, shown

TEXTS = st.text() | st.text("|{}@[]()<>#\\*_~ab1é語\n/:.", max_size=60)


@given(TEXTS)
@example("{hashtag|\\#|tag}")
@example("@[Name](urn:li:person:1)")
@example("\\#tag \\\\(")
def test_what_is_shown_is_what_was_written(text: str) -> None:
    assert shown(escape(text)) == text


@given(TEXTS)
def test_every_reserved_character_but_that_of_a_hashtag_is_escaped(text: str) -> None:
    plain = re.sub(r"\\[|{}@\[\]()<>#\\*_~]", "", escape(text))
    assert not re.search(r"[|{}@\[\]()<>\\*_~]", plain)
    assert not re.search(r"#(?![^\W_])", plain)


@pytest.mark.parametrize(
    ("text", "commentary"),
    [
        ("#SocialWork", "#SocialWork"),
        ("(#SocialWork)", r"\(#SocialWork\)"),
        ("“#Straße” #語 #2030Agenda", "“#Straße” #語 #2030Agenda"),
        ("#World_Day", r"#World\_Day"),
        ("We are #1", r"We are \#1"),
        ("C# and F#Sharp", r"C\# and F\#Sharp"),
        ("##twice", r"\#\#twice"),
        (r"\#not", r"\\\#not"),
        ("https://example.org/a_b(c)#part", r"https://example.org/a\_b\(c\)\#part"),
        ("www.example.org/#part", r"www.example.org/\#part"),
        ("example.org/#part example.org/a#part", r"example.org/\#part example.org/a\#part"),
        ("https://example.org/?q=(#a #b", r"https://example.org/?q=\(\#a #b"),
        ("a <b> {c} [d] @e | f* ~g~", r"a \<b\> \{c\} \[d\] \@e \| f\* \~g\~"),
        ("<script>alert('#x')</script>", r"\<script\>alert\('#x'\)\</script\>"),
    ],
)
def test_hashtags_stay_and_fragments_do_not_become_any(text: str, commentary: str) -> None:
    assert escape(text) == commentary


def test_a_commentary_that_linkedin_wrote_itself_is_understood() -> None:
    written = r"Dear @[Acme \(Ltd\)](urn:li:organization:1234), {hashtag|\#|SocialWork} {hashtag|#|Day\_2}"
    assert shown(written) == "Dear Acme (Ltd), #SocialWork #Day_2"
