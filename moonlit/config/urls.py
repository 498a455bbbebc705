"""Every address of the web server. Each route declares who may call it (moonlit.platform.policy)."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from moonlit.api import health
from moonlit.api.app import api

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("api/v1/", api.urls),
    path("staff/", include("moonlit.staff.urls")),
    path("staff/", include("moonlit.dashboard.urls")),
    # The patient's pages: English without a prefix, another published language under its own, as in /es/book.
    *i18n_patterns(path("", include("moonlit.widget.urls")), prefix_default_language=False),
]
