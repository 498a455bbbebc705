from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "moonlit.dashboard"
    label = "dashboard"
