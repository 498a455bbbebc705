from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "moonlit.api"
    label = "api"
