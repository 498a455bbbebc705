from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "moonlit.notifications"
    label = "notifications"
