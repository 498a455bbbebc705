from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "moonlit.design"
    label = "design"
