"""The floor of writing over HTTP: a bare Django view that creates one lead by the ORM, and nothing around it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import path
from django.utils.timezone import now

from leads.models import Lead

numbers = count(1)


def create(request: HttpRequest) -> JsonResponse:
    n, moment = next(numbers), now()
    email = f"floor{n}@floor.example"
    lead = Lead.objects.create(
        email=email, email_norm=email, first_name="Ada", last_name="Floor", name_key="ada floor", owner_id=None,
        campaign_id=1, born_at=moment, stage_since=moment,
    )  # fmt: skip
    return JsonResponse({"id": lead.pk})


urlpatterns = [path("create/", create)]


def only_this_view(get_response: Callable) -> Callable:
    def middleware(request: HttpRequest):
        request.urlconf = __name__
        return get_response(request)

    return middleware


def bare_client() -> Client:
    """A browser that reaches the view above without sessions, people, or any middleware of ours."""
    client = Client(SERVER_NAME="localhost")
    with override_settings(MIDDLEWARE=[f"{__name__}.only_this_view"]):
        client.handler.load_middleware()
    return client
