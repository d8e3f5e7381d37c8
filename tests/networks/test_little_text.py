"""LinkedIn shows what was written: nothing is cut off, and only hashtags are hashtags."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.networks.linkedin.little_text import escape, mention, shown
from bot.sandbox.linkedin import little_text as followers

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


NAMES = st.text(min_size=1, max_size=30).filter(lambda name: name.strip())
URN = "urn:li:organization:123"


@given(TEXTS)
def test_what_followers_see_is_what_was_written(text: str) -> None:
    assert followers.shown(escape(text)) == text


@given(TEXTS, NAMES, TEXTS)
@example("See ", "Acme (Ltd) [UK] | #1 \\ *_~", "#tag")
def test_a_mention_shows_its_name_between_what_was_written(before: str, name: str, after: str) -> None:
    commentary = escape(before) + mention(name, URN) + escape(after)
    plain = " ".join(name.split())
    assert followers.shown(commentary) == before + plain + after
    assert shown(commentary) == before + plain + after


def test_a_mention_is_written_as_the_documents_have_it() -> None:
    assert mention("FICE Austria", URN) == "@[FICE Austria](urn:li:organization:123)"
    assert mention(" Ann-Lee\n(Dr) ", "urn:li:person:aB-1_") == r"@[Ann-Lee \(Dr\)](urn:li:person:aB-1_)"


@pytest.mark.parametrize(
    ("name", "urn"),
    [(" \n", URN), ("A", "urn:li:share:1"), ("A", "@fice"), ("A", "urn:li:person:a)b"), ("A", f"{URN} ")],
)
def test_only_pages_and_members_with_a_name_are_mentioned(name: str, urn: str) -> None:
    with pytest.raises(ValueError, match="mention"):
        mention(name, urn)
