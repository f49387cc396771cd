"""The API, version 1: each floor's addresses under one roof."""

from django.urls import include, path

from reporting.api import endpoint
from reporting.catalogue import REPORTS

app_name = "api"
urlpatterns = [
    path("", include("leads.api.urls")),
    *(path(f"reports/{name}", endpoint(name).as_view(), name=f"report_{name}") for name in REPORTS),
]
