"""The preview: exactly what each account will be sent, with or without credentials, and never a secret."""

import json

import pytest

from bot.clock import FixedClock
from bot.model.outcome import RemotePost
from bot.model.sending import Sending
from bot.networks import connect
from bot.planning.preview import payloads
from bot.planning.schedule import Planned
from tests.planning.helper import CREDENTIALS, SUNDAY, Project


@pytest.fixture
def planned(project: Project) -> dict[str, Planned]:
    """One post for all networks, by account."""
    project.post(
        "a",
        "day: 1",
        "kind: daily-post",
        "accounts: [fice-x, fice-facebook, fice-linkedin]",
        "link: https://example.org/a",
        "text:",
        '  twitter: ["1/2 One", "2/2 Two"]',
        "first_comment: More (soon)",
        body="Hello (all)",
    )
    return {one.account.name: one for one in project.planned()}


def test_x_is_sent_a_thread_each_answering_the_one_before(
    project: Project, planned: dict[str, Planned]
) -> None:
    assert payloads(planned["fice-x"], project.settings()) == [
        {"text": "1/2 One https://example.org/a"},
        {"text": "2/2 Two", "reply": {"in_reply_to_tweet_id": "<id of part 1>"}},
    ]


def test_facebook_is_sent_a_message_with_a_card_and_a_comment(
    project: Project, planned: dict[str, Planned]
) -> None:
    assert payloads(planned["fice-facebook"], project.settings()) == [
        {"message": "Hello (all)", "link": "https://example.org/a"},
        {"message": "More (soon)"},
    ]


def test_linkedin_is_sent_an_escaped_text_an_article_and_a_comment(
    project: Project, planned: dict[str, Planned]
) -> None:
    project.environment |= CREDENTIALS
    first, comment = payloads(planned["fice-linkedin"], project.settings())
    assert first["author"] == "urn:li:organization:77"
    assert first["commentary"] == r"Hello \(all\)"
    assert first["content"]["article"]["source"] == "https://example.org/a"
    assert first["lifecycleState"] == "PUBLISHED"
    assert comment["object"] == "<id of part 1>"
    assert comment["message"] == {"text": "More (soon)"}


def test_an_account_that_is_not_connected_is_shown_with_the_names_of_what_is_missing(
    project: Project, planned: dict[str, Planned]
) -> None:
    first, _ = payloads(planned["fice-linkedin"], project.settings())
    assert first["author"] == "<FICE_LINKEDIN_AUTHOR>"


@pytest.mark.parametrize("account", ["fice-x", "fice-facebook", "fice-linkedin"])
def test_no_secret_is_shown(project: Project, planned: dict[str, Planned], account: str) -> None:
    project.environment |= CREDENTIALS
    shown = json.dumps(payloads(planned[account], project.settings()))
    assert "secret" not in shown
    assert len(shown) > 50


@pytest.mark.parametrize("account", ["fice-x", "fice-facebook", "fice-linkedin"])
def test_it_is_what_the_adapter_sends(project: Project, planned: dict[str, Planned], account: str) -> None:
    project.environment |= CREDENTIALS
    one, settings = planned[account], project.settings()
    adapter = connect(one.account, settings, FixedClock(SUNDAY))
    previous, sent = None, []
    for part in one.message.parts:
        sent.append(adapter.payload(Sending(part, previous)))
        previous = RemotePost(f"<id of part {part.number}>", None)
    assert payloads(one, settings) == sent


@pytest.mark.parametrize("account", ["fice-x", "fice-facebook", "fice-linkedin"])
def test_a_base_address_that_is_none_does_not_matter_to_it(
    project: Project, planned: dict[str, Planned], account: str
) -> None:
    wrong = dict.fromkeys(("TWITTER_API_URL", "FACEBOOK_GRAPH_URL", "LINKEDIN_API_URL"), "nowhere")
    project.environment |= CREDENTIALS | wrong
    assert len(payloads(planned[account], project.settings())) == 2


def test_a_post_of_a_draft_is_not_in_the_schedule_that_is_previewed(project: Project) -> None:
    project.post("a", "day: 1", "kind: daily-post", "status: draft")
    assert project.planned() == []
