"""The product's settings with the bench's own addresses beside the product's."""

from moonlit.config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
