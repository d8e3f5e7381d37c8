"""The description of the API: it is whole, and what is answered is what it says, whatever is asked."""

import json
import os
import re
from collections.abc import Iterator
from itertools import cycle

import pytest
import requests
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as testing
from playwright.sync_api import Page
from sqlalchemy import insert

from bot.model.scope import Scope
from bot.store import Store
from bot.store.tables import campaigns
from tests.store.acts import claim, doubt, fail, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.api.conftest import token_of

EXAMPLES = int(os.environ.get("API_EXAMPLES", "4"))  # of each operation and each kind


@pytest.fixture
def busy(store: Store, url: str) -> str:
    """The page of a store in which there is one of everything."""
    queue_up(store, *(delivery(f"week/{one}.md", one) for one in ("a-x", "b-x", "c-x", "d-x")))
    publish(store, claim(store, "a-x"))
    fail(store, claim(store, "b-x"))
    doubt(store, claim(store, "c-x"))
    with store.write() as connection:
        connection.execute(
            insert(campaigns).values(
                name="week", title="The week", timezone="UTC", starts=NOON.date(), file_starts=NOON.date(),
                days=7, hashtags=["#SSWWeek"], themes=["Heroes"], applied_at=NOON,
            )
        )  # fmt: skip
    return url


@pytest.fixture
def tokens(store: Store) -> Iterator[str]:
    """Tokens in turn, so that none asks too often."""
    return cycle([token_of(store, name=f"number {one}") for one in range(12)])


def test_every_operation_says_its_scope_and_every_answer_its_shape(url: str) -> None:
    answer = requests.get(f"{url}/api/v1/openapi.json", timeout=30)
    found = answer.json()
    assert found["openapi"].startswith("3.1")
    assert found["info"]["title"]
    assert found["info"]["version"]
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    names = set()
    for path, item in found["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in item.values():
            assert operation["x-scope"] in list(Scope)
            assert operation["security"] == [{"token": [operation["x-scope"]]}]
            assert operation["summary"]
            assert operation["tags"]
            names.add(operation["operationId"])
            for status, one in operation["responses"].items():
                schema = one["content"]["application/json"]["schema"]
                name = schema["$ref"].rpartition("/")[2]
                assert status in ("200", "201") or name in ("Problem", "OtherVersion")
            assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys()
    assert len(names) == sum(len(item) for item in found["paths"].values())


def test_whatever_is_asked_is_answered_as_described(busy: str, tokens: Iterator[str]) -> None:
    import schemathesis  # takes a second
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    # Not `positive_data_acceptance`: what fits may still be no time, or not be possible now, and is said so.
    wanted = [
        not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_headers_conformance, checks.response_schema_conformance,
        checks.negative_data_rejection,
    ]  # fmt: skip
    schema = schemathesis.openapi.from_url(f"{busy}/api/v1/openapi.json")
    met = set()
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in schemathesis.GenerationMode:

                @testing(
                    max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES < 50,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
                )  # fmt: skip
                @given(case=operation.as_strategy(generation_mode=mode))
                def ask(case: schemathesis.Case) -> None:
                    headers = {"Authorization": f"Bearer {next(tokens)}"}
                    answer = case.call(session=session, headers=headers)
                    met.add(answer.status_code)
                    case.validate_response(answer, checks=wanted)

                ask()
    assert {200, 404, 409, 422} <= met
    assert max(met) < 500


def test_the_reference_can_be_read_without_a_member_and_shows_every_operation(url: str, tab: Page) -> None:
    described = requests.get(f"{url}/api/v1/openapi.json", timeout=30).json()
    tab.goto(f"{url}/api/v1/docs")
    number = sum(len(item) for item in described["paths"].values())
    assert tab.locator("details.operation").count() == number
    one = tab.locator("details.operation").filter(has_text="/deliveries/{id}/reschedule")
    one.locator("summary").click()
    example = one.locator("pre").inner_text()
    assert "curl -X POST" in example
    body = re.search(r"-d '(.*)'", example)
    assert body is not None
    assert json.loads(body[1])["to"] == "2018-09-25 09:00"
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
