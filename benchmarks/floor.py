"""The floor of pages and writes over HTTP: bare Django views behind the same web server, and nothing around them.

A page is one indexed query of a rep's leads and fifty rows of a plain template; a write is one `Lead.objects.create`.
There is no middleware, so no session, no visibility, no frame. `benchmarks.web` starts it with this as its settings.
"""

from __future__ import annotations

import os
import random
from itertools import count

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.floor_settings")
django.setup()
settings.MIDDLEWARE = []  # only now: apps look at their start whether theirs is there
application = WSGIHandler()

from django.utils.timezone import now  # noqa: E402 once Django is set up

from leads.models import Lead  # noqa: E402

ROWS = 50


class Row(models.Model):
    """A lead with as many columns as the floor of docs/performance.md has."""

    first_name = models.TextField()
    last_name = models.TextField()
    email = models.TextField()
    email_norm = models.TextField()
    job_title = models.TextField()
    country = models.TextField()
    stage = models.TextField()
    standing = models.TextField()
    version = models.IntegerField()
    owner_id = models.BigIntegerField()
    stage_since = models.DateTimeField()
    born_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "benchmarks"
        db_table = "leads_lead"
        managed = False


def page(request: HttpRequest) -> HttpResponse:
    owner = random.choice(request.GET["owners"].split(","))
    rows = Row.objects.filter(owner_id=owner, stage="mql", standing="active").order_by("stage_since")
    return measured(render(request, "floor.html", {"rows": list(rows[:ROWS])}))


numbers = count(1)


def create(request: HttpRequest) -> JsonResponse:
    n, moment = f"{os.getpid()}.{next(numbers)}", now()
    lead = Lead.objects.create(
        email=f"floor{n}@floor.example",
        email_norm=f"floor{n}@floor.example",
        first_name="Ada",
        last_name="Floor",
        name_key="ada floor",
        campaign_id=1,
        born_at=moment,
        stage_since=moment,
    )
    return measured(JsonResponse({"id": lead.pk}))


def measured(response: HttpResponse) -> HttpResponse:
    """The client wants to know how long the answer is; a middleware would have said so."""
    response["Content-Length"] = len(response.content)
    return response


urlpatterns = [path("page/", page), path("create/", create)]
