"""What tests of the pages of leads have in common."""

import json
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from leads.models import Lead

ACTS = ["qualify", "accept", "reject", "advance", "win", "lose", "recycle", "disqualify", "churn", "claim"]
ACTS += ["reassign", "undo", "appeal", "sign_appeal", "log"]
HTMX = {"HTTP_HX_REQUEST": "true"}


def act(client: Client, name: str, lead: Lead, /, *, htmx: bool = True, **data):
    return client.post(reverse(f"leads:{name}", args=[lead.pk]), data, **(HTMX if htmx else {}))


def heard(response) -> dict:
    return json.loads(response["HX-Trigger"])


def soon() -> str:
    return (localdate() + timedelta(days=30)).isoformat()


def dialogs(response) -> set[str]:
    return {act.act.name for act in response.context["dialogs"]}
