from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from smarketing import health, home, search, styleguide
from smarketing.foundation.api.schema import Schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("settings/", home.settings, name="settings"),
    path("search/", search.search, name="search"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("theme/", home.theme, name="theme"),
    path("frame/", home.frame, name="frame"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("account/", include("smarketing.account_urls")),
    path("api/v1/", include("smarketing.api_urls")),
    path("api/schema/", Schema.as_view(), name="api_schema"),
    path("settings/", include("smarketing.settings_urls")),
    path("", include("leads.urls")),
    path("", include("sla.urls")),
    path("", include("reporting.urls")),
]
handler400 = "smarketing.errors.bad_request"
handler404 = "smarketing.errors.not_found"
handler500 = "smarketing.errors.server_error"
