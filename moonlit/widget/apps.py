from django.apps import AppConfig


class WidgetConfig(AppConfig):
    name = "moonlit.widget"
    label = "widget"
