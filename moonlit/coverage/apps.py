from django.apps import AppConfig


class CoverageConfig(AppConfig):
    name = "moonlit.coverage"
    label = "coverage"
