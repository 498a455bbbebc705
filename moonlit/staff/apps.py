from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "moonlit.staff"
    label = "staff"
