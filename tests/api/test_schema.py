"""The OpenAPI is valid, whole, and says of every operation what it does and how it says no."""

import io

import pytest
from django.core.management import call_command
from django.test import Client

from smarketing.foundation.api.schema import document
from tests.api.callers import Caller
from tests.factories import make_user


def operations() -> list[tuple[str, str, dict]]:
    return [
        (path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.django_db
def test_it_is_valid_and_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


@pytest.mark.django_db
def test_it_is_served_to_whoever_may_call(organisation):
    served = Caller(make_user("rep"), "read").get("/api/schema/")

    assert served.status_code == 200 and served.json() == document()
    assert Client().get("/api/schema/").status_code == 401


@pytest.mark.django_db
def test_every_operation_has_a_name_words_and_problems():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names) >= 25
    for path, method, operation in operations():
        assert operation["summary"] and operation["description"] and operation["tags"], path
        assert {"400", "401", "403", "429"} <= operation["responses"].keys(), path
        problem = operation["responses"]["401"]["content"]["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert problem["examples"]
        headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post"), path


@pytest.mark.django_db
def test_a_body_has_no_members_but_those_named():
    requests = {name: body for name, body in document()["components"]["schemas"].items() if "Request" in name}

    assert requests and all(body["additionalProperties"] is False for body in requests.values())
