from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from smarketing import health, home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("settings/", home.settings, name="settings"),
    path("theme/", home.theme, name="theme"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("account/", include("smarketing.account_urls")),
    path("", include("leads.urls")),
    path("", include("sla.urls")),
    path("", include("reporting.urls")),
]
