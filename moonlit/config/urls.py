"""Every address of the web server. Each route declares who may call it (moonlit.platform.policy)."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from moonlit.api import health
from moonlit.api.app import api
from moonlit.widget.views.embed import embed
from moonlit.widget.views.photo import photo

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("api/v1/", api.urls),
    path("staff/", include("moonlit.staff.urls")),
    path("staff/", include("moonlit.dashboard.urls")),
    path("photos/<slug:name>.webp", photo, name="provider_photo"),
    path("embed.js", embed, name="embed"),
    # The patient's pages: English without a prefix, another published language under its own, as in /es/book.
    *i18n_patterns(path("", include("moonlit.widget.urls")), prefix_default_language=False),
]

handler404 = "moonlit.config.errors.not_found"
handler500 = "moonlit.config.errors.server_error"
