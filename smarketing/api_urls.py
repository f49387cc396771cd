"""The API, version 1: each floor's addresses under one roof."""

from django.urls import include, path

from reporting.api import endpoint
from reporting.catalogue import REPORTS
from sla.api import Clocks

app_name = "api"
urlpatterns = [
    path("", include("leads.api.urls")),
    path("clocks", Clocks.as_view(), name="clocks"),
    *(path(f"reports/{name}", endpoint(name).as_view(), name=f"report_{name}") for name in REPORTS),
]
